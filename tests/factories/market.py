"""Organisations, members and signed-in browsers, said in one line."""

import secrets
from collections.abc import Iterable
from datetime import date, timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, ActorKind
from kernel.db import transaction
from market.accounts.actions import hashed
from market.accounts.models import LoginSession, Membership, User
from market.accounts.roles import Role, permissions_of
from market.accounts.rules import SESSION_COOKIE, SESSION_LIFE, LoginSessionId, MembershipId, UserId
from market.organizations.models import Organization
from market.organizations.rules import (
    CREDIT_CODE_ALPHABET,
    OrganizationId,
    OrganizationKind,
    RegulatorScope,
    check_character,
)

# Where a role is usually held. Two actors of one kind share one organisation: an officer and an
# approver of the same bureau, an analyst and a purchaser of the same enterprise.
USUAL_KIND = {
    Role.SOURCE_DEPARTMENT: OrganizationKind.SOURCE_DEPARTMENT,
    Role.BUREAU_OFFICER: OrganizationKind.BUREAU,
    Role.BUREAU_APPROVER: OrganizationKind.BUREAU,
    Role.OUTPUT_CHECKER: OrganizationKind.BUREAU,
    Role.OPERATOR: OrganizationKind.OPERATOR,
    Role.APPRAISER: OrganizationKind.OPERATOR,
    Role.FINANCE_CLERK: OrganizationKind.OPERATOR,
    Role.AUDITOR: OrganizationKind.OPERATOR,
    Role.REGISTRAR: OrganizationKind.REGISTRAR,
    Role.PRICE_AUTHORITY: OrganizationKind.PRICE_AUTHORITY,
    Role.ANALYST: OrganizationKind.ENTERPRISE,
    Role.PURCHASER: OrganizationKind.ENTERPRISE,
    Role.REGULATOR: OrganizationKind.REGULATOR,
    Role.ADMINISTRATOR: OrganizationKind.ENTERPRISE,
}
KIND_OF_ID = {f"org_{kind}": kind for kind in OrganizationKind}


def actor_of(
    role: Role | str,
    *,
    organization_id: str | None = None,
    verified: bool = True,
    scopes: Iterable[str] = ("data",),
    entity_ids: Iterable[str] = (),
    id: str | None = None,  # noqa: A002 - the actor's own word
) -> Actor:
    """An actor with what the table gives a role; touches no database.

    Actors of one kind of organisation share "org_<kind>" unless told otherwise; each call with
    another role is another person ("usr_<role>"), so four eyes can be tested.
    """
    held = Role(role)
    kind = USUAL_KIND[held]
    return Actor(
        id=id or f"usr_{held}",
        kind=ActorKind.PERSON,
        organization_id=organization_id or f"org_{kind}",
        permissions=permissions_of({held}, kind, is_verified=verified),
        roles=frozenset({held.value}),
        regulator_scopes=frozenset(scopes) if held is Role.REGULATOR else frozenset(),
        entity_ids=frozenset(entity_ids) if held is Role.AUDITOR else frozenset(),
        is_verified=verified,
        name=held.label,
        organization_name=kind.label,
    )


def make_credit_code(number: int | None = None) -> str:
    """A code with a right check digit; the same number gives the same code."""
    place = secrets.randbelow(31**8) if number is None else number
    digits = ""
    for _ in range(9):
        place, rest = divmod(place, 31)
        digits += CREDIT_CODE_ALPHABET[rest]
    first = f"91440100{digits}"
    return first + check_character(first)


def make_organization(
    session: Session,
    kind: OrganizationKind | str = OrganizationKind.ENTERPRISE,
    *,
    verified: bool = True,
    **changes: object,
) -> Organization:
    """A stored organisation, verified for another year unless told otherwise."""
    chosen = OrganizationKind(kind)
    until = clock.today() + timedelta(days=365) if verified else None
    facts: dict[str, object] = {
        "id": OrganizationId(f"org_{secrets.token_hex(6)}"),
        "name": f"测试{chosen.label}",
        "kind": chosen,
        "credit_code": make_credit_code(),
        "regulator_scopes": (
            [scope.value for scope in RegulatorScope]
            if chosen is OrganizationKind.REGULATOR
            else []
        ),
        "founded_at": clock.now(),
        "verified_until_on": until,
    }
    made = Organization(**{**facts, **changes})
    session.add(made)
    session.flush()
    return made


def make_user(session: Session, **changes: object) -> User:
    identifier = f"usr_{secrets.token_hex(6)}"
    facts: dict[str, object] = {
        "id": UserId(identifier),
        "subject": f"subject-{identifier}",
        "name": "测试人员",
        "email": None,
        "created_at": clock.now(),
    }
    made = User(**{**facts, **changes})
    session.add(made)
    session.flush()
    return made


def make_membership(
    session: Session,
    user: User,
    organization: Organization,
    roles: Iterable[Role | str],
    **changes: object,
) -> Membership:
    held = sorted(Role(role).value for role in roles)
    facts: dict[str, object] = {
        "id": MembershipId(f"mbr_{secrets.token_hex(6)}"),
        "user_id": user.id,
        "organization_id": organization.id,
        "roles": held,
        "regulator_scopes": ["data"] if "regulator" in held else [],
        "entity_ids": [],
        "joined_at": clock.now(),
        "ended_at": None,
    }
    made = Membership(**{**facts, **changes})
    session.add(made)
    session.flush()
    return made


def keep(session: Session, actor: Actor) -> Membership | None:
    """Store the person, organisation and membership that an actor speaks of, if they are new."""
    user = session.get(User, actor.id) or make_user(session, id=actor.id, name=actor.name)
    if actor.organization_id is None:
        return None
    organization = session.get(Organization, actor.organization_id)
    if organization is None:
        kinds = [USUAL_KIND[Role(role)] for role in sorted(actor.roles)]
        organization = make_organization(
            session,
            KIND_OF_ID.get(actor.organization_id, kinds[0]),
            verified=actor.is_verified,
            id=actor.organization_id,
        )
    standing = (
        session.query(Membership)
        .filter_by(user_id=user.id, organization_id=organization.id, ended_at=None)
        .one_or_none()
    )
    return standing or make_membership(
        session,
        user,
        organization,
        actor.roles,
        regulator_scopes=sorted(actor.regulator_scopes),
        entity_ids=sorted(actor.entity_ids),
    )


def stored(session: Session, actor: Actor) -> Actor:
    """The same actor, with the rows behind it; for tables that refer to organisations."""
    keep(session, actor)
    return actor


def sign_in_as(client: FlaskClient, who: Actor | Role | str) -> Actor:
    """Let a test client's browser be signed in as an actor, or as a usual holder of a role."""
    actor = who if isinstance(who, Actor) else actor_of(who)
    secret = secrets.token_urlsafe(32)
    now = clock.now()
    with transaction() as session:
        membership = keep(session, actor)
        session.add(
            LoginSession(
                id=LoginSessionId(f"ses_{secrets.token_hex(6)}"),
                user_id=UserId(actor.id),
                membership_id=membership.id if membership else None,
                token_hash=hashed(secret),
                user_agent="test",
                id_token="",
                created_at=now,
                last_seen_at=now,
                expires_at=now + SESSION_LIFE,
            )
        )
    client.set_cookie(SESSION_COOKIE, secret)
    return actor


def verify_until(organization: Organization, day: date | None) -> Organization:
    organization.verified_until_on = day
    return organization
