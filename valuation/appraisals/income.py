"""What will it earn over the years that it may be used, in today's money?

P = Σ F_t / (1+i)^t, with four ways to find F_t.
Source: docs/rules/valuation.md, VA-04 to VA-06 (中评协〔2023〕17号, 收益法 and appendix).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import ClassVar, assert_never

from kernel.errors import Invalid
from kernel.i18n import N_, Labelled
from kernel.money import Money
from valuation.appraisals.rules import (
    LONGEST_AUTHORISATION_YEARS,
    ONE,
    ZERO,
    Assumption,
    InputKey,
    InputMissing,
    InputSheet,
    Method,
    Step,
    Unit,
    ValueResult,
    precisely,
    within,
)

HALF = Decimal("0.5")
LOWEST_RATE = Decimal("0.000001")
HIGHEST_RATE = ONE
LONGEST_YEARS = Decimal(30)  # a forecast beyond thirty years is not a forecast
PREMIUMS = (
    InputKey.MANAGEMENT_PREMIUM,
    InputKey.CIRCULATION_PREMIUM,
    InputKey.SECURITY_PREMIUM,
    InputKey.REGULATION_PREMIUM,
)
LIVES = (
    InputKey.LEGAL_LIFE,
    InputKey.CONTRACT_LIFE,
    InputKey.AUTHORISATION_LIFE,
    InputKey.ECONOMIC_LIFE,
    InputKey.REFRESH_LIFE,
    InputKey.TIMELY_LIFE,
)
CONTRIBUTORY_ASSETS = (
    (InputKey.WORKING_CAPITAL, InputKey.WORKING_CAPITAL_RETURN),
    (InputKey.FIXED_ASSETS, InputKey.FIXED_ASSETS_RETURN),
    (InputKey.OTHER_INTANGIBLES, InputKey.OTHER_INTANGIBLES_RETURN),
    (InputKey.WORKFORCE, InputKey.WORKFORCE_RETURN),
)


class Variant(Labelled):
    """Four ways to separate the data's income from that of everything around it."""

    DIRECT = "direct", N_("直接收益预测")
    SHARING = "sharing", N_("分成收益预测")
    EXCESS = "excess", N_("超额收益预测")
    INCREMENTAL = "incremental", N_("增量收益预测")


class TaxBasis(Labelled):
    BEFORE_TAX = "before_tax", N_("税前")
    AFTER_TAX = "after_tax", N_("税后")


class LossTax(Labelled):
    """What a loss year does to tax."""

    SAVES_TAX = "saves_tax", N_("按负税额计")
    SAVES_NOTHING = "saves_nothing", N_("不计税收影响")


@dataclass(frozen=True)
class IncomeSettings:
    """How the flows are read. flows and rate must stand on one tax basis (VA-04)."""

    variant: Variant
    flows: TaxBasis = TaxBasis.AFTER_TAX
    rate: TaxBasis = TaxBasis.AFTER_TAX
    mid_year: bool = False
    loss_tax: LossTax = LossTax.SAVES_TAX


@dataclass(eq=False)
class TaxBasisMixed(Invalid):
    code: ClassVar[str] = "valuation-tax-basis-mixed"
    message: ClassVar[str] = N_(
        "收益是{flows}口径，折现率是{rate}口径，两者必须一致。请换用同口径的折现率或收益。"
    )
    clause: ClassVar[str] = "VA-04"

    flows: TaxBasis
    rate: TaxBasis


@dataclass(frozen=True)
class YearFlow:
    """One year of the forecast. timing: years from the base date to the flow; yuan, unrounded."""

    year: int
    flow: Decimal
    timing: Decimal
    factor: Decimal

    @property
    def present(self) -> Decimal:
        return self.flow * self.factor


@dataclass(frozen=True)
class SensitivityCase:
    """One changed assumption. change: fraction of the unchanged value."""

    label: str
    amount: Money
    change: Decimal


def value_by_income(sheet: InputSheet, settings: IncomeSettings) -> ValueResult:
    """The income method's answer (V2 to V5).

    Raises: InputMissing, InputOutOfRange, YearsBroken, TaxBasisMixed.
    """
    if settings.flows is not settings.rate:
        raise TaxBasisMixed(settings.flows, settings.rate)
    with precisely():
        rate = discount_rate(sheet)
        years = life_years(sheet)
        flows = yearly_flows(sheet, settings, rate, years)
        present = sum((year.present for year in flows), ZERO)
        benefit = tax_benefit_factor(sheet, settings, rate)
        exact = present * benefit
        steps = _steps(rate, years, flows, benefit, exact)
    return ValueResult(Method.INCOME, settings.variant, exact, steps, _assumptions(sheet, settings))


def discount_rate(sheet: InputSheet) -> Decimal:
    """I = risk-free rate + premiums for risks that are not already in the flows (VA-05)."""
    rate = sheet.value(InputKey.RISK_FREE_RATE)
    for premium in PREMIUMS:
        rate += sheet.amount_or_nothing(premium)
    return within(InputKey.RISK_FREE_RATE, rate, LOWEST_RATE, HIGHEST_RATE)


def life_years(sheet: InputSheet) -> Decimal:
    """The shortest of all lives that were found; an authorisation gives five years at most."""
    lives = {key: life for key in LIVES if (life := sheet.find(key)) is not None}
    if not lives:
        raise InputMissing(InputKey.ECONOMIC_LIFE)
    if authorised := lives.get(InputKey.AUTHORISATION_LIFE):
        within(InputKey.AUTHORISATION_LIFE, authorised, ZERO, LONGEST_AUTHORISATION_YEARS)
    shortest = min(lives, key=lambda key: lives[key])
    return within(shortest, lives[shortest], Decimal("0.01"), LONGEST_YEARS)


def yearly_flows(
    sheet: InputSheet, settings: IncomeSettings, rate: Decimal, years: Decimal
) -> list[YearFlow]:
    """F_t with its discount factor; a broken last year counts in part, at its own end."""
    count = int(years.to_integral_value(rounding=ROUND_CEILING))
    flows = after_tax_flows(sheet, settings, count)
    listed = []
    for year, flow in enumerate(flows, start=1):
        begins = Decimal(year - 1)
        part = min(ONE, years - begins)
        timing = begins + part * (HALF if settings.mid_year else ONE)
        listed.append(YearFlow(year, flow * part, timing, discount_factor(rate, timing)))
    return listed


def after_tax_flows(sheet: InputSheet, settings: IncomeSettings, years: int) -> list[Decimal]:
    """F_t of whole years in yuan, on the basis that the settings name."""
    profits = _profits(sheet, settings.variant, years)
    charge = contributory_charge(sheet) if settings.variant is Variant.EXCESS else ZERO
    if settings.flows is TaxBasis.BEFORE_TAX:
        return [profit - charge for profit in profits]
    tax_rate = within(InputKey.TAX_RATE, sheet.value(InputKey.TAX_RATE), ZERO, ONE)
    return [profit - _tax(profit, tax_rate, settings.loss_tax) - charge for profit in profits]


def contributory_charge(sheet: InputSheet) -> Decimal:
    """What the other assets at work must earn in a year (CAC)."""
    return sum(
        (
            sheet.amount_or_nothing(asset) * sheet.amount_or_nothing(required)
            for asset, required in CONTRIBUTORY_ASSETS
        ),
        ZERO,
    )


def discount_factor(rate: Decimal, timing: Decimal) -> Decimal:
    """1 / (1+i)^t."""
    with precisely():
        return ONE / (ONE + rate) ** timing


def annuity(rate: Decimal, years: int) -> Decimal:
    """Present value of one yuan at the end of each year."""
    return sum((discount_factor(rate, Decimal(year)) for year in range(1, years + 1)), ZERO)


def tax_benefit_factor(sheet: InputSheet, settings: IncomeSettings, rate: Decimal) -> Decimal:
    """N / (n − a·T): the value of amortising the price against tax; 1 when it is not claimed."""
    found = sheet.find(InputKey.TAX_AMORTISATION_YEARS)
    if found is None or settings.flows is TaxBasis.BEFORE_TAX:
        return ONE
    years = within(InputKey.TAX_AMORTISATION_YEARS, found, ONE, LONGEST_YEARS)
    saved = annuity(rate, int(years)) * sheet.value(InputKey.TAX_RATE)
    if settings.mid_year:
        saved *= (ONE + rate) ** HALF
    return years / (years - saved)


def sensitivity(sheet: InputSheet, settings: IncomeSettings) -> list[SensitivityCase]:
    """The value when the rate moves by up to two points, the life by two years, income by 10 %.

    Cases that leave the allowed range are left out.
    """
    base = value_by_income(sheet, settings).exact
    cases = [
        *_rate_cases(sheet),
        *_life_cases(sheet),
        (N_("收入 −10 %"), sheet.scaled(_income_key(settings.variant), Decimal("0.9"))),
        (N_("收入 +10 %"), sheet.scaled(_income_key(settings.variant), Decimal("1.1"))),
    ]
    listed = []
    for label, changed in cases:
        exact = value_by_income(changed, settings).exact
        with precisely():
            change = (exact - base) / base if base else ZERO
        listed.append(SensitivityCase(label, Money.rounded(exact), change))
    return listed


def _rate_cases(sheet: InputSheet) -> list[tuple[str, InputSheet]]:
    risk_free = sheet.value(InputKey.RISK_FREE_RATE)
    rate = discount_rate(sheet)
    points = (
        (N_("折现率 −2 个百分点"), Decimal("-0.02")),
        (N_("折现率 −1 个百分点"), Decimal("-0.01")),
        (N_("折现率 +1 个百分点"), Decimal("0.01")),
        (N_("折现率 +2 个百分点"), Decimal("0.02")),
    )
    return [
        (label, sheet.replaced({InputKey.RISK_FREE_RATE: risk_free + point}))
        for label, point in points
        if LOWEST_RATE <= rate + point <= HIGHEST_RATE
    ]


def _life_cases(sheet: InputSheet) -> list[tuple[str, InputSheet]]:
    years = life_years(sheet)
    cases = ((N_("年限 −1 年"), ONE), (N_("年限 −2 年"), Decimal(2)))
    return [
        (label, sheet.replaced({key: min(life, years - less) for key, life in _lives(sheet)}))
        for label, less in cases
        if years > less
    ]


def _lives(sheet: InputSheet) -> list[tuple[InputKey, Decimal]]:
    return [(key, life) for key in LIVES if (life := sheet.find(key)) is not None]


def _income_key(variant: Variant) -> InputKey:
    match variant:
        case Variant.DIRECT:
            return InputKey.REVENUE
        case Variant.SHARING:
            return InputKey.BASE_AMOUNT
        case Variant.EXCESS:
            return InputKey.OPERATING_PROFIT
        case Variant.INCREMENTAL:
            return InputKey.PROFIT_WITH
        case _:
            assert_never(variant)


def _profits(sheet: InputSheet, variant: Variant, years: int) -> list[Decimal]:
    """Profit of each whole year before tax and before contributory charges, in yuan."""
    match variant:
        case Variant.DIRECT:
            revenues = sheet.series(InputKey.REVENUE, years)
            costs = sheet.series(InputKey.OPERATING_COST, years)
            return [income - cost for income, cost in zip(revenues, costs, strict=True)]
        case Variant.SHARING:
            return _shared(sheet, years)
        case Variant.EXCESS:
            return list(sheet.series(InputKey.OPERATING_PROFIT, years))
        case Variant.INCREMENTAL:
            return _gained(sheet, years)
        case _:
            assert_never(variant)


def _shared(sheet: InputSheet, years: int) -> list[Decimal]:
    bases = sheet.series(InputKey.BASE_AMOUNT, years)
    rates = sheet.series(InputKey.SHARING_RATE, years)
    return [
        base * within(InputKey.SHARING_RATE, rate, ZERO, ONE)
        for base, rate in zip(bases, rates, strict=True)
    ]


def _gained(sheet: InputSheet, years: int) -> list[Decimal]:
    with_data = sheet.series(InputKey.PROFIT_WITH, years)
    without = sheet.series(InputKey.PROFIT_WITHOUT, years)
    saved = sheet.series(InputKey.COST_SAVED, years)
    return [more - less + kept for more, less, kept in zip(with_data, without, saved, strict=True)]


def _tax(profit: Decimal, tax_rate: Decimal, loss_tax: LossTax) -> Decimal:
    """A loss in a paying company saves tax elsewhere, unless the appraiser says it does not."""
    if profit < 0 and loss_tax is LossTax.SAVES_NOTHING:
        return ZERO
    return profit * tax_rate


def _steps(
    rate: Decimal,
    years: Decimal,
    flows: Sequence[YearFlow],
    benefit: Decimal,
    exact: Decimal,
) -> tuple[Step, ...]:
    steps = [Step(N_("折现率"), rate, Unit.FRACTION), Step(N_("收益年限"), years, Unit.YEARS)]
    for flow in flows:
        steps += [
            Step(N_("收益"), flow.flow, Unit.YUAN, flow.year),
            Step(N_("折现系数"), flow.factor, Unit.COEFFICIENT, flow.year),
            Step(N_("现值"), flow.present, Unit.YUAN, flow.year),
        ]
    if benefit != ONE:
        steps.append(Step(N_("摊销税盾系数"), benefit, Unit.COEFFICIENT))
    return (*steps, Step(N_("评估值"), exact, Unit.YUAN))


def _assumptions(sheet: InputSheet, settings: IncomeSettings) -> tuple[Assumption, ...]:
    after_tax = settings.flows is TaxBasis.AFTER_TAX
    listed = [
        Assumption.MID_YEAR if settings.mid_year else Assumption.YEAR_END,
        Assumption.NO_TERMINAL_VALUE,
        Assumption.AFTER_TAX if after_tax else Assumption.BEFORE_TAX,
    ]
    if after_tax:
        saves = settings.loss_tax is LossTax.SAVES_TAX
        listed.append(Assumption.LOSS_SAVES_TAX if saves else Assumption.LOSS_SAVES_NO_TAX)
    if sheet.find(InputKey.TAX_AMORTISATION_YEARS) is not None and after_tax:
        listed.append(Assumption.TAX_BENEFIT_ADDED)
    return tuple(listed)
