"""Table of orders."""

from datetime import date, datetime
from decimal import Decimal
from typing import NewType

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from billing.orders.rules import OrderState
from kernel.db import Base
from kernel.money import Currency, Money

OrderId = NewType("OrderId", str)


class Order(Base):
    """One licence's units, at the licence's price."""

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
        Index("ix_orders_buyer_id", "buyer_id", "placed_at"),
        Index("ix_orders_licence_id", "licence_id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    licence_id: Mapped[str] = mapped_column(ForeignKey("licences.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    supplier_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    title: Mapped[str]
    purchase_number: Mapped[str]
    units: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    payment: Mapped[str]
    amount_minor: Mapped[int]
    amount_currency: Mapped[str]
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    tax_minor: Mapped[int]
    state: Mapped[str] = mapped_column(default=OrderState.PLACED)
    placed_by: Mapped[str]
    placed_at: Mapped[datetime]
    paid_on: Mapped[date | None]
    cancelled_reason: Mapped[str | None]

    @property
    def phase(self) -> OrderState:
        return OrderState(self.state)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, Currency(self.amount_currency))

    @property
    def tax(self) -> Money:
        return Money(self.tax_minor, Currency(self.amount_currency))
