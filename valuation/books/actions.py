"""Open books, post vouchers, close months."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import rfc8785
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.money import Currency, Money
from kernel.periods import last_day_of_month
from valuation.books import reads
from valuation.books.events import AccountMapped, BooksOpened, PeriodClosed, VoucherPosted
from valuation.books.models import (
    AccountingEntity,
    AccountingPeriod,
    ChartAccount,
    Voucher,
    VoucherLine,
)
from valuation.books.rules import Posting
from valuation.books.schemas import AccountMapping, VoucherFacts


@dataclass(eq=False)
class PeriodLocked(Conflict):
    code: ClassVar[str] = "books-period-locked"
    message: ClassVar[str] = N_("{month} 已结账，不能再记凭证。请记入未结账的期间。")
    clause: ClassVar[str] = "DA-10"

    month: str


@dataclass(eq=False)
class PeriodNotOver(Conflict):
    code: ClassVar[str] = "books-period-not-over"
    message: ClassVar[str] = N_("{month} 还没有结束，月末当日起才能结账。")

    month: str


@dataclass(eq=False)
class EarlierPeriodOpen(Conflict):
    code: ClassVar[str] = "books-earlier-period-open"
    message: ClassVar[str] = N_("{month} 还没有结账。请先结较早的期间。")

    month: str


@dataclass(eq=False)
class BooksExist(Conflict):
    code: ClassVar[str] = "books-exist"
    message: ClassVar[str] = N_("贵单位已经建账。一个会计主体只有一套账。")


def open_books(
    session: Session, actor: Actor, organization_id: str, title: str
) -> AccountingEntity:
    """Begin an organisation's books, in yuan, on the standard chart.

    Raises: MissingPermission, BooksExist.
    """
    actor.require(Permission.KEEP_BOOKS, organization_id)
    if reads.find_entity_of(session, organization_id) is not None:
        raise BooksExist
    entity = AccountingEntity(
        id=new_id("aen"),
        organization_id=organization_id,
        title=title.strip(),
        currency=Currency.CNY.value,
        opened_at=clock.now(),
    )
    session.add(entity)
    session.flush()
    record(session, actor, BooksOpened(entity.id, organization_id, entity.title))
    return entity


def map_account(
    session: Session, actor: Actor, entity_id: str, mapping: AccountMapping
) -> ChartAccount:
    """Say what this entity calls a standard account; the postings do not change.

    Raises: NotFound, MissingPermission.
    """
    entity = reads.get_entity(session, actor, entity_id)
    actor.require(Permission.KEEP_BOOKS, entity.organization_id)
    row = session.merge(
        ChartAccount(
            entity_id=entity_id,
            account=mapping.account.value,
            local_code=mapping.local_code.strip(),
            local_name=mapping.local_name.strip(),
        )
    )
    record(
        session,
        actor,
        AccountMapped(entity_id, mapping.account.value, row.local_code, row.local_name),
    )
    return row


def post_voucher(
    session: Session,
    actor: Actor,
    entity: AccountingEntity,
    posting: Posting,
    facts: VoucherFacts,
) -> Voucher:
    """Write one balanced voucher into an open month and number it.

    Raises: MissingPermission, PeriodLocked.
    """
    actor.require(Permission.KEEP_BOOKS, entity.organization_id)
    period = _open_period(session, entity.id, facts.on.replace(day=1))
    number = period.take_number()
    voucher = Voucher(
        id=new_id("vch"),
        entity_id=entity.id,
        month_on=period.month_on,
        number=number,
        posted_on=facts.on,
        business=posting.business.value,
        text=facts.text,
        source_id=facts.source_id,
        line_count=len(posting.lines),
        content_sha256=content_digest(entity.id, facts, number, posting),
        prepared_by=actor.id,
        prepared_at=clock.now(),
    )
    session.add(voucher)
    session.flush()
    session.add_all(_lines(voucher.id, posting))
    session.flush()
    record(session, actor, _posted(voucher, posting))
    return voucher


def _posted(voucher: Voucher, posting: Posting) -> VoucherPosted:
    return VoucherPosted(
        voucher.id,
        voucher.entity_id,
        voucher.label,
        voucher.text,
        Money(posting.total),
        voucher.content_sha256,
    )


def close_period(session: Session, actor: Actor, entity_id: str, month_on: date) -> None:
    """Lock a month once it is over, oldest first; nothing is ever posted into it again.

    Raises: NotFound, MissingPermission, PeriodNotOver, EarlierPeriodOpen, PeriodLocked.
    """
    entity = reads.get_entity(session, actor, entity_id)
    actor.require(Permission.KEEP_BOOKS, entity.organization_id)
    month = month_on.replace(day=1)
    if clock.today() < last_day_of_month(month):
        raise PeriodNotOver(f"{month:%Y-%m}")
    period = _open_period(session, entity_id, month)
    earlier = session.scalar(
        select(AccountingPeriod.month_on)
        .where(
            AccountingPeriod.entity_id == entity_id,
            AccountingPeriod.month_on < month,
            AccountingPeriod.closed_at.is_(None),
        )
        .order_by(AccountingPeriod.month_on)
        .limit(1)
    )
    if earlier is not None:
        raise EarlierPeriodOpen(f"{earlier:%Y-%m}")
    period.close(clock.now(), actor.id)
    record(session, actor, PeriodClosed(entity_id, month))


def content_digest(entity_id: str, facts: VoucherFacts, number: int, posting: Posting) -> str:
    """SHA-256 of the voucher's canonical JSON; stands in the log beside the fact."""
    content: dict[str, Any] = {
        "entity_id": entity_id,
        "number": number,
        "posted_on": facts.on.isoformat(),
        "source_id": facts.source_id,
        "lines": [
            [line.account.value, line.debit.minor, line.credit.minor, line.asset_id or ""]
            for line in posting.lines
        ],
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def _open_period(session: Session, entity_id: str, month_on: date) -> AccountingPeriod:
    """The month's row, locked: numbers have no gap and no double. Raises: PeriodLocked."""
    session.execute(
        upsert(AccountingPeriod)
        .values(entity_id=entity_id, month_on=month_on, last_number=0)
        .on_conflict_do_nothing()
    )
    period = session.scalars(
        select(AccountingPeriod)
        .where(AccountingPeriod.entity_id == entity_id, AccountingPeriod.month_on == month_on)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if not period.is_open:
        raise PeriodLocked(f"{month_on:%Y-%m}")
    return period


def _lines(voucher_id: str, posting: Posting) -> list[VoucherLine]:
    return [
        VoucherLine(
            voucher_id=voucher_id,
            position=position,
            account=line.account.value,
            debit_minor=line.debit.minor,
            credit_minor=line.credit.minor,
            asset_id=line.asset_id,
            movement=line.movement.value if line.movement else None,
        )
        for position, line in enumerate(posting.lines, start=1)
    ]
