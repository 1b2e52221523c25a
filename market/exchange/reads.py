"""Which products does a document tell of, and which rules are they held to?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel import clock, settings
from kernel.errors import NotFound
from market.exchange.rules import BATCH, PAGE_OF_CATALOGUE, Addresses
from market.quality import reads as quality
from market.storefront.models import ProductSheet
from market.storefront.reads import IS_ON_SALE
from market.storefront.schemas import Sheet


def addresses() -> Addresses:
    """Where this market stands, as its operator says."""
    return Addresses(settings.in_use().public_url.rstrip("/"))


def list_page(session: Session, number: int) -> Sequence[Sheet]:
    """The products on sale on one page of the catalogue. Raises: NotFound past the last page."""
    found = session.scalars(
        select(ProductSheet.sheet)
        .where(IS_ON_SALE)
        .order_by(ProductSheet.product_id)
        .limit(PAGE_OF_CATALOGUE)
        .offset((number - 1) * PAGE_OF_CATALOGUE)
    ).all()
    if not found and number > 1:
        raise NotFound
    return _sheets(found)


def list_after(session: Session, product_id: str) -> Sequence[Sheet]:
    """The next products on sale in the order of their ids, a batch of them."""
    found = session.scalars(
        select(ProductSheet.sheet)
        .where(IS_ON_SALE, ProductSheet.product_id > product_id)
        .order_by(ProductSheet.product_id)
        .limit(BATCH)
    ).all()
    return _sheets(found)


def count_on_sale(session: Session) -> tuple[int, datetime | None]:
    """How many products are on sale, and when the newest was published."""
    count, newest = session.execute(
        select(func.count(), func.max(ProductSheet.published_at)).where(IS_ON_SALE)
    ).one()
    return count, newest


def suites_of(session: Session, sheet: Sheet) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The rules that the version in service of each source was checked by: data set -> rules."""
    suites: dict[str, Sequence[Mapping[str, Any]]] = {}
    for source in sheet.sources:
        run = quality.find_run(session, source.quality.run_id) if source.quality else None
        if run is not None and run.suite is not None:
            suites[source.dataset_id] = run.suite["expectations"]
    return suites


def _sheets(found: Sequence[dict[str, Any]]) -> Sequence[Sheet]:
    today = clock.today()
    return [Sheet.model_validate(kept).as_of(today) for kept in found]
