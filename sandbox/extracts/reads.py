"""Which file may a query of this product read now?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.errors import Conflict
from kernel.i18n import N_
from sandbox.extracts.models import Extract
from sandbox.extracts.rules import ExtractState


@dataclass(eq=False)
class ExtractNotReady(Conflict):
    """The newest version is still being prepared under the policy in force."""

    code = "extract-not-ready"
    message = N_("这个产品的受限副本正在准备，通常几秒到几分钟。请稍后重试。")

    product_id: str


def find_ready(session: Session, policy_id: str) -> Extract | None:
    """The newest version that is ready under a policy."""
    return session.scalar(
        select(Extract)
        .where(Extract.policy_id == policy_id, Extract.state == ExtractState.READY)
        .order_by(Extract.version_number.desc())
        .limit(1)
    )


def get_ready(session: Session, policy_id: str, product_id: str) -> Extract:
    """Raises: ExtractNotReady."""
    found = find_ready(session, policy_id)
    if found is None:
        raise ExtractNotReady(product_id)
    return found


def find_extract(session: Session, extract_id: str) -> Extract | None:
    return session.get(Extract, extract_id)


def extract_for_update(session: Session, extract_id: str) -> Extract | None:
    return session.get(Extract, extract_id, with_for_update=True)


def list_extracts(session: Session, product_id: str) -> Sequence[Extract]:
    """All extracts of a product, newest first."""
    statement = select(Extract).where(Extract.product_id == product_id)
    return session.scalars(statement.order_by(Extract.requested_at.desc())).all()
