"""Money, shares and rates: exact, and nothing is lost however it is split."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import i18n
from kernel.money import Currency, Money, MoneyError, UnitPrice, allocate, round_half_up
from kernel.rates import Shares, rate

FEN = st.integers(-(10**15), 10**15)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(sum)


def fractions(weights: list[int]) -> list[Decimal]:
    """Six-decimal fractions that sum to exactly 1; the last takes the rest."""
    whole = sum(weights)
    parts = [Decimal(weight * 10**6 // whole).scaleb(-6) for weight in weights[:-1]]
    return [*parts, 1 - sum(parts, Decimal(0))]


@given(FEN, WEIGHTS)
def test_parts_add_up_to_the_whole_and_each_is_within_a_fen_of_its_share(minor, weights):
    shares = fractions(weights)

    parts = allocate(Money(minor), shares)

    assert sum(part.minor for part in parts) == minor
    for part, share in zip(parts, shares, strict=True):
        assert abs(part.minor - minor * share) < 1


@given(FEN, WEIGHTS)
def test_splitting_a_debt_mirrors_splitting_the_same_credit(minor, weights):
    shares = fractions(weights)

    assert allocate(-Money(minor), shares) == [-part for part in allocate(Money(minor), shares)]


@given(FEN, FEN)
def test_adding_and_taking_away_returns_the_same_amount(first, second):
    assert Money(first) + Money(second) - Money(second) == Money(first)
    assert Money.of_yuan(Money(first).yuan) == Money(first)


@given(st.integers(0, 10**9), st.integers(0, 10**6))
def test_a_charge_is_within_half_a_fen_of_the_exact_product(millionths, units):
    price = UnitPrice(Decimal(millionths).scaleb(-6))

    charge = price.charge(units)

    assert abs(charge.yuan - price.yuan * units) <= Decimal("0.005")


@pytest.mark.parametrize(
    ("value", "whole"), [("0.5", 1), ("-0.5", -1), ("1.4999", 1), ("2.5", 3), ("-2.4", -2)]
)
def test_a_half_goes_away_from_zero(value, whole):
    assert round_half_up(Decimal(value)) == whole


def test_equal_remainders_go_to_the_earlier_share():
    third = Decimal("0.5")

    assert allocate(Money(1), [third, third]) == [Money(1), Money(0)]


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: Money(1.0),
        lambda: Money(True),
        lambda: Money(1) + Money(1, Currency.USD),
        lambda: Money(1) < Money(1, Currency.USD),
        lambda: Money.of_yuan("0.001"),
        lambda: UnitPrice(0.1),
        lambda: UnitPrice(Decimal("0.0000001")),
        lambda: UnitPrice(Decimal("-1")),
        lambda: UnitPrice(Decimal("NaN")),
        lambda: allocate(Money(1), []),
        lambda: allocate(Money(1), [Decimal("0.9")]),
        lambda: allocate(Money(1), [Decimal("1.5"), Decimal("-0.5")]),
        lambda: Shares((("a", Decimal("0.5")), ("a", Decimal("0.5")))),
        lambda: rate("0.0000001"),
        lambda: rate("NaN"),
    ],
)
def test_what_would_not_be_exact_is_refused(mistake):
    with pytest.raises(MoneyError):
        mistake()


@given(FEN)
def test_shares_give_each_party_its_part_and_lose_nothing(minor):
    shares = Shares((("bureau", Decimal("0.6")), ("operator", Decimal("0.4"))))

    parts = shares.split(Money(minor))

    assert set(parts) == {"bureau", "operator"}
    assert sum(part.minor for part in parts.values()) == minor


def test_amounts_are_said_with_their_unit():
    assert str(Money(123456)) == "1,234.56\N{NO-BREAK SPACE}元"
    assert str(Money(-5, Currency.USD)) == "-0.05\N{NO-BREAK SPACE}USD"
    assert str(UnitPrice(Decimal("0.000120"))) == "0.00012\N{NO-BREAK SPACE}元"


def test_the_unit_of_a_sum_is_said_in_the_readers_language():
    with i18n.speaking(i18n.ENGLISH):
        said = (str(Money(123456)), str(UnitPrice(Decimal("0.80"))))

    assert said == ("1,234.56\N{NO-BREAK SPACE}yuan", "0.8\N{NO-BREAK SPACE}yuan")
