"""Whose books may this person read, and what do they say?"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.money import Money
from kernel.paging import Page, page_of
from valuation.books.models import (
    AccountingEntity,
    AccountingPeriod,
    ChartAccount,
    Voucher,
    VoucherLine,
)
from valuation.books.rules import Account, Balances, Stock, is_credit_account


def may_read(actor: Actor, entity: AccountingEntity) -> bool:
    """Those who keep these books, and auditors to whom these very books were opened."""
    if actor.may(Permission.KEEP_BOOKS, entity.organization_id):
        return True
    return actor.may(Permission.READ_BOOKS) and entity.id in actor.entity_ids


def get_entity(session: Session, actor: Actor, entity_id: str) -> AccountingEntity:
    """Raises: NotFound, also where the actor may not know that it exists."""
    entity = session.get(AccountingEntity, entity_id)
    if entity is None or not may_read(actor, entity):
        raise NotFound
    return entity


def find_entity_of(session: Session, organization_id: str) -> AccountingEntity | None:
    """An organisation's books, if it has opened any."""
    return session.scalar(
        select(AccountingEntity).where(AccountingEntity.organization_id == organization_id)
    )


def list_entities(session: Session, actor: Actor) -> Sequence[AccountingEntity]:
    """Every set of books this person may read."""
    rows = session.scalars(
        select(AccountingEntity).where(_readable(actor)).order_by(AccountingEntity.title)
    )
    return [entity for entity in rows if may_read(actor, entity)]


def _readable(actor: Actor) -> ColumnElement[bool]:
    if actor.is_system:
        return AccountingEntity.id.is_not(None)
    return (AccountingEntity.organization_id == actor.organization_id) | (
        AccountingEntity.id.in_(actor.entity_ids)
    )


def entity_ids(session: Session) -> Sequence[str]:
    """All books of the house, for the monthly task."""
    return session.scalars(select(AccountingEntity.id).order_by(AccountingEntity.id)).all()


def list_periods(session: Session, entity_id: str) -> Sequence[AccountingPeriod]:
    """Months with vouchers, newest first."""
    return session.scalars(
        select(AccountingPeriod)
        .where(AccountingPeriod.entity_id == entity_id)
        .order_by(AccountingPeriod.month_on.desc())
    ).all()


def is_closed(session: Session, entity_id: str, month_on: date) -> bool:
    """Whether a month takes no more vouchers; a month without any is open."""
    period = session.get(AccountingPeriod, (entity_id, month_on))
    return period is not None and not period.is_open


def chart(session: Session, entity_id: str) -> dict[Account, tuple[str, str]]:
    """Code and name of every account as this entity calls it."""
    rows = session.scalars(select(ChartAccount).where(ChartAccount.entity_id == entity_id))
    own = {Account(row.account): (row.local_code, row.local_name) for row in rows}
    return {account: own.get(account, (account.value, account.label)) for account in Account}


def choose_entity(session: Session, actor: Actor, entity_id: str = "") -> AccountingEntity | None:
    """The set of books that was asked for, or one's own, or the first that one may read.

    Raises: NotFound where an id was given that the actor may not read.
    """
    if entity_id:
        return get_entity(session, actor, entity_id)
    entities = list_entities(session, actor)
    own = (one for one in entities if one.organization_id == actor.organization_id)
    return next(own, None) or next(iter(entities), None)


def list_vouchers(
    session: Session,
    actor: Actor,
    entity_id: str,
    *,
    month_on: date | None = None,
    cursor: str = "",
) -> Page[Voucher]:
    """Vouchers with their lines, newest first; of one month where it is given.

    Raises: NotFound, CursorUnknown.
    """
    get_entity(session, actor, entity_id)
    statement = select(Voucher).where(Voucher.entity_id == entity_id)
    if month_on is not None:
        statement = statement.where(Voucher.month_on == month_on.replace(day=1))
    ordered = statement.options(selectinload(Voucher.lines)).order_by(
        Voucher.month_on.desc(), Voucher.number.desc(), Voucher.id
    )
    return page_of(session, ordered, cursor)


def get_voucher(session: Session, actor: Actor, voucher_id: str) -> Voucher:
    """One voucher with its lines. Raises: NotFound."""
    voucher = session.scalar(
        select(Voucher).where(Voucher.id == voucher_id).options(selectinload(Voucher.lines))
    )
    if voucher is None:
        raise NotFound
    get_entity(session, actor, voucher.entity_id)
    return voucher


def vouchers_touching(session: Session, asset_id: str) -> Sequence[Voucher]:
    """Every voucher with a line on this asset, oldest first."""
    touched = select(VoucherLine.voucher_id).where(VoucherLine.asset_id == asset_id)
    return session.scalars(
        select(Voucher)
        .where(Voucher.id.in_(touched))
        .options(selectinload(Voucher.lines))
        .order_by(Voucher.posted_on, Voucher.number)
    ).all()


def asset_balances(
    session: Session, asset_ids: Iterable[str], until_on: date | None = None
) -> Mapping[str, Mapping[Account, Money]]:
    """Balances of each asset's accounts, each in its own direction; until the end of a day."""
    statement = (
        select(
            VoucherLine.asset_id,
            VoucherLine.account,
            func.sum(VoucherLine.debit_minor - VoucherLine.credit_minor),
        )
        .where(VoucherLine.asset_id.in_(list(asset_ids)))
        .group_by(VoucherLine.asset_id, VoucherLine.account)
    )
    if until_on is not None:
        statement = statement.join(Voucher).where(Voucher.posted_on <= until_on)
    found: dict[str, dict[Account, Money]] = {}
    for asset_id, code, debits in session.execute(statement):
        account = Account(code)
        minor = -int(debits) if is_credit_account(account) else int(debits)
        found.setdefault(str(asset_id), {})[account] = Money(minor)
    return found


def intangible_balances(session: Session, asset_id: str) -> Balances:
    """Gross, amortised and impaired amount of one intangible asset now."""
    accounts = asset_balances(session, [asset_id]).get(asset_id, {})
    return balances_from(accounts)


def carrying_at(session: Session, asset_id: str, days: Sequence[date]) -> list[Money]:
    """What an intangible asset stood at in the books at the end of each day, days ascending."""
    rows = session.execute(
        select(Voucher.posted_on, VoucherLine.debit_minor - VoucherLine.credit_minor)
        .join(VoucherLine, VoucherLine.voucher_id == Voucher.id)
        .where(
            VoucherLine.asset_id == asset_id,
            VoucherLine.account.in_([Account.INTANGIBLE, Account.AMORTISATION, Account.IMPAIRMENT]),
        )
    )
    changes = [(posted_on, int(minor)) for posted_on, minor in rows]
    return [Money(sum(minor for on, minor in changes if on <= day)) for day in days]


def balances_from(accounts: Mapping[Account, Money]) -> Balances:
    nothing = Money(0)
    return Balances(
        accounts.get(Account.INTANGIBLE, nothing),
        accounts.get(Account.AMORTISATION, nothing),
        accounts.get(Account.IMPAIRMENT, nothing),
    )


def stock_from(accounts: Mapping[Account, Money]) -> Stock:
    nothing = Money(0)
    return Stock(
        accounts.get(Account.INVENTORY, nothing),
        accounts.get(Account.INVENTORY_PROVISION, nothing),
    )


def account_balances(session: Session, entity_id: str, until_on: date) -> dict[Account, int]:
    """Every account's balance in fen at the end of one day, each in its own direction."""
    rows = session.execute(
        select(VoucherLine.account, func.sum(VoucherLine.debit_minor - VoucherLine.credit_minor))
        .join(Voucher)
        .where(Voucher.entity_id == entity_id, Voucher.posted_on <= until_on)
        .group_by(VoucherLine.account)
    )
    return {
        Account(code): -int(debits) if is_credit_account(Account(code)) else int(debits)
        for code, debits in rows
    }


def first_voucher_on(session: Session, entity_id: str) -> date | None:
    """The day of the oldest voucher."""
    return session.scalar(select(func.min(Voucher.posted_on)).where(Voucher.entity_id == entity_id))
