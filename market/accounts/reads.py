"""Who is signed in, and for which organisation may they act?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor, ActorKind, Permission
from kernel.errors import NotFound
from market.accounts.models import LoginSession, MemberInvitation, Membership, User
from market.accounts.roles import permissions_of
from market.accounts.rules import InvitationId, LoginSessionId, MembershipId
from market.organizations.models import Organization
from market.organizations.reads import get_organization


@dataclass(frozen=True)
class Standing:
    """A person's place in one organisation."""

    membership: Membership
    organization: Organization


@dataclass(frozen=True)
class SignedIn:
    """An open sign-in: the browser's session, its person, and the place acted from."""

    login_session: LoginSession
    user: User
    standing: Standing | None


def find_signed_in(session: Session, token_hash: str, now: datetime) -> SignedIn | None:
    """The open sign-in behind a cookie, in one query; None for unknown, ended or idle ones."""
    row = session.execute(
        select(LoginSession, User, Membership, Organization)
        .join(User, User.id == LoginSession.user_id)
        .outerjoin(
            Membership,
            (Membership.id == LoginSession.membership_id) & Membership.ended_at.is_(None),
        )
        .outerjoin(Organization, Organization.id == Membership.organization_id)
        .where(LoginSession.token_hash == token_hash)
    ).first()
    if row is None or not row[0].is_open(now):
        return None
    membership: Membership | None = row[2]
    standing = Standing(membership, row[3]) if membership is not None else None
    return SignedIn(row[0], row[1], standing)


def actor_for(user: User, standing: Standing | None, today: date) -> Actor:
    """The actor of a person at a screen. Without a place in an organisation: no permission."""
    if standing is None:
        return Actor(id=user.id, kind=ActorKind.PERSON, name=user.name)
    membership, organization = standing.membership, standing.organization
    is_verified = organization.is_verified(today)
    return Actor(
        id=user.id,
        kind=ActorKind.PERSON,
        organization_id=organization.id,
        permissions=permissions_of(
            membership.held_roles, organization.kind, is_verified=is_verified
        ),
        roles=frozenset(membership.roles),
        regulator_scopes=frozenset(membership.regulator_scopes),
        entity_ids=frozenset(membership.entity_ids),
        is_verified=is_verified,
        name=user.name,
        organization_name=organization.name,
    )


def find_by_subject(session: Session, subject: str) -> User | None:
    return session.scalar(select(User).where(User.subject == subject))


def get_user(session: Session, user_id: str) -> User:
    """Raises: NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound
    return user


def list_standings(session: Session, user_id: str) -> Sequence[Standing]:
    """Every organisation a person may act for, oldest membership first."""
    rows = session.execute(
        select(Membership, Organization)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.user_id == user_id, Membership.ended_at.is_(None))
        .order_by(Membership.joined_at, Membership.id)
    )
    return [Standing(membership, organization) for membership, organization in rows]


def list_open_sessions(session: Session, user_id: str, now: datetime) -> Sequence[LoginSession]:
    """A person's signed-in browsers, newest first."""
    rows = session.scalars(
        select(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None))
        .order_by(LoginSession.created_at.desc(), LoginSession.id)
    )
    return [row for row in rows if row.is_open(now)]


def session_for_update(
    session: Session, user_id: str, session_id: LoginSessionId
) -> LoginSession | None:
    return session.scalar(
        select(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.user_id == user_id)
        .with_for_update()
    )


def find_standing(session: Session, user_id: str, membership_id: MembershipId) -> Standing | None:
    return next(
        (
            standing
            for standing in list_standings(session, user_id)
            if standing.membership.id == membership_id
        ),
        None,
    )


@dataclass(frozen=True)
class Member:
    """One row of the list of members."""

    membership: Membership
    user: User


@dataclass(frozen=True)
class Offer:
    """An invitation as its addressee sees it."""

    invitation: MemberInvitation
    organization: Organization


def organization_of(session: Session, actor: Actor) -> Organization:
    """The organisation that the actor acts for. Raises: NotFound for somebody without one."""
    return get_organization(session, actor.organization_id or "")


@dataclass(frozen=True)
class MemberStanding:
    """A member with their place: what an actor is made from."""

    user: User
    standing: Standing


def find_standing_membership(session: Session, membership_id: str) -> MemberStanding | None:
    """A membership that has not ended, with its person and organisation."""
    row = session.execute(
        select(User, Membership, Organization)
        .join(Membership, Membership.user_id == User.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.id == membership_id, Membership.ended_at.is_(None))
    ).first()
    return MemberStanding(row[0], Standing(row[1], row[2])) if row is not None else None


def get_own_membership(session: Session, actor: Actor) -> Membership:
    """The actor's place in the organisation they act for. Raises: NotFound."""
    found = session.scalar(
        select(Membership).where(
            Membership.user_id == actor.id,
            Membership.organization_id == actor.organization_id,
            Membership.ended_at.is_(None),
        )
    )
    if found is None:
        raise NotFound
    return found


def is_member(session: Session, user_id: str, organization_id: str) -> bool:
    statement = select(Membership.id).where(
        Membership.user_id == user_id,
        Membership.organization_id == organization_id,
        Membership.ended_at.is_(None),
    )
    return session.scalar(statement) is not None


def list_members(session: Session, actor: Actor) -> Sequence[Member]:
    """The members of the actor's own organisation, by name. Raises: NotFound."""
    organization = organization_of(session, actor)
    rows = session.execute(
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization.id, Membership.ended_at.is_(None))
        .order_by(User.name, Membership.id)
    )
    return [Member(membership, user) for membership, user in rows]


def get_member(session: Session, actor: Actor, membership_id: str) -> Member:
    """A member of the actor's own organisation. Raises: NotFound."""
    for member in list_members(session, actor):
        if member.membership.id == membership_id:
            return member
    raise NotFound


def lock_members(session: Session, organization_id: str) -> dict[str, Membership]:
    """The standing memberships of an organisation by id, locked in id order."""
    rows = session.scalars(
        select(Membership)
        .where(Membership.organization_id == organization_id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
        .with_for_update()
    )
    return {row.id: row for row in rows}


def list_open_invitations(
    session: Session, actor: Actor, now: datetime
) -> Sequence[MemberInvitation]:
    """Offers of the actor's organisation that nobody took yet; empty for who may not invite."""
    if not actor.may(Permission.MANAGE_MEMBERS):
        return []
    rows = session.scalars(
        select(MemberInvitation)
        .where(MemberInvitation.organization_id == actor.organization_id)
        .order_by(MemberInvitation.invited_at.desc(), MemberInvitation.id)
    )
    return [row for row in rows if row.is_open(now)]


def list_offers(session: Session, user_id: str, now: datetime) -> Sequence[Offer]:
    """Open invitations addressed to this person."""
    user = get_user(session, user_id)
    is_theirs = MemberInvitation.subject == user.subject
    if user.email is not None:
        is_theirs |= MemberInvitation.email == user.email
    rows = session.execute(
        select(MemberInvitation, Organization)
        .join(Organization, Organization.id == MemberInvitation.organization_id)
        .where(is_theirs)
        .order_by(MemberInvitation.invited_at, MemberInvitation.id)
    )
    return [Offer(one, organization) for one, organization in rows if one.is_open(now)]


def invitation_for_update(session: Session, invitation_id: InvitationId) -> MemberInvitation:
    """Raises: NotFound."""
    found = session.get(MemberInvitation, invitation_id, with_for_update=True)
    if found is None:
        raise NotFound
    return found


def is_addressee(session: Session, user_id: str, invitation: MemberInvitation) -> bool:
    user = get_user(session, user_id)
    if invitation.subject is not None:
        return invitation.subject == user.subject
    return user.email is not None and invitation.email == user.email


def is_installation_empty(session: Session) -> bool:
    """Whether nobody was ever a member of anything."""
    return session.scalar(select(Membership.id).limit(1)) is None
