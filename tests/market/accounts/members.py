"""Newcomers, foundings and invitations, said in one line."""

from datetime import UTC, datetime

from sqlalchemy import select

from kernel import clock
from kernel.events import EventLog
from market.accounts import actions, reads
from market.accounts.roles import Role
from market.accounts.schemas import FoundingDraft, MemberInvitationDraft
from market.organizations.rules import OrganizationKind
from tests.factories.market import (
    make_credit_code,
    make_user,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def newcomer(session, **changes):
    """A signed-in person without an organisation."""
    return reads.actor_for(make_user(session, **changes), None, clock.today())


def founding(**changes):
    facts = {
        "name": "广州某某科技有限公司",
        "kind": OrganizationKind.ENTERPRISE,
        "credit_code": make_credit_code(1),
        "roles": [Role.PURCHASER],
    }
    return FoundingDraft(**{**facts, **changes})


def facts_of(session):
    return [row.event() for row in session.scalars(select(EventLog).order_by(EventLog.seq))]


def invitation_to(session, administrator, **changes):
    facts = {"email": "ana@demo.invalid", "roles": [Role.ANALYST]}
    return actions.invite(session, administrator, MemberInvitationDraft(**{**facts, **changes}))
