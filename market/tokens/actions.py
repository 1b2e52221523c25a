"""How does a program get a key, use it, and lose it?"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, MissingPermission, Permission
from kernel.events import record
from kernel.ids import new_id
from market.accounts import reads as accounts
from market.tokens import reads
from market.tokens.events import ClientRegistered, ClientRevoked, TokenIssued, TokenRevoked
from market.tokens.models import ApiToken, OAuthClient, OAuthToken
from market.tokens.rules import (
    ACCESS_TOKEN_LIFE,
    API_TOKEN_PREFIX,
    USE_NOTED_EVERY,
    ApiTokenId,
    ClientId,
    scopes_open_to,
)
from market.tokens.schemas import ApiTokenDraft, OAuthClientDraft

HINT_LENGTH = 4


def hashed(secret: str) -> str:
    """How a secret of 256 random bits is kept: too long to guess, so one SHA-256 suffices."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(session: Session, actor: Actor, draft: ApiTokenDraft) -> tuple[ApiToken, str]:
    """Give a program a key of one's own; the second value is the key, told this once.

    Raises: PersonNeeded, MissingPermission, NotFound.
    """
    scopes = _checked(actor, draft.scopes)
    membership = accounts.get_own_membership(session, actor)
    secret = API_TOKEN_PREFIX + secrets.token_urlsafe(32)
    now = clock.now()
    token = ApiToken(
        id=ApiTokenId(new_id("tok")),
        membership_id=membership.id,
        name=draft.name,
        token_hash=hashed(secret),
        hint=secret[-HINT_LENGTH:],
        scopes=[scope.value for scope in scopes],
        created_at=now,
        expires_at=now + timedelta(days=draft.life_days),
        last_used_at=None,
        revoked_at=None,
    )
    session.add(token)
    session.flush()
    record(session, actor, TokenIssued(token.id, actor.id, scopes, token.expires_at))
    return token, secret


def revoke_token(session: Session, actor: Actor, token_id: ApiTokenId) -> None:
    """Let one of one's own tokens count no more. Raises: PersonNeeded, NotFound."""
    actor.require_person()
    token = reads.token_for_update(session, actor, token_id)
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        record(session, actor, TokenRevoked(token.id, actor.id))


def register_client(
    session: Session, actor: Actor, draft: OAuthClientDraft
) -> tuple[OAuthClient, str]:
    """Let a program ask for short-lived tokens; the second value is its secret, told this once.

    Raises: PersonNeeded, MissingPermission, NotFound.
    """
    scopes = _checked(actor, draft.scopes)
    membership = accounts.get_own_membership(session, actor)
    secret = secrets.token_urlsafe(32)
    client = OAuthClient(
        id=ClientId(new_id("cli")),
        membership_id=membership.id,
        name=draft.name,
        secret_hash=hashed(secret),
        scopes=[scope.value for scope in scopes],
        created_at=clock.now(),
        last_used_at=None,
        revoked_at=None,
    )
    session.add(client)
    session.flush()
    record(session, actor, ClientRegistered(client.id, actor.id, scopes))
    return client, secret


def revoke_client(session: Session, actor: Actor, client_id: ClientId) -> None:
    """Let a client and all its tokens count no more. Raises: PersonNeeded, NotFound."""
    actor.require_person()
    client = reads.client_for_update(session, actor, client_id)
    if client.revoked_at is None:
        client.revoked_at = clock.now()
        record(session, actor, ClientRevoked(client.id, actor.id))


def keep_access_token(
    session: Session, client_id: ClientId, secret: str, scopes: frozenset[Permission]
) -> None:
    """Keep the token that the OAuth server has just made for a client."""
    now = clock.now()
    session.add(
        OAuthToken(
            token_hash=hashed(secret),
            client_id=client_id,
            scopes=sorted(scope.value for scope in scopes),
            issued_at=now,
            expires_at=now + ACCESS_TOKEN_LIFE,
        )
    )
    session.flush()


def resume_bearer(session: Session, secret: str) -> Actor | None:
    """The actor behind a key; None when it opens nothing. Notes that the key was used."""
    now = clock.now()
    bearer = reads.find_bearer(session, hashed(secret), now)
    if bearer is None:
        return None
    used_at = bearer.source.last_used_at
    if used_at is None or now - used_at >= USE_NOTED_EVERY:
        bearer.source.last_used_at = now
    return reads.machine_actor(session, bearer, clock.today())


def forget_dead_tokens(session: Session, before: datetime) -> None:
    """Remove keys that were revoked or ran out before a moment; the log names who had them."""
    is_dead = (ApiToken.revoked_at < before) | (ApiToken.expires_at < before)
    session.execute(delete(ApiToken).where(is_dead))
    session.execute(delete(OAuthToken).where(OAuthToken.expires_at < before))


def _checked(actor: Actor, wanted: list[Permission]) -> tuple[Permission, ...]:
    """Nobody gives a program what they may not do, or what only persons do."""
    actor.require_person()
    actor.require(Permission.ISSUE_TOKEN)
    for scope in wanted:
        if scope not in scopes_open_to(actor.permissions):
            raise MissingPermission(scope)
    return tuple(sorted(set(wanted)))
