"""Does money that arrives for nothing go back the way it came (BL-07)?"""

import pytest
from sqlalchemy.orm import Session

from billing.ledger import reads as ledger
from billing.orders.models import Order
from billing.orders.rules import OrderState
from billing.payments import actions, tasks
from billing.payments.rules import (
    PaymentState,
)
from billing.payments.stripe_gateway import PaymentServiceDown
from demo.payment_emulator import Running
from kernel import jobs
from kernel.money import Money
from licensing.licences import actions as licences
from tests.billing.payments.paying import (
    CLEARING,
    WALLET,
    choose,
    look,
    opened,
    paid_too_late,
    phase,
)
from tests.factories.billing import (
    HOUSE,
    purchaser,
)
from tests.factories.events import names_of_events

pytestmark = pytest.mark.usefixtures("settings")


def test_money_for_a_cancelled_order_is_the_buyers_own_and_goes_back(
    session: Session, order: Order, emulator: Running
) -> None:
    intent = paid_too_late(session, order)

    look(session, intent)
    assert intent.phase is PaymentState.RETURNING
    assert ledger.balance(session, WALLET) == Money(80_000)

    jobs.run_everything()
    session.expire_all()

    assert intent.phase is PaymentState.RETURNED
    assert phase(session, order) is OrderState.CANCELLED
    [refund] = emulator.store.refunds.values()
    assert (refund["amount"], refund["id"]) == (80_000, intent.refund_reference)
    assert ledger.balance(session, WALLET) == Money(0)
    assert ledger.balance(session, CLEARING) == Money(0)
    assert ledger.imbalances(session) == []
    assert "billing.surplus_received" in names_of_events(session)
    assert "billing.refund_made" in names_of_events(session)


def test_giving_back_twice_gives_back_once(
    session: Session, order: Order, emulator: Running
) -> None:
    intent = paid_too_late(session, order)
    look(session, intent)
    emulator.faults.add("POST /v1/refunds", "cut", times=2)

    with pytest.raises(PaymentServiceDown):
        tasks.give_back(intent.id)
    tasks.give_back(intent.id)
    tasks.give_back(intent.id)

    assert len(emulator.store.refunds) == 1
    session.expire_all()
    assert ledger.balance(session, WALLET) == Money(0)


def test_money_for_a_licence_that_has_ended_goes_back(session: Session, order: Order) -> None:
    intent = opened(session, order)
    choose(intent, "paid")
    licences.end(session, HOUSE, order.licence_id, "双方同意解除")
    session.commit()

    look(session, intent)

    assert intent.phase is PaymentState.RETURNING


def test_a_second_payment_of_one_order_goes_back(session: Session, order: Order) -> None:
    first = opened(session, order)
    actions.abandon(session, purchaser(session), first.id)
    second = opened(session, order)
    for intent in (first, second):
        choose(intent, "paid")

    look(session, first)
    look(session, second)
    jobs.run_everything()
    session.expire_all()

    assert (first.phase, second.phase) == (PaymentState.SUCCEEDED, PaymentState.RETURNED)
    assert phase(session, order) is OrderState.PAID
    assert ledger.balance(session, CLEARING) == Money(-80_000)
