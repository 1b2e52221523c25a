"""Is an asset charged, written down, refused and taken out exactly as the rules say?"""

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.actor import Actor, MissingPermission
from kernel.money import Money
from tests.factories.books import (
    make_books,
    make_candidate,
    make_cost,
    make_decision,
    make_order,
    make_use,
    on_day,
)
from tests.factories.events import last_event, names_of_events
from tests.factories.market import actor_of
from tests.factories.valuation import YUAN, entries
from valuation.assets import actions, reads
from valuation.assets.models import DataAsset
from valuation.assets.rules import (
    AssetState,
    AssetStateWrong,
    AssetUse,
    DayOutOfRange,
    ImpairmentReversalRefused,
    LapseCause,
    LifeNotPositive,
    MonthNotOver,
    MonthsChargedBeyond,
    MonthsUncharged,
    ReversalAboveProvision,
    ValuationGainRefused,
)
from valuation.assets.schemas import (
    ImpairmentDraft,
    LapseDraft,
    LifeDraft,
    RealisableDraft,
    SaleDraft,
    WriteUpDraft,
)
from valuation.books import reads as books
from valuation.books.actions import PeriodLocked, close_period
from valuation.books.models import AccountingEntity, Voucher
from valuation.books.rules import Account, Business, Line, Posting
from valuation.recognitions import actions as recognitions
from valuation.recognitions.rules import Origin, Purpose

READY = date(2024, 4, 20)
REASON = "依据市场报价"
SYSTEM = Actor.system("test")


@pytest.fixture
def entity(session: Session, finance_clerk: Actor) -> AccountingEntity:
    return make_books(session, finance_clerk)


@pytest.fixture
def bought(session: Session, finance_clerk: Actor, entity: AccountingEntity) -> DataAsset:
    """An intangible asset of 1,200 yuan, bought, recognised, not yet in use."""
    order = make_order(entity, 1_272, 72, paid_on=date(2024, 4, 2))
    asset = recognitions.receive_purchase(session, SYSTEM, order)
    decision = make_decision(origin=Origin.BOUGHT, purpose=Purpose.OWN_USE, criteria=[])
    recognitions.decide(session, finance_clerk, asset.id, decision)
    return asset


@pytest.fixture
def in_use(session: Session, finance_clerk: Actor, bought: DataAsset) -> DataAsset:
    """The same, in use from 2024-04-20, twelve months."""
    return actions.put_into_use(session, finance_clerk, bought.id, make_use(READY, 12))


@pytest.fixture
def stocked(session: Session, finance_clerk: Actor, entity: AccountingEntity) -> DataAsset:
    """Data bought for resale at 1,000 yuan."""
    order = make_order(entity, 1_000, 0, order_id="ord_2", paid_on=date(2024, 4, 2))
    asset = recognitions.receive_purchase(session, SYSTEM, order)
    decision = make_decision(origin=Origin.BOUGHT, purpose=Purpose.SALE, criteria=[])
    recognitions.decide(session, finance_clerk, asset.id, decision)
    return asset


def lines_of(session: Session, clerk: Actor, voucher: Voucher | None) -> list[tuple[str, str, str]]:
    assert voucher is not None
    kept = books.get_voucher(session, clerk, voucher.id)
    session.refresh(kept, ["lines"])
    lines = tuple(
        Line(one.account_name, one.debit, one.credit, one.asset_id, one.how_moved)
        for one in kept.lines
    )
    return entries(Posting(Business(kept.business), lines))


def carrying(session: Session, asset: DataAsset) -> Money:
    return reads.amounts_of(session, [asset])[asset.id].carrying


def charge(
    session: Session, clerk: Actor, asset: DataAsset, month: date, today: date | None = None
) -> int:
    with on_day(today or date(2026, 1, 31)):
        return actions.run_month_end(session, clerk, asset.entity_id, month)


def impairment(on: date, recoverable: int) -> ImpairmentDraft:
    return ImpairmentDraft(
        on=on, fair_value=recoverable, disposal_cost=0, value_in_use=0, reason=REASON
    )


# --- into use ------------------------------------------------------------------------------------


def test_amortisation_begins_in_the_month_ready(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    assert (in_use.amortise_from_on, in_use.amortise_until_on) == (
        date(2024, 4, 1),
        date(2025, 4, 1),
    )
    assert last_event(session).name == "valuation.asset_ready_for_use"


def test_life_is_cut_to_the_right(
    session: Session, finance_clerk: Actor, bought: DataAsset
) -> None:
    use = make_use(READY, 60).model_copy(update={"right_ends_on": date(2024, 10, 1)})

    actions.put_into_use(session, finance_clerk, bought.id, use)

    assert bought.amortise_until_on == date(2024, 10, 1)


def test_a_right_that_ends_at_once_leaves_no_life(
    session: Session, finance_clerk: Actor, bought: DataAsset
) -> None:
    use = make_use(READY, 60).model_copy(update={"right_ends_on": date(2024, 4, 30)})

    with pytest.raises(LifeNotPositive):
        actions.put_into_use(session, finance_clerk, bought.id, use)


def test_an_asset_is_not_ready_before_it_came_nor_in_the_future(
    session: Session, finance_clerk: Actor, bought: DataAsset
) -> None:
    with on_day(date(2024, 5, 1)):
        for day in (date(2024, 4, 1), date(2024, 5, 2)):
            with pytest.raises(DayOutOfRange):
                actions.put_into_use(session, finance_clerk, bought.id, make_use(day, 12))
        actions.put_into_use(session, finance_clerk, bought.id, make_use(date(2024, 4, 2), 12))


def test_an_asset_is_put_into_use_once(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    with pytest.raises(AssetStateWrong):
        actions.put_into_use(session, finance_clerk, in_use.id, make_use(READY, 24))


def test_a_closed_month_is_no_month_to_begin_in(
    session: Session, finance_clerk: Actor, bought: DataAsset
) -> None:
    with on_day(date(2024, 6, 1)):
        close_period(session, finance_clerk, bought.entity_id, READY)

        with pytest.raises(PeriodLocked):
            actions.put_into_use(session, finance_clerk, bought.id, make_use(READY, 12))


def test_development_moves_into_the_asset_when_ready(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = make_candidate(session, finance_clerk, entity)
    make_cost(session, finance_clerk, 720)
    recognitions.decide(session, finance_clerk, asset.id, make_decision())
    assert asset.stands is AssetState.DEVELOPING

    actions.put_into_use(
        session, finance_clerk, asset.id, make_use(date(2024, 7, 1), 72, AssetUse.SERVICE)
    )

    assert asset.stands is AssetState.RECOGNISED
    balances = books.account_balances(session, entity.id, date(2024, 7, 1))
    assert balances[Account.RESEARCH_CAPITALISED] == 0
    assert balances[Account.INTANGIBLE] == YUAN(720).minor


# --- month end -----------------------------------------------------------------------------------


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


def test_an_impairment_writes_down_to_the_recoverable_amount_and_lowers_later_charges(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    charge(session, finance_clerk, in_use, date(2024, 6, 1))

    voucher = actions.impair(session, finance_clerk, in_use.id, impairment(date(2024, 6, 30), 450))

    assert lines_of(session, finance_clerk, voucher) == [
        ("Dr", "6701", "450.00"),
        ("Cr", "1703", "450.00"),
    ]
    assert (in_use.stands, carrying(session, in_use)) == (AssetState.IMPAIRED, YUAN(450))
    assert last_event(session).name == "valuation.asset_impaired"
    charge(session, finance_clerk, in_use, date(2024, 7, 1))
    assert reads.charges_of(session, in_use.id)[-1].amount == YUAN(50)


def test_an_asset_that_still_earns_its_carrying_amount_is_not_impaired(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    charge(session, finance_clerk, in_use, date(2024, 6, 1))

    voucher = actions.impair(session, finance_clerk, in_use.id, impairment(date(2024, 6, 30), 900))

    assert voucher is None
    assert in_use.stands is AssetState.RECOGNISED


def test_an_impairment_at_month_end_comes_after_that_months_charge(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    charge(session, finance_clerk, in_use, date(2024, 5, 1))

    with pytest.raises(MonthsUncharged):
        actions.impair(session, finance_clerk, in_use.id, impairment(date(2024, 6, 30), 1))
    actions.impair(session, finance_clerk, in_use.id, impairment(date(2024, 6, 29), 1))


def test_an_impairment_before_posted_charges_is_refused(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    charge(session, finance_clerk, in_use, date(2024, 8, 1))

    with pytest.raises(MonthsChargedBeyond):
        actions.impair(session, finance_clerk, in_use.id, impairment(date(2024, 6, 30), 1))


def test_a_reversal_of_impairment_is_refused(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    charge(session, finance_clerk, in_use, date(2024, 6, 1))
    actions.impair(session, finance_clerk, in_use.id, impairment(date(2024, 6, 30), 450))
    draft = WriteUpDraft(on=date(2024, 7, 1), carrying=900, reason=REASON)

    with pytest.raises(ImpairmentReversalRefused) as refusal:
        actions.write_up(session, finance_clerk, in_use.id, draft)

    assert refusal.value.clause == "DA-07"
    assert carrying(session, in_use) == YUAN(450)


def test_a_valuation_gain_is_refused(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    draft = WriteUpDraft(on=date(2024, 7, 1), carrying=1_780_627, reason="评估增值")

    with pytest.raises(ValuationGainRefused) as refusal:
        actions.write_up(session, finance_clerk, in_use.id, draft)

    assert refusal.value.clause == "DA-02"


# --- inventory -----------------------------------------------------------------------------------


def measured(price: int) -> RealisableDraft:
    return RealisableDraft(on=date(2024, 12, 31), price=price, reason=REASON)


def test_inventory_goes_down_and_back_up_to_its_cost_and_not_above(
    session: Session, finance_clerk: Actor, stocked: DataAsset
) -> None:
    actions.remeasure_inventory(session, finance_clerk, stocked.id, measured(880))
    assert (carrying(session, stocked), stocked.stands) == (YUAN(880), AssetState.IMPAIRED)

    actions.remeasure_inventory(session, finance_clerk, stocked.id, measured(2_000))

    assert (carrying(session, stocked), stocked.stands) == (YUAN(1_000), AssetState.RECOGNISED)
    assert actions.remeasure_inventory(session, finance_clerk, stocked.id, measured(2_000)) is None


def test_a_reversal_above_what_was_provided_is_refused(
    session: Session, finance_clerk: Actor, stocked: DataAsset
) -> None:
    actions.remeasure_inventory(session, finance_clerk, stocked.id, measured(880))
    too_much = WriteUpDraft(on=date(2025, 1, 1), carrying="1000.01", reason=REASON)
    exactly = WriteUpDraft(on=date(2025, 1, 1), carrying=1_000, reason=REASON)

    with pytest.raises(ReversalAboveProvision):
        actions.write_up(session, finance_clerk, stocked.id, too_much)
    voucher = actions.write_up(session, finance_clerk, stocked.id, exactly)

    assert lines_of(session, finance_clerk, voucher) == [
        ("Dr", "1471", "120.00"),
        ("Cr", "6701", "120.00"),
    ]


def test_inventory_is_not_amortised_and_an_intangible_has_no_net_realisable_value(
    session: Session, finance_clerk: Actor, stocked: DataAsset, in_use: DataAsset
) -> None:
    with pytest.raises(AssetStateWrong):
        actions.put_into_use(session, finance_clerk, stocked.id, make_use(READY, 12))
    with pytest.raises(AssetStateWrong):
        actions.remeasure_inventory(session, finance_clerk, in_use.id, measured(1))
    with pytest.raises(AssetStateWrong):
        actions.impair(session, finance_clerk, stocked.id, impairment(READY, 1))


def test_lapse_of_provided_inventory_writes_its_provision_off(
    session: Session, finance_clerk: Actor, stocked: DataAsset
) -> None:
    actions.remeasure_inventory(session, finance_clerk, stocked.id, measured(880))

    voucher = actions.lapse(
        session,
        finance_clerk,
        stocked.id,
        LapseDraft(on=date(2025, 1, 2), cause=LapseCause.MANAGEMENT, reason=REASON),
    )

    assert lines_of(session, finance_clerk, voucher) == [
        ("Dr", "1471", "120.00"),
        ("Dr", "1901", "880.00"),
        ("Cr", "1405", "1000.00"),
        ("Dr", "6602", "880.00"),
        ("Cr", "1901", "880.00"),
    ]


# --- out of the books ----------------------------------------------------------------------------


def test_the_month_of_sale_is_not_charged(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    charge(session, finance_clerk, in_use, date(2024, 6, 1))

    voucher = actions.sell(
        session, finance_clerk, in_use.id, SaleDraft(on=date(2024, 7, 31), price=950, vat=57)
    )

    assert ("Cr", "6115", "50.00") in lines_of(session, finance_clerk, voucher)
    assert (in_use.stands, in_use.derecognised_on) == (
        AssetState.DERECOGNISED,
        date(2024, 7, 31),
    )
    assert charge(session, finance_clerk, in_use, date(2024, 12, 1)) == 0
    assert carrying(session, in_use) == Money(0)


def test_a_sale_waits_for_the_months_before_it_and_refuses_months_after(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    charge(session, finance_clerk, in_use, date(2024, 6, 1))

    with pytest.raises(MonthsUncharged):
        actions.sell(session, finance_clerk, in_use.id, SaleDraft(on=date(2024, 8, 1), price=1))
    with pytest.raises(MonthsChargedBeyond):
        actions.sell(session, finance_clerk, in_use.id, SaleDraft(on=date(2024, 6, 30), price=1))


def test_an_asset_whose_right_is_lost_leaves_the_books(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    charge(session, finance_clerk, in_use, date(2024, 6, 1))
    draft = LapseDraft(on=date(2024, 7, 1), cause=LapseCause.OUTSIDE, reason="授权终止")

    voucher = actions.lapse(session, finance_clerk, in_use.id, draft)

    assert lines_of(session, finance_clerk, voucher) == [
        ("Dr", "6711", "900.00"),
        ("Dr", "1702", "300.00"),
        ("Cr", "1701", "1200.00"),
    ]
    assert names_of_events(session)[-1] == "valuation.asset_derecognised"
    with pytest.raises(AssetStateWrong):
        actions.lapse(session, finance_clerk, in_use.id, draft)


def test_a_candidate_cannot_be_sold_or_written_up(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = make_candidate(session, finance_clerk, entity)

    with pytest.raises(AssetStateWrong):
        actions.sell(session, finance_clerk, asset.id, SaleDraft(on=READY, price=1))
    with pytest.raises(AssetStateWrong):
        actions.write_up(
            session, finance_clerk, asset.id, WriteUpDraft(on=READY, carrying=1, reason=REASON)
        )


def test_an_auditor_changes_nothing(
    session: Session, finance_clerk: Actor, entity: AccountingEntity, in_use: DataAsset
) -> None:
    auditor = actor_of("auditor", entity_ids=[entity.id])

    assert reads.get_asset(session, auditor, in_use.id) is in_use
    with pytest.raises(MissingPermission):
        actions.run_month_end(session, auditor, entity.id, READY)
    with pytest.raises(MissingPermission):
        actions.sell(session, auditor, in_use.id, SaleDraft(on=READY, price=1))
