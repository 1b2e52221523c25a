"""The menu has at most eight nouns for everybody, the desk among them."""

import re

import pytest
from flask.testing import FlaskClient

from market.accounts.roles import Role
from tests.factories.market import sign_in_as


@pytest.mark.parametrize("role", list(Role))
def test_nobody_is_offered_more_than_eight_nouns(client: FlaskClient, role: Role) -> None:
    sign_in_as(client, role)

    menu = re.search(r'<nav class="nouns".*?</nav>', client.get("/desk").text, re.S)

    assert menu is not None
    assert 2 <= menu[0].count("<a ") <= 8
