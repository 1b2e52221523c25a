"""How much may an operator earn, and what may one unit cost at most? The rules PR-, pure.

Source: docs/rules/price.md; docs/rules/settled.md, "Price".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import NewType, assert_never

from kernel.errors import Conflict, Invalid
from kernel.i18n import N_, Labelled
from kernel.money import Money, UnitPrice
from kernel.parameters import Mark, Parameter, Setting
from kernel.rates import Rate
from market.catalogue.prices import FREE
from market.catalogue.rules import Purpose

PermittedRevenueId = NewType("PermittedRevenueId", str)
PriceCapId = NewType("PriceCapId", str)

_PRECISION = 60
NEAR_CAP = Decimal("0.95")  # from here on the operator's desk says that a price is near its cap
# PR-11: the length of the review cycle was not found in the text; three years are common.
REVIEW_YEARS = Parameter(
    "PR-11", "years", (Setting(3, "docs/rules/price.md PR-11", Mark.UNCONFIRMED),)
)


class ProfitBase(Labelled):
    """PR-07: on what the permitted profit is reckoned, as the approval document says."""

    COST = "cost", N_("经营成本")
    INVESTED_CAPITAL = "invested_capital", N_("有效投入资本")


@dataclass(eq=False)
class SubsidyAboveCost(Conflict):
    """PR-06: more subsidy than cost means that the cost record is wrong."""

    code = "subsidy-above-cost"
    message = N_("政府补贴 {subsidy} 大于经营成本总额 {gross_cost}。请先核对成本记录。")
    clause = "PR-06"

    subsidy: str
    gross_cost: str


class CapitalMissing(Invalid):
    """PR-07: a profit on invested capital needs that capital."""

    code = "invested-capital-missing"
    message = N_("按有效投入资本计提利润时，须填写有效投入资本。")


@dataclass(frozen=True)
class RevenueBasis:
    """What an approval document says; there is no default for the profit (PR-07)."""

    gross_cost: Money
    subsidy: Money
    profit_base: ProfitBase
    profit_rate: Rate
    tax: Money
    invested_capital: Money | None = None


@dataclass(frozen=True)
class RevenueResult:
    """PR-05 step by step; the parts add up to the permitted revenue."""

    operating_cost: Money
    permitted_profit: Money
    tax: Money

    @property
    def permitted_revenue(self) -> Money:
        return self.operating_cost + self.permitted_profit + self.tax


def permitted_revenue(basis: RevenueBasis) -> RevenueResult:
    """PR-05: operating cost net of subsidy + permitted profit + taxes.

    Raises: SubsidyAboveCost, CapitalMissing.
    """
    if basis.subsidy > basis.gross_cost:
        raise SubsidyAboveCost(str(basis.subsidy), str(basis.gross_cost))
    cost = basis.gross_cost - basis.subsidy
    with localcontext() as context:
        context.prec = _PRECISION
        profit = Money.rounded(_profit_base(basis, cost).yuan * basis.profit_rate)
    return RevenueResult(cost, profit, basis.tax)


def _profit_base(basis: RevenueBasis, cost: Money) -> Money:
    match basis.profit_base:
        case ProfitBase.COST:
            return cost
        case ProfitBase.INVESTED_CAPITAL:
            if basis.invested_capital is None:
                raise CapitalMissing
            return basis.invested_capital
        case _ as unknown:
            assert_never(unknown)


def excess_revenue(actual: Money, permitted: Money) -> Money:
    """PR-10: what was earned above the permitted; zero when nothing was."""
    return max(actual - permitted, Money.zero(actual.currency))


def after_excess(raw: Money, excess: Money) -> tuple[Money, Money]:
    """PR-10: the next period's permitted revenue, and the excess that carries on beyond it."""
    taken = min(raw, excess)
    return raw - taken, excess - taken


@dataclass(frozen=True)
class Forecast:
    """A cap and how many units the authority expects to be sold in the period."""

    unit_price: UnitPrice
    units: int


def forecast_revenue(forecasts: Iterable[Forecast]) -> Decimal:
    """Σ cap × forecast, in yuan, exactly."""
    with localcontext() as context:
        context.prec = _PRECISION
        amounts = (forecast.unit_price.yuan * forecast.units for forecast in forecasts)
        return sum(amounts, start=Decimal(0))


def exceeds_permitted(forecasts: Iterable[Forecast], permitted: Money) -> bool:
    """Σ cap × forecast ≤ permitted revenue: our check, compared before rounding."""
    return forecast_revenue(forecasts) > permitted.yuan


def price_for(purpose: Purpose, unit_price: UnitPrice) -> UnitPrice:
    """PR-01, PR-02: public governance and public interest are free, whoever buys."""
    return FREE if purpose.is_free else unit_price


def has_complete_year(operated_since: date | None, today: date) -> bool:
    """PR-09: whether a whole calendar year of operation lies behind us."""
    if operated_since is None:
        return False
    began_with_year = operated_since == operated_since.replace(month=1, day=1)
    first_whole_year = operated_since.year if began_with_year else operated_since.year + 1
    return today.year > first_whole_year
