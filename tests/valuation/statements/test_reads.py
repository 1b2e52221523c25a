"""Do the examples A, B and C, walked through the real actions, give the tables to the fen?"""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.errors import NotFound
from kernel.money import Money
from tests.factories.books import (
    criteria,
    make_books,
    make_candidate,
    make_cost,
    make_decision,
    make_order,
    make_use,
    on_day,
)
from tests.factories.market import actor_of
from tests.factories.valuation import YUAN, year_of
from tests.valuation.statements.test_rules import TABLE_A_B, TABLE_C, assert_is
from valuation.assets import actions as assets
from valuation.assets import reads as asset_reads
from valuation.assets.rules import AssetUse, LapseCause
from valuation.assets.schemas import (
    FinishDraft,
    ImpairmentDraft,
    LapseDraft,
    RealisableDraft,
    SaleDraft,
)
from valuation.books.models import AccountingEntity
from valuation.costs.rules import CostComponent, PaidFrom, Stage
from valuation.recognitions import actions as recognitions
from valuation.recognitions.rules import Origin, Purpose
from valuation.statements.reads import get_statements


@pytest.fixture
def entity(session: Session, finance_clerk: Actor) -> AccountingEntity:
    return make_books(session, finance_clerk)


def bought_example_a(session: Session, clerk: Actor, entity: AccountingEntity) -> str:
    """Price 1,200,000 and five services, 87,840 of VAT in all, training apart."""
    order = make_order(entity, 1_272_000, 72_000, product_id="prd_a", paid_on=date(2024, 4, 2))
    asset = recognitions.receive_purchase(session, Actor.system("test"), order)
    for yuan, vat, component in (
        (180_000, 10_800, CostComponent.CLEANING),
        (20_000, 1_200, CostComponent.ATTESTATION),
        (30_000, 1_800, CostComponent.QUALITY_EVALUATION),
        (10_000, 600, CostComponent.REGISTRATION),
        (24_000, 1_440, CostComponent.SECURITY),
        (15_000, 0, CostComponent.TRAINING),
    ):
        make_cost(
            session,
            clerk,
            yuan,
            component,
            vat=vat,
            on=date(2024, 4, 10),
            stage=Stage.PURCHASE,
            product_id="prd_a",
        )
    decision = make_decision(origin=Origin.BOUGHT, purpose=Purpose.OWN_USE, criteria=[])
    recognitions.decide(session, clerk, asset.id, decision)
    assets.put_into_use(session, clerk, asset.id, make_use(date(2024, 4, 20), 60))
    return asset.id


def developed_example_b(session: Session, clerk: Actor, entity: AccountingEntity) -> str:
    """Research 400,000, early development 80,000, qualified development from 2024-05-01 on."""
    asset = make_candidate(session, clerk, entity, "prd_b")
    research, development = Stage.RESEARCH, Stage.DEVELOPMENT
    for yuan, on, stage, paid_from in (
        (250_000, date(2024, 2, 1), research, PaidFrom.PAYROLL),
        (150_000, date(2024, 2, 1), research, PaidFrom.BANK),
        (80_000, date(2024, 4, 30), development, PaidFrom.BANK),
        (450_000, date(2024, 5, 1), development, PaidFrom.PAYROLL),
    ):
        make_cost(session, clerk, yuan, on=on, stage=stage, paid_from=paid_from, product_id="prd_b")
    recognitions.decide(
        session, clerk, asset.id, make_decision(criteria=criteria(date(2024, 5, 1)))
    )
    return asset.id


def example_a_and_b(session: Session, clerk: Actor, entity: AccountingEntity) -> None:
    with on_day(date(2024, 12, 31)):
        a = bought_example_a(session, clerk, entity)
        b = developed_example_b(session, clerk, entity)
        assets.run_month_end(session, clerk, entity.id, date(2024, 12, 1))
    with on_day(date(2025, 12, 31)):
        make_cost(session, clerk, 270_000, on=date(2025, 2, 1), product_id="prd_b")
        recognitions.book_costs(session, clerk, b)
        assets.put_into_use(session, clerk, b, make_use(date(2025, 3, 10), 72, AssetUse.SERVICE))
        assets.run_month_end(session, clerk, entity.id, date(2025, 12, 1))
        assets.impair(session, clerk, a, impairment_to(780_000))
    with on_day(date(2026, 12, 31)):
        assets.run_month_end(session, clerk, entity.id, date(2026, 9, 1))
        assets.sell(session, clerk, a, SaleDraft(on=date(2026, 10, 5), price=650_000, vat=39_000))
        assets.run_month_end(session, clerk, entity.id, date(2026, 12, 1))


def impairment_to(yuan: int) -> ImpairmentDraft:
    return ImpairmentDraft(
        on=date(2025, 12, 31),
        fair_value=yuan,
        disposal_cost=0,
        value_in_use=yuan - 1,
        reason="市场报价下跌",
    )


def sold_set(session: Session, clerk: Actor, entity: AccountingEntity, name: str) -> str:
    """One exclusive data set of 100,000, processed for sale."""
    product = f"prd_{name}"
    asset = make_candidate(session, clerk, entity, product)
    make_cost(session, clerk, 70_000, CostComponent.COLLECTION, on=date(2025, 2, 1),
              product_id=product)  # fmt: skip
    make_cost(session, clerk, 30_000, on=date(2025, 2, 1), paid_from=PaidFrom.PAYROLL,
              product_id=product)  # fmt: skip
    recognitions.decide(session, clerk, asset.id, make_decision(purpose=Purpose.SALE, criteria=[]))
    recognitions.finish_inventory(session, clerk, asset.id, FinishDraft(ready_on=date(2025, 3, 1)))
    return asset.id


def realisable(on: date, price: int, selling: int = 0) -> RealisableDraft:
    return RealisableDraft(on=on, price=price, selling=selling, reason="近期报价")


def example_c(session: Session, clerk: Actor, entity: AccountingEntity) -> None:
    year_end, summer = date(2025, 12, 31), date(2026, 6, 30)
    with on_day(year_end):
        p = {name: sold_set(session, clerk, entity, name) for name in "12345"}
        order = make_order(
            entity,
            190_800,
            10_800,
            order_id="ord_x",
            product_id="prd_x",
            paid_on=date(2025, 4, 1),
        )
        x = recognitions.receive_purchase(session, Actor.system("test"), order).id
        make_cost(session, clerk, 20_000, CostComponent.ATTESTATION, vat=1_200,
                  on=date(2025, 4, 1), stage=Stage.PURCHASE, product_id="prd_x")  # fmt: skip
        recognitions.decide(
            session,
            clerk,
            x,
            make_decision(origin=Origin.BOUGHT, purpose=Purpose.SALE, criteria=[]),
        )
        for name in "12":
            assets.sell(
                session, clerk, p[name], SaleDraft(on=date(2025, 6, 1), price=160_000, vat=9_600)
            )
        assets.lapse(
            session,
            clerk,
            p["5"],
            LapseDraft(on=date(2025, 9, 1), cause=LapseCause.OUTSIDE, reason="授权收回"),
        )
        assets.remeasure_inventory(session, clerk, p["3"], realisable(year_end, 115_000))
        assets.remeasure_inventory(session, clerk, p["4"], realisable(year_end, 95_000, 7_000))
        assets.remeasure_inventory(session, clerk, x, realisable(year_end, 190_000, 8_000))
    with on_day(date(2026, 7, 1)):
        assets.remeasure_inventory(session, clerk, p["4"], realisable(summer, 96_000))
        july = date(2026, 7, 1)
        assets.sell(session, clerk, p["4"], SaleDraft(on=july, price=98_000, vat=5_880))
        assets.sell(session, clerk, x, SaleDraft(on=july, price=185_000, vat=11_100))


def test_a_and_b_in_one_company_give_the_intangible_table_of_every_year(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    example_a_and_b(session, finance_clerk, entity)

    for year, carrying in ((2024, 1_244_400), (2025, 1_400_000), (2026, 500_000)):
        found = get_statements(session, finance_clerk, entity.id, year_of(year))
        assert_is(found.intangible, TABLE_A_B[year])
        assert found.lines.intangible == YUAN(carrying)
        assert found.all_hold
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_the_research_note_of_b_names_expensed_capitalised_and_transferred(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    example_a_and_b(session, finance_clerk, entity)

    of_2024 = get_statements(session, finance_clerk, entity.id, year_of(2024))
    of_2025 = get_statements(session, finance_clerk, entity.id, year_of(2025))

    assert (of_2024.research.expensed, of_2024.research.capitalised) == (
        YUAN(480_000),
        YUAN(450_000),
    )
    assert of_2024.lines.development == YUAN(450_000)
    assert of_2025.research.transferred == YUAN(720_000)
    assert of_2025.lines.development == Money(0)


def test_c_gives_the_inventory_table_of_every_year(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    example_c(session, finance_clerk, entity)

    for year, carrying in ((2025, 370_000), (2026, 100_000)):
        found = get_statements(session, finance_clerk, entity.id, year_of(year))
        assert_is(found.inventory, TABLE_C[year])
        assert found.lines.inventory == YUAN(carrying)
        assert found.all_hold
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_a_is_booked_at_1_464_000_and_charged_24_400_then_20_000_a_month(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    example_a_and_b(session, finance_clerk, entity)

    asset = asset_reads.find_by_order(session, entity.id, "ord_1")
    assert asset is not None
    charges = [one.amount for one in asset_reads.charges_of(session, asset.id)]
    assert charges == [YUAN(24_400)] * 21 + [YUAN(20_000)] * 9


@pytest.mark.parametrize("reader", [lambda: actor_of("finance_clerk", organization_id="org_x")])
def test_other_peoples_statements_do_not_exist(
    session: Session,
    finance_clerk: Actor,
    entity: AccountingEntity,
    reader: Callable[[], Actor],
) -> None:
    with pytest.raises(NotFound):
        get_statements(session, reader(), entity.id, year_of(2024))


def test_the_appointed_auditor_reads_the_statements(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    auditor = actor_of("auditor", entity_ids=[entity.id])

    found = get_statements(session, auditor, entity.id, year_of(2024))

    assert found.all_hold
