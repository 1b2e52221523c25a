"""Does the income method give the worked values in its four variants, and keep its guards?"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from tests.factories.valuation import COMMON, V2, V3, V4, V5, Figure, make_sheet, without
from valuation.appraisals.income import (
    IncomeSettings,
    LossTax,
    TaxBasis,
    TaxBasisMixed,
    Variant,
    after_tax_flows,
    annuity,
    contributory_charge,
    discount_factor,
    discount_rate,
    life_years,
    sensitivity,
    tax_benefit_factor,
    value_by_income,
    yearly_flows,
)
from valuation.appraisals.rules import InputMissing, InputOutOfRange, YearsBroken

THIRTEEN = Decimal("0.13")
FEN = Decimal("0.01")
DIRECT = IncomeSettings(Variant.DIRECT)


def test_the_discount_factors_at_13_percent_are_those_of_the_table() -> None:
    factors = [round(discount_factor(THIRTEEN, Decimal(year)), 6) for year in range(1, 6)]

    assert [str(one) for one in factors] == [
        "0.884956",
        "0.783147",
        "0.693050",
        "0.613319",
        "0.542760",
    ]


def test_the_build_up_of_the_rate_is_13_percent() -> None:
    assert discount_rate(make_sheet(V2)) == THIRTEEN


def test_v2_direct_income_is_2_361_941_86_yuan() -> None:
    result = value_by_income(make_sheet(V2), DIRECT)

    assert result.amount == Money.of_yuan("2361941.86")


def test_v2_post_tax_flows_and_present_values_by_year() -> None:
    sheet = make_sheet(V2)

    flows = after_tax_flows(sheet, DIRECT, 5)
    present = [year.present for year in yearly_flows(sheet, DIRECT, THIRTEEN, Decimal(5))]

    assert flows == [525_000, 705_000, 787_500, 772_500, 600_000]
    assert [str(one.quantize(FEN)) for one in present] == [
        "464601.77",
        "552118.41",
        "545777.00",
        "473788.72",
        "325655.96",
    ]


def test_v2_mid_year_is_2_510_778_64_yuan() -> None:
    result = value_by_income(make_sheet(V2), IncomeSettings(Variant.DIRECT, mid_year=True))

    assert result.amount == Money.of_yuan("2510778.64")


def test_v3_profit_sharing_is_2_581_411_27_yuan() -> None:
    sheet = make_sheet(V3)
    settings = IncomeSettings(Variant.SHARING, TaxBasis.BEFORE_TAX, TaxBasis.BEFORE_TAX)

    assert after_tax_flows(sheet, settings, 5) == [960_000, 1_080_000, 1_045_000, 950_000, 810_000]
    result = value_by_income(sheet, IncomeSettings(Variant.SHARING))
    assert result.amount == Money.of_yuan("2581411.27")


def test_v3_pre_tax_flows_at_the_post_tax_rate_would_say_3_441_881_70_and_are_refused() -> None:
    sheet = make_sheet(V3)
    before = IncomeSettings(Variant.SHARING, TaxBasis.BEFORE_TAX, TaxBasis.BEFORE_TAX)

    mistaken = value_by_income(sheet, before)

    assert mistaken.amount == Money.of_yuan("3441881.70")
    with pytest.raises(TaxBasisMixed):
        value_by_income(sheet, IncomeSettings(Variant.SHARING, flows=TaxBasis.BEFORE_TAX))
    with pytest.raises(TaxBasisMixed):
        value_by_income(sheet, IncomeSettings(Variant.SHARING, rate=TaxBasis.BEFORE_TAX))


def test_v4_excess_earnings_is_2_574_623_62_yuan() -> None:
    sheet, settings = make_sheet(V4), IncomeSettings(Variant.EXCESS)

    assert contributory_charge(sheet) == 515_000
    assert after_tax_flows(sheet, settings, 5) == [610_000, 760_000, 835_000, 797_500, 685_000]
    assert value_by_income(sheet, settings).amount == Money.of_yuan("2574623.62")


def test_v5_incremental_income_is_1_064_233_91_yuan() -> None:
    sheet, settings = make_sheet(V5), IncomeSettings(Variant.INCREMENTAL)

    assert after_tax_flows(sheet, settings, 5) == [247_500, 322_500, 345_000, 337_500, 270_000]
    assert value_by_income(sheet, settings).amount == Money.of_yuan("1064233.91")


def test_tax_amortisation_benefit_of_ten_years_is_1_156947() -> None:
    sheet = make_sheet(V2, tax_amortisation_years=10)
    mid_year = IncomeSettings(Variant.DIRECT, mid_year=True)

    assert round(annuity(THIRTEEN, 10), 6) == Decimal("5.426243")
    assert round(tax_benefit_factor(sheet, DIRECT, THIRTEEN), 6) == Decimal("1.156947")
    assert round(tax_benefit_factor(sheet, mid_year, THIRTEEN), 6) == Decimal("1.168503")
    assert value_by_income(sheet, DIRECT).amount == Money.of_yuan("2732641.29")


def test_the_sensitivity_table_of_v2() -> None:
    cases = {case.label: case for case in sensitivity(make_sheet(V2), DIRECT)}

    assert {label: str(case.amount.yuan) for label, case in cases.items()} == {
        "折现率 −2 个百分点": "2485920.48",
        "折现率 −1 个百分点": "2422692.46",
        "折现率 +1 个百分点": "2303544.21",
        "折现率 +2 个百分点": "2247382.48",
        "年限 −1 年": "2036285.90",
        "年限 −2 年": "1562497.18",
        "收入 −10 %": "1975538.90",
        "收入 +10 %": "2748344.83",
    }
    changes = [round(cases[label].change, 4) for label in list(cases)[:4]]
    assert [str(change) for change in changes] == ["0.0525", "0.0257", "-0.0247", "-0.0485"]


def test_life_is_the_shortest_of_all_that_were_found() -> None:
    lives: dict[str, Figure] = {
        "legal_life": 10,
        "contract_life": 4,
        "authorisation_life": 3,
        "economic_life": 5,
        "refresh_life": 6,
        "timely_life": 7,
    }

    assert life_years(make_sheet(lives)) == 3
    assert life_years(make_sheet(lives, timely_life="2.5")) == Decimal("2.5")


def test_no_life_at_all_is_refused() -> None:
    with pytest.raises(InputMissing):
        life_years(make_sheet(without(V2, "economic_life")))


def test_an_authorisation_gives_five_years_at_most() -> None:
    assert life_years(make_sheet({"authorisation_life": 5})) == 5

    with pytest.raises(InputOutOfRange):
        life_years(make_sheet({"authorisation_life": "5.01"}))


@pytest.mark.parametrize("life", ["0", "-1", "31", "NaN"])
def test_a_life_that_is_none_is_refused(life: str) -> None:
    with pytest.raises(InputOutOfRange):
        life_years(make_sheet({"economic_life": life}))


def test_a_broken_last_year_counts_in_part_and_is_discounted_at_its_own_end() -> None:
    sheet = make_sheet(V2, economic_life="4.5")

    last = yearly_flows(sheet, DIRECT, THIRTEEN, Decimal("4.5"))[-1]

    assert last.flow == 300_000
    assert last.timing == Decimal("4.5")
    assert round(last.factor, 6) == round(1 / Decimal("1.13") ** Decimal("4.5"), 6)


def test_a_broken_last_year_at_mid_year_is_discounted_at_the_middle_of_its_part() -> None:
    settings = IncomeSettings(Variant.DIRECT, mid_year=True)

    flows = yearly_flows(make_sheet(V2), settings, THIRTEEN, Decimal("4.5"))

    assert [str(one.timing) for one in flows] == ["0.5", "1.5", "2.5", "3.5", "4.25"]


def test_a_loss_year_saves_tax_unless_the_appraiser_says_it_does_not() -> None:
    sheet = make_sheet(V2, operating_cost=[1_300_000, 560_000, 600_000, 620_000, 600_000])
    nothing = IncomeSettings(Variant.DIRECT, loss_tax=LossTax.SAVES_NOTHING)

    assert after_tax_flows(sheet, DIRECT, 5)[0] == -75_000
    assert after_tax_flows(sheet, nothing, 5)[0] == -100_000


def test_a_gap_in_the_forecast_is_named() -> None:
    short = make_sheet(V2, operating_cost=[500_000, 560_000, 600_000])

    with pytest.raises(YearsBroken) as refusal:
        value_by_income(short, DIRECT)

    assert (refusal.value.found, refusal.value.needed) == (3, 5)


@pytest.mark.parametrize("rate", ["-0.11", "0.9"])
def test_a_rate_of_nothing_or_beyond_one_hundred_percent_is_refused(rate: str) -> None:
    with pytest.raises(InputOutOfRange):
        value_by_income(make_sheet(V2, risk_free_rate=rate), DIRECT)


@pytest.mark.parametrize("rate", ["-0.01", "1.01"])
def test_a_sharing_rate_outside_zero_to_one_is_refused(rate: str) -> None:
    sheet = make_sheet(V3, sharing_rate=[rate, "0.1", "0.1", "0.1", "0.1"])

    with pytest.raises(InputOutOfRange):
        value_by_income(sheet, IncomeSettings(Variant.SHARING))


@given(st.decimals("0.001", "0.5", places=3), st.decimals("0.001", "0.5", places=3))
def test_a_higher_rate_never_raises_a_value_of_positive_flows(one: Decimal, other: Decimal) -> None:
    figures = without(V2, *(name for name in COMMON if name.endswith("_premium")))
    values = [
        value_by_income(make_sheet(figures, risk_free_rate=str(rate)), DIRECT).exact
        for rate in sorted((one, other))
    ]

    assert values[0] >= values[1]


@given(st.lists(st.integers(0, 10**9), min_size=5, max_size=5))
def test_the_reported_value_is_the_sum_of_unrounded_parts_rounded_once(
    revenue: list[int],
) -> None:
    sheet = make_sheet(V2, revenue=revenue)

    result = value_by_income(sheet, DIRECT)

    parts = yearly_flows(sheet, DIRECT, THIRTEEN, Decimal(5))
    assert result.amount == Money.rounded(sum((one.present for one in parts), Decimal(0)))
