"""Does a registered client get only what its member gave it?"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel import clock
from market.tokens import actions
from market.tokens.events import ClientRegistered, ClientRevoked
from market.tokens.models import OAuthClient, OAuthToken
from market.tokens.rules import ACCESS_TOKEN_LIFE
from tests.factories.market import sign_in_as
from tests.market.tokens.keys import (
    APPLY,
    NOW,
    RUN,
    bearer,
    facts_of,
    fetch,
    membership_of,
    register,
)


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
