"""Do looks at the provider, in whatever order, end in one payment?"""

import random
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from billing.ledger import reads as ledger
from billing.orders.models import Order
from billing.orders.rules import OrderState
from billing.payments import actions, tasks
from billing.payments.rules import (
    CheckoutFacts,
    PaymentState,
)
from billing.payments.stripe_gateway import Gateway
from demo.payment_emulator import Running
from kernel import clock, jobs
from kernel.db import transaction
from kernel.money import Money
from tests.billing.payments.paying import (
    CLEARING,
    begun,
    choose,
    look,
    opened,
    phase,
)
from tests.factories.billing import (
    purchaser,
)
from tests.factories.events import names_of_events

pytestmark = pytest.mark.usefixtures("settings")


def test_looking_ten_times_moves_money_once(session: Session, order: Order) -> None:
    intent = opened(session, order)
    choose(intent, "paid")
    look(session, intent)
    before, entries = names_of_events(session), ledger.count_entries(session)

    for _ in range(9):
        look(session, intent)

    assert names_of_events(session) == before
    assert ledger.count_entries(session) == entries


def test_a_lost_notice_is_made_up_for_by_looking(session: Session, order: Order) -> None:
    intent = opened(session, order)
    choose(intent, "paid")

    with clock.frozen_at(clock.now() + timedelta(seconds=60)):
        tasks.look_at_open_payments()
        jobs.run_everything()

    session.expire_all()
    assert intent.phase is PaymentState.SUCCEEDED


def test_an_order_that_somebody_is_paying_is_not_cancelled_as_overdue(
    session: Session, order: Order
) -> None:
    intent = opened(session, order)
    with clock.frozen_at(clock.now() + timedelta(days=20)):
        tasks.cancel_overdue_orders()
        assert phase(session, order) is OrderState.PLACED

        actions.abandon(session, purchaser(session), intent.id)
        session.commit()
        tasks.cancel_overdue_orders()
        assert phase(session, order) is OrderState.CANCELLED


@pytest.mark.parametrize("seed", range(5))
def test_looks_in_any_order_with_faults_end_in_one_payment(
    session: Session, order: Order, emulator: Running, seed: int
) -> None:
    chance = random.Random(seed)
    intent = opened(session, order)
    steps = ["decline", "look", "look", "pay", "look", "look", "cut", "look", "look"]
    chance.shuffle(steps)
    for step in steps:
        match step:
            case "decline":
                choose(intent, "declined")
            case "pay":
                choose(intent, "paid")
            case "cut":
                emulator.faults.add("GET /v1/checkout/sessions", "cut", times=1)
            case _:
                look(session, intent)
    look(session, intent)

    assert intent.phase is PaymentState.SUCCEEDED
    assert phase(session, order) is OrderState.PAID
    assert ledger.balance(session, CLEARING) == Money(-80_000)
    assert ledger.count_entries(session) == 5


def test_a_transaction_is_not_open_while_the_service_is_called(
    session: Session, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = begun(session, order)
    seen: list[bool] = []
    original = Gateway.open_checkout

    def watched(self: Gateway, request: tasks.CheckoutRequest) -> CheckoutFacts:
        with transaction():
            seen.append(True)  # opening one proves that none was open
        return original(self, request)

    monkeypatch.setattr(Gateway, "open_checkout", watched)
    tasks.open_checkout(intent.id)

    assert seen == [True]
