"""Tables of payments, and of the provider's notices that were accepted."""

from datetime import date, datetime
from typing import NewType

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.payments.rules import (
    PaymentState,
    PayMethod,
    Trouble,
    WebhookFault,
    WebhookRefused,
    may_move,
)
from kernel.db import Base
from kernel.money import Currency, Money

PaymentId = NewType("PaymentId", str)
KNOWN_STATES = ", ".join(f"'{state.value}'" for state in PaymentState)
WAITING_SQL = "state IN ('requested', 'open', 'processing')"


class PaymentMoveForbidden(RuntimeError):
    """Our own mistake: a payment was to make a move that rules.MOVES does not know."""


class PaymentIntent(Base):
    """One attempt to collect one sum for one order or one invoice.

    checkout_id, checkout_address: the provider's page. reference: the provider's payment.
    reported_minor, reported_currency: what came in instead of the amount (BL-05).
    trouble: why it has not come about, yet or for good; troubled_at: since when.
    """

    __tablename__ = "payment_intents"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(f"state IN ({KNOWN_STATES})", name="state_known"),
        CheckConstraint("(order_id IS NULL) <> (invoice_id IS NULL)", name="for_one_thing"),
        CheckConstraint(
            "state NOT IN ('succeeded', 'returning', 'returned')"
            " OR (reference IS NOT NULL AND settled_on IS NOT NULL)",
            name="settled_has_reference",
        ),
        CheckConstraint(
            "(state = 'returned') = (refund_reference IS NOT NULL)", name="returned_has_reference"
        ),
        CheckConstraint(
            "(reported_minor IS NULL) = (reported_currency IS NULL)", name="report_is_whole"
        ),
        CheckConstraint("state <> 'open' OR checkout_id IS NOT NULL", name="open_has_page"),
        Index("ix_payment_intents_buyer_id", "buyer_id", "begun_at"),
        Index(
            "uq_payment_intents_order_id",
            "order_id",
            unique=True,
            postgresql_where=text(WAITING_SQL),
        ),
        Index(
            "uq_payment_intents_invoice_id",
            "invoice_id",
            unique=True,
            postgresql_where=text(WAITING_SQL),
        ),
        Index("ix_payment_intents_waiting", "begun_at", postgresql_where=text(WAITING_SQL)),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    invoice_id: Mapped[str | None] = mapped_column(ForeignKey("invoices.id"))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    title: Mapped[str]
    amount_minor: Mapped[int]
    amount_currency: Mapped[str]
    state: Mapped[str] = mapped_column(default=PaymentState.REQUESTED)
    begun_by: Mapped[str]
    begun_at: Mapped[datetime]
    checkout_id: Mapped[str | None] = mapped_column(unique=True)
    checkout_address: Mapped[str | None]
    checkout_expires_at: Mapped[datetime | None]
    reference: Mapped[str | None]
    method: Mapped[str | None]
    trouble: Mapped[str | None]
    troubled_at: Mapped[datetime | None]
    settled_on: Mapped[date | None]
    reported_minor: Mapped[int | None]
    reported_currency: Mapped[str | None]
    refund_reference: Mapped[str | None]
    returned_on: Mapped[date | None]

    @property
    def phase(self) -> PaymentState:
        return PaymentState(self.state)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, Currency(self.amount_currency))

    @property
    def arrived(self) -> Money:
        """What came in: the sum asked for, or what the provider reported instead (BL-05)."""
        if self.reported_minor is None or self.reported_currency is None:
            return self.amount
        return Money(self.reported_minor, Currency(self.reported_currency))

    @property
    def subject_id(self) -> str:
        """The order or invoice that is paid."""
        return self.order_id or self.invoice_id or ""

    @property
    def difficulty(self) -> Trouble | None:
        return Trouble(self.trouble) if self.trouble else None

    @property
    def way(self) -> PayMethod | None:
        return PayMethod(self.method) if self.method else None

    def note_report(self, minor: int, currency: str) -> None:
        """Keep what the provider says came in, when it is not what was asked for."""
        self.reported_minor, self.reported_currency = minor, currency.upper()

    def note_trouble(self, trouble: Trouble, at: datetime) -> None:
        self.trouble, self.troubled_at = trouble.value, at

    def clear_trouble(self) -> None:
        self.trouble, self.troubled_at = None, None

    def become(self, state: PaymentState) -> None:
        """Raises: PaymentMoveForbidden."""
        if not may_move(self.phase, state):
            raise PaymentMoveForbidden(f"{self.id}: {self.state} -> {state.value}")
        self.state = state.value


class WebhookReceipt(Base):
    """One event of the provider, taken. deliveries: how often; stamps: hashes of its signatures.

    Only what the work needs is kept: the provider is asked for the rest, so that an old notice
    never tells an old story.
    """

    __tablename__ = "webhook_receipts"
    __table_args__ = (
        CheckConstraint("deliveries > 0", name="delivered"),
        Index("ix_webhook_receipts_payment_id", "payment_id"),
        Index("ix_webhook_receipts_received_at", "received_at"),
    )

    event_id: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str]
    object_id: Mapped[str]
    payment_id: Mapped[str | None]
    deliveries: Mapped[int]
    stamps: Mapped[list[str]] = mapped_column(ARRAY(Text))
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]

    def count_again(self, stamp: str) -> None:
        """The same event was delivered once more, under another stamp.

        Raises: WebhookRefused.
        """
        if stamp in self.stamps:
            raise WebhookRefused(WebhookFault.REPLAYED)
        self.deliveries += 1
        self.stamps = [*self.stamps, stamp]
