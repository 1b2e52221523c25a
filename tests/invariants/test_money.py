"""Whatever people and the payment provider do, in any order, no fen is lost or made.

Each walk orders, pays, pays wrongly, pays twice, cancels, gives up, invoices and gives back, at
random and with repeats. After every step the books are held against what was really paid.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.invoices import actions as invoices
from billing.invoices.models import Invoice
from billing.invoices.rules import InvoiceState
from billing.ledger import reads as ledger
from billing.ledger.models import Entry, LedgerAccount
from billing.ledger.rules import AccountKind
from billing.orders import actions as orders
from billing.orders.models import Order
from billing.orders.rules import OrderState
from billing.payments import actions as payments
from billing.payments.models import PaymentIntent
from billing.payments.rules import CheckoutFacts, CheckoutStatus, PaymentState, RefundFacts
from billing.shares.models import RevenueShare
from kernel import clock
from kernel.errors import Conflict
from licensing.licences import actions as licences
from licensing.licences.models import Licence
from licensing.licences.rules import PaymentTerms
from tests.factories.billing import (
    HOUSE,
    first_of_next_month,
    make_licence,
    make_order,
    purchaser,
    sold_product,
)

STEPS = 70
PAID_ONCE = {PaymentState.SUCCEEDED, PaymentState.RETURNING, PaymentState.RETURNED}


@dataclass
class Walk:
    """One house, some orders, and chance."""

    session: Session
    chance: random.Random
    trail: list[str] = field(default_factory=list)
    paid_by_transfer: int = 0  # fen of invoices that were paid to the bank account

    def __post_init__(self) -> None:
        self.buyer = purchaser(self.session)
        self.product_id = sold_product(self.session).id
        for _ in range(2):
            for terms in PaymentTerms:
                self.place(terms)

    # What people do

    def place(self, terms: PaymentTerms = PaymentTerms.PREPAID) -> None:
        fen = 0 if terms is PaymentTerms.FREE else self.chance.randint(1, 80)
        licence = make_licence(
            self.session,
            self.product_id,
            units=self.chance.randint(1, 5000),
            unit_price=f"0.{fen:02d}",
            payment=terms.value,
        )
        make_order(self.session, licence)

    def begin(self) -> None:
        payments.begin_payment(self.session, self.buyer, self.some(Order).id)

    def begin_invoice(self) -> None:
        payments.begin_invoice_payment(self.session, self.buyer, self.some(Invoice).id)

    def cancel(self) -> None:
        orders.cancel(self.session, self.buyer, self.some(Order).id, "采购计划变更")

    def give_up(self) -> None:
        payments.abandon(self.session, self.buyer, self.some(PaymentIntent).id)

    def end_licence(self) -> None:
        order = self.some(Order)
        licences.end(self.session, HOUSE, order.licence_id, "双方同意解除")

    # What the provider says

    def paid(self) -> None:
        intent = self.some(PaymentIntent)
        for _ in range(self.chance.randint(1, 3)):
            payments.settle(self.session, HOUSE, intent.id, facts(intent))

    def paid_another_amount(self) -> None:
        intent = self.some(PaymentIntent)
        wrong = intent.amount_minor + self.chance.choice([-1, 1, 10_000])
        payments.settle(self.session, HOUSE, intent.id, replace(facts(intent), amount_minor=wrong))

    def not_paid(self) -> None:
        intent = self.some(PaymentIntent)
        status = self.chance.choice([CheckoutStatus.OPEN, CheckoutStatus.EXPIRED])
        unpaid = replace(facts(intent), status=status, is_paid=False)
        payments.note_checkout(self.session, HOUSE, intent.id, unpaid)
        payments.settle(self.session, HOUSE, intent.id, unpaid)

    def given_back(self) -> None:
        intent = self.some(PaymentIntent)
        refund = RefundFacts(f"re_{intent.id}", intent.amount_minor, "cny", False)
        payments.note_returned(self.session, HOUSE, intent.id, refund)

    # What the house does

    def hear_of_ended_licences(self) -> None:
        orders.close_with_licence(self.session, HOUSE, self.some(Order).licence_id)

    def invoice(self) -> None:
        first = first_of_next_month(clock.today())
        with clock.frozen_at(clock.day_start(first) + timedelta(hours=9)):
            invoices.issue_past_months(self.session, HOUSE)

    def note_bank_transfer(self) -> None:
        invoice = self.some(Invoice)
        unpaid = 0 if invoice.phase is InvoiceState.SETTLED else invoice.amount_minor
        invoices.settle(self.session, HOUSE, invoice.id)
        self.paid_by_transfer += unpaid

    def some(self, kind: type[Order] | type[Invoice] | type[PaymentIntent]) -> object:
        """One of them by chance, the newest more often."""
        rows = self.session.scalars(select(kind).order_by(kind.id)).all()
        if not rows:
            raise Nothing
        return self.chance.choice([*rows, *rows[-2:]])

    def step(self) -> None:
        act = self.chance.choice(self.acts())
        try:
            act()
            self.trail.append(act.__name__)
        except Conflict as refusal:
            self.trail.append(f"{act.__name__} ({refusal.code})")
        except Nothing:
            return

    def acts(self) -> list[Callable[[], None]]:
        often = [self.place, self.begin, self.begin, self.paid] * 3
        return [
            *often,
            self.begin_invoice,
            self.cancel,
            self.give_up,
            self.end_licence,
            self.paid_another_amount,
            self.not_paid,
            self.given_back,
            self.hear_of_ended_licences,
            self.invoice,
            self.note_bank_transfer,
        ]


class Nothing(Exception):
    """There is nothing yet to do this with."""


def facts(intent: PaymentIntent) -> CheckoutFacts:
    """The provider's word that a page was paid in full."""
    return CheckoutFacts(
        id=f"cs_{intent.id}",
        status=CheckoutStatus.COMPLETE,
        is_paid=True,
        amount_minor=intent.amount_minor,
        currency="cny",
        address="http://127.0.0.1/checkout",
        payment_reference=f"pi_{intent.id}",
    )


def check(walk: Walk) -> None:
    """The books against what was really paid, sold, owed and begun."""
    session, trail = walk.session, walk.trail
    session.flush()
    intents = session.scalars(select(PaymentIntent)).all()
    rows = session.scalars(select(Order)).all()
    came = sum(row.amount_minor for row in intents if row.phase in PAID_ONCE)
    went = sum(row.amount_minor for row in intents if row.phase is PaymentState.RETURNED)
    held = sum(row.amount_minor for row in intents if row.phase is PaymentState.RETURNING)
    owed = sum(row.amount_minor for row in rows if row.on_account_on and not row.paid_on)
    sold = {row.id: row.amount_minor for row in rows if has_begun(row) and row.amount_minor}

    assert ledger.sum_of_everything(session) == 0, trail
    assert ledger.imbalances(session) == [], trail
    assert total(session, AccountKind.CLEARING) == -(came - went) - walk.paid_by_transfer, trail
    assert total(session, AccountKind.WALLET) == held, trail
    assert total(session, AccountKind.RECEIVABLE) == -owed, trail
    assert shared(session) == sold, trail
    assert begun_licences(session) == {row.licence_id for row in rows if has_begun(row)}, trail


def has_begun(order: Order) -> bool:
    """Paid, owed on account, or free."""
    return order.phase in {OrderState.PAID, OrderState.FULFILLED} or bool(order.on_account_on)


def total(session: Session, kind: AccountKind) -> int:
    statement = (
        select(func.coalesce(func.sum(Entry.amount_minor), 0))
        .join(LedgerAccount, LedgerAccount.code == Entry.account_code)
        .where(LedgerAccount.kind == kind.value)
    )
    return int(session.scalar(statement) or 0)


def shared(session: Session) -> dict[str, int]:
    """What was shared of each order, everybody's part together."""
    summed = func.sum(RevenueShare.amount_minor)
    rows = session.execute(
        select(RevenueShare.order_id, summed).group_by(RevenueShare.order_id)
    ).all()
    return {order_id: int(amount) for order_id, amount in rows}


def begun_licences(session: Session) -> set[str]:
    rows = session.scalars(select(Licence.id).where(Licence.activated_at.is_not(None)))
    return set(rows)


@pytest.mark.parametrize("seed", range(5))
def test_no_fen_is_lost_or_made_whatever_happens(session: Session, seed: int) -> None:
    walk = Walk(session, random.Random(seed))

    for _ in range(STEPS):
        walk.step()
        check(walk)

    states = Counter(row.phase for row in session.scalars(select(PaymentIntent)))
    assert states[PaymentState.SUCCEEDED] >= 1, "a walk that pays nothing shows nothing"
