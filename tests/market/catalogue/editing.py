"""Revisions and recorded names, said in one line."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.events import EventLog
from market.catalogue.models import Product
from market.catalogue.schemas import ProductRevision
from tests.factories.catalogue import (
    product_draft,
)

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)  # 12:00 in Shanghai


def names(session: Session, about: str) -> Sequence[str]:
    return session.scalars(
        select(EventLog.name).where(EventLog.subject_id == about).order_by(EventLog.seq)
    ).all()


def revision_of(product: Product, **changes: object) -> ProductRevision:
    draft = product_draft().model_dump() | {"dataset_ids": product.dataset_ids}
    return ProductRevision.model_validate(draft | {"revision": product.revision} | changes)
