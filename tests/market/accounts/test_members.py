"""Who may found, invite, join and give roles, and who may not?"""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from kernel import clock
from kernel.actor import ActorKind, MissingPermission, PersonNeeded
from kernel.errors import InvalidFields, NotFound
from market.accounts import actions, reads
from market.accounts.actions import (
    AlreadyMember,
    InvitationOver,
    LastAdministrator,
)
from market.accounts.events import (
    MemberInvited,
    MemberJoined,
    MemberLeft,
    ReadingChanged,
    RoleChanged,
)
from market.accounts.models import Membership
from market.accounts.roles import Role
from market.accounts.rules import INVITATION_LIFE
from market.accounts.schemas import RolesDraft
from market.organizations.actions import CreditCodeTaken
from market.organizations.events import OrganizationFounded
from market.organizations.models import Organization
from tests.factories.market import (
    actor_of,
    make_membership,
    make_organization,
    make_user,
    stored,
)
from tests.market.accounts.members import NOW, facts_of, founding, invitation_to, newcomer


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
    opened = [fact for fact in facts_of(session) if isinstance(fact, ReadingChanged)]
    assert [(fact.user_id, fact.entity_ids) for fact in opened] == [
        (analyst.id, ("ent_1", "ent_2"))
    ]
    actions.change_roles(session, administrator, member.id, draft)
    actions.change_roles(session, administrator, member.id, RolesDraft(roles=[Role.ANALYST]))
    closed = [fact for fact in facts_of(session) if isinstance(fact, ReadingChanged)]
    assert [fact.entity_ids for fact in closed] == [("ent_1", "ent_2"), ()]
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
