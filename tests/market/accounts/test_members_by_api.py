"""Do programs and the console found, invite and join?"""

import pytest
from sqlalchemy import select

from kernel import clock
from market.accounts import actions, reads
from market.accounts.actions import (
    InstallationNotEmpty,
)
from market.accounts.models import Membership, User
from market.accounts.schemas import Identity
from tests.factories.market import (
    make_credit_code,
    make_user,
    sign_in_as,
)
from tests.market.accounts.members import founding


def test_the_api_says_who_asks(client, analyst):
    sign_in_as(client, analyst)

    answer = client.get("/api/me")

    assert answer.status_code == 200
    assert answer.json["organization_id"] == analyst.organization_id
    assert answer.json["roles"] == ["analyst"]
    assert "run_query" in answer.json["permissions"]


def test_the_api_answers_nobody_with_a_problem(client):
    answer = client.get("/api/me")

    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == "unauthenticated"


def test_founding_inviting_and_joining_by_the_api(client, session):
    sign_in_as(client, reads.actor_for(make_user(session), None, clock.today()))
    draft = {"name": "某公司", "kind": "enterprise", "credit_code": make_credit_code(9)}

    founded = client.post("/api/organizations", json=draft)
    twice = client.post("/api/organizations", json=draft)

    assert founded.status_code == 201
    assert founded.json["roles"] == ["administrator"]
    assert twice.status_code == 409
    assert twice.json["code"] == "credit-code-taken"
    identifier = founded.json["organization"]["id"]
    assert client.get(f"/api/organizations/{identifier}").json["is_verified"] is False
    assert client.get("/api/organizations/org_unknown").status_code == 404


def test_who_founds_by_the_api_acts_for_it_from_then_on(client, session):
    sign_in_as(client, reads.actor_for(make_user(session), None, clock.today()))
    draft = {"name": "某公司", "kind": "enterprise", "credit_code": make_credit_code(9)}

    founded = client.post("/api/organizations", json=draft)

    mine = client.get("/api/me").json["organization_id"]
    assert mine == founded.json["organization"]["id"]


def test_an_invited_person_finds_and_accepts_the_offer_by_the_api(client, session, administrator):
    sign_in_as(client, administrator)
    body = {"subject": "bo", "roles": ["analyst"]}
    offer = client.post("/api/invitations", json=body).json
    theirs = client.get("/api/me/invitations").json["items"]
    sign_in_as(client, reads.actor_for(make_user(session, subject="bo"), None, clock.today()))

    found = client.get("/api/me/invitations").json["items"]
    joined = client.post(f"/api/invitations/{offer['id']}/acceptance")

    assert theirs == []
    assert [(one["id"], one["roles"]) for one in found] == [(offer["id"], ["analyst"])]
    assert found[0]["organization_name"]
    assert (joined.status_code, joined.json["roles"]) == (201, ["analyst"])
    assert client.get("/api/me").json["organization_id"] == administrator.organization_id
    assert client.get("/api/me/invitations").json["items"] == []


def test_members_by_the_api(client, session, administrator, analyst):
    sign_in_as(client, administrator)
    members = client.get("/api/members").json["members"]
    theirs = next(member for member in members if member["user_id"] == analyst.id)

    changed = client.put(f"/api/members/{theirs['id']}/roles", json={"roles": ["purchaser"]})
    offer = client.post("/api/invitations", json={"subject": "x", "roles": ["analyst"]})
    taken_back = client.delete(f"/api/invitations/{offer.json['id']}")
    gone = client.delete(f"/api/members/{theirs['id']}")

    assert changed.json["roles"] == ["purchaser"]
    assert (offer.status_code, taken_back.status_code, gone.status_code) == (201, 204, 204)
    assert len(client.get("/api/members").json["members"]) == 1


def test_the_first_administrator_is_named_once(app, session):
    run = app.test_cli_runner().invoke
    words = ["accounts", "first-administrator", "ana", "安娜", "--organization", "某市数据局"]

    first = run(args=[*words, "--credit-code", make_credit_code(3)])
    second = run(args=[*words, "--credit-code", make_credit_code(4)])

    assert first.exit_code == 0, first.output
    assert second.exit_code == 1
    assert "系统里已有成员" in second.output
    member = session.scalars(select(Membership)).one()
    assert member.roles == ["administrator"]
    assert session.get_one(User, member.user_id).subject == "ana"


def test_the_first_administrator_needs_a_right_credit_code(app, session):
    words = ["accounts", "first-administrator", "ana", "安娜", "--organization", "某市数据局"]

    result = app.test_cli_runner().invoke(args=[*words, "--credit-code", "1"])

    assert result.exit_code == 1
    assert session.scalars(select(User)).all() == []


def test_a_first_administrator_is_refused_once_anybody_is_a_member(session, analyst):
    draft = founding(kind="bureau", roles=["bureau_officer"])

    with pytest.raises(InstallationNotEmpty):
        actions.name_first_administrator(session, Identity(subject="ana", name="安娜"), draft)
