"""Tables of invoices, their lines and the last number of each year."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from billing.invoices.rules import InvoiceState
from kernel.db import APPEND_ONLY, Base
from kernel.money import Currency, Money


class Invoice(Base):
    """What one buyer owes one supplier for the orders of past months."""

    __tablename__ = "invoices"
    __table_args__ = (
        CheckConstraint("amount_minor > 0 AND tax_minor >= 0", name="amounts_sane"),
        CheckConstraint("tax_minor <= amount_minor", name="tax_inside_amount"),
        CheckConstraint("state IN ('issued', 'settled')", name="state_known"),
        CheckConstraint("(state = 'settled') = (settled_on IS NOT NULL)", name="settled_has_day"),
        CheckConstraint("due_on >= issued_on", name="due_after_issue"),
        Index("ix_invoices_buyer_id", "buyer_id", "issued_on"),
        Index("ix_invoices_supplier_id", "supplier_id", "issued_on"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    buyer_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    supplier_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    amount_minor: Mapped[int]
    amount_currency: Mapped[str]
    tax_minor: Mapped[int]
    state: Mapped[str] = mapped_column(default=InvoiceState.ISSUED)
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]
    due_on: Mapped[date]
    settled_on: Mapped[date | None]

    @property
    def phase(self) -> InvoiceState:
        return InvoiceState(self.state)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, Currency(self.amount_currency))

    @property
    def tax(self) -> Money:
        return Money(self.tax_minor, Currency(self.amount_currency))

    def become_settled(self, on: date) -> None:
        self.state = InvoiceState.SETTLED.value
        self.settled_on = on


class InvoiceLine(Base):
    """One order on an invoice; an order stands on one invoice only."""

    __tablename__ = "invoice_lines"
    __table_args__ = (
        CheckConstraint("tax_minor <= amount_minor", name="tax_inside_amount"),
        {"info": APPEND_ONLY},
    )

    invoice_id: Mapped[str] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), unique=True)
    title: Mapped[str]
    purchase_number: Mapped[str]
    ordered_on: Mapped[date]
    units: Mapped[int]
    unit: Mapped[str]
    unit_price: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    amount_minor: Mapped[int]
    amount_currency: Mapped[str]
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    tax_minor: Mapped[int]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, Currency(self.amount_currency))

    @property
    def tax(self) -> Money:
        return Money(self.tax_minor, Currency(self.amount_currency))

    @property
    def net(self) -> Money:
        return self.amount - self.tax


class InvoiceNumber(Base):
    """The last number given in a year; its row is locked while one is given."""

    __tablename__ = "invoice_numbers"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
