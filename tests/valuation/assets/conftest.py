"""Assets and what is done with them, said in one line."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from kernel.actor import Actor
from tests.factories.books import (
    make_books,
    make_decision,
    make_order,
    make_use,
)
from tests.valuation.assets.keeping import (
    READY,
    SYSTEM,
)
from valuation.assets import actions
from valuation.assets.models import DataAsset
from valuation.books.models import AccountingEntity
from valuation.recognitions import actions as recognitions
from valuation.recognitions.rules import Origin, Purpose


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
