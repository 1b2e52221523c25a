"""Tokens and clients, said in one line."""

from datetime import UTC, datetime

from sqlalchemy import select

from kernel.actor import Permission
from kernel.events import EventLog
from market.accounts.models import Membership
from market.tokens import actions
from market.tokens.schemas import ApiTokenDraft, OAuthClientDraft

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


RUN = Permission.RUN_QUERY


APPLY = Permission.APPLY_FOR_LICENCE


def issue(session, actor, *scopes, **changes):
    draft = ApiTokenDraft(**{"name": "夜间任务", "scopes": list(scopes or (RUN,)), **changes})
    return actions.issue_token(session, actor, draft)


def register(session, actor, *scopes):
    draft = OAuthClientDraft(name="对接系统", scopes=list(scopes or (RUN,)))
    return actions.register_client(session, actor, draft)


def facts_of(session):
    return [row.event() for row in session.scalars(select(EventLog).order_by(EventLog.seq))]


def membership_of(session, actor):
    return session.scalars(select(Membership).where(Membership.user_id == actor.id)).one()


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def fetch(client, identifier, secret, **form):
    return client.post(
        "/oauth/token", data={"grant_type": "client_credentials", **form}, auth=(identifier, secret)
    )


# --- rules ---
