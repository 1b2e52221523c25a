"""When does an asset go down, and when may it come up again?"""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from kernel.actor import Actor
from tests.factories.books import (
    make_use,
)
from tests.factories.events import last_event
from tests.factories.valuation import YUAN
from tests.valuation.assets.keeping import (
    READY,
    REASON,
    carrying,
    charge,
    impairment,
    lines_of,
    measured,
)
from valuation.assets import actions, reads
from valuation.assets.models import DataAsset
from valuation.assets.rules import (
    AssetState,
    AssetStateWrong,
    ImpairmentReversalRefused,
    MonthsChargedBeyond,
    MonthsUncharged,
    ReversalAboveProvision,
    ValuationGainRefused,
)
from valuation.assets.schemas import (
    WriteUpDraft,
)


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
