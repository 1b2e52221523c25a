"""Is a price set only under its cap, and kept in the history?"""

from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.events import EventLog
from market.catalogue import actions, reads
from market.catalogue.prices import CapMissing, ChargeUnit, PriceAboveCap
from market.catalogue.rules import (
    ProductState,
)
from tests.factories.catalogue import (
    make_product,
    price_draft,
)


def test_a_price_at_the_cap_is_set_and_one_above_is_refused(
    session: Session, operator: Actor
) -> None:
    product = make_product(session, state=ProductState.DRAFT)

    plan = actions.set_price(session, operator, product.id, price_draft("0.80"))
    with pytest.raises(PriceAboveCap) as refused:
        actions.set_price(session, operator, product.id, price_draft("0.81"))

    assert plan.unit_price_yuan == Decimal("0.80")
    assert refused.value.clause == "PR-04"
    assert reads.get_product(session, product.id).prices == (plan.price,)


def test_a_new_price_replaces_the_old_and_the_old_stays_in_the_history(
    session: Session, operator: Actor
) -> None:
    product = make_product(session, state=ProductState.DRAFT, unit_price="0.80")

    actions.set_price(session, operator, product.id, price_draft("0.60", reason="降价"))

    history = reads.price_history(session, product.id)
    assert [plan.unit_price_yuan for plan in history] == [Decimal("0.6"), Decimal("0.8")]
    assert [plan.replaced_at is None for plan in history] == [True, False]
    event = session.scalars(
        select(EventLog)
        .where(EventLog.name == "market.price_changed", EventLog.subject_id == product.id)
        .order_by(EventLog.seq.desc())
    ).first()
    assert event is not None
    assert event.payload["previous_unit_price"] == "0.800000"


def test_two_units_are_priced_beside_each_other(session: Session, operator: Actor) -> None:
    product = make_product(session, state=ProductState.DRAFT)

    actions.set_price(session, operator, product.id, price_draft("900", unit=ChargeUnit.YEAR))

    units = {price.unit for price in reads.get_product(session, product.id).prices}
    assert units == {ChargeUnit.CALL, ChargeUnit.YEAR}


def test_what_is_on_sale_gets_no_price_without_a_cap(session: Session, operator: Actor) -> None:
    product = make_product(session)

    with pytest.raises(CapMissing):
        actions.set_price(session, operator, product.id, price_draft("900", unit=ChargeUnit.YEAR))

    free = actions.set_price(session, operator, product.id, price_draft("0", unit=ChargeUnit.YEAR))
    assert free.price.is_free
