"""Which products does a document tell of, and which rules are they held to?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import Session

from kernel import clock, settings
from kernel.errors import NotFound
from kernel.events import EventLog
from market.catalogue.models import ProductSource
from market.datasets.events import VersionArrived
from market.exchange.ckan import ids_named
from market.exchange.feeds import KINDS, Change
from market.exchange.rules import BATCH, MOST_CHANGES, PAGE_OF_CATALOGUE, Addresses
from market.exchange.schemas import PackageQuestion
from market.quality import reads as quality
from market.storefront.models import ProductSheet
from market.storefront.reads import IS_ON_SALE
from market.storefront.schemas import SearchQuestion, Sheet
from market.storefront.search import PAGE_SIZE, search

LAST_PAGE = 500  # of the shop's own search


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


def get_on_sale(session: Session, identifier: str) -> Sheet:
    """A product on sale by its id, or by its name in CKAN. Raises: NotFound."""
    kept = session.scalar(
        select(ProductSheet.sheet).where(
            IS_ON_SALE, ProductSheet.product_id.in_(ids_named(identifier))
        )
    )
    if kept is None:
        raise NotFound
    return _sheets([kept])[0]


def list_names(session: Session, *, limit: int, offset: int) -> Sequence[str]:
    """Ids of products on sale, in their order."""
    statement = select(ProductSheet.product_id).where(IS_ON_SALE)
    return session.scalars(
        statement.order_by(ProductSheet.product_id).limit(limit).offset(offset)
    ).all()


def find_packages(session: Session, question: PackageQuestion) -> tuple[int, Sequence[Sheet]]:
    """How many products on sale answer, and those from start on: the best, or newest, first."""
    if question.is_for_all:
        total, _ = count_on_sale(session)
        statement = select(ProductSheet.sheet).where(IS_ON_SALE)
        newest = statement.order_by(ProductSheet.published_at.desc(), ProductSheet.product_id)
        page = newest.limit(question.rows).offset(question.start)
        return total, _sheets(session.scalars(page).all())
    total, ids = _answers(session, question)
    kept = session.execute(
        select(ProductSheet.product_id, ProductSheet.sheet).where(
            IS_ON_SALE, ProductSheet.product_id.in_(ids)
        )
    )
    sheets = {product_id: sheet for product_id, sheet in kept}  # noqa: C416 - rows are no pairs
    return total, _sheets([sheets[each] for each in ids if each in sheets])


def _answers(session: Session, question: PackageQuestion) -> tuple[int, Sequence[str]]:
    """Ids of answers in their order: the pages of the shop's own search that hold them."""
    first, skipped = divmod(question.start, PAGE_SIZE)
    last = (question.start + max(question.rows, 1) - 1) // PAGE_SIZE
    ids: list[str] = []
    total = 0
    for number in range(first + 1, last + 2):
        asked = SearchQuestion(q=question.q, page=min(number, LAST_PAGE))
        result = search(session, asked)
        total = result.total
        if number > result.pages:
            break
        ids += [card.product_id for card in result.cards]
    return total, ids[skipped : skipped + question.rows]


def list_changes(session: Session, before: int | None) -> Sequence[Change]:
    """What became of products that stand in the window, since they were published; newest first."""
    newest = union_all(*(_changes(name, before) for name in KINDS)).subquery()
    rows = session.execute(select(newest).order_by(newest.c.seq.desc()).limit(MOST_CHANGES))
    return [
        Change(row.seq, KINDS[row.name], row.product_id, row.title_zh, row.occurred_at)
        for row in rows
    ]


def _changes(name: str, before: int | None) -> Select[*tuple[Any, ...]]:
    """The newest facts of one name, read by the index that has them in order."""
    statement = select(
        EventLog.seq,
        EventLog.name,
        EventLog.occurred_at,
        ProductSheet.product_id,
        ProductSheet.title_zh,
    ).where(EventLog.name == name, EventLog.occurred_at >= ProductSheet.published_at)
    if name == VersionArrived.name:
        dataset_id = EventLog.payload["dataset_id"].astext
        statement = statement.join(ProductSource, ProductSource.dataset_id == dataset_id).join(
            ProductSheet, ProductSheet.product_id == ProductSource.product_id
        )
    else:
        statement = statement.join(ProductSheet, ProductSheet.product_id == EventLog.subject_id)
    if before is not None:
        statement = statement.where(EventLog.seq < before)
    limited = statement.order_by(EventLog.seq.desc()).limit(MOST_CHANGES).subquery()
    return select(limited)


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
