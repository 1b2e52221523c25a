"""What does a product cost per unit, and is that under its cap? Exact, pure.

Source: docs/rules/price.md, PR-01, PR-04 and PR-08; docs/rules/settled.md, "Price".
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Self

from kernel.errors import Conflict
from kernel.i18n import N_, Labelled
from kernel.money import Money, MoneyError, UnitPrice
from kernel.rates import Rate

_PRECISION = 60  # digits kept while multiplying; the sum is rounded once, to fen
FREE = UnitPrice(Decimal(0))


class ChargeUnit(Labelled):
    """PR-08: by number of services, of products, by time of service, by volume."""

    CALL = "call", N_("次")
    COPY = "copy", N_("份")
    MONTH = "month", N_("月")
    YEAR = "year", N_("年")
    GIGABYTE = "gigabyte", N_("GB")


@dataclass(eq=False)
class PriceAboveCap(Conflict):
    """PR-04: the actual price may not exceed the cap."""

    code = "price-above-cap"
    message = N_(
        "价格 {price} 元/{unit} 高于上限 {cap} 元/{unit}。请改低价格，或先请价格主管部门调整上限。"
    )
    clause = "PR-04"

    product_id: str
    price: str
    cap: str
    unit: str


@dataclass(eq=False)
class CapMissing(Conflict):
    """PR-04: what is for sale may be charged only under a cap."""

    code = "cap-missing"
    message = N_("按{unit}计价还没有有效的上限价格。请先请价格主管部门核定上限。")
    clause = "PR-04"

    product_id: str
    unit: str


@dataclass(frozen=True)
class Tier:
    """From so many units on, each further one costs this much. Tiers are cumulative."""

    from_units: int
    unit_price: UnitPrice


@dataclass(frozen=True)
class Cap:
    """上限收费标准: the highest unit price that is allowed for one product and unit."""

    unit: ChargeUnit
    unit_price: UnitPrice
    is_tax_included: bool

    def facts(self) -> Mapping[str, object]:
        """As it stands in a standing verdict."""
        return {"unit_price": str(self.unit_price.yuan), "is_tax_included": self.is_tax_included}

    @classmethod
    def from_facts(cls, unit: ChargeUnit, facts: Mapping[str, object]) -> Self:
        """Read back from a standing verdict."""
        price = UnitPrice(Decimal(str(facts["unit_price"])))
        return cls(unit, price, bool(facts["is_tax_included"]))


@dataclass(frozen=True)
class Price:
    """具体收费标准: what is really charged. tax_rate: VAT, as a fraction."""

    unit: ChargeUnit
    unit_price: UnitPrice
    is_tax_included: bool
    tax_rate: Rate
    tiers: tuple[Tier, ...] = ()

    def __post_init__(self) -> None:
        if not are_tiers_in_order(self.tiers):
            raise MoneyError("tiers begin above zero and rise")

    @property
    def steps(self) -> tuple[Tier, ...]:
        """All steps, the first of them from zero."""
        return (Tier(0, self.unit_price), *self.tiers)

    @property
    def highest(self) -> UnitPrice:
        """The dearest step: no unit may cost more than the cap."""
        return max(step.unit_price for step in self.steps)

    @property
    def is_free(self) -> bool:
        return self.highest == FREE


def are_tiers_in_order(tiers: tuple[Tier, ...]) -> bool:
    """Each tier begins above the one before it, the first above zero."""
    starts = [0, *(tier.from_units for tier in tiers)]
    return all(low < high for low, high in itertools.pairwise(starts))


def exceeds_cap(price: Price, cap: Cap) -> bool:
    """PR-04: the actual price is at most the cap, compared exactly and on one tax base."""
    charged, allowed = _on_one_tax_base(price, cap)
    return charged > allowed


def require_within_cap(product_id: str, price: Price, cap: Cap | None, *, is_public: bool) -> None:
    """PR-04. A draft may be priced before its cap is known; what is public may not.

    Raises: PriceAboveCap, CapMissing.
    """
    if cap is not None and exceeds_cap(price, cap):
        raise PriceAboveCap(
            product_id,
            price=f"{price.highest.yuan:f}",
            cap=f"{cap.unit_price.yuan:f}",
            unit=price.unit.label,
        )
    if cap is None and is_public and not price.is_free:
        raise CapMissing(product_id, price.unit.label)


def share_of_cap(price: Price, cap: Cap) -> Decimal:
    """How much of the cap the price takes, for people to see; 1 is the cap itself."""
    charged, allowed = _on_one_tax_base(price, cap)
    if not allowed:
        return Decimal(0) if price.is_free else Decimal(1)
    return charged / allowed


def _on_one_tax_base(price: Price, cap: Cap) -> tuple[Decimal, Decimal]:
    """Price and cap, both with tax or both without, nothing rounded."""
    if price.unit is not cap.unit:
        raise MoneyError("a price is held against the cap of its own unit")
    charged, allowed = price.highest.yuan, cap.unit_price.yuan
    with localcontext() as context:
        context.prec = _PRECISION
        if price.is_tax_included and not cap.is_tax_included:
            allowed *= 1 + price.tax_rate
        if cap.is_tax_included and not price.is_tax_included:
            charged *= 1 + price.tax_rate
    return charged, allowed


def charge(price: Price, units: int) -> Money:
    """What so many units cost: tier by tier, exactly, rounded once to fen, half up."""
    return Money.rounded(exact_charge(price, units))


def exact_charge(price: Price, units: int) -> Decimal:
    """What so many units cost in yuan, tier by tier, nothing rounded."""
    if units < 0:
        raise MoneyError("units are not negative")
    with localcontext() as context:
        context.prec = _PRECISION
        return sum(
            (part * tier.unit_price.yuan for tier, part in _units_by_step(price, units)),
            start=Decimal(0),
        )


def _units_by_step(price: Price, units: int) -> list[tuple[Tier, int]]:
    steps = price.steps
    ends = [*(step.from_units for step in steps[1:]), units]
    return [
        (step, max(0, min(end, units) - step.from_units))
        for step, end in zip(steps, ends, strict=True)
    ]
