"""Organisations are founded, joined and verified."""

from demo.people import CAST, ORGANIZATIONS, DemoOrganization, DemoPerson
from demo.world import World
from kernel import clock
from kernel.db import transaction
from market.accounts import actions, reads
from market.accounts.schemas import FoundingDraft, Identity, MemberInvitationDraft


def play(world: World) -> None:
    """Each organisation's first person founds it; the others are invited and accept."""
    world.report("序  单位与人员：创建、邀请、审核身份")
    for number, organization in enumerate(ORGANIZATIONS):
        members = [person for person in CAST if person.organization == organization.key]
        _found(world, organization, members[0], is_first=number == 0)
        for member in members[1:]:
            _join(world, members[0], member)
    world.report(f"    {len(ORGANIZATIONS)} 家单位、{len(CAST)} 人")


def _identity(person: DemoPerson) -> Identity:
    return Identity(subject=person.subject, name=person.name, email=person.identity.email)


def _found(
    world: World, organization: DemoOrganization, founder: DemoPerson, *, is_first: bool
) -> None:
    draft = FoundingDraft(
        name=organization.name,
        kind=organization.kind,
        credit_code=organization.credit_code,
        regulator_scopes=list(founder.scopes),
        roles=list(founder.roles),
    )
    with transaction() as session:
        if is_first:
            membership = actions.name_first_administrator(session, _identity(founder), draft)
        else:
            actions.open_session(session, _identity(founder), "demo")
            user = reads.find_by_subject(session, founder.subject)
            assert user is not None
            actor = reads.actor_for(user, None, clock.today())
            membership = actions.found_organization(session, actor, draft)
        world.ids[organization.key] = membership.organization_id


def _join(world: World, founder: DemoPerson, member: DemoPerson) -> None:
    draft = MemberInvitationDraft(
        roles=list(member.roles), regulator_scopes=list(member.scopes), subject=member.subject
    )
    administrator = world.actor(founder.subject)
    with transaction() as session:
        invitation = actions.invite(session, administrator, draft)
        actions.open_session(session, _identity(member), "demo")
        user = reads.find_by_subject(session, member.subject)
        assert user is not None
        actor = reads.actor_for(user, None, clock.today())
        actions.accept_invitation(session, actor, invitation.id)
