"""Table of orders."""

from datetime import date, datetime
from decimal import Decimal
from typing import NewType

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.orders.rules import OrderState
from kernel.db import Base
from kernel.money import Currency, Money
from kernel.rates import Rate
from licensing.licences.rules import PaymentTerms

OrderId = NewType("OrderId", str)


class Order(Base):
    """One licence's units, at the licence's price.

    share_version: by which rule the revenue is shared; None where nothing is charged.
    on_account_on: since when the buyer owes it (invoice terms). due_on: last day to pay.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0 AND tax_minor >= 0", name="not_negative"),
        CheckConstraint("tax_minor <= amount_minor", name="tax_inside_amount"),
        CheckConstraint(
            "state IN ('placed', 'paid', 'fulfilled', 'cancelled')", name="state_known"
        ),
        CheckConstraint(
            "(state IN ('paid', 'fulfilled')) = (paid_on IS NOT NULL)", name="paid_has_day"
        ),
        CheckConstraint(
            "(state = 'cancelled') = (cancelled_reason IS NOT NULL)", name="cancelled_has_reason"
        ),
        CheckConstraint("amount_minor = 0 OR share_version IS NOT NULL", name="charged_is_shared"),
        CheckConstraint("state <> 'cancelled' OR on_account_on IS NULL", name="owed_stands"),
        Index("ix_orders_buyer_id", "buyer_id", "placed_at"),
        Index("ix_orders_supplier_id", "supplier_id", "placed_at"),
        Index("ix_orders_bureau_id", "bureau_id", "placed_at"),
        Index(
            "uq_orders_licence_id",
            "licence_id",
            unique=True,
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index("ix_orders_open", "due_on", postgresql_where=text("state = 'placed'")),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    licence_id: Mapped[str] = mapped_column(ForeignKey("licences.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    supplier_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    bureau_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    title: Mapped[str]
    purchase_number: Mapped[str]
    unit: Mapped[str]
    units: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    payment: Mapped[str]
    amount_minor: Mapped[int]
    amount_currency: Mapped[str]
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    tax_minor: Mapped[int]
    share_version: Mapped[int | None]
    state: Mapped[str] = mapped_column(default=OrderState.PLACED)
    placed_by: Mapped[str]
    placed_at: Mapped[datetime]
    due_on: Mapped[date]
    on_account_on: Mapped[date | None]
    paid_on: Mapped[date | None]
    fulfilled_on: Mapped[date | None]
    cancelled_reason: Mapped[str | None]

    @property
    def phase(self) -> OrderState:
        return OrderState(self.state)

    @property
    def terms(self) -> PaymentTerms:
        return PaymentTerms(self.payment)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, Currency(self.amount_currency))

    @property
    def tax(self) -> Money:
        return Money(self.tax_minor, Currency(self.amount_currency))

    @property
    def rate(self) -> Rate:
        return Rate(self.tax_rate)

    @property
    def waits_for_payment(self) -> bool:
        """Placed, to be paid before use; on invoice terms the invoice waits, not the order."""
        return self.phase is OrderState.PLACED and self.on_account_on is None

    def become_paid(self, on: date) -> None:
        self.state = OrderState.PAID.value
        self.paid_on = on

    def become_fulfilled(self, on: date) -> None:
        self.state = OrderState.FULFILLED.value
        self.fulfilled_on = on

    def become_cancelled(self, reason: str) -> None:
        self.state = OrderState.CANCELLED.value
        self.cancelled_reason = reason
