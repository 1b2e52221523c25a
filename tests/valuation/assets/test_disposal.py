"""How does an asset leave the books?"""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from kernel.actor import Actor, MissingPermission
from kernel.money import Money
from tests.factories.books import (
    make_candidate,
)
from tests.factories.events import names_of_events
from tests.factories.market import actor_of
from tests.valuation.assets.keeping import (
    READY,
    REASON,
    carrying,
    charge,
    lines_of,
    measured,
)
from valuation.assets import actions, reads
from valuation.assets.models import DataAsset
from valuation.assets.rules import (
    AssetState,
    AssetStateWrong,
    LapseCause,
    MonthsChargedBeyond,
    MonthsUncharged,
)
from valuation.assets.schemas import (
    LapseDraft,
    SaleDraft,
    WriteUpDraft,
)
from valuation.books.models import AccountingEntity


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
