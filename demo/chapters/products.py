"""Products are drafted, capped, priced under the cap, and published by a second person."""

from decimal import Decimal

from demo.city import CITY, Offer
from demo.world import World
from kernel import clock
from kernel.db import transaction
from kernel.errors import DomainError
from kernel.periods import add_years
from licensing.pricing import actions as pricing
from licensing.pricing.rules import ProfitBase
from licensing.pricing.schemas import CapDraft, RevenueDraft
from market.catalogue import actions
from market.catalogue.actions import PublicationBlocked
from market.catalogue.prices import PriceAboveCap
from market.catalogue.schemas import PricePlanDraft, ProductDraft

TOO_MUCH = Decimal("0.81")  # P1: one fen above the cap of 0.80


def play(world: World) -> None:
    """Step 3, and a price above the cap that is refused on the way."""
    world.report("三  产品：起草、核定上限、定价、第二人批准上架")
    _permit_revenue(world)
    for number, offer in enumerate(CITY, start=1):
        _draft(world, offer)
        _cap(world, offer)
        if number == 1:
            _try_too_much(world, offer)
        _price_and_submit(world, offer)
        _publish(world, offer)
        world.bar("上架", number, len(CITY))
    world.settle()


def _permit_revenue(world: World) -> None:
    """Vector P1: cost 8 m less subsidy 1 m, profit 6 % on cost, tax 450,000 -> 7.87 m."""
    authority = world.actor("pricing")
    start_on = clock.today().replace(month=1, day=1)
    draft = RevenueDraft(
        operator_id=world.ids["operator"],
        start_on=start_on,
        end_on=add_years(start_on, 1),
        gross_cost=Decimal(8_000_000),
        subsidy=Decimal(1_000_000),
        profit_base=ProfitBase.COST,
        profit_rate=Decimal("0.06"),
        tax=Decimal(450_000),
        document="云发改价格〔2026〕12号",
    )
    with transaction() as session:
        permitted = pricing.permit_revenue(session, authority, draft)
        world.report(f"    最高准许收入 {permitted.permitted}")


def _draft(world: World, offer: Offer) -> None:
    operator = world.actor("operator")
    draft = ProductDraft(
        title_zh=offer.dataset.title,
        title_en=offer.title_en,
        use_sentence=offer.use,
        description=offer.dataset.abstract,
        form=offer.form,
        scenarios=list(offer.scenarios),
        delivery_kinds=list(offer.delivery),
        dataset_ids=[world.ids[f"dataset:{offer.key}"]],
        level=offer.dataset.level,
        legal_basis="不含个人信息；经营单位与航空器按受保护单位处理",
        is_sample=True,
        sample_origin=offer.dataset.sample_origin,
        bureau_id=world.ids["bureau"],
    )
    with transaction() as session:
        world.ids[f"product:{offer.key}"] = actions.draft_product(session, operator, draft).id


def _cap(world: World, offer: Offer) -> None:
    authority = world.actor("pricing")
    draft = CapDraft(
        product_id=world.ids[f"product:{offer.key}"],
        unit=offer.unit,
        unit_price=offer.cap,
        forecast_units=offer.forecast,
        document="云发改价格〔2026〕12号",
    )
    with transaction() as session:
        pricing.set_cap(session, authority, draft)


def _try_too_much(world: World, offer: Offer) -> None:
    operator = world.actor("operator")
    draft = PricePlanDraft(unit=offer.unit, unit_price=TOO_MUCH, reason="试图提价")
    with (
        world.expecting(PriceAboveCap, operator, "catalogue.set_price"),
        transaction() as session,
    ):
        actions.set_price(session, operator, world.ids[f"product:{offer.key}"], draft)


def _price_and_submit(world: World, offer: Offer) -> None:
    operator = world.actor("operator")
    draft = PricePlanDraft(unit=offer.unit, unit_price=offer.price, reason="首次定价")
    with transaction() as session:
        actions.set_price(session, operator, world.ids[f"product:{offer.key}"], draft)
    with transaction() as session:
        actions.submit_product(session, operator, world.ids[f"product:{offer.key}"])


def _publish(world: World, offer: Offer) -> None:
    approver = world.actor("approver")
    product_id = world.ids[f"product:{offer.key}"]
    try:
        with transaction() as session:
            actions.publish_product(session, approver, product_id)
    except PublicationBlocked as blocked:
        raise AssertionError(f"{offer.key}: {blocked.facts()}") from blocked
    except DomainError as error:
        raise AssertionError(f"{offer.key}: {error}") from error
