"""Papers of an organisation and what a reviewer says of them."""

import secrets
from datetime import timedelta

from sqlalchemy import select

from kernel import clock
from kernel.events import EventLog
from market.verifications import actions
from market.verifications.rules import (
    DocumentKind,
)
from market.verifications.schemas import DecisionDraft, KeptDocument, VerificationDraft


def papers(*kinds):
    return [
        KeptDocument(
            kind=kind,
            filename="证书.pdf",
            media_type="application/pdf",
            key=f"verifications/{secrets.token_hex(4)}",
            size_bytes=9,
            sha256="0" * 64,
        )
        for kind in kinds or (DocumentKind.CERTIFICATE, DocumentKind.AUTHORIZATION)
    ]


def submit(session, actor, *kinds):
    submitted = actions.submit(session, actor, VerificationDraft(), papers(*kinds))
    session.flush()
    return submitted


def approval(until_on=None):
    until_on = until_on or clock.today() + timedelta(days=365)
    return DecisionDraft(verdict="approve", reason="证书与委托书一致", valid_until_on=until_on)


def refusal():
    return DecisionDraft(verdict="refuse", reason="委托书没有盖章")


def facts_of(session):
    return [row.event() for row in session.scalars(select(EventLog).order_by(EventLog.seq))]
