"""The law of an invoice: lines, tax, rounding, numbering, when it is due. Pure.

Source: docs/rules/billing.md, BL-01, BL-02 and BL-08.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from kernel.i18n import N_, Labelled
from kernel.money import Money
from kernel.parameters import Mark, Parameter, Setting

DUE_DAYS: Parameter[int] = Parameter(
    "BL-02", "days", (Setting(30, "docs/rules/billing.md", Mark.DESIGN),)
)


class InvoiceState(Labelled):
    """The life of an invoice."""

    ISSUED = "issued", N_("待付款")
    SETTLED = "settled", N_("已结清")


@dataclass(frozen=True)
class Line:
    """One thing owed. amount includes tax; tax was rounded for this line alone."""

    order_id: str
    title: str
    units: int
    unit: str
    unit_price: Decimal
    amount: Money
    tax: Money


@dataclass(frozen=True)
class Totals:
    """What an invoice comes to; tax is the sum of the lines' taxes, never computed anew."""

    amount: Money
    tax: Money

    @property
    def net(self) -> Money:
        return self.amount - self.tax


def totals(lines: Sequence[Line]) -> Totals:
    amount = tax = Money(0, lines[0].amount.currency)
    for line in lines:
        amount, tax = amount + line.amount, tax + line.tax
    return Totals(amount, tax)


def number(year: int, place: int) -> str:
    """BL-08: ZD2026-000001, without gap within a year."""
    return f"ZD{year}-{place:06d}"


def due_on(issued_on: date, days: int) -> date:
    """BL-02: the last day to pay."""
    return issued_on + timedelta(days=days)
