"""Does the market method give the worked value, and refuse where there is no market?"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kernel.money import Currency, Money
from tests.factories.valuation import BASE_ON, comparables_of_v6, make_comparable
from valuation.appraisals.comparison import (
    Coefficients,
    ComparableCurrencyDiffers,
    ComparableUnpriced,
    Exclusion,
    adjusted_price,
    date_coefficient,
    exclusion_of,
    value_by_market,
)
from valuation.appraisals.rules import (
    InputOutOfRange,
    MethodRejection,
    RejectionReason,
    ValueResult,
    WeightsNotOne,
)


def test_v6_adjusted_prices_to_the_fen() -> None:
    adjusted = [Money.rounded(adjusted_price(one)) for one in comparables_of_v6()]

    assert [str(one.yuan) for one in adjusted] == ["1025954.16", "976859.85", "1021826.53"]


def test_v6_weighted_value_mean_and_median() -> None:
    result = value_by_market(comparables_of_v6(), BASE_ON)

    assert isinstance(result, ValueResult)
    assert result.amount == Money.of_yuan("1007739.24")
    checks = {step.label: Money.rounded(step.value) for step in result.steps}
    assert checks["算术平均（对照）"] == Money.of_yuan("1008213.51")
    assert checks["中位数（对照）"] == Money.of_yuan("1021826.53")


def test_two_clean_comparables_are_no_market_and_the_reason_is_said() -> None:
    answer = value_by_market(comparables_of_v6()[:2], BASE_ON)

    assert isinstance(answer, MethodRejection)
    assert answer.reason is RejectionReason.TOO_FEW_DEALS
    assert dict(answer.counts) == {"收集到的案例": 2, "可用的案例": 2, "至少需要": 3}


def test_none_at_all_is_no_market() -> None:
    assert isinstance(value_by_market([], BASE_ON), MethodRejection)


def test_unclean_deals_do_not_count_towards_three() -> None:
    one, two, three = comparables_of_v6()

    answer = value_by_market([one, two, replace(three, is_flagged=True)], BASE_ON)

    assert isinstance(answer, MethodRejection)
    assert dict(answer.counts)["被预警的交易"] == 1


def test_related_parties_flags_and_age_exclude_a_deal() -> None:
    assert exclusion_of(make_comparable(), BASE_ON) is None
    assert exclusion_of(make_comparable(is_related_party=True), BASE_ON) is Exclusion.RELATED_PARTY
    assert exclusion_of(make_comparable(is_flagged=True), BASE_ON) is Exclusion.FLAGGED


def test_a_deal_of_24_months_is_young_enough_and_a_day_more_is_too_old() -> None:
    assert exclusion_of(make_comparable(deal_on=date(2024, 1, 1)), BASE_ON) is None
    assert exclusion_of(make_comparable(deal_on=date(2023, 12, 31)), BASE_ON) is Exclusion.TOO_OLD


def test_a_deal_after_the_base_date_was_not_known_then() -> None:
    assert exclusion_of(make_comparable(deal_on=BASE_ON), BASE_ON) is None
    assert exclusion_of(make_comparable(deal_on=date(2026, 1, 2)), BASE_ON) is Exclusion.NOT_YET


@pytest.mark.parametrize(("allowed", "refused"), [("0.5", "0.49"), ("2", "2.01")])
def test_each_coefficient_lies_in_half_to_two(allowed: str, refused: str) -> None:
    def product(value: str) -> Decimal:
        return Coefficients(*[Decimal(value), *[Decimal(1)] * 4]).product()

    assert product(allowed) == Decimal(allowed)
    with pytest.raises(InputOutOfRange):
        product(refused)


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [(("0.6", "0.5"), ("0.5", "0.599")), (("1.5", "2"), ("1.501", "2"))],
)
def test_the_product_lies_in_three_tenths_to_three(
    allowed: tuple[str, str], refused: tuple[str, str]
) -> None:
    def product(pair: tuple[str, str]) -> Decimal:
        return Coefficients(*[Decimal(one) for one in pair], *[Decimal(1)] * 3).product()

    product(allowed)
    with pytest.raises(InputOutOfRange):
        product(refused)


def test_weights_of_clean_deals_sum_to_one() -> None:
    one, two, three = comparables_of_v6()

    with pytest.raises(WeightsNotOne):
        value_by_market([one, two, replace(three, weight=Decimal("0.24"))], BASE_ON)


def test_a_price_of_nothing_or_in_another_currency_is_refused() -> None:
    with pytest.raises(ComparableUnpriced):
        adjusted_price(make_comparable(price=0))
    with pytest.raises(ComparableCurrencyDiffers):
        adjusted_price(replace(make_comparable(), price=Money(100, Currency.USD)))


def test_the_date_coefficient_is_index_over_index() -> None:
    assert date_coefficient(Decimal("103"), Decimal("100")) == Decimal("1.03")
