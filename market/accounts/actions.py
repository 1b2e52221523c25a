"""What people do: sign in and out, and choose whom they act for."""

import hashlib
import secrets

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.errors import NotFound
from kernel.events import record
from kernel.ids import new_id
from market.accounts import reads
from market.accounts.events import SessionEnded, SessionOpened
from market.accounts.models import LoginSession, User
from market.accounts.rules import (
    SESSION_LIFE,
    SESSION_TOUCH,
    LoginSessionId,
    MembershipId,
    UserId,
)
from market.accounts.schemas import Identity

USER_AGENT_LENGTH = 200


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


def end_session(session: Session, actor: Actor, session_id: LoginSessionId) -> None:
    """Sign one of one's own browsers out. Raises: NotFound."""
    ended = reads.session_for_update(session, actor.id, session_id)
    if ended is None:
        raise NotFound
    if ended.ended_at is None:
        ended.end(clock.now())
        record(session, actor, SessionEnded(ended.id, ended.user_id))


def act_for(
    session: Session, actor: Actor, session_id: LoginSessionId, membership_id: MembershipId
) -> None:
    """Choose for which of one's organisations this browser acts. Raises: NotFound."""
    standing = reads.find_standing(session, actor.id, membership_id)
    chosen = reads.session_for_update(session, actor.id, session_id)
    if standing is None or chosen is None:
        raise NotFound
    chosen.membership_id = membership_id


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
