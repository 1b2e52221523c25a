"""Do people found, invite and join by the pages?"""

import pytest
from sqlalchemy import select

from kernel import clock
from market.accounts import reads
from market.accounts.models import MemberInvitation, Membership
from market.accounts.roles import ROLES_OPEN_TO, Role
from market.organizations.models import Organization
from market.organizations.rules import OrganizationKind
from tests.factories.market import (
    make_credit_code,
    make_user,
    sign_in_as,
)


def test_founding_by_the_page_makes_me_act_for_it(client, session):
    sign_in_as(client, reads.actor_for(make_user(session), None, clock.today()))
    form = {
        "name": "广州某某科技有限公司",
        "kind": "enterprise",
        "credit_code": make_credit_code(7),
        "roles": ["purchaser", "analyst"],
        "submission_id": "one",
    }

    answer = client.post("/organizations/new", data=form)
    again = client.post("/organizations/new", data=form)

    assert (answer.status_code, answer.location) == (303, "/organization")
    assert (again.status_code, again.location) == (303, "/organization")
    assert len(session.scalars(select(Organization)).all()) == 1
    assert "广州某某科技有限公司" in client.get("/organization").text


def test_a_wrong_credit_code_is_said_beside_the_field_and_all_typed_is_kept(client, session):
    sign_in_as(client, reads.actor_for(make_user(session), None, clock.today()))
    form = {
        "name": "广州某某科技有限公司",
        "kind": "enterprise",
        "credit_code": "91110000600037341M",
    }

    page = client.post("/organizations/new", data=form)

    assert page.status_code == 422
    assert "校验位不符" in page.text
    assert "广州某某科技有限公司" in page.text
    assert "91110000600037341M" in page.text


@pytest.mark.parametrize("kind", list(OrganizationKind))
def test_the_founding_page_offers_only_the_roles_of_the_kind(client, session, kind):
    sign_in_as(client, reads.actor_for(make_user(session), None, clock.today()))

    page = client.get(f"/organizations/new?kind={kind}").text

    offered = {role for role in Role if f'name="roles" value="{role}"' in page}
    assert offered == ROLES_OPEN_TO[kind] - {Role.ADMINISTRATOR}


@pytest.mark.parametrize("kind", ["", "?kind=", "?kind=palace"])
def test_founding_begins_with_the_kind(client, session, kind):
    sign_in_as(client, reads.actor_for(make_user(session), None, clock.today()))

    assert "本单位是哪一类" in client.get(f"/organizations/new{kind}").text


def test_somebody_without_organisation_is_led_to_the_welcome_page(client, session):
    sign_in_as(client, reads.actor_for(make_user(session), None, clock.today()))

    assert client.get("/organization").location == "/welcome"
    assert "还没有加入单位" in client.get("/welcome").text


def test_an_administrator_invites_by_the_page_and_the_invited_accept(
    client, session, administrator
):
    ana = make_user(session, email="ana@demo.invalid", name="安娜")
    sign_in_as(client, administrator)

    sent = client.post("/organization", data={"email": "Ana@demo.invalid", "roles": "analyst"})

    assert sent.status_code == 303
    assert "ana@demo.invalid" in client.get("/organization").text
    offer = session.scalars(select(MemberInvitation)).one()
    sign_in_as(client, reads.actor_for(ana, None, clock.today()))
    assert "接受邀请" in client.get("/welcome").text
    assert client.post(f"/invitations/{offer.id}/accept").status_code == 303
    assert "安娜" in client.get("/organization").text


def test_an_invitation_without_addressee_is_refused_with_a_word(client, administrator):
    sign_in_as(client, administrator)

    page = client.post("/organization", data={"roles": "analyst"})

    assert page.status_code == 422
    assert "二者选一" in page.text


def test_a_member_who_may_not_manage_sees_the_members_and_no_form(client, administrator, analyst):
    sign_in_as(client, analyst)

    page = client.get("/organization").text

    assert "单位管理员" in page
    assert "发出邀请" not in page
    assert (
        client.post("/organization", data={"subject": "x", "roles": "analyst"}).status_code == 403
    )


def test_a_change_of_roles_by_the_page(client, session, administrator, analyst):
    member = session.scalars(select(Membership).where(Membership.user_id == analyst.id)).one()
    sign_in_as(client, administrator)
    address = f"/organization/members/{member.id}"

    assert 'value="analyst" checked' in client.get(address).text
    assert client.post(address, data={"roles": ["purchaser"]}).status_code == 303
    session.refresh(member)
    assert member.roles == ["purchaser"]
    assert client.post(address, data={}).status_code == 422


# --- api and command line ---
