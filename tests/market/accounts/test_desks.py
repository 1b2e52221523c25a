"""Does everybody's home page say what to do next, also on the first day?"""

import re

import pytest

from kernel.actor import Actor, ActorKind
from market.accounts.roles import Role
from tests.factories.market import sign_in_as

BUTTON = re.compile(r'<main.*class="btn [^"]*" href="([^"]+)"', re.DOTALL)


@pytest.mark.parametrize("role", list(Role))
def test_an_empty_desk_has_a_button_that_leads_on(client, role):
    sign_in_as(client, role)

    desk = client.get("/desk").text

    button = BUTTON.search(desk)
    assert button
    assert client.get(button[1]).status_code == 200


def test_whoever_belongs_to_no_organisation_is_shown_how_to_join_one(client):
    sign_in_as(client, Actor(id="usr_without", kind=ActorKind.PERSON, name="无单位"))

    assert 'href="/welcome"' in client.get("/desk").text
