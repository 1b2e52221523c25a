"""Do several results become one value only with weights of one and a reason?"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from tests.factories.valuation import BASE_ON, V1, V2, comparables_of_v6, make_sheet
from valuation.appraisals.comparison import value_by_market
from valuation.appraisals.conclusion import (
    AppraisalInputs,
    IncomeInputs,
    ReconciliationReasonMissing,
    WeightWithoutResult,
    digest,
    reconcile,
    value,
)
from valuation.appraisals.cost import CostForm, value_by_cost
from valuation.appraisals.income import IncomeSettings, Variant, value_by_income
from valuation.appraisals.rules import (
    InputKey,
    Method,
    RejectionReason,
    SourceMissing,
    Unit,
    ValueInput,
    ValueResult,
    WeightsNotOne,
    last_valid_day,
    unit_of,
)

REASON = "收益可靠，取一半；市场成交不多，取三成；成本只作下限。"
V7 = {Method.COST: Decimal("0.2"), Method.INCOME: Decimal("0.5"), Method.MARKET: Decimal("0.3")}


def three_results() -> list[ValueResult]:
    market = value_by_market(comparables_of_v6(), BASE_ON)
    assert isinstance(market, ValueResult)
    return [
        value_by_cost(make_sheet(V1), CostForm.ADJUSTED),
        value_by_income(make_sheet(V2), IncomeSettings(Variant.DIRECT)),
        market,
    ]


def test_v7_reconciled_value_is_1_780_627_50_yuan() -> None:
    conclusion = reconcile(three_results(), V7, REASON)

    assert conclusion.exact == Decimal("1780627.502")
    assert conclusion.amount == Money.of_yuan("1780627.50")
    assert conclusion.low == Money.of_yuan("1007739.24")
    assert conclusion.high == Money.of_yuan("2361941.86")


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_reconciliation_without_a_reason_is_refused(reason: str) -> None:
    with pytest.raises(ReconciliationReasonMissing):
        reconcile(three_results(), V7, reason)


def test_weights_that_do_not_sum_to_one_are_refused() -> None:
    with pytest.raises(WeightsNotOne):
        reconcile(three_results(), {**V7, Method.MARKET: Decimal("0.29")}, REASON)
    with pytest.raises(WeightsNotOne):
        reconcile(three_results(), {**V7, Method.COST: Decimal("-0.2")}, REASON)


def test_a_rejected_method_may_carry_no_weight() -> None:
    cost, income, _ = three_results()

    with pytest.raises(WeightWithoutResult) as refusal:
        reconcile([cost, income], V7, REASON)

    assert refusal.value.methods == [Method.MARKET]


def test_a_method_of_weight_zero_does_not_widen_the_range() -> None:
    weights = {
        Method.COST: Decimal("0.4"),
        Method.INCOME: Decimal("0.6"),
        Method.MARKET: Decimal(0),
    }

    conclusion = reconcile(three_results(), weights, REASON)

    assert conclusion.low == Money.of_yuan("1486674.00")


@given(st.decimals(0, 1, places=4))
def test_the_conclusion_lies_between_its_lowest_and_highest_result(weight: Decimal) -> None:
    cost, income, _ = three_results()

    conclusion = reconcile([cost, income], {Method.COST: weight, Method.INCOME: 1 - weight}, REASON)

    assert conclusion.low <= conclusion.amount <= conclusion.high


def test_every_figure_needs_a_source() -> None:
    with pytest.raises(SourceMissing):
        ValueInput(InputKey.TAXES, Decimal(1), "  ")


@pytest.mark.parametrize(
    ("key", "unit"),
    [
        (InputKey.LABOUR_COST, Unit.YUAN),
        (InputKey.TAX_RATE, Unit.FRACTION),
        (InputKey.SECURITY_PREMIUM, Unit.FRACTION),
        (InputKey.QUALITY_FACTOR, Unit.COEFFICIENT),
        (InputKey.AUTHORISATION_LIFE, Unit.YEARS),
        (InputKey.TAX_AMORTISATION_YEARS, Unit.YEARS),
    ],
)
def test_each_figure_has_one_unit(key: InputKey, unit: Unit) -> None:
    assert unit_of(key) is unit


def test_a_result_is_usable_for_one_year_from_the_base_date() -> None:
    assert last_valid_day(date(2026, 3, 31)) == date(2027, 3, 31)
    assert last_valid_day(date(2028, 2, 29)) == date(2029, 2, 28)


def inputs(**changes: object) -> AppraisalInputs:
    """V1, V2 and V6 with the weights of V7."""
    base = AppraisalInputs(
        base_on=BASE_ON,
        cost_form=CostForm.ADJUSTED,
        cost=make_sheet(V1),
        income=IncomeInputs(make_sheet(V2), IncomeSettings(Variant.DIRECT)),
        comparables=tuple(comparables_of_v6()),
        weights=V7,
        reason=REASON,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_all_methods_together_give_v7() -> None:
    found = value(inputs())

    assert [one.method for one in found.results] == list(Method)
    assert found.rejections == ()
    assert found.conclusion.amount == Money.of_yuan("1780627.50")
    assert len(found.sensitivity) == 8


def test_without_comparables_the_market_method_is_rejected_and_the_others_conclude() -> None:
    weights = {Method.COST: Decimal("0.4"), Method.INCOME: Decimal("0.6")}

    found = value(inputs(comparables=(), weights=weights))

    (rejection,) = found.rejections
    assert rejection.reason is RejectionReason.TOO_FEW_DEALS
    assert found.conclusion.amount == Money.of_yuan("2011834.72")


def test_without_a_benefit_the_income_method_is_rejected() -> None:
    found = value(inputs(income=None, comparables=(), weights={Method.COST: Decimal(1)}))

    assert [one.reason for one in found.rejections] == [
        RejectionReason.NO_BENEFIT,
        RejectionReason.TOO_FEW_DEALS,
    ]
    assert found.conclusion.amount == Money.of_yuan("1486674.00")
    assert found.sensitivity == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"cost": make_sheet(V1, labour_cost=300_001)},
        {"income": IncomeInputs(make_sheet(V2), IncomeSettings(Variant.DIRECT, mid_year=True))},
        {"income": IncomeInputs(make_sheet(V2, tax_rate="0.15"), IncomeSettings(Variant.DIRECT))},
        {"comparables": tuple(comparables_of_v6()[:2])},
        {"reason": "另一个理由"},
        {"base_on": date(2026, 1, 2)},
        {"weights": {**V7, Method.COST: Decimal("0.3"), Method.INCOME: Decimal("0.4")}},
    ],
)
def test_any_changed_input_changes_the_digest(changes: dict[str, object]) -> None:
    conclusion = value(inputs()).conclusion

    assert digest(inputs(**changes), conclusion) != digest(inputs(), conclusion)


def test_the_same_number_in_another_spelling_has_the_same_digest() -> None:
    conclusion = value(inputs()).conclusion
    spelt = inputs(cost=make_sheet(V1, scenario_factor="1.0500"))

    assert digest(spelt, conclusion) == digest(inputs(), conclusion)
