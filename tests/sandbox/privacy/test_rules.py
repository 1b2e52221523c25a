import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.privacy.rules import (
    Balance,
    Purse,
    answers_left,
    charged_epsilon,
    first_that_lacks,
    laplace_error,
    laplace_scale,
    share_of_epsilon,
    zero_concentrated_cost,
)

EPSILONS = st.decimals(min_value="0.000001", max_value="20", places=6)


def balance(limit: str, spent: str, purse: Purse = Purse.LICENCE) -> Balance:
    return Balance(purse, Decimal(limit), Decimal(spent))


@pytest.mark.parametrize(("cost", "lacks"), [("0.2", False), ("0.200001", True)])
def test_a_budget_may_be_spent_exactly_and_not_one_step_over(cost, lacks):
    assert (first_that_lacks([balance("3.0", "2.8")], Decimal(cost)) is not None) is lacks


def test_the_worked_case_of_the_rules_is_refused():
    assert first_that_lacks([balance("3.0", "2.9")], Decimal("0.2")) is not None


def test_the_purse_that_lacks_is_named():
    purses = [
        balance("3", "0"),
        balance("4", "3.9", Purse.BUYER),
        balance("8", "7.9", Purse.PRODUCT),
    ]

    assert first_that_lacks(purses, Decimal("0.2")).purse is Purse.BUYER


@pytest.mark.parametrize(
    ("wished", "cost"),
    [("0.1", "0.1"), ("0.1000001", "0.100001"), ("0.0000001", "0.000001"), ("1", "1.000000")],
)
def test_a_wish_is_charged_rounded_up(wished, cost):
    assert charged_epsilon(Decimal(wished)) == Decimal(cost)


def test_the_number_of_answers_left_is_that_of_the_emptiest_purse():
    purses = [balance("3", "0"), balance("4", "3.5", Purse.BUYER)]

    assert answers_left(purses, Decimal("0.2")) == 2
    assert answers_left(purses, Decimal("0.6")) == 0
    assert answers_left(purses, Decimal(0)) is None


@given(st.integers(1, 10**15), EPSILONS, st.integers(1, 20))
def test_the_scale_is_never_below_sensitivity_over_epsilon(l1, epsilon, measures):
    share = share_of_epsilon(epsilon, measures)

    assert Fraction(laplace_scale(l1, share)) * share >= l1
    assert share * measures == Fraction(epsilon)


def tail(scale: float, beyond: int) -> float:
    """P(|noise| > beyond), summed from the distribution itself."""
    p = math.exp(-1 / scale)
    return 1 - sum((1 - p) / (1 + p) * p ** abs(x) for x in range(-beyond, beyond + 1))


@given(st.floats(0.05, 40))
def test_the_error_bar_is_the_smallest_that_holds_nineteen_times_in_twenty(scale):
    error = laplace_error(scale)

    assert tail(scale, error) <= 0.05 + 1e-6
    assert error == 0 or tail(scale, error - 1) > 0.05 - 1e-6


def test_pure_epsilon_costs_half_its_square_in_rho():
    assert zero_concentrated_cost(Decimal(1)) == Decimal("0.5")
    assert zero_concentrated_cost(Decimal("0.001")) == Decimal("0.000001")
