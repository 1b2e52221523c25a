"""What stands recorded of an agreement, said in one line."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.events import EventLog
from licensing.plans.schemas import Consultation
from market.catalogue.reads import find_verdict
from market.catalogue.rules import (
    VerdictKind,
    authorised_subject,
)

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)  # 12:00 in Shanghai


ASKED = Consultation(consultation="已征求八个部门意见，均无异议。")


OPERATOR_ID = "org_operator"


def names(session: Session, about: str) -> Sequence[str]:
    return session.scalars(
        select(EventLog.name).where(EventLog.subject_id == about).order_by(EventLog.seq)
    ).all()


def is_authorised(session: Session, dataset_id: str) -> bool:
    subject = authorised_subject(OPERATOR_ID, dataset_id)
    verdict = find_verdict(session, VerdictKind.AUTHORISED, subject)
    return verdict is not None and verdict.holds(clock.now())
