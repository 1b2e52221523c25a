"""Which keys stand, and for whom does a key speak?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor, ActorKind
from kernel.errors import NotFound
from market.accounts import reads as accounts
from market.tokens.models import ApiToken, OAuthClient, OAuthToken
from market.tokens.rules import ApiTokenId, ClientId, is_alive, still_granted


@dataclass(frozen=True)
class Bearer:
    """A living key and whom it speaks for, before the member's permissions are looked up."""

    membership_id: str
    scopes: frozenset[str]
    source: ApiToken | OAuthClient


def find_bearer(session: Session, token_hash: str, now: datetime) -> Bearer | None:
    """The living API token or OAuth token with this hash."""
    token = session.scalar(select(ApiToken).where(ApiToken.token_hash == token_hash))
    if token is not None:
        if not token.is_alive(now):
            return None
        return Bearer(token.membership_id, frozenset(token.scopes), token)
    row = session.execute(
        select(OAuthToken, OAuthClient)
        .join(OAuthClient, OAuthClient.id == OAuthToken.client_id)
        .where(OAuthToken.token_hash == token_hash)
    ).first()
    if row is None or not is_alive(row[0].expires_at, row[1].revoked_at, now):
        return None
    return Bearer(row[1].membership_id, frozenset(row[0].scopes), row[1])


def machine_actor(session: Session, bearer: Bearer, today: date) -> Actor | None:
    """The member that a key speaks for, with no more than its scopes; None for former members."""
    found = accounts.find_standing_membership(session, bearer.membership_id)
    if found is None:
        return None
    person = accounts.actor_for(found.user, found.standing, today)
    return replace(
        person,
        kind=ActorKind.MACHINE,
        permissions=still_granted(bearer.scopes, person.permissions),
    )


def list_tokens(session: Session, actor: Actor) -> Sequence[ApiToken]:
    """The actor's own unrevoked tokens of this organisation, newest first."""
    membership = accounts.get_own_membership(session, actor)
    return session.scalars(
        select(ApiToken)
        .where(ApiToken.membership_id == membership.id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
    ).all()


def list_clients(session: Session, actor: Actor) -> Sequence[OAuthClient]:
    """The actor's own unrevoked clients of this organisation, newest first."""
    membership = accounts.get_own_membership(session, actor)
    return session.scalars(
        select(OAuthClient)
        .where(OAuthClient.membership_id == membership.id, OAuthClient.revoked_at.is_(None))
        .order_by(OAuthClient.created_at.desc(), OAuthClient.id)
    ).all()


def token_for_update(session: Session, actor: Actor, token_id: ApiTokenId) -> ApiToken:
    """One of the actor's own. Raises: NotFound."""
    membership = accounts.get_own_membership(session, actor)
    found = session.get(ApiToken, token_id, with_for_update=True)
    if found is None or found.membership_id != membership.id:
        raise NotFound
    return found


def client_for_update(session: Session, actor: Actor, client_id: ClientId) -> OAuthClient:
    """One of the actor's own. Raises: NotFound."""
    membership = accounts.get_own_membership(session, actor)
    found = session.get(OAuthClient, client_id, with_for_update=True)
    if found is None or found.membership_id != membership.id:
        raise NotFound
    return found


def find_living_client(session: Session, client_id: str) -> OAuthClient | None:
    """A client that is not revoked and whose member still is one."""
    found = session.get(OAuthClient, client_id)
    if found is None or found.revoked_at is not None:
        return None
    standing = accounts.find_standing_membership(session, found.membership_id)
    return found if standing is not None else None
