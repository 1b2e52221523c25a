"""Does the cost method give the worked values, and refuse what the guards forbid?"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from tests.factories.valuation import V1, make_sheet, without
from valuation.appraisals.cost import (
    CostForm,
    SameDefectTwice,
    circulation_coefficient,
    replacement_cost,
    total_cost,
    value_adjustment,
    value_by_cost,
)
from valuation.appraisals.rules import InputKey, InputMissing, InputOutOfRange

BARE = without(V1, "quality_factor", "scenario_factor", "remaining_life", "total_life")
V1B = {
    **BARE,
    "spread_factor": "1.4",
    "circulable_share": "0.6",
    "own_share": "0.35",
    "realisation_factor": "2.0",
    "risk_factor": "0.15",
}


def test_v1_cost_times_value_adjustment_is_1_486_674_yuan() -> None:
    sheet = make_sheet(V1)

    result = value_by_cost(sheet, CostForm.ADJUSTED)

    assert total_cost(sheet) == 1_900_000
    assert replacement_cost(sheet) == 2_052_000
    assert result.amount == Money.of_yuan("1486674.00")


def test_v1_value_adjustment_is_0_7245() -> None:
    delta = value_adjustment(Decimal("0.92"), Decimal("1.05"), Decimal("0.75"))

    assert delta == Decimal("0.7245")


def test_v1_simple_form_with_a_quarter_of_depreciation_is_1_539_000_yuan() -> None:
    result = value_by_cost(make_sheet(BARE, depreciation_rate="0.25"), CostForm.DEPRECIATED)

    assert result.amount == Money.of_yuan("1539000.00")


def test_v1b_expert_guide_9_is_1_538_384_40_yuan() -> None:
    sheet = make_sheet(V1B)

    assert circulation_coefficient(sheet) == Decimal("0.7497")
    assert value_by_cost(sheet, CostForm.CIRCULATION).amount == Money.of_yuan("1538384.40")


def test_a_quality_discount_and_a_depreciation_together_are_refused() -> None:
    both = make_sheet(V1, depreciation_rate="0.25")

    for form in CostForm:
        with pytest.raises(SameDefectTwice):
            value_by_cost(both, form)


@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("quality_factor", "1", "1.000001"),
        ("quality_factor", "0.000001", "0"),
        ("scenario_factor", "0.5", "0.49"),
        ("scenario_factor", "2.0", "2.01"),
        ("remaining_life", "8", "8.01"),
        ("remaining_life", "0", "-0.01"),
        ("profit_rate", "0", "-0.01"),
        ("labour_cost", "0", "-1"),
    ],
)
def test_each_guard_holds_on_both_sides_of_its_border(
    name: str, allowed: str, refused: str
) -> None:
    value_by_cost(make_sheet(V1, **{name: allowed}), CostForm.ADJUSTED)

    with pytest.raises(InputOutOfRange):
        value_by_cost(make_sheet(V1, **{name: refused}), CostForm.ADJUSTED)


def test_remaining_life_never_passes_what_the_authorisation_leaves() -> None:
    value_by_cost(make_sheet(V1, remaining_life=4, authorisation_life=4), CostForm.ADJUSTED)

    with pytest.raises(InputOutOfRange):
        value_by_cost(make_sheet(V1, remaining_life=5, authorisation_life=4), CostForm.ADJUSTED)


def test_self_owned_data_may_live_longer_than_an_authorisation() -> None:
    assert value_by_cost(make_sheet(V1, remaining_life=6), CostForm.ADJUSTED).amount.minor > 0


def test_a_missing_factor_is_named() -> None:
    with pytest.raises(InputMissing) as refusal:
        value_by_cost(make_sheet(without(V1, "scenario_factor")), CostForm.ADJUSTED)

    assert refusal.value.key is InputKey.SCENARIO_FACTOR


def test_no_cost_at_all_is_refused_rather_than_valued_at_zero() -> None:
    nothing = make_sheet({"profit_rate": "0.08", "depreciation_rate": "0"})

    with pytest.raises(InputMissing):
        value_by_cost(nothing, CostForm.DEPRECIATED)


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_a_dearer_component_never_lowers_the_value(one: int, other: int) -> None:
    values = [
        value_by_cost(make_sheet(V1, labour_cost=yuan), CostForm.ADJUSTED).exact
        for yuan in sorted((one, other))
    ]

    assert values[0] <= values[1]
