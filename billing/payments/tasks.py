"""Calls the payment provider for what was intended, and applies what it says.

Three transactions' worth of thought each: read what is asked for, call outside any transaction,
write down the answer. Every step may be repeated.
"""

from datetime import timedelta

from sqlalchemy.orm import Session

from billing.orders.actions import cancel_overdue
from billing.orders.events import OrderCancelled
from billing.payments import actions, reads
from billing.payments.rules import (
    CheckoutRequest,
    PaymentState,
    RefundRequest,
)
from billing.payments.stripe_gateway import (
    Gateway,
    PaymentServiceDown,
    PaymentServiceRefused,
    open_gateway,
)
from kernel import clock, settings
from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import enqueue, task
from kernel.relay import Fact, subscribe

HOUSE = Actor.system("billing.payments")
A_DAY_OF_TRIES = 300
NOTICE_IS_LATE = timedelta(seconds=45)


@task(actions.OPEN_CHECKOUT, max_attempts=A_DAY_OF_TRIES)
def open_checkout(payment_id: str) -> None:
    """Make the provider's page. While the provider is down, the page of ours says so."""
    request = _checkout_request(payment_id)
    if request is None:
        return
    try:
        checkout = _gateway().open_checkout(request)
    except PaymentServiceDown:
        with transaction() as session:
            actions.note_service_down(session, HOUSE, payment_id)
        raise
    except PaymentServiceRefused as refusal:
        with transaction() as session:
            actions.note_refused(session, HOUSE, payment_id, refusal.trouble)
        return
    with transaction() as session:
        actions.note_checkout(session, HOUSE, payment_id, checkout)


@task(actions.CLOSE_CHECKOUT, max_attempts=A_DAY_OF_TRIES)
def close_checkout(payment_id: str) -> None:
    """Nobody shall pay there any more; who paid in the last moment is found by the look."""
    with transaction() as session:
        checkout_id = reads.get_payment(session, HOUSE, payment_id).checkout_id
    if checkout_id:
        _gateway().close_checkout(checkout_id, f"{payment_id}:close")
        look_at_checkout(payment_id)


@task(actions.LOOK_AT_CHECKOUT, max_attempts=A_DAY_OF_TRIES)
def look_at_checkout(payment_id: str) -> None:
    """Ask the provider how the page stands, whatever a notice may have said."""
    with transaction() as session:
        checkout_id = reads.get_payment(session, HOUSE, payment_id).checkout_id
        event_ids = reads.list_unapplied(session, payment_id)
    if checkout_id is None:
        return
    checkout = _gateway().find_checkout(checkout_id)
    with transaction() as session:
        actions.settle(session, HOUSE, payment_id, checkout)
        actions.note_applied(session, event_ids)


@task(actions.GIVE_BACK, max_attempts=A_DAY_OF_TRIES)
def give_back(payment_id: str) -> None:
    """BL-05, BL-07: give back what arrived and settles nothing."""
    with transaction() as session:
        intent = reads.get_payment(session, HOUSE, payment_id)
        if intent.phase is not PaymentState.RETURNING or intent.reference is None:
            return
        request = RefundRequest(intent.reference, intent.arrived, f"{payment_id}:return")
    refund = _gateway().give_back(request)
    with transaction() as session:
        actions.note_returned(session, HOUSE, payment_id, refund)


@task("payments.look_at_open")
def look_at_open_payments() -> None:
    """In case a notice was lost: look at every payment that has waited a while."""
    with transaction() as session:
        for payment_id in reads.list_to_look_at(session, clock.now() - NOTICE_IS_LATE):
            enqueue(session, actions.LOOK_AT_CHECKOUT, payment_id=payment_id)


@task("orders.cancel_overdue")
def cancel_overdue_orders() -> None:
    """BL-03: let go of orders that nobody paid in time and nobody is paying."""
    with transaction() as session:
        cancel_overdue(session, HOUSE, reads.orders_under_way(session))


@subscribe(OrderCancelled)
def close_payments_of(session: Session, event: OrderCancelled, fact: Fact) -> None:
    """A cancelled order must not be paid."""
    del fact
    actions.give_up_for_order(session, HOUSE, event.order_id)


def _gateway() -> Gateway:
    return open_gateway(settings.in_use())


def _checkout_request(payment_id: str) -> CheckoutRequest | None:
    """What to ask the provider for; None when it need not be asked any more."""
    with transaction() as session:
        intent = reads.get_payment(session, HOUSE, payment_id)
        if intent.phase is not PaymentState.REQUESTED:
            return None
        page = f"{settings.in_use().public_url}/payments/{payment_id}"
        return CheckoutRequest(
            payment_id=payment_id,
            key=f"{payment_id}:checkout",
            title=intent.title,
            amount=intent.amount,
            success_url=page,
            cancel_url=page,
        )
