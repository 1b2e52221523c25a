"""Who may found, invite, join and give roles, and who may not?"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kernel import clock
from kernel.actor import ActorKind, MissingPermission, PersonNeeded
from kernel.errors import InvalidFields, NotFound
from kernel.events import EventLog
from market.accounts import actions, reads
from market.accounts.actions import (
    AlreadyMember,
    InstallationNotEmpty,
    InvitationOver,
    LastAdministrator,
)
from market.accounts.events import MemberInvited, MemberJoined, MemberLeft, RoleChanged
from market.accounts.models import MemberInvitation, Membership, User
from market.accounts.roles import ROLES_OPEN_TO, Role
from market.accounts.rules import INVITATION_LIFE
from market.accounts.schemas import FoundingDraft, Identity, MemberInvitationDraft, RolesDraft
from market.organizations.actions import CreditCodeTaken
from market.organizations.events import OrganizationFounded
from market.organizations.models import Organization
from market.organizations.rules import OrganizationKind
from tests.factories.market import (
    actor_of,
    make_credit_code,
    make_membership,
    make_organization,
    make_user,
    sign_in_as,
    stored,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def newcomer(session, **changes):
    """A signed-in person without an organisation."""
    return reads.actor_for(make_user(session, **changes), None, clock.today())


def founding(**changes):
    facts = {
        "name": "广州某某科技有限公司",
        "kind": OrganizationKind.ENTERPRISE,
        "credit_code": make_credit_code(1),
        "roles": [Role.PURCHASER],
    }
    return FoundingDraft(**{**facts, **changes})


def facts_of(session):
    return [row.event() for row in session.scalars(select(EventLog).order_by(EventLog.seq))]


def invitation_to(session, administrator, **changes):
    facts = {"email": "ana@demo.invalid", "roles": [Role.ANALYST]}
    return actions.invite(session, administrator, MemberInvitationDraft(**{**facts, **changes}))


def test_the_founder_administers_an_unverified_organisation(session):
    actor = newcomer(session)

    membership = actions.found_organization(session, actor, founding())

    organization = session.get_one(Organization, membership.organization_id)
    assert membership.roles == ["administrator", "purchaser"]
    assert organization.verified_until_on is None
    assert facts_of(session) == [
        OrganizationFounded(
            organization.id, organization.name, "enterprise", organization.credit_code
        ),
        MemberJoined(
            membership.id, actor.id, organization.id, (Role.ADMINISTRATOR, Role.PURCHASER)
        ),
    ]


def test_a_credit_code_stands_for_one_organisation(session):
    actions.found_organization(session, newcomer(session), founding())

    with pytest.raises(CreditCodeTaken):
        actions.found_organization(session, newcomer(session), founding(name="另一个名字"))


def test_nobody_founds_an_enterprise_and_takes_the_role_of_a_regulator(session):
    with pytest.raises(InvalidFields):
        actions.found_organization(session, newcomer(session), founding(roles=[Role.REGULATOR]))


def test_a_token_founds_nothing(session):
    actor = actor_of("analyst")
    machine = type(actor)(id=actor.id, kind=ActorKind.MACHINE)

    with pytest.raises(PersonNeeded):
        actions.found_organization(session, machine, founding())


@pytest.mark.parametrize(
    "changes",
    [
        {"credit_code": "91440100000000000X"},
        {"credit_code": "123"},
        {"name": "一"},
        {"kind": "regulator"},
        {"regulator_scopes": ["data"]},
    ],
)
def test_a_draft_that_is_wrong_is_refused_with_a_word(changes):
    with pytest.raises(ValueError, match=r"[\u4e00-\u9fff]|at least"):
        founding(**changes)


def test_an_invited_person_joins_with_the_offered_roles(session, administrator):
    offer = invitation_to(session, administrator)
    actor = newcomer(session, email="ana@demo.invalid")

    membership = actions.accept_invitation(session, actor, offer.id)

    assert membership.organization_id == administrator.organization_id
    assert membership.roles == ["analyst"]
    assert facts_of(session) == [
        MemberInvited(offer.id, administrator.organization_id, (Role.ANALYST,)),
        MemberJoined(membership.id, actor.id, administrator.organization_id, (Role.ANALYST,)),
    ]


def test_an_invitation_by_subject_finds_its_person(session, administrator):
    invitation_to(session, administrator, email=None, subject="ana")
    actor = newcomer(session, subject="ana")

    offers = reads.list_offers(session, actor.id, clock.now())

    assert [offer.organization.id for offer in offers] == [administrator.organization_id]


def test_an_invitation_is_not_for_others(session, administrator):
    offer = invitation_to(session, administrator)
    actor = newcomer(session, email="bo@demo.invalid")

    assert reads.list_offers(session, actor.id, clock.now()) == []
    with pytest.raises(NotFound):
        actions.accept_invitation(session, actor, offer.id)


def test_an_invitation_by_address_needs_an_address_that_the_provider_verified(
    session, administrator
):
    offer = invitation_to(session, administrator)

    with pytest.raises(NotFound):
        actions.accept_invitation(session, newcomer(session, email=None), offer.id)


def test_an_invitation_ends_on_its_day_and_works_once(session, administrator):
    with clock.frozen_at(NOW):
        late = invitation_to(session, administrator)
        early = invitation_to(session, administrator, email="bo@demo.invalid")
    ana = newcomer(session, email="ana@demo.invalid")
    bo = newcomer(session, email="bo@demo.invalid")

    with clock.frozen_at(NOW + INVITATION_LIFE), pytest.raises(InvitationOver):
        actions.accept_invitation(session, ana, late.id)
    with clock.frozen_at(NOW + INVITATION_LIFE - timedelta(seconds=1)):
        actions.accept_invitation(session, bo, early.id)
        with pytest.raises(InvitationOver):
            actions.accept_invitation(session, bo, early.id)


def test_a_member_does_not_join_twice(session, administrator):
    first = invitation_to(session, administrator)
    second = invitation_to(session, administrator, roles=[Role.PURCHASER])
    actor = newcomer(session, email="ana@demo.invalid")
    actions.accept_invitation(session, actor, first.id)

    with pytest.raises(AlreadyMember):
        actions.accept_invitation(session, actor, second.id)


def test_an_invitation_taken_back_is_over(session, administrator):
    offer = invitation_to(session, administrator)
    actions.withdraw_invitation(session, administrator, offer.id)

    with pytest.raises(InvitationOver):
        actions.accept_invitation(session, newcomer(session, email="ana@demo.invalid"), offer.id)


def test_only_an_administrator_invites(session, analyst):
    with pytest.raises(MissingPermission):
        invitation_to(session, analyst)


def test_roles_of_another_kind_of_organisation_are_not_given(session, administrator):
    with pytest.raises(InvalidFields):
        invitation_to(session, administrator, roles=[Role.BUREAU_APPROVER])


def test_another_organisations_invitation_does_not_exist(session, administrator):
    offer = invitation_to(session, administrator)
    other = make_organization(session)
    stranger = stored(session, actor_of("administrator", organization_id=other.id, id="usr_other"))

    with pytest.raises(NotFound):
        actions.withdraw_invitation(session, stranger, offer.id)


def test_roles_change_at_once_and_are_told(session, administrator, analyst):
    member = session.scalars(select(Membership).where(Membership.user_id == analyst.id)).one()
    draft = RolesDraft(roles=[Role.ANALYST, Role.PURCHASER])

    actions.change_roles(session, administrator, member.id, draft)

    assert member.roles == ["analyst", "purchaser"]
    assert facts_of(session) == [
        RoleChanged(
            member.id,
            analyst.id,
            analyst.organization_id,
            (Role.ANALYST,),
            (Role.ANALYST, Role.PURCHASER),
        )
    ]
    assert "分析人、采购人" in facts_of(session)[0].said()


def test_a_member_of_another_organisation_cannot_be_managed(session, administrator, operator):
    member = session.scalars(select(Membership).where(Membership.user_id == operator.id)).one()

    with pytest.raises(NotFound):
        actions.change_roles(session, administrator, member.id, RolesDraft(roles=[Role.OPERATOR]))
    with pytest.raises(NotFound):
        actions.end_membership(session, administrator, member.id)


def test_a_member_without_the_permission_changes_nothing(session, administrator, analyst):
    member = session.scalars(select(Membership).where(Membership.user_id == analyst.id)).one()

    with pytest.raises(MissingPermission):
        actions.change_roles(session, analyst, member.id, RolesDraft(roles=[Role.ADMINISTRATOR]))


def test_the_last_administrator_stays(session, administrator):
    own = session.scalars(select(Membership).where(Membership.user_id == administrator.id)).one()

    with pytest.raises(LastAdministrator):
        actions.end_membership(session, administrator, own.id)
    with pytest.raises(LastAdministrator):
        actions.change_roles(session, administrator, own.id, RolesDraft(roles=[Role.ANALYST]))


def test_with_a_second_administrator_the_first_may_go(session, administrator):
    own = session.scalars(select(Membership).where(Membership.user_id == administrator.id)).one()
    organization = session.get_one(Organization, administrator.organization_id)
    make_membership(session, make_user(session), organization, [Role.ADMINISTRATOR])

    actions.end_membership(session, administrator, own.id)

    assert own.ended_at is not None
    assert facts_of(session) == [MemberLeft(own.id, administrator.id, organization.id)]


def test_an_auditors_entities_are_kept_and_nobody_elses(session, administrator, analyst):
    member = session.scalars(select(Membership).where(Membership.user_id == analyst.id)).one()
    draft = RolesDraft(roles=[Role.AUDITOR], entity_ids=["ent_1, ent_2\nent_1"])

    actions.change_roles(session, administrator, member.id, draft)

    assert member.entity_ids == ["ent_1", "ent_2"]
    with pytest.raises(InvalidFields):
        wrong = RolesDraft(roles=[Role.ANALYST], entity_ids=["ent_1"])
        actions.change_roles(session, administrator, member.id, wrong)


def test_the_database_refuses_entities_without_an_auditor(session):
    with pytest.raises(IntegrityError):
        make_membership(
            session,
            make_user(session),
            make_organization(session),
            [Role.ANALYST],
            entity_ids=["ent_1"],
        )


def test_the_database_keeps_one_standing_membership(session):
    user, organization = make_user(session), make_organization(session)
    make_membership(session, user, organization, [Role.ANALYST])

    with pytest.raises(IntegrityError):
        make_membership(session, user, organization, [Role.PURCHASER])


def test_an_invitation_names_one_addressee(session, administrator):
    offer = invitation_to(session, administrator)
    offer.subject = "ana"

    with pytest.raises(IntegrityError):
        session.flush()


# --- pages ---


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
