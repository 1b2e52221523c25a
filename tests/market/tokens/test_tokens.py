"""Does a key open what it should, for as long as it should, and nothing more?"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kernel import clock
from kernel.actor import ActorKind, MissingPermission, Permission, PersonNeeded
from kernel.errors import NotFound
from kernel.events import EventLog
from kernel.forgetting import KEPT_DAYS
from market.accounts.models import Membership
from market.organizations.models import Organization
from market.tokens import actions, rules, tasks
from market.tokens.events import ClientRegistered, ClientRevoked, TokenIssued, TokenRevoked
from market.tokens.models import ApiToken, OAuthClient, OAuthToken
from market.tokens.rules import ACCESS_TOKEN_LIFE
from market.tokens.schemas import ApiTokenDraft, OAuthClientDraft
from tests.factories.market import actor_of, sign_in_as, stored

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RUN = Permission.RUN_QUERY
APPLY = Permission.APPLY_FOR_LICENCE


def issue(session, actor, *scopes, **changes):
    draft = ApiTokenDraft(**{"name": "夜间任务", "scopes": list(scopes or (RUN,)), **changes})
    return actions.issue_token(session, actor, draft)


def register(session, actor, *scopes):
    draft = OAuthClientDraft(name="对接系统", scopes=list(scopes or (RUN,)))
    return actions.register_client(session, actor, draft)


def facts_of(session):
    return [row.event() for row in session.scalars(select(EventLog).order_by(EventLog.seq))]


def membership_of(session, actor):
    return session.scalars(select(Membership).where(Membership.user_id == actor.id)).one()


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def fetch(client, identifier, secret, **form):
    return client.post(
        "/oauth/token", data={"grant_type": "client_credentials", **form}, auth=(identifier, secret)
    )


# --- rules ---


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


def test_a_client_gets_a_token_that_acts_for_its_member(client, session, analyst):
    registered, secret = register(session, analyst, RUN, APPLY)

    answer = fetch(client, registered.id, secret, scope="run_query")

    assert answer.status_code == 200
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 3600
    assert answer.json["scope"] == "run_query"
    assert answer.headers["Cache-Control"] == "no-store"
    me = client.get("/api/me", headers=bearer(answer.json["access_token"])).json
    assert (me["id"], me["permissions"]) == (analyst.id, ["run_query"])
    assert facts_of(session)[0] == ClientRegistered(registered.id, analyst.id, (APPLY, RUN))


def test_secrets_and_tokens_of_clients_are_kept_hashed(client, session, analyst):
    registered, secret = register(session, analyst)

    token = fetch(client, registered.id, secret).json["access_token"]

    kept = session.scalars(select(OAuthToken)).one()
    assert kept.token_hash == actions.hashed(token)
    assert secret not in {str(value) for value in vars(registered).values()}


def test_without_a_wish_a_client_gets_all_its_scopes(client, session, analyst):
    registered, secret = register(session, analyst, RUN, APPLY)

    assert fetch(client, registered.id, secret).json["scope"] == "apply_for_licence run_query"


def test_the_secret_may_come_in_the_body(client, session, analyst):
    registered, secret = register(session, analyst)
    form = {
        "grant_type": "client_credentials",
        "client_id": registered.id,
        "client_secret": secret,
    }

    assert client.post("/oauth/token", data=form).status_code == 200


@pytest.mark.parametrize("scope", ["set_cap", "run_query everything", "run_query set_cap", "开"])
def test_a_scope_that_was_not_granted_is_refused_not_dropped(client, session, analyst, scope):
    registered, secret = register(session, analyst, RUN)

    answer = fetch(client, registered.id, secret, scope=scope)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_scope")
    assert session.scalars(select(OAuthToken)).all() == []


def test_an_unknown_client_and_a_wrong_secret_are_answered_alike(client, session, analyst):
    registered, _ = register(session, analyst)

    wrong = fetch(client, registered.id, "wrong")
    unknown = fetch(client, "cli_unknown", "wrong")

    assert (wrong.status_code, wrong.json) == (unknown.status_code, unknown.json)
    assert (wrong.status_code, wrong.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("grant", ["password", "authorization_code", "", "refresh_token"])
def test_other_grants_are_not_served(client, session, analyst, grant):
    registered, secret = register(session, analyst)

    answer = client.post("/oauth/token", data={"grant_type": grant}, auth=(registered.id, secret))

    assert answer.status_code == 400
    assert answer.json["error"] in {"unsupported_grant_type", "invalid_request"}


def test_a_clients_token_ends_after_an_hour(session, client, analyst):
    registered, secret = register(session, analyst)
    with clock.frozen_at(NOW):
        token = fetch(client, registered.id, secret).json["access_token"]

    with clock.frozen_at(NOW + ACCESS_TOKEN_LIFE - timedelta(seconds=1)):
        assert actions.resume_bearer(session, token) is not None
    with clock.frozen_at(NOW + ACCESS_TOKEN_LIFE):
        assert actions.resume_bearer(session, token) is None


def test_a_revoked_client_and_its_tokens_open_nothing(session, client, analyst):
    registered, secret = register(session, analyst)
    token = fetch(client, registered.id, secret).json["access_token"]

    actions.revoke_client(session, analyst, registered.id)
    session.flush()

    assert actions.resume_bearer(session, token) is None
    assert fetch(client, registered.id, secret).status_code == 401
    assert facts_of(session)[-1] == ClientRevoked(registered.id, analyst.id)


def test_a_client_of_a_former_member_gets_nothing(session, client, analyst):
    registered, secret = register(session, analyst)
    membership_of(session, analyst).ended_at = clock.now()
    session.flush()

    assert fetch(client, registered.id, secret).status_code == 401


def test_knocking_too_often_at_the_token_endpoint_is_refused(client):
    for _ in range(60):
        assert fetch(client, "cli_unknown", "wrong").status_code == 401

    answer = fetch(client, "cli_unknown", "wrong")

    assert answer.status_code == 429
    assert answer.json["code"] == "too-many-requests"
    assert 0 < answer.json["facts"]["retry_after_seconds"] <= 61


def test_registering_and_revoking_a_client_by_the_page(client, session, analyst):
    sign_in_as(client, analyst)

    page = client.post("/me/tokens/clients/new", data={"name": "对接系统", "scopes": "run_query"})

    secret = page.text.split('<code class="secret">')[1].split("<")[0]
    registered = session.scalars(select(OAuthClient)).one()
    assert registered.secret_hash == actions.hashed(secret)
    assert "对接系统" in client.get("/me/tokens").text
    assert client.post(f"/me/tokens/clients/{registered.id}/revoke").status_code == 303
    session.refresh(registered)
    assert registered.revoked_at is not None


def test_clients_by_the_api(client, analyst):
    sign_in_as(client, analyst)

    made = client.post("/api/clients", json={"name": "x", "scopes": ["run_query"]})

    assert made.status_code == 201
    assert client.get("/api/clients").json["clients"][0]["client_secret"] is None
    assert client.delete(f"/api/clients/{made.json['client_id']}").status_code == 204
    assert client.get("/api/clients").json["clients"] == []


# --- forgetting ---


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
