"""What does one use cost? Pure.

Units are bought with the order, so a use is covered when it happens; its worth is shown, and
nothing is charged twice.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kernel.i18n import N_, Labelled
from kernel.money import Money, UnitPrice
from licensing.licences.rules import PaymentTerms


class Cover(Labelled):
    """By what a use is paid."""

    FREE = "free", N_("依法免费")
    PREPAID = "prepaid", N_("订单已预付")
    ON_ACCOUNT = "on_account", N_("已计入账单")


@dataclass(frozen=True)
class Use:
    """One use under a licence. id: the fact it comes from, so that it counts once."""

    id: str
    licence_id: str
    about_id: str
    units: int
    used_at: datetime


def cover_of(terms: PaymentTerms) -> Cover:
    match terms:
        case PaymentTerms.FREE:
            return Cover.FREE
        case PaymentTerms.PREPAID:
            return Cover.PREPAID
        case PaymentTerms.INVOICE:
            return Cover.ON_ACCOUNT


def worth(units: int, unit_price: Decimal) -> Money:
    """What so many units are worth at the licence's price, rounded once."""
    return UnitPrice(unit_price).charge(units)
