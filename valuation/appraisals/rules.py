"""Which figures enter a valuation, and what does a method give back?

Source of every rule: docs/rules/valuation.md.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Context, Decimal, localcontext
from typing import ClassVar

from kernel.errors import Invalid
from kernel.i18n import N_, Labelled
from kernel.money import Currency, Money
from kernel.periods import add_years

PRECISION = 60  # digits kept on the way; one rounding to fen, half up, at the end of each figure
LONGEST_AUTHORISATION_YEARS = Decimal(5)  # an operating agreement runs five years at most (AO-04)
ONE = Decimal(1)
ZERO = Decimal(0)


class Unit(Labelled):
    YUAN = "yuan", N_("元")
    FRACTION = "fraction", N_("比率")
    COEFFICIENT = "coefficient", N_("系数")
    YEARS = "years", N_("年")


class Method(Labelled):
    COST = "cost", N_("成本法")
    INCOME = "income", N_("收益法")
    MARKET = "market", N_("市场法")


class AppraisalState(Labelled):
    DRAFTED = "drafted", N_("内部测算")
    SIGNED = "signed", N_("已签署")


class Purpose(Labelled):
    PRICING = "pricing", N_("定价参考")
    FINANCING = "financing", N_("质押融资")
    CONTRIBUTION = "contribution", N_("作价出资")
    IMPAIRMENT = "impairment", N_("减值测试")
    MANAGEMENT = "management", N_("内部管理")


class ValueType(Labelled):
    MARKET_VALUE = "market_value", N_("市场价值")
    INVESTMENT_VALUE = "investment_value", N_("投资价值")


class InputKey(Labelled):
    """Every figure an appraiser may put in. The word people read is the report's word."""

    EARLY_COST = "early_cost", N_("前期费用")
    COLLECTION_COST = "collection_cost", N_("采集成本")
    STORAGE_COST = "storage_cost", N_("存储成本")
    PROCESSING_COST = "processing_cost", N_("加工成本")
    LABOUR_COST = "labour_cost", N_("人工成本")
    TOOLS_COST = "tools_cost", N_("工具成本")
    INDIRECT_COST = "indirect_cost", N_("间接成本")
    TAXES = "taxes", N_("相关税费")
    PROFIT_RATE = "profit_rate", N_("合理利润率")
    QUALITY_FACTOR = "quality_factor", N_("质量系数")
    SCENARIO_FACTOR = "scenario_factor", N_("场景系数")
    REMAINING_LIFE = "remaining_life", N_("剩余年限")
    TOTAL_LIFE = "total_life", N_("总年限")
    DEPRECIATION_RATE = "depreciation_rate", N_("贬值率")
    SPREAD_FACTOR = "spread_factor", N_("传播系数")
    CIRCULABLE_SHARE = "circulable_share", N_("可流通数据量占比")
    OWN_SHARE = "own_share", N_("数据量占行业比重")
    REALISATION_FACTOR = "realisation_factor", N_("价值实现因子")
    RISK_FACTOR = "risk_factor", N_("风险因子")
    REVENUE = "revenue", N_("收入")
    OPERATING_COST = "operating_cost", N_("成本费用")
    BASE_AMOUNT = "base_amount", N_("分成基数")
    SHARING_RATE = "sharing_rate", N_("分成率")
    OPERATING_PROFIT = "operating_profit", N_("息税前利润")
    PROFIT_WITH = "profit_with", N_("使用数据的利润")
    PROFIT_WITHOUT = "profit_without", N_("不使用数据的利润")
    COST_SAVED = "cost_saved", N_("节约的成本")
    WORKING_CAPITAL = "working_capital", N_("营运资金")
    WORKING_CAPITAL_RETURN = "working_capital_return", N_("营运资金回报率")
    FIXED_ASSETS = "fixed_assets", N_("固定资产")
    FIXED_ASSETS_RETURN = "fixed_assets_return", N_("固定资产回报率")
    OTHER_INTANGIBLES = "other_intangibles", N_("其他无形资产")
    OTHER_INTANGIBLES_RETURN = "other_intangibles_return", N_("其他无形资产回报率")
    WORKFORCE = "workforce", N_("人力资源")
    WORKFORCE_RETURN = "workforce_return", N_("人力资源回报率")
    TAX_RATE = "tax_rate", N_("所得税率")
    RISK_FREE_RATE = "risk_free_rate", N_("无风险利率")
    MANAGEMENT_PREMIUM = "management_premium", N_("管理风险溢价")
    CIRCULATION_PREMIUM = "circulation_premium", N_("流通风险溢价")
    SECURITY_PREMIUM = "security_premium", N_("数据安全风险溢价")
    REGULATION_PREMIUM = "regulation_premium", N_("监管风险溢价")
    LEGAL_LIFE = "legal_life", N_("法定剩余年限")
    CONTRACT_LIFE = "contract_life", N_("合同剩余年限")
    AUTHORISATION_LIFE = "authorisation_life", N_("授权剩余年限")
    ECONOMIC_LIFE = "economic_life", N_("经济寿命")
    REFRESH_LIFE = "refresh_life", N_("更新周期决定的年限")
    TIMELY_LIFE = "timely_life", N_("时效决定的年限")
    TAX_AMORTISATION_YEARS = "tax_amortisation_years", N_("税法摊销年限")


_FRACTIONS = frozenset(
    {
        InputKey.PROFIT_RATE,
        InputKey.DEPRECIATION_RATE,
        InputKey.CIRCULABLE_SHARE,
        InputKey.OWN_SHARE,
        InputKey.RISK_FACTOR,
        InputKey.SHARING_RATE,
        InputKey.TAX_RATE,
        InputKey.RISK_FREE_RATE,
        *(key for key in InputKey if key.endswith(("_premium", "_return"))),
    }
)
_COEFFICIENTS = frozenset(
    {
        InputKey.QUALITY_FACTOR,
        InputKey.SCENARIO_FACTOR,
        InputKey.SPREAD_FACTOR,
        InputKey.REALISATION_FACTOR,
    }
)


def unit_of(key: InputKey) -> Unit:
    """Each figure has one unit, for ever; a sheet cannot mix yuan with 万元."""
    if key in _FRACTIONS:
        return Unit.FRACTION
    if key in _COEFFICIENTS:
        return Unit.COEFFICIENT
    if key.endswith(("_life", "_years")):
        return Unit.YEARS
    return Unit.YUAN


@dataclass(eq=False)
class InputMissing(Invalid):
    code: ClassVar[str] = "valuation-input-missing"
    message: ClassVar[str] = N_("缺少“{key}”。请填写数值和来源后重新计算。")

    key: InputKey


@dataclass(eq=False)
class InputOutOfRange(Invalid):
    code: ClassVar[str] = "valuation-input-out-of-range"
    message: ClassVar[str] = N_("“{key}”为 {value}，应在 {low} 与 {high} 之间。请核对来源后修改。")

    key: Labelled
    value: Decimal
    low: Decimal
    high: Decimal


@dataclass(eq=False)
class SourceMissing(Invalid):
    code: ClassVar[str] = "valuation-source-missing"
    message: ClassVar[str] = N_("“{key}”没有写明来源。请写明数据从哪里来，可附证据编号。")

    key: InputKey


@dataclass(eq=False)
class YearsBroken(Invalid):
    code: ClassVar[str] = "valuation-years-broken"
    message: ClassVar[str] = N_(
        "“{key}”只填到第 {found} 年，预测期需要 {needed} 年。请补齐各年，中间不要空缺。"
    )

    key: InputKey
    found: int
    needed: int


@dataclass(frozen=True)
class ValueInput:
    """One figure with its unit and where it comes from.

    year: 0 for a single figure, 1 and up for one year of a forecast.
    evidence: id or SHA-256 of the proof; empty where the source itself is the proof.
    """

    key: InputKey
    value: Decimal
    source: str
    evidence: str = ""
    year: int = 0

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise SourceMissing(self.key)

    @property
    def unit(self) -> Unit:
        return unit_of(self.key)


@dataclass(frozen=True)
class InputSheet:
    """All figures of one method, looked up by key."""

    inputs: tuple[ValueInput, ...]

    def find(self, key: InputKey) -> Decimal | None:
        """The single figure, or None."""
        return next((one.value for one in self.inputs if one.key is key and not one.year), None)

    def value(self, key: InputKey) -> Decimal:
        """The single figure. Raises InputMissing."""
        found = self.find(key)
        if found is None:
            raise InputMissing(key)
        return found

    def amount_or_nothing(self, key: InputKey) -> Decimal:
        """The single figure, or zero where the cost did not arise. Raises InputOutOfRange."""
        return at_least(key, self.find(key) or ZERO, ZERO)

    def series(self, key: InputKey, years: int) -> tuple[Decimal, ...]:
        """Years 1 to `years` without a gap. Raises YearsBroken."""
        by_year = {one.year: one.value for one in self.inputs if one.key is key and one.year}
        found = next((year for year in range(1, years + 1) if year not in by_year), years + 1) - 1
        if found < years:
            raise YearsBroken(key, found, years)
        return tuple(by_year[year] for year in range(1, years + 1))

    def replaced(self, changes: Mapping[InputKey, Decimal]) -> "InputSheet":
        """The same sheet with single figures set to other values (for sensitivity)."""
        return InputSheet(
            tuple(
                replace(one, value=changes[one.key]) if one.key in changes else one
                for one in self.inputs
            )
        )

    def scaled(self, key: InputKey, factor: Decimal) -> "InputSheet":
        """The same sheet with every figure of one key multiplied (for sensitivity)."""
        return InputSheet(
            tuple(
                replace(one, value=one.value * factor) if one.key is key else one
                for one in self.inputs
            )
        )


class Assumption(Labelled):
    """What the figure rests on; printed under every result."""

    NO_PHYSICAL_WEAR = "no_physical_wear", N_("数据资产没有实体性贬值。")
    ONE_DISCOUNT_PER_DEFECT = "one_discount", N_("同一缺陷只扣减一次：质量系数与贬值率不并用。")
    REPLACEMENT_AT_BASE_DATE = "replacement", N_("各项成本按评估基准日的重置水平计。")
    YEAR_END = "year_end", N_("各年收益在年末取得。")
    MID_YEAR = "mid_year", N_("各年收益在年中取得。")
    NO_TERMINAL_VALUE = "no_terminal_value", N_("预测期结束后不计永续价值。")
    AFTER_TAX = "after_tax", N_("收益与折现率都是税后口径。")
    BEFORE_TAX = "before_tax", N_("收益与折现率都是税前口径。")
    LOSS_SAVES_TAX = "loss_saves_tax", N_("亏损年度按负税额计：资产在盈利企业中使用。")
    LOSS_SAVES_NO_TAX = "loss_saves_no_tax", N_("亏损年度不计税收影响。")
    TAX_BENEFIT_ADDED = "tax_benefit_added", N_("已计入摊销的税盾价值。")
    CLEAN_DEALS_ONLY = "clean_deals", N_("可比案例排除关联交易、异常交易和超过 24 个月的交易。")


@dataclass(frozen=True)
class Step:
    """One line of the computation as the report shows it. year: 0 where it is not of one year."""

    label: str
    value: Decimal
    unit: Unit
    year: int = 0


@dataclass(frozen=True)
class ValueResult:
    """What one method says, unrounded, with the way to it.

    exact: yuan, all digits. The reported amount is this, rounded once, half up, to fen.
    """

    method: Method
    variant: Labelled
    exact: Decimal
    steps: tuple[Step, ...]
    assumptions: tuple[Assumption, ...]
    currency: Currency = Currency.CNY

    @property
    def amount(self) -> Money:
        return Money.rounded(self.exact, self.currency)


class RejectionReason(Labelled):
    """Why a method says nothing about this asset."""

    TOO_FEW_DEALS = "too_few_deals", N_("可比的干净成交不足三宗，市场不活跃，不采用市场法。")
    NO_BENEFIT = "no_benefit", N_("没有可辨认的收益，不采用收益法。")


@dataclass(frozen=True)
class MethodRejection:
    """A method that was considered and not used. counts: (what, how many), for the reader."""

    method: Method
    reason: RejectionReason
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(eq=False)
class WeightsNotOne(Invalid):
    code: ClassVar[str] = "valuation-weights-not-one"
    message: ClassVar[str] = N_("权重合计为 {total}，应正好为 1。请调整后重新提交。")

    total: Decimal


def last_valid_day(base_on: date) -> date:
    """A result may be used for one year from the base date, last day included (VA-09)."""
    return add_years(base_on, 1)


def require_weights_of_one(weights: Iterable[Decimal]) -> None:
    """Weights lie in [0, 1] and sum to exactly one. Raises WeightsNotOne."""
    listed = list(weights)
    total = sum(listed, ZERO)
    if total != ONE or any(weight < 0 for weight in listed):
        raise WeightsNotOne(total)


def within(key: Labelled, value: Decimal, low: Decimal, high: Decimal) -> Decimal:
    """The value itself, if it lies in [low, high]. Raises InputOutOfRange."""
    if not value.is_finite() or not low <= value <= high:
        raise InputOutOfRange(key, value, low, high)
    return value


def at_least(key: Labelled, value: Decimal, low: Decimal) -> Decimal:
    """The value itself, if it is not below `low`. Raises InputOutOfRange."""
    return within(key, value, low, _HIGHEST_YUAN)


_HIGHEST_YUAN = Decimal(10) ** 13  # ten trillion yuan: beyond it a figure is a slip of the pen


def precisely() -> AbstractContextManager[Context]:
    """Compute with sixty digits inside this block."""
    return localcontext(prec=PRECISION)
