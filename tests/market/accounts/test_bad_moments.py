"""Sessions that end mid-form, forms sent twice, other sites and forged cookies: nothing is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel import clock
from kernel.forgetting import KEPT_DAYS
from market.accounts import tasks
from market.accounts.models import LoginSession, MemberInvitation
from market.accounts.rules import SESSION_COOKIE, SESSION_IDLE
from tests.factories.market import sign_in_as

FORM = {"email": "ana@demo.invalid", "roles": ["analyst", "purchaser"]}


def test_a_form_sent_after_the_sign_in_ended_keeps_every_word(client, session, administrator):
    sign_in_as(client, administrator)
    browser = session.scalars(select(LoginSession)).one()
    browser.last_seen_at = clock.now() - SESSION_IDLE
    session.flush()

    page = client.post("/organization", data=FORM)

    assert page.status_code == 401
    assert '<textarea name="email" hidden>ana@demo.invalid</textarea>' in page.text
    assert page.text.count('name="roles"') == 2
    assert 'action="/organization"' in page.text
    assert session.scalars(select(MemberInvitation)).all() == []


def test_after_signing_in_again_the_kept_form_can_be_sent(client, session, administrator):
    sign_in_as(client, administrator)
    client.delete_cookie(SESSION_COOKIE)
    assert client.post("/organization", data=FORM).status_code == 401

    sign_in_as(client, administrator)

    assert client.post("/organization", data=FORM).status_code == 303
    assert len(session.scalars(select(MemberInvitation)).all()) == 1


def test_a_sign_in_ended_from_another_browser_ends_at_once(app, client, session, analyst):
    sign_in_as(client, analyst)
    other = app.test_client()
    sign_in_as(other, analyst)
    first = min(session.scalars(select(LoginSession)), key=lambda row: row.created_at)

    other.post(f"/me/sessions/{first.id}/end")

    assert client.get("/me").status_code == 302
    assert other.get("/me").status_code == 200


def test_a_form_sent_twice_is_done_once(client, session, administrator):
    sign_in_as(client, administrator)
    form = FORM | {"submission_id": "one"}

    first = client.post("/organization", data=form)
    second = client.post("/organization", data=form)

    assert (first.status_code, second.status_code) == (303, 303)
    assert second.location == "/organization"
    assert len(session.scalars(select(MemberInvitation)).all()) == 1


def test_a_second_sending_by_a_program_is_a_conflict(client, session, administrator):
    sign_in_as(client, administrator)
    headers = {"Idempotency-Key": "one"}
    body = {"email": "ana@demo.invalid", "roles": ["analyst"]}

    first = client.post("/api/invitations", json=body, headers=headers)
    second = client.post("/api/invitations", json=body, headers=headers)

    assert first.status_code == 201
    assert (second.status_code, second.json["code"]) == (409, "already-submitted")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_cannot_act_with_my_cookie(client, session, administrator, headers):
    sign_in_as(client, administrator)

    answer = client.post("/organization", data=FORM, headers=headers)

    assert answer.status_code == 403
    assert session.scalars(select(MemberInvitation)).all() == []


def test_a_cookie_that_is_the_hash_itself_opens_nothing(client, session, analyst):
    """Whoever reads the table cannot sign in with what stands there."""
    sign_in_as(client, analyst)
    kept = session.scalars(select(LoginSession)).one()

    client.set_cookie(SESSION_COOKIE, kept.token_hash)

    assert client.get("/me").status_code == 302


def test_a_changed_cookie_opens_nothing(client, analyst):
    sign_in_as(client, analyst)
    cookie = client.get_cookie(SESSION_COOKIE)
    assert cookie is not None
    last = "A" if cookie.value[-1] != "A" else "B"

    client.set_cookie(SESSION_COOKIE, cookie.value[:-1] + last)

    assert client.get("/me").status_code == 302


def test_a_forged_flow_cookie_leads_nowhere(browser):
    browser.set_cookie("market_flow", "eyJuZXh0IjoiLy9ldmlsIn0.forged.signature")

    answer = browser.get("/sign-in/callback?code=x&state=y")

    assert answer.status_code == 409


def test_two_hours_of_work_with_pauses_stay_signed_in(client, session, analyst):
    sign_in_as(client, analyst)
    start = clock.now()

    for minutes in range(0, 121, 30):
        with clock.frozen_at(start + timedelta(minutes=minutes)):
            assert client.get("/me").status_code == 200


def test_sign_ins_that_are_over_are_forgotten_after_thirty_days(app, session, analyst):
    for _ in range(3):
        sign_in_as(app.test_client(), analyst)
    ended, ran_out, kept = session.scalars(select(LoginSession))
    start = ran_out.expires_at
    ended.end(start)
    ended.expires_at = start
    kept.expires_at = start + timedelta(seconds=1)
    session.commit()

    with clock.frozen_at(start + timedelta(days=KEPT_DAYS)):
        tasks.forget_ended_sessions()
        assert len(session.scalars(select(LoginSession.id)).all()) == 3
    with clock.frozen_at(start + timedelta(days=KEPT_DAYS, seconds=1)):
        tasks.forget_ended_sessions()
        tasks.forget_ended_sessions()

    assert session.scalars(select(LoginSession.id)).all() == [kept.id]
