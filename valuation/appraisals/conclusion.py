"""How do several results become one value, and can anyone compute it again?

Source: docs/rules/valuation.md, VA-02, VA-08 and VA-10.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import rfc8785

from kernel.errors import Invalid
from kernel.i18n import N_
from kernel.money import Money
from valuation.appraisals.comparison import Comparable, value_by_market
from valuation.appraisals.cost import CostForm, value_by_cost
from valuation.appraisals.income import (
    IncomeSettings,
    SensitivityCase,
    sensitivity,
    value_by_income,
)
from valuation.appraisals.rules import (
    ZERO,
    InputSheet,
    Method,
    MethodRejection,
    RejectionReason,
    ValueResult,
    precisely,
    require_weights_of_one,
)


@dataclass(frozen=True)
class IncomeInputs:
    """What the income method is fed with."""

    sheet: InputSheet
    settings: IncomeSettings


@dataclass(frozen=True)
class AppraisalInputs:
    """Everything that the conclusion follows from, and the words that stand around it.

    income: None where there is no benefit. words: purpose, object, assumptions, limits …
    """

    base_on: date
    cost_form: CostForm
    cost: InputSheet
    income: IncomeInputs | None
    comparables: tuple[Comparable, ...]
    weights: Mapping[Method, Decimal]
    reason: str
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Valuation:
    """What the methods say, which of them say nothing and why, and the conclusion."""

    results: tuple[ValueResult, ...]
    rejections: tuple[MethodRejection, ...]
    conclusion: "Conclusion"
    sensitivity: tuple[SensitivityCase, ...]


@dataclass(eq=False)
class WeightWithoutResult(Invalid):
    code: ClassVar[str] = "valuation-weight-without-result"
    message: ClassVar[str] = N_("{methods} 没有结果，不能给权重。请把它的权重设为 0。")

    methods: list[Method]


@dataclass(eq=False)
class ReconciliationReasonMissing(Invalid):
    code: ClassVar[str] = "valuation-reconciliation-reason-missing"
    message: ClassVar[str] = N_("权重是判断，必须写明理由。请说明为什么这样取权重。")


@dataclass(frozen=True)
class Conclusion:
    """One value out of several, and why. exact: yuan, unrounded; low and high span the methods."""

    exact: Decimal
    low: Money
    high: Money
    weights: tuple[tuple[Method, Decimal], ...]
    reason: str

    @property
    def amount(self) -> Money:
        return Money.rounded(self.exact, self.low.currency)


def reconcile(
    results: Iterable[ValueResult], weights: Mapping[Method, Decimal], reason: str
) -> Conclusion:
    """Weigh the methods' reported values into one (V7); the reason is compulsory (VA-08).

    The weights meet the figures as the report prints them, so that a reader with a pocket
    calculator gets the same conclusion (0.2, 0.5 and 0.3 of the printed V1, V2 and V6).

    Raises: ReconciliationReasonMissing, WeightWithoutResult, WeightsNotOne.
    """
    by_method = {result.method: result for result in results}
    given = {method: weight for method, weight in weights.items() if weight}
    if not reason.strip():
        raise ReconciliationReasonMissing
    if empty := sorted(method for method in given if method not in by_method):
        raise WeightWithoutResult(empty)
    require_weights_of_one(given.values())
    amounts = [by_method[method].amount for method in given]
    with precisely():
        exact = sum(
            (by_method[method].amount.yuan * weight for method, weight in given.items()), ZERO
        )
    return Conclusion(
        exact,
        min(amounts, key=lambda money: money.minor),
        max(amounts, key=lambda money: money.minor),
        tuple(sorted(given.items())),
        reason.strip(),
    )


def value(inputs: AppraisalInputs) -> Valuation:
    """Compute every method and the conclusion from the inputs alone.

    Raises: the refusals of the three methods and of reconcile.
    """
    answers = [
        value_by_cost(inputs.cost, inputs.cost_form),
        _by_income(inputs.income),
        value_by_market(inputs.comparables, inputs.base_on),
    ]
    results = tuple(answer for answer in answers if isinstance(answer, ValueResult))
    return Valuation(
        results,
        tuple(answer for answer in answers if isinstance(answer, MethodRejection)),
        reconcile(results, inputs.weights, inputs.reason),
        tuple(sensitivity(inputs.income.sheet, inputs.income.settings)) if inputs.income else (),
    )


def digest(inputs: AppraisalInputs, conclusion: Conclusion) -> str:
    """SHA-256 of the canonical JSON of all inputs and of the value that follows from them.

    It stands in the log beside the fact: whoever changes a stored input breaks it.
    """
    income = inputs.income
    content: dict[str, Any] = {
        "base_on": inputs.base_on.isoformat(),
        "cost": {"form": inputs.cost_form.value, "figures": _figures(inputs.cost)},
        "income": {
            "settings": [str(part) for part in astuple(income.settings)],
            "figures": _figures(income.sheet),
        }
        if income
        else {},
        "comparables": [_comparable(one) for one in inputs.comparables],
        "weights": {method.value: plain(weight) for method, weight in inputs.weights.items()},
        "reason": inputs.reason,
        "words": dict(inputs.words),
        "value_minor": conclusion.amount.minor,
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def plain(number: Decimal) -> str:
    """One spelling per number: 0.50 and 0.5 are the same."""
    return format(number.normalize(), "f")


def _by_income(inputs: IncomeInputs | None) -> ValueResult | MethodRejection:
    if inputs is None:
        return MethodRejection(Method.INCOME, RejectionReason.NO_BENEFIT)
    return value_by_income(inputs.sheet, inputs.settings)


def _figures(sheet: InputSheet) -> Sequence[list[str]]:
    return sorted(
        [one.key.value, str(one.year), plain(one.value), one.source, one.evidence]
        for one in sheet.inputs
    )


def _comparable(one: Comparable) -> list[str]:
    return [
        one.name,
        str(one.price.minor),
        one.price.currency.value,
        one.deal_on.isoformat(),
        *(plain(factor) for factor in astuple(one.coefficients)),
        plain(one.weight),
        one.source,
        str(one.is_related_party),
        str(one.is_flagged),
    ]
