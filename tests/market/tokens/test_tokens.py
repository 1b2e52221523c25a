"""Does a key open what it should, for as long as it should, and nothing more?"""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kernel import clock
from kernel.actor import ActorKind, MissingPermission, Permission, PersonNeeded
from kernel.errors import NotFound
from kernel.forgetting import KEPT_DAYS
from market.organizations.models import Organization
from market.tokens import actions, rules, tasks
from market.tokens.events import TokenIssued, TokenRevoked
from market.tokens.models import ApiToken, OAuthClient, OAuthToken
from market.tokens.rules import ACCESS_TOKEN_LIFE
from tests.factories.market import actor_of, sign_in_as, stored
from tests.market.tokens.keys import (
    APPLY,
    NOW,
    RUN,
    bearer,
    facts_of,
    fetch,
    issue,
    membership_of,
    register,
)


def test_a_program_never_gets_what_only_persons_do():
    everything = frozenset(Permission)

    assert Permission.ISSUE_TOKEN not in rules.scopes_open_to(everything)
    assert rules.still_granted(["verify_organization"], everything) == frozenset()


def test_scopes_are_read_whole_or_not_at_all():
    assert rules.read_scopes("run_query  apply_for_licence") == {RUN, APPLY}
    assert rules.read_scopes("run_query everything") is None
    assert rules.read_scopes("") == frozenset()


# --- API tokens ---


def test_a_token_acts_for_its_member_within_its_scopes(session, analyst):
    token, secret = issue(session, analyst, RUN)

    actor = actions.resume_bearer(session, secret)

    assert actor is not None
    assert (actor.id, actor.kind) == (analyst.id, ActorKind.MACHINE)
    assert actor.permissions == {RUN}
    assert actor.organization_id == analyst.organization_id
    assert facts_of(session) == [TokenIssued(token.id, analyst.id, (RUN,), token.expires_at)]


def test_only_the_hash_is_kept(session, analyst):
    token, secret = issue(session, analyst)

    assert secret not in {str(value) for value in vars(token).values()}
    assert token.hint == secret[-4:]
    assert len(secret) >= 43


def test_a_token_counts_until_its_last_moment(session, analyst):
    with clock.frozen_at(NOW):
        _, secret = issue(session, analyst, life_days=1)

    with clock.frozen_at(NOW + timedelta(days=1, seconds=-1)):
        assert actions.resume_bearer(session, secret) is not None
    with clock.frozen_at(NOW + timedelta(days=1)):
        assert actions.resume_bearer(session, secret) is None


def test_a_revoked_token_opens_nothing(session, analyst):
    token, secret = issue(session, analyst)

    actions.revoke_token(session, analyst, token.id)
    actions.revoke_token(session, analyst, token.id)

    assert actions.resume_bearer(session, secret) is None
    assert facts_of(session)[1:] == [TokenRevoked(token.id, analyst.id)]


def test_a_token_loses_what_its_member_loses(session, analyst):
    _, secret = issue(session, analyst, RUN, APPLY)

    membership_of(session, analyst).roles = ["purchaser"]
    session.flush()

    actor = actions.resume_bearer(session, secret)
    assert actor is not None
    assert actor.permissions == {APPLY}


def test_a_token_of_a_former_member_opens_nothing(session, analyst):
    _, secret = issue(session, analyst)

    membership_of(session, analyst).ended_at = clock.now()
    session.flush()

    assert actions.resume_bearer(session, secret) is None


def test_a_token_does_less_when_the_organisation_is_no_longer_verified(session, bureau_officer):
    _, secret = issue(session, bureau_officer, Permission.REGISTER_DATASET)
    session.get_one(Organization, bureau_officer.organization_id).verified_until_on = None
    session.flush()

    actor = actions.resume_bearer(session, secret)

    assert actor is not None
    assert not actor.is_verified
    assert actor.permissions == frozenset()


def test_nobody_gives_a_program_what_they_may_not_do(session, analyst):
    with pytest.raises(MissingPermission):
        issue(session, analyst, Permission.SET_CAP)
    with pytest.raises(MissingPermission):
        issue(session, analyst, Permission.ISSUE_TOKEN)


def test_a_token_makes_no_tokens(session, analyst):
    _, secret = issue(session, analyst)
    machine = actions.resume_bearer(session, secret)
    assert machine is not None

    with pytest.raises(PersonNeeded):
        issue(session, machine, RUN)
    with pytest.raises(PersonNeeded):
        register(session, machine, RUN)


def test_another_persons_token_does_not_exist(session, analyst):
    token, secret = issue(session, analyst)
    other = stored(session, actor_of("analyst", id="usr_other"))

    with pytest.raises(NotFound):
        actions.revoke_token(session, other, token.id)
    assert actions.resume_bearer(session, secret) is not None


def test_a_token_is_no_second_person(session, bureau_officer):
    """SU-31: whoever drafted in the browser cannot approve with a token."""
    _, secret = issue(session, bureau_officer, Permission.DRAFT_PRODUCT)

    machine = actions.resume_bearer(session, secret)

    assert machine is not None
    assert machine.id == bureau_officer.id


def test_the_use_of_a_token_is_noted_but_not_each_time(session, analyst):
    with clock.frozen_at(NOW - timedelta(days=1)):
        token, secret = issue(session, analyst)

    with clock.frozen_at(NOW):
        actions.resume_bearer(session, secret)
    with clock.frozen_at(NOW + timedelta(seconds=59)):
        actions.resume_bearer(session, secret)

    assert token.last_used_at == NOW
    with clock.frozen_at(NOW + timedelta(seconds=60)):
        actions.resume_bearer(session, secret)
    assert token.last_used_at == NOW + timedelta(seconds=60)


def test_the_database_keeps_no_token_for_ever(session, analyst):
    token, _ = issue(session, analyst)
    token.expires_at = token.created_at + timedelta(days=367)

    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("days", [0, 366, -1])
def test_a_life_outside_one_to_365_days_is_refused(client, analyst, days):
    sign_in_as(client, analyst)

    answer = client.post(
        "/api/tokens", json={"name": "x", "scopes": ["run_query"], "life_days": days}
    )

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "life_days"


# --- over HTTP ---


def test_a_bearer_token_asks_the_api(client, session, analyst):
    _, secret = issue(session, analyst, RUN)

    answer = client.get("/api/me", headers=bearer(secret))

    assert answer.json["kind"] == "machine"
    assert answer.json["permissions"] == ["run_query"]


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Bearer ", "Bearer", "Basic dTpw", "mkt_x", "Bearer a b"]
)
def test_credentials_that_open_nothing_are_said_to_do_so(client, header):
    answer = client.get("/api/me", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.json["code"] in {"token-refused", "unauthenticated"}


def test_wrong_credentials_are_not_saved_by_a_good_cookie(client, analyst):
    sign_in_as(client, analyst)

    answer = client.get("/api/me", headers=bearer("wrong"))

    assert answer.status_code == 401
    assert answer.json["code"] == "token-refused"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_is_shown_once_and_a_second_sending_shows_none(client, session, analyst):
    sign_in_as(client, analyst)
    form = {"name": "夜间任务", "scopes": "run_query", "life_days": "30", "submission_id": "one"}

    shown = client.post("/me/tokens", data=form)
    again = client.post("/me/tokens", data=form)

    secret = shown.text.split('<code class="secret">')[1].split("<")[0]
    assert actions.resume_bearer(session, secret) is not None
    assert again.status_code == 303
    assert secret not in client.get("/me/tokens").text
    assert len(session.scalars(select(ApiToken)).all()) == 1


def test_a_token_without_scope_is_refused_with_what_was_typed(client, analyst):
    sign_in_as(client, analyst)

    page = client.post("/me/tokens", data={"name": "夜间任务", "life_days": "30"})

    assert page.status_code == 422
    assert 'value="夜间任务"' in page.text


def test_tokens_by_the_api_from_issue_to_revocation(client, analyst):
    sign_in_as(client, analyst)
    issued = client.post("/api/tokens", json={"name": "x", "scopes": ["run_query"]})
    secret = issued.json["token"]

    listed = client.get("/api/tokens").json["tokens"]
    revoked = client.delete(f"/api/tokens/{issued.json['id']}")
    later = client.get("/api/me", headers=bearer(secret))

    assert issued.status_code == 201
    assert [token["token"] for token in listed] == [None]
    assert (revoked.status_code, later.status_code) == (204, 401)


def test_revoking_by_the_page(client, session, analyst):
    token, _ = issue(session, analyst)
    sign_in_as(client, analyst)

    answer = client.post(f"/me/tokens/{token.id}/revoke")

    session.refresh(token)
    assert answer.status_code == 303
    assert token.revoked_at is not None


# --- client credentials ---


def test_dead_keys_are_forgotten_after_thirty_days_and_their_facts_are_not(
    session, client, analyst
):
    with clock.frozen_at(NOW):
        revoked, _ = issue(session, analyst, APPLY)
        alive, _ = issue(session, analyst, RUN)
        actions.revoke_token(session, analyst, revoked.id)
        registered, secret = register(session, analyst)
        session.commit()
        assert fetch(client, registered.id, secret).status_code == 200
    facts = len(facts_of(session))
    border = NOW + timedelta(days=KEPT_DAYS)

    with clock.frozen_at(border):
        tasks.forget_dead_tokens()
        assert (session.query(ApiToken).count(), session.query(OAuthToken).count()) == (2, 1)
    with clock.frozen_at(border + ACCESS_TOKEN_LIFE + timedelta(seconds=1)):
        tasks.forget_dead_tokens()
        tasks.forget_dead_tokens()

    assert session.scalars(select(ApiToken.id)).all() == [alive.id]
    assert session.query(OAuthToken).count() == 0
    assert session.get(OAuthClient, registered.id) is not None
    assert len(facts_of(session)) == facts
