"""What is charged at a month end, and what not?"""

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.money import Money
from tests.factories.books import (
    make_candidate,
    make_cost,
    make_decision,
    make_order,
    make_use,
    on_day,
)
from tests.factories.valuation import YUAN
from tests.valuation.assets.keeping import (
    READY,
    REASON,
    SYSTEM,
    carrying,
    charge,
)
from valuation.assets import actions, reads
from valuation.assets.models import DataAsset
from valuation.assets.rules import (
    AssetUse,
    MonthNotOver,
    MonthsUncharged,
)
from valuation.assets.schemas import (
    LifeDraft,
)
from valuation.books import reads as books
from valuation.books.models import AccountingEntity, Voucher
from valuation.books.rules import Account
from valuation.recognitions import actions as recognitions
from valuation.recognitions.rules import Origin, Purpose


def test_a_month_end_charges_every_month_up_to_it_and_twice_changes_nothing(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    assert charge(session, finance_clerk, in_use, date(2024, 6, 30)) == 3
    vouchers = session.scalar(select(func.count()).select_from(Voucher))

    assert charge(session, finance_clerk, in_use, date(2024, 6, 30)) == 0

    assert session.scalar(select(func.count()).select_from(Voucher)) == vouchers
    assert [one.amount for one in reads.charges_of(session, in_use.id)] == [YUAN(100)] * 3
    assert carrying(session, in_use) == YUAN(900)


def test_charges_stop_at_the_end_of_life_with_nothing_left(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    charge(session, finance_clerk, in_use, date(2025, 12, 1))

    assert len(reads.charges_of(session, in_use.id)) == 12
    assert carrying(session, in_use) == Money(0)


def test_all_assets_of_a_month_stand_in_one_voucher(
    session: Session, finance_clerk: Actor, entity: AccountingEntity, in_use: DataAsset
) -> None:
    order = make_order(entity, 636, 36, order_id="ord_3", paid_on=date(2024, 4, 2))
    other = recognitions.receive_purchase(session, SYSTEM, order)
    decision = make_decision(origin=Origin.BOUGHT, purpose=Purpose.SERVICE, criteria=[])
    recognitions.decide(session, finance_clerk, other.id, decision)
    use = make_use(READY, 6, AssetUse.SERVICE)
    actions.put_into_use(session, finance_clerk, other.id, use)

    charge(session, finance_clerk, in_use, date(2024, 4, 1))

    (mine,), (its,) = (reads.charges_of(session, one.id) for one in (in_use, other))
    assert mine.voucher_id == its.voucher_id
    balances = books.account_balances(session, entity.id, date(2024, 4, 30))
    assert balances[Account.ADMINISTRATION] == balances[Account.COST_OF_SALES] == YUAN(100).minor


def test_an_asset_recognised_late_catches_up_in_order(
    session: Session, finance_clerk: Actor, entity: AccountingEntity, in_use: DataAsset
) -> None:
    charge(session, finance_clerk, in_use, date(2024, 5, 1))
    order = make_order(entity, 636, 36, order_id="ord_3", paid_on=date(2024, 4, 2))
    late = recognitions.receive_purchase(session, SYSTEM, order)
    decision = make_decision(origin=Origin.BOUGHT, purpose=Purpose.OWN_USE, criteria=[])
    recognitions.decide(session, finance_clerk, late.id, decision)
    actions.put_into_use(session, finance_clerk, late.id, make_use(READY, 6))

    assert charge(session, finance_clerk, in_use, date(2024, 6, 1)) == 4

    assert [one.month_on.month for one in reads.charges_of(session, late.id)] == [4, 5, 6]


def test_a_month_is_charged_from_its_last_day_on_and_not_before(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    with pytest.raises(MonthNotOver):
        charge(session, finance_clerk, in_use, date(2024, 4, 1), today=date(2024, 4, 29))

    assert charge(session, finance_clerk, in_use, date(2024, 4, 1), today=date(2024, 4, 30)) == 1


def test_research_is_closed_into_expense_at_month_end(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = make_candidate(session, finance_clerk, entity)
    make_cost(session, finance_clerk, 480, on=date(2024, 2, 1))
    recognitions.decide(session, finance_clerk, asset.id, make_decision())

    charge(session, finance_clerk, asset, date(2024, 2, 1))
    charge(session, finance_clerk, asset, date(2024, 2, 1))

    balances = books.account_balances(session, entity.id, date(2024, 2, 29))
    assert balances[Account.RESEARCH_EXPENSED] == 0
    assert balances[Account.ADMINISTRATION] == YUAN(480).minor


def test_the_schedule_joins_what_was_charged_with_what_is_to_come(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    charge(session, finance_clerk, in_use, date(2024, 5, 1))

    rows = reads.amortisation_schedule(session, in_use)

    assert len(rows) == 12
    assert [row.voucher_id is not None for row in rows] == [True] * 2 + [False] * 10
    assert sum(row.charge.minor for row in rows) == YUAN(1_200).minor
    assert rows[-1].carrying == Money(0)
    assert [row.carrying for row in rows[:2]] == [YUAN(1_100), YUAN(1_000)]


def test_a_new_estimate_counts_from_the_month_of_the_decision(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    charge(session, finance_clerk, in_use, date(2024, 5, 1))
    with on_day(date(2024, 6, 10)):
        actions.revise_life(
            session, finance_clerk, in_use.id, LifeDraft(months_left=4, reason=REASON)
        )

    charge(session, finance_clerk, in_use, date(2024, 12, 1))

    amounts = [one.amount for one in reads.charges_of(session, in_use.id)]
    assert amounts == [YUAN(100)] * 2 + [YUAN(250)] * 4


def test_a_new_estimate_waits_for_the_months_before_it(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    draft = LifeDraft(months_left=4, reason=REASON)

    with on_day(date(2024, 6, 10)), pytest.raises(MonthsUncharged):
        actions.revise_life(session, finance_clerk, in_use.id, draft)


# --- impairment and refusals ---------------------------------------------------------------------
