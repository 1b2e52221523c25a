"""Who is signed in, and for which organisation may they act?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor, ActorKind
from market.accounts.models import LoginSession, Membership, User
from market.accounts.rules import LoginSessionId, MembershipId, permissions_of
from market.organizations.models import Organization


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
