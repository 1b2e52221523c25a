"""Steps of a payment, said in one line."""

from dataclasses import replace

import requests
from sqlalchemy.orm import Session

from billing.ledger.rules import AccountKind, AccountRef
from billing.orders import actions as orders
from billing.orders.models import Order
from billing.orders.reads import get_order
from billing.orders.rules import OrderState
from billing.payments import actions, tasks
from billing.payments.models import PaymentIntent
from billing.payments.rules import (
    CheckoutFacts,
    CheckoutStatus,
    PayMethod,
)
from tests.factories.billing import (
    BUYER,
    HOUSE,
    purchaser,
)

CREATE = "POST /v1/checkout/sessions"


CLEARING = AccountRef(AccountKind.CLEARING)


WALLET = AccountRef(AccountKind.WALLET, BUYER)


def begun(session: Session, order: Order) -> PaymentIntent:
    intent = actions.begin_payment(session, purchaser(session), order.id)
    session.commit()
    return intent


def opened(session: Session, order: Order) -> PaymentIntent:
    intent = begun(session, order)
    tasks.open_checkout(intent.id)
    session.refresh(intent)
    return intent


def choose(intent: PaymentIntent, outcome: str, method: str = "alipay") -> requests.Response:
    data = {"method": method, "outcome": outcome}
    address = str(intent.checkout_address)
    return requests.post(address, data=data, allow_redirects=False, timeout=5)


def look(session: Session, intent: PaymentIntent) -> PaymentIntent:
    tasks.look_at_checkout(intent.id)
    session.expire_all()
    return intent


def phase(session: Session, order: Order) -> OrderState:
    session.flush()
    session.expire_all()
    return get_order(session, HOUSE, order.id).phase


def facts(intent: PaymentIntent, **changes: object) -> CheckoutFacts:
    paid = CheckoutFacts(
        id=str(intent.checkout_id),
        status=CheckoutStatus.COMPLETE,
        is_paid=True,
        amount_minor=intent.amount_minor,
        currency="cny",
        payment_reference="pi_1",
        method=PayMethod.ALIPAY,
    )
    return replace(paid, **changes)  # type: ignore[arg-type]


def paid_too_late(session: Session, order: Order) -> PaymentIntent:
    """Paid at the provider in the moment in which the order was cancelled here."""
    intent = opened(session, order)
    choose(intent, "paid")
    orders.cancel(session, purchaser(session), order.id, "采购计划变更")
    session.commit()
    return intent
