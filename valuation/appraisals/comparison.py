"""What did others pay for the like, and what would that be for this?

P = Σ weight × price × quality × supply-demand × date × capacity × other.
Source: docs/rules/valuation.md, VA-07 (中评协〔2023〕17号, appendix).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import ClassVar

from kernel.errors import Invalid
from kernel.i18n import N_, Labelled
from kernel.money import Currency, Money
from kernel.periods import add_months
from valuation.appraisals.rules import (
    ONE,
    ZERO,
    Assumption,
    Method,
    MethodRejection,
    RejectionReason,
    Step,
    Unit,
    ValueResult,
    precisely,
    require_weights_of_one,
    within,
)

FEWEST_COMPARABLES = 3  # house threshold: two deals show a line, three show a market
OLDEST_MONTHS = 24
COEFFICIENT_RANGE = (Decimal("0.5"), Decimal(2))
PRODUCT_RANGE = (Decimal("0.3"), Decimal(3))


class Coefficient(Labelled):
    """The five adjustments, each subject over comparable."""

    QUALITY = "quality", N_("质量系数")
    SUPPLY = "supply", N_("供求系数")
    DATE = "date", N_("期日系数")
    CAPACITY = "capacity", N_("容量系数")
    OTHER = "other", N_("其他系数")
    PRODUCT = "product", N_("五项系数连乘")


class MarketForm(Labelled):
    WEIGHTED = "weighted", N_("可比案例修正后加权平均")


class Exclusion(Labelled):
    """Why a deal says nothing about a free market."""

    RELATED_PARTY = "related_party", N_("关联方交易")
    FLAGGED = "flagged", N_("被预警的交易")
    TOO_OLD = "too_old", N_("成交超过 24 个月")
    NOT_YET = "not_yet", N_("成交晚于评估基准日")


@dataclass(eq=False)
class ComparableUnpriced(Invalid):
    code: ClassVar[str] = "valuation-comparable-unpriced"
    message: ClassVar[str] = N_("可比案例“{name}”的成交价不是正数。请更正或删除这宗案例。")

    name: str


@dataclass(eq=False)
class ComparableCurrencyDiffers(Invalid):
    code: ClassVar[str] = "valuation-comparable-currency"
    message: ClassVar[str] = N_(
        "可比案例“{name}”以 {currency} 计价。请先按成交日汇率折成人民币并写明来源。"
    )

    name: str
    currency: str


@dataclass(frozen=True)
class Coefficients:
    """Five factors that turn the comparable's price into one for the subject."""

    quality: Decimal
    supply: Decimal
    date: Decimal
    capacity: Decimal
    other: Decimal

    def product(self) -> Decimal:
        """All five multiplied. Raises InputOutOfRange beyond the house guards."""
        result = ONE
        names = (name for name in Coefficient if name is not Coefficient.PRODUCT)
        for name, value in zip(names, astuple(self), strict=True):
            result *= within(name, value, *COEFFICIENT_RANGE)
        return within(Coefficient.PRODUCT, result, *PRODUCT_RANGE)


@dataclass(frozen=True)
class Comparable:
    """One deal. weight: its share in the conclusion; weights of clean deals sum to one."""

    name: str
    price: Money
    deal_on: date
    coefficients: Coefficients
    weight: Decimal
    source: str
    is_related_party: bool = False
    is_flagged: bool = False


def date_coefficient(index_at_base: Decimal, index_at_deal: Decimal) -> Decimal:
    """How prices moved from the deal to the base date."""
    with precisely():
        return index_at_base / index_at_deal


def exclusion_of(comparable: Comparable, base_on: date) -> Exclusion | None:
    """Why this deal may not be used; None when it is clean. 24 months to the day is not too old."""
    if comparable.is_related_party:
        return Exclusion.RELATED_PARTY
    if comparable.is_flagged:
        return Exclusion.FLAGGED
    if comparable.deal_on < add_months(base_on, -OLDEST_MONTHS):
        return Exclusion.TOO_OLD
    if comparable.deal_on > base_on:
        return Exclusion.NOT_YET
    return None


def value_by_market(
    comparables: Sequence[Comparable], base_on: date
) -> ValueResult | MethodRejection:
    """The market method's answer (V6), or why there is no market to ask.

    Raises: InputOutOfRange, WeightsNotOne, ComparableUnpriced, ComparableCurrencyDiffers.
    """
    clean = [one for one in comparables if exclusion_of(one, base_on) is None]
    if len(clean) < FEWEST_COMPARABLES:
        return _rejection(comparables, clean, base_on)
    require_weights_of_one(one.weight for one in clean)
    with precisely():
        adjusted = [adjusted_price(one) for one in clean]
        exact = sum((price * one.weight for price, one in zip(adjusted, clean, strict=True)), ZERO)
        mean = sum(adjusted, ZERO) / len(adjusted)
    return ValueResult(
        method=Method.MARKET,
        variant=MarketForm.WEIGHTED,
        exact=exact,
        steps=(
            *(Step(one.name, price, Unit.YUAN) for one, price in zip(clean, adjusted, strict=True)),
            Step(N_("算术平均（对照）"), mean, Unit.YUAN),
            Step(N_("中位数（对照）"), median(adjusted), Unit.YUAN),
            Step(N_("评估值"), exact, Unit.YUAN),
        ),
        assumptions=(Assumption.CLEAN_DEALS_ONLY,),
    )


def adjusted_price(comparable: Comparable) -> Decimal:
    """The comparable's price as the subject would have fetched it, in yuan, unrounded."""
    if comparable.price.currency is not Currency.CNY:
        raise ComparableCurrencyDiffers(comparable.name, comparable.price.currency)
    if comparable.price.minor <= 0:
        raise ComparableUnpriced(comparable.name)
    with precisely():
        return comparable.price.yuan * comparable.coefficients.product()


def _rejection(
    comparables: Sequence[Comparable], clean: Sequence[Comparable], base_on: date
) -> MethodRejection:
    reasons = Counter(exclusion_of(one, base_on) for one in comparables)
    excluded = [(str(reason.label), reasons[reason]) for reason in Exclusion if reasons[reason]]
    return MethodRejection(
        Method.MARKET,
        RejectionReason.TOO_FEW_DEALS,
        (
            (N_("收集到的案例"), len(comparables)),
            *excluded,
            (N_("可用的案例"), len(clean)),
            (N_("至少需要"), FEWEST_COMPARABLES),
        ),
    )
