"""Does the cookie of an open sign-in, and only that, make an actor?"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kernel import clock
from kernel.events import EventLog
from market.accounts import actions
from market.accounts.events import SessionEnded, SessionOpened
from market.accounts.models import LoginSession
from market.accounts.rules import SESSION_COOKIE, SESSION_IDLE
from market.accounts.schemas import Identity
from market.organizations.rules import OrganizationKind
from tests.factories.market import (
    actor_of,
    make_membership,
    make_organization,
    make_user,
    sign_in_as,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def identity(subject="someone"):
    return Identity(subject=subject, name="张三", email=None, id_token="x.y.z")


def test_a_first_sign_in_makes_a_person_without_organisation_or_permission(session):
    secret = actions.open_session(session, identity(), "Firefox")

    actor = actions.resume_session(session, secret)

    assert actor is not None
    assert (actor.name, actor.organization_id, actor.permissions) == ("张三", None, frozenset())
    facts = [row.event() for row in session.scalars(select(EventLog))]
    opened = session.scalars(select(LoginSession)).one()
    assert facts == [SessionOpened(opened.id, actor.id)]
    assert secret not in str(vars(opened))


def test_a_second_sign_in_is_the_same_person_with_the_newer_name(session):
    first = actions.resume_session(session, actions.open_session(session, identity(), ""))
    renamed = identity().model_copy(update={"name": "张三丰"})

    second = actions.resume_session(session, actions.open_session(session, renamed, ""))

    assert first is not None
    assert second is not None
    assert (first.id, second.name) == (second.id, "张三丰")


def test_the_roles_of_the_acting_organisation_count(session):
    user = make_user(session, subject="someone")
    bureau = make_organization(session, OrganizationKind.BUREAU)
    buyer = make_organization(session, OrganizationKind.ENTERPRISE)
    make_membership(session, user, bureau, ["bureau_officer"], joined_at=NOW)
    other = make_membership(session, user, buyer, ["analyst"], joined_at=NOW + timedelta(days=1))
    secret = actions.open_session(session, identity(), "")
    first = actions.resume_session(session, secret)
    assert first is not None
    browser = session.scalars(select(LoginSession)).one()

    actions.act_for(session, first, browser.id, other.id)

    session.flush()
    second = actions.resume_session(session, secret)
    assert second is not None
    assert first.roles == {"bureau_officer"}
    assert (second.organization_id, second.roles) == (buyer.id, {"analyst"})


def test_a_membership_that_ended_gives_nothing_from_then_on(session):
    user = make_user(session, subject="someone")
    membership = make_membership(session, user, make_organization(session), ["analyst"])
    secret = actions.open_session(session, identity(), "")

    membership.ended_at = clock.now()
    session.flush()

    actor = actions.resume_session(session, secret)
    assert actor is not None
    assert actor.permissions == frozenset()


def test_an_expired_verification_makes_the_actor_unverified(session):
    user = make_user(session, subject="someone")
    organization = make_organization(session, verified_until_on=clock.civil_day(NOW))
    make_membership(session, user, organization, ["purchaser"])

    with clock.frozen_at(NOW):
        today = actions.resume_session(session, actions.open_session(session, identity(), ""))
    with clock.frozen_at(NOW + timedelta(days=1)):
        tomorrow = actions.resume_session(session, actions.open_session(session, identity(), ""))

    assert today is not None
    assert tomorrow is not None
    assert (today.is_verified, tomorrow.is_verified) == (True, False)


def test_a_sign_in_is_kept_alive_by_use_and_ends_when_idle(session):
    with clock.frozen_at(NOW):
        secret = actions.open_session(session, identity(), "")
    with clock.frozen_at(NOW + SESSION_IDLE - timedelta(seconds=1)):
        assert actions.resume_session(session, secret) is not None
    with clock.frozen_at(NOW + SESSION_IDLE * 2 - timedelta(seconds=2)):
        assert actions.resume_session(session, secret) is not None
    with clock.frozen_at(NOW + SESSION_IDLE * 3 - timedelta(seconds=2)):
        assert actions.resume_session(session, secret) is None


def test_an_ended_sign_in_opens_nothing_and_forgets_the_id_token(session):
    secret = actions.open_session(session, identity(), "")
    actor = actions.resume_session(session, secret)
    assert actor is not None
    browser = session.scalars(select(LoginSession)).one()

    actions.end_session(session, actor, browser.id)

    assert actions.resume_session(session, secret) is None
    assert browser.id_token == ""
    facts = [row.event() for row in session.scalars(select(EventLog).order_by(EventLog.seq))]
    assert facts[-1] == SessionEnded(browser.id, actor.id)


def test_a_sign_in_that_ended_cannot_keep_an_id_token(session):
    actions.open_session(session, identity(), "")
    browser = session.scalars(select(LoginSession)).one()
    browser.ended_at = clock.now()

    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("forged", ["", "x", "a" * 43, "../../etc/passwd", "ses_01J"])
def test_a_forged_cookie_is_nobody(client, forged):
    client.set_cookie(SESSION_COOKIE, forged)

    answer = client.get("/me")

    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/me"


def test_my_page_names_my_organisation_and_this_browser(client):
    sign_in_as(client, "analyst")

    page = client.get("/me")

    assert page.status_code == 200
    assert "测试企业" in page.text
    assert "本设备" in page.text


def test_another_persons_browser_cannot_be_ended(client, session):
    sign_in_as(client, "purchaser")
    theirs = session.scalars(select(LoginSession)).one()
    sign_in_as(client, actor_of("analyst"))

    answer = client.post(f"/me/sessions/{theirs.id}/end")

    session.refresh(theirs)
    assert answer.status_code == 404
    assert theirs.ended_at is None


def test_ending_the_own_browser_signs_out(client):
    sign_in_as(client, "analyst")
    page = client.get("/me")
    address = page.text.split('action="/me/sessions/')[1].split('"')[0]

    client.post(f"/me/sessions/{address}")

    assert client.get("/me").status_code == 302
