"""What would it cost to make this data again, and how much of that is it still worth?

P = C × δ, or C × (1 − depreciation), or the expert guide's TC(1+R) × U.
Source: docs/rules/valuation.md, VA-03 (中评协〔2023〕17号, appendix; 专家指引第9号).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from kernel.errors import Invalid
from kernel.i18n import N_, Labelled
from valuation.appraisals.rules import (
    LONGEST_AUTHORISATION_YEARS,
    ONE,
    ZERO,
    Assumption,
    InputKey,
    InputSheet,
    Method,
    Step,
    Unit,
    ValueResult,
    at_least,
    precisely,
    within,
)
from valuation.costs.rules import CostComponent

COST_COMPONENTS = (
    InputKey.EARLY_COST,
    InputKey.COLLECTION_COST,
    InputKey.STORAGE_COST,
    InputKey.PROCESSING_COST,
    InputKey.LABOUR_COST,
    InputKey.TOOLS_COST,
    InputKey.INDIRECT_COST,
    InputKey.TAXES,
)
SCENARIO_RANGE = (Decimal("0.5"), Decimal("2.0"))  # house guard: beyond it the scenario is another
HIGHEST_PROFIT_RATE = ONE
HIGHEST_FACTOR = Decimal(10)  # spread and realisation factors above ten are slips of the pen


class CostForm(Labelled):
    """How the replacement cost is brought to the present state of the data."""

    ADJUSTED = "adjusted", N_("重置成本 × 价值调整系数")
    DEPRECIATED = "depreciated", N_("重置成本 ×（1 − 贬值率）")
    CIRCULATION = "circulation", N_("重置成本 × 流通价值系数（专家指引第9号）")


@dataclass(eq=False)
class SameDefectTwice(Invalid):
    code: ClassVar[str] = "valuation-same-defect-twice"
    message: ClassVar[str] = N_(
        "质量系数与贬值率不能并用，否则同一缺陷扣减两次。请只保留“{kept}”所需的系数。"
    )
    clause: ClassVar[str] = "VA-03"

    kept: CostForm


def value_by_cost(sheet: InputSheet, form: CostForm) -> ValueResult:
    """The cost method's answer (V1, V1b).

    Raises: InputMissing, InputOutOfRange, SameDefectTwice.
    """
    _require_one_discount(sheet, form)
    with precisely():
        replacement = replacement_cost(sheet)
        adjustment, steps = _adjustment(sheet, form)
        exact = replacement * adjustment
    return ValueResult(
        method=Method.COST,
        variant=form,
        exact=exact,
        steps=(
            Step(N_("成本合计"), total_cost(sheet), Unit.YUAN),
            Step(N_("重置成本"), replacement, Unit.YUAN),
            *steps,
            Step(N_("评估值"), exact, Unit.YUAN),
        ),
        assumptions=(
            Assumption.REPLACEMENT_AT_BASE_DATE,
            Assumption.NO_PHYSICAL_WEAR,
            Assumption.ONE_DISCOUNT_PER_DEFECT,
        ),
    )


def total_cost(sheet: InputSheet) -> Decimal:
    """Every component that arose, in yuan. Raises InputMissing when none did."""
    components = [sheet.amount_or_nothing(key) for key in COST_COMPONENTS]
    total = sum(components, ZERO)
    if not total:
        sheet.value(InputKey.COLLECTION_COST)
        at_least(InputKey.COLLECTION_COST, total, Decimal("0.01"))
    return total


def replacement_cost(sheet: InputSheet) -> Decimal:
    """C: all components and a reasonable profit (the owner's opportunity cost)."""
    profit_rate = within(
        InputKey.PROFIT_RATE, sheet.value(InputKey.PROFIT_RATE), ZERO, HIGHEST_PROFIT_RATE
    )
    return total_cost(sheet) * (ONE + profit_rate)


def value_adjustment(quality: Decimal, scenario: Decimal, life: Decimal) -> Decimal:
    """δ = quality × scenario × remaining life. Raises InputOutOfRange."""
    if not quality > ZERO:
        within(InputKey.QUALITY_FACTOR, quality, Decimal("0.000001"), ONE)
    within(InputKey.QUALITY_FACTOR, quality, ZERO, ONE)
    within(InputKey.SCENARIO_FACTOR, scenario, *SCENARIO_RANGE)
    within(InputKey.REMAINING_LIFE, life, ZERO, ONE)
    return quality * scenario * life


def life_factor(sheet: InputSheet) -> Decimal:
    """Remaining years over total years, never beyond what the authorisation leaves (VA-06)."""
    total = at_least(InputKey.TOTAL_LIFE, sheet.value(InputKey.TOTAL_LIFE), Decimal("0.01"))
    remaining = within(InputKey.REMAINING_LIFE, sheet.value(InputKey.REMAINING_LIFE), ZERO, total)
    authorised = sheet.find(InputKey.AUTHORISATION_LIFE)
    if authorised is not None:
        within(InputKey.AUTHORISATION_LIFE, authorised, ZERO, LONGEST_AUTHORISATION_YEARS)
        within(InputKey.REMAINING_LIFE, remaining, ZERO, authorised)
    return remaining / total


def circulation_coefficient(sheet: InputSheet) -> Decimal:
    """U = α·β·(1+l)·(1−r), α = spread × circulable share (expert guide 9)."""
    spread = within(
        InputKey.SPREAD_FACTOR, sheet.value(InputKey.SPREAD_FACTOR), ZERO, HIGHEST_FACTOR
    )
    circulable = _fraction(sheet, InputKey.CIRCULABLE_SHARE)
    own = _fraction(sheet, InputKey.OWN_SHARE)
    realisation = within(
        InputKey.REALISATION_FACTOR, sheet.value(InputKey.REALISATION_FACTOR), ZERO, HIGHEST_FACTOR
    )
    risk = _fraction(sheet, InputKey.RISK_FACTOR)
    return spread * circulable * own * (ONE + realisation) * (ONE - risk)


def _adjustment(sheet: InputSheet, form: CostForm) -> tuple[Decimal, tuple[Step, ...]]:
    match form:
        case CostForm.ADJUSTED:
            life = life_factor(sheet)
            factor = value_adjustment(
                sheet.value(InputKey.QUALITY_FACTOR), sheet.value(InputKey.SCENARIO_FACTOR), life
            )
            return factor, (
                Step(N_("年限系数"), life, Unit.COEFFICIENT),
                Step(N_("价值调整系数"), factor, Unit.COEFFICIENT),
            )
        case CostForm.DEPRECIATED:
            factor = ONE - _fraction(sheet, InputKey.DEPRECIATION_RATE)
            return factor, (Step(N_("成新率"), factor, Unit.COEFFICIENT),)
        case CostForm.CIRCULATION:
            factor = circulation_coefficient(sheet)
            return factor, (Step(N_("流通价值系数"), factor, Unit.COEFFICIENT),)


def _require_one_discount(sheet: InputSheet, form: CostForm) -> None:
    """A quality discount and a depreciation for the same defect would take it off twice."""
    has_quality = sheet.find(InputKey.QUALITY_FACTOR) is not None
    has_depreciation = sheet.find(InputKey.DEPRECIATION_RATE) is not None
    if has_quality and has_depreciation:
        raise SameDefectTwice(form)


def _fraction(sheet: InputSheet, key: InputKey) -> Decimal:
    return within(key, sheet.value(key), ZERO, ONE)


_COST_INPUTS = {
    CostComponent.EARLY: InputKey.EARLY_COST,
    CostComponent.PURCHASE_PRICE: InputKey.COLLECTION_COST,
    CostComponent.COLLECTION: InputKey.COLLECTION_COST,
    CostComponent.STORAGE: InputKey.STORAGE_COST,
    CostComponent.MASKING: InputKey.PROCESSING_COST,
    CostComponent.CLEANING: InputKey.PROCESSING_COST,
    CostComponent.LABELLING: InputKey.PROCESSING_COST,
    CostComponent.INTEGRATION: InputKey.PROCESSING_COST,
    CostComponent.ANALYSIS: InputKey.PROCESSING_COST,
    CostComponent.VISUALISATION: InputKey.PROCESSING_COST,
    CostComponent.LABOUR: InputKey.LABOUR_COST,
    CostComponent.TOOLS: InputKey.TOOLS_COST,
    CostComponent.INDIRECT: InputKey.INDIRECT_COST,
    CostComponent.ATTESTATION: InputKey.INDIRECT_COST,
    CostComponent.QUALITY_EVALUATION: InputKey.INDIRECT_COST,
    CostComponent.REGISTRATION: InputKey.INDIRECT_COST,
    CostComponent.SECURITY: InputKey.INDIRECT_COST,
    CostComponent.TAXES: InputKey.TAXES,
}


def replacement_input(component: CostComponent) -> InputKey | None:
    """Where a recorded cost stands in this method; None for what would not be spent again."""
    return _COST_INPUTS.get(component)
