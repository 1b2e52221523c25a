"""What do one entity's vouchers of a period say, as lines and tables?"""

from collections import Counter
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.money import Money
from kernel.periods import Period
from valuation.assets import reads as assets
from valuation.assets.models import DataAsset
from valuation.assets.rules import AcquisitionRoute
from valuation.books import reads as books
from valuation.books.models import Voucher, VoucherLine
from valuation.books.rules import Account, Movement, is_credit_account
from valuation.statements.rules import (
    Cell,
    Turnovers,
    intangible_table,
    inventory_table,
    table_checks,
)
from valuation.statements.schemas import Research, Statements


def get_statements(session: Session, actor: Actor, entity_id: str, period: Period) -> Statements:
    """Lines, tables and checks of one entity and period. Raises: NotFound."""
    entity = books.get_entity(session, actor, entity_id)
    last_on = period.end_on - timedelta(days=1)
    lines = assets.lines_on(session, entity_id, last_on)
    turnovers = turnovers_of(session, entity_id, period)
    before = turnovers_of(session, entity_id, _period_before(period))
    intangible, inventory = intangible_table(turnovers), inventory_table(turnovers)
    return Statements(
        entity,
        period,
        lines,
        assets.lines_on(session, entity_id, period.start_on - timedelta(days=1)),
        intangible,
        table_checks(intangible, intangible_table(before), lines.intangible),
        inventory,
        table_checks(inventory, inventory_table(before), lines.inventory),
        _research(session, entity_id, period),
    )


def turnovers_of(session: Session, entity_id: str, period: Period) -> Turnovers:
    """Opening and closing balances and the movements between, by account and route."""
    last_before = period.start_on - timedelta(days=1)
    last_inside = period.end_on - timedelta(days=1)
    return Turnovers(
        opening=_balances(session, entity_id, last_before),
        closing=_balances(session, entity_id, last_inside),
        moved=_moved(session, entity_id, period),
    )


def _balances(session: Session, entity_id: str, until_on: date) -> dict[Cell, int]:
    rows = session.execute(
        select(
            VoucherLine.account,
            DataAsset.route,
            func.sum(VoucherLine.debit_minor - VoucherLine.credit_minor),
        )
        .join(Voucher, Voucher.id == VoucherLine.voucher_id)
        .join(DataAsset, DataAsset.id == VoucherLine.asset_id)
        .where(Voucher.entity_id == entity_id, Voucher.posted_on <= until_on)
        .group_by(VoucherLine.account, DataAsset.route)
    )
    return {
        Cell(Account(code), AcquisitionRoute(route)): _in_own_direction(Account(code), debits)
        for code, route, debits in rows
    }


def _moved(session: Session, entity_id: str, period: Period) -> dict[tuple[Cell, Movement], int]:
    rows = session.execute(
        select(
            VoucherLine.account,
            DataAsset.route,
            VoucherLine.movement,
            func.sum(VoucherLine.debit_minor - VoucherLine.credit_minor),
        )
        .join(Voucher, Voucher.id == VoucherLine.voucher_id)
        .join(DataAsset, DataAsset.id == VoucherLine.asset_id)
        .where(
            Voucher.entity_id == entity_id,
            Voucher.posted_on >= period.start_on,
            Voucher.posted_on < period.end_on,
            VoucherLine.movement.is_not(None),
        )
        .group_by(VoucherLine.account, DataAsset.route, VoucherLine.movement)
    )
    return {
        (Cell(Account(code), AcquisitionRoute(route)), Movement(str(movement))): _in_own_direction(
            Account(code), debits
        )
        for code, route, movement, debits in rows
    }


def _research(session: Session, entity_id: str, period: Period) -> Research:
    rows = session.execute(
        select(
            VoucherLine.account,
            func.sum(VoucherLine.debit_minor),
            func.sum(VoucherLine.credit_minor),
        )
        .join(Voucher, Voucher.id == VoucherLine.voucher_id)
        .where(
            Voucher.entity_id == entity_id,
            Voucher.posted_on >= period.start_on,
            Voucher.posted_on < period.end_on,
            VoucherLine.account.in_([Account.RESEARCH_EXPENSED, Account.RESEARCH_CAPITALISED]),
        )
        .group_by(VoucherLine.account)
    )
    debits: Counter[Account] = Counter()
    credits_: Counter[Account] = Counter()
    for code, debited, credited in rows:
        debits[Account(code)] += int(debited)
        credits_[Account(code)] += int(credited)
    return Research(
        Money(debits[Account.RESEARCH_EXPENSED]),
        Money(debits[Account.RESEARCH_CAPITALISED]),
        Money(credits_[Account.RESEARCH_CAPITALISED]),
    )


def _in_own_direction(account: Account, debits: int) -> int:
    return -int(debits) if is_credit_account(account) else int(debits)


def _period_before(period: Period) -> Period:
    """The year before: openings are held against its closings."""
    return Period(period.start_on.replace(year=period.start_on.year - 1, day=1), period.start_on)
