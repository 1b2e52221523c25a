"""Does a paid order reach the buyer's own books by itself, once?"""

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.orders import actions as orders
from billing.orders.events import OrderPaid
from kernel import clock, relay
from kernel.actor import Actor
from kernel.events import record
from tests.factories.billing import make_order
from tests.factories.books import ensure_product
from tests.factories.valuation import YUAN
from valuation.appraisals import reads as appraisals
from valuation.assets.models import DataAsset
from valuation.assets.rules import AssetState
from valuation.books import reads as books
from valuation.recognitions import tasks

SUBSCRIBER = "valuation.recognitions.tasks.receive_purchase"


def paid(purchaser: Actor, amount_minor: int) -> OrderPaid:
    assert purchaser.organization_id is not None
    return OrderPaid(
        order_id="ord_77",
        licence_id="lic_1",
        buyer_id=purchaser.organization_id,
        product_id="prd_own",
        title="样例产品",
        amount_minor=amount_minor,
        tax_minor=amount_minor * 6 // 106,
        currency="CNY",
        paid_on=date(2026, 11, 20),
    )


def assets(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(DataAsset)) or 0


@pytest.mark.parametrize(("amount_minor", "expected"), [(10_600, 1), (0, 0)])
def test_a_paid_order_becomes_a_candidate_once_and_free_use_none(
    session: Session, purchaser: Actor, operator: Actor, amount_minor: int, expected: int
) -> None:
    assert tasks.receive_purchase
    assert operator.organization_id is not None
    ensure_product(session, "prd_own", operator.organization_id)
    for _ in range(2):
        record(session, Actor.system("test"), paid(purchaser, amount_minor))
    session.commit()

    assert relay.deliver(SUBSCRIBER) == 2
    assert relay.deliver(SUBSCRIBER) == 0

    assert assets(session) == expected
    if expected:
        assert purchaser.organization_id is not None
        entity = books.find_entity_of(session, purchaser.organization_id)
        asset = session.scalars(select(DataAsset)).one()
        assert entity is not None
        assert (asset.entity_id, asset.stands) == (entity.id, AssetState.CANDIDATE)
        assert (asset.price, asset.price_vat) == (YUAN(106), YUAN(6))


def test_an_order_paid_through_billing_stands_in_the_buyers_books_and_in_the_products_facts(
    session: Session, appraiser: Actor
) -> None:
    order = make_order(session)
    orders.mark_paid(session, Actor.system("test"), order.id)
    session.commit()

    relay.deliver(SUBSCRIBER)

    asset = session.scalars(select(DataAsset)).one()
    entity = books.find_entity_of(session, order.buyer_id)
    assert entity is not None
    assert (asset.entity_id, asset.order_id, asset.title) == (entity.id, order.id, order.title)
    assert (asset.price, asset.price_vat) == (order.amount, order.tax)
    assert appraiser.organization_id == order.supplier_id
    facts = appraisals.facts_for(
        session, appraiser, order.supplier_id, order.product_id, clock.today()
    )
    assert facts.trade is not None
    assert (facts.trade.orders, facts.trade.revenue) == (1, order.amount - order.tax)
