"""What people do: sign in and out, found an organisation, join, invite and give roles."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, FieldProblem, Gone, InvalidFields, NotFound
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from market.accounts import reads
from market.accounts.events import (
    MemberInvited,
    MemberJoined,
    MemberLeft,
    ReadingChanged,
    RoleChanged,
    SessionEnded,
    SessionOpened,
)
from market.accounts.models import LoginSession, MemberInvitation, Membership, User
from market.accounts.roles import Role
from market.accounts.rules import (
    INVITATION_LIFE,
    SESSION_LIFE,
    SESSION_TOUCH,
    Grant,
    InvitationId,
    LoginSessionId,
    MembershipId,
    UserId,
    grant_problem,
)
from market.accounts.schemas import (
    FoundingDraft,
    Identity,
    MemberInvitationDraft,
    RolesDraft,
)
from market.organizations import actions as organizations
from market.organizations.models import Organization
from market.organizations.reads import get_organization
from market.organizations.rules import RegulatorScope

USER_AGENT_LENGTH = 200


@dataclass(eq=False)
class AlreadyMember(Conflict):
    """The person is a member of this organisation."""

    code = "already-member"
    message = N_("您已是该单位成员。角色由单位管理员调整。")


@dataclass(eq=False)
class InvitationOver(Gone):
    """The invitation was accepted, withdrawn, or has expired."""

    code = "invitation-over"
    message = N_("邀请已使用、已撤回或已过期。请联系单位管理员重新邀请。")


@dataclass(eq=False)
class InstallationNotEmpty(Conflict):
    """The first administrator is named once; later ones are invited."""

    code = "installation-not-empty"
    message = N_("系统里已有成员。请由现有管理员邀请新的管理员。")


@dataclass(eq=False)
class LastAdministrator(Conflict):
    """Somebody must be able to manage the members."""

    code = "last-administrator"
    message = N_("这是本单位最后一位管理员。请先指定另一位管理员。")


def hashed(secret: str) -> str:
    """How a secret of 256 random bits is kept: too long to guess, so one SHA-256 suffices."""
    return hashlib.sha256(secret.encode()).hexdigest()


def open_session(session: Session, identity: Identity, user_agent: str) -> str:
    """Sign a person in whom the identity provider vouches for; give the cookie's secret.

    Names and addresses follow the provider. The person acts for the oldest of their
    organisations until they choose another.
    """
    user = _known_user(session, identity)
    standings = reads.list_standings(session, user.id)
    secret = secrets.token_urlsafe(32)
    now = clock.now()
    opened = LoginSession(
        id=LoginSessionId(new_id("ses")),
        user_id=user.id,
        membership_id=standings[0].membership.id if standings else None,
        token_hash=hashed(secret),
        user_agent=user_agent[:USER_AGENT_LENGTH],
        id_token=identity.id_token,
        created_at=now,
        last_seen_at=now,
        expires_at=now + SESSION_LIFE,
    )
    session.add(opened)
    actor = reads.actor_for(user, standings[0] if standings else None, clock.today())
    record(session, actor, SessionOpened(opened.id, user.id))
    return secret


def resume_session(session: Session, secret: str) -> Actor | None:
    """The actor behind a cookie; None when it opens nothing. Notes that the person is here."""
    now = clock.now()
    found = reads.find_signed_in(session, hashed(secret), now)
    if found is None:
        return None
    if now - found.login_session.last_seen_at >= SESSION_TOUCH:
        found.login_session.last_seen_at = now
    return reads.actor_for(found.user, found.standing, clock.today())


def browser_of(session: Session, secret: str) -> LoginSessionId:
    """The open sign-in behind a cookie; "" where there is none."""
    found = reads.find_signed_in(session, hashed(secret), clock.now())
    return found.login_session.id if found else LoginSessionId("")


def end_session(session: Session, actor: Actor, session_id: LoginSessionId) -> None:
    """Sign one of one's own browsers out. Raises: NotFound."""
    ended = reads.session_for_update(session, actor.id, session_id)
    if ended is None:
        raise NotFound
    if ended.ended_at is None:
        ended.end(clock.now())
        record(session, actor, SessionEnded(ended.id, ended.user_id))


def forget_ended_sessions(session: Session, before: datetime) -> None:
    """Remove sign-ins that ended or ran out before a moment; that they were stands in the log."""
    is_over = (LoginSession.ended_at < before) | (LoginSession.expires_at < before)
    session.execute(delete(LoginSession).where(is_over))


def act_for(
    session: Session, actor: Actor, session_id: LoginSessionId, membership_id: MembershipId
) -> None:
    """Choose for which of one's organisations this browser acts. Raises: NotFound."""
    standing = reads.find_standing(session, actor.id, membership_id)
    chosen = reads.session_for_update(session, actor.id, session_id)
    if standing is None or chosen is None:
        raise NotFound
    chosen.membership_id = membership_id


def found_organization(
    session: Session, actor: Actor, draft: FoundingDraft, browser: LoginSessionId | None = None
) -> Membership:
    """Found an organisation and become its administrator; it is unverified until reviewed.

    browser: acts for the new organisation from now on.
    Raises: PersonNeeded, InvalidFields, CreditCodeTaken.
    """
    actor.require_person()
    founded = organizations.found(session, actor, draft)
    grant = draft.founder_grant()
    _check_grant(grant, founded)
    membership = _join(session, actor, founded, grant)
    _act_here(session, actor, browser, membership)
    return membership


def name_first_administrator(
    session: Session, identity: Identity, draft: FoundingDraft
) -> Membership:
    """Found the organisation that runs this installation, with its administrator.

    Raises: InstallationNotEmpty, InvalidFields.
    """
    if not reads.is_installation_empty(session):
        raise InstallationNotEmpty
    user = _known_user(session, identity)
    actor = reads.actor_for(user, None, clock.today())
    return found_organization(session, actor, draft)


def invite(session: Session, actor: Actor, draft: MemberInvitationDraft) -> MemberInvitation:
    """Offer roles to a person; whoever signs in under that name or address may accept.

    Raises: MissingPermission, InvalidFields.
    """
    organization = reads.organization_of(session, actor)
    actor.require(Permission.MANAGE_MEMBERS, organization.id)
    grant = draft.grant()
    _check_grant(grant, organization)
    now = clock.now()
    invitation = MemberInvitation(
        id=InvitationId(new_id("inv")),
        organization_id=organization.id,
        subject=draft.subject,
        email=draft.email.lower() if draft.email else None,
        roles=sorted(role.value for role in grant.roles),
        regulator_scopes=sorted(scope.value for scope in grant.regulator_scopes),
        entity_ids=sorted(grant.entity_ids),
        invited_by=UserId(actor.id),
        invited_at=now,
        expires_at=now + INVITATION_LIFE,
        accepted_at=None,
        withdrawn_at=None,
    )
    session.add(invitation)
    fact = MemberInvited(invitation.id, organization.id, _listed(grant))
    record(session, actor, fact)
    return invitation


def withdraw_invitation(session: Session, actor: Actor, invitation_id: InvitationId) -> None:
    """Take an offer back. Raises: NotFound, MissingPermission, InvitationOver."""
    invitation = reads.invitation_for_update(session, invitation_id)
    if invitation.organization_id != actor.organization_id:
        raise NotFound
    actor.require(Permission.MANAGE_MEMBERS, invitation.organization_id)
    if not invitation.is_open(clock.now()):
        raise InvitationOver
    invitation.withdrawn_at = clock.now()


def accept_invitation(
    session: Session,
    actor: Actor,
    invitation_id: InvitationId,
    browser: LoginSessionId | None = None,
) -> Membership:
    """Join an organisation that invited this person.

    Raises: PersonNeeded, NotFound, InvitationOver, AlreadyMember.
    """
    actor.require_person()
    invitation = reads.invitation_for_update(session, invitation_id)
    if not reads.is_addressee(session, actor.id, invitation):
        raise NotFound
    if not invitation.is_open(clock.now()):
        raise InvitationOver
    organization = get_organization(session, invitation.organization_id)
    if reads.is_member(session, actor.id, organization.id):
        raise AlreadyMember
    invitation.accepted_at = clock.now()
    membership = _join(session, actor, organization, invitation.grant())
    _act_here(session, actor, browser, membership)
    return membership


def change_roles(
    session: Session, actor: Actor, membership_id: MembershipId, draft: RolesDraft
) -> Membership:
    """Give a member these roles instead of the former.

    Raises: NotFound, MissingPermission, InvalidFields, LastAdministrator.
    """
    membership, organization = _managed(session, actor, membership_id)
    grant = draft.grant()
    _check_grant(grant, organization)
    if Role.ADMINISTRATOR not in grant.roles:
        _keep_an_administrator(session, membership)
    former, opened = Grant(membership.held_roles), _opened(membership)
    membership.take(grant)
    fact = RoleChanged(
        membership.id, membership.user_id, organization.id, _listed(former), _listed(grant)
    )
    record(session, actor, fact)
    _record_reading(session, actor, membership, opened)
    return membership


def end_membership(session: Session, actor: Actor, membership_id: MembershipId) -> None:
    """Let a member go; their sign-ins and tokens count no more for this organisation.

    Raises: NotFound, MissingPermission, LastAdministrator.
    """
    membership, organization = _managed(session, actor, membership_id)
    _keep_an_administrator(session, membership)
    membership.ended_at = clock.now()
    record(session, actor, MemberLeft(membership.id, membership.user_id, organization.id))


def _managed(
    session: Session, actor: Actor, membership_id: MembershipId
) -> tuple[Membership, Organization]:
    """A member of the organisation that the actor manages; its members change one at a time."""
    organization = reads.organization_of(session, actor)
    actor.require(Permission.MANAGE_MEMBERS, organization.id)
    found = reads.lock_members(session, organization.id).get(membership_id)
    if found is None:
        raise NotFound
    return found, organization


def _keep_an_administrator(session: Session, leaving: Membership) -> None:
    members = reads.lock_members(session, leaving.organization_id).values()
    others = [member for member in members if member.id != leaving.id]
    if not any(Role.ADMINISTRATOR in member.held_roles for member in others):
        raise LastAdministrator


def _check_grant(grant: Grant, organization: Organization) -> None:
    problem = grant_problem(grant, organization.kind, organization.scopes)
    if problem is not None:
        raise InvalidFields([FieldProblem("roles", problem.label)], 1)


def _join(session: Session, actor: Actor, organization: Organization, grant: Grant) -> Membership:
    membership = Membership(
        id=MembershipId(new_id("mbr")),
        user_id=UserId(actor.id),
        organization_id=organization.id,
        joined_at=clock.now(),
        ended_at=None,
    )
    membership.take(grant)
    session.add(membership)
    session.flush()
    fact = MemberJoined(membership.id, actor.id, organization.id, _listed(grant))
    record(session, actor, fact)
    _record_reading(session, actor, membership, ((), ()))
    return membership


def _opened(membership: Membership) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(membership.regulator_scopes), tuple(membership.entity_ids)


def _record_reading(
    session: Session,
    actor: Actor,
    membership: Membership,
    before: tuple[tuple[str, ...], tuple[str, ...]],
) -> None:
    """Access to a scope or to books is a fact of its own, however it was given."""
    scopes, entity_ids = _opened(membership)
    if (scopes, entity_ids) == before:
        return
    record(
        session,
        actor,
        ReadingChanged(
            membership.id,
            membership.user_id,
            membership.organization_id,
            tuple(RegulatorScope(scope) for scope in scopes),
            entity_ids,
        ),
    )


def _act_here(
    session: Session, actor: Actor, browser: LoginSessionId | None, membership: Membership
) -> None:
    chosen = reads.session_for_update(session, actor.id, browser) if browser else None
    if chosen is not None:
        chosen.membership_id = membership.id


def _listed(grant: Grant) -> tuple[Role, ...]:
    return tuple(sorted(grant.roles))


def _known_user(session: Session, identity: Identity) -> User:
    user = reads.find_by_subject(session, identity.subject)
    if user is None:
        user = User(
            id=UserId(new_id("usr")),
            subject=identity.subject,
            name=identity.name,
            email=identity.email,
            created_at=clock.now(),
        )
        session.add(user)
        session.flush()
    user.name = identity.name
    user.email = identity.email
    return user
