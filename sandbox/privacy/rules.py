"""May this be spent, how wide is the noise, and how far may an answer be from the truth?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from fractions import Fraction
from functools import lru_cache

from kernel.i18n import N_, Labelled
from sandbox.privacy.purses import Purse

__all__ = [  # Purse is part of this page for other slices
    "Balance",
    "Purse",
    "SpendState",
    "answers_left",
    "charged_epsilon",
    "first_that_lacks",
    "laplace_error",
    "laplace_scale",
    "share_of_epsilon",
    "zero_concentrated_cost",
]
STEP = Decimal("0.000001")  # epsilon is kept with six decimals
CONFIDENCE = Fraction(95, 100)


class SpendState(Labelled):
    """charged -> answered, or charged -> refunded where no data was read."""

    CHARGED = "charged", N_("已扣，待答")
    ANSWERED = "answered", N_("已答")
    FAILED = "failed", N_("已扣，读过数据后失败")
    REFUNDED = "refunded", N_("已退")


@dataclass(frozen=True)
class Balance:
    """One budget as it stands. left never shows more than there is."""

    purse: Purse
    limit_epsilon: Decimal
    spent_epsilon: Decimal

    @property
    def left_epsilon(self) -> Decimal:
        return self.limit_epsilon - self.spent_epsilon


def charged_epsilon(wished: Decimal) -> Decimal:
    """What a wish costs: rounded up, so that the book never says less than was spent."""
    return wished.quantize(STEP, rounding=ROUND_UP)


def first_that_lacks(balances: Sequence[Balance], cost: Decimal) -> Balance | None:
    """The first purse that the cost does not fit; exactly spent still fits."""
    return next((balance for balance in balances if cost > balance.left_epsilon), None)


def answers_left(balances: Sequence[Balance], cost: Decimal) -> int | None:
    """How many such queries still fit all purses; None where they are free."""
    if cost == 0:
        return None
    return max(int(min(balance.left_epsilon for balance in balances) // cost), 0)


def zero_concentrated_cost(epsilon: Decimal) -> Decimal:
    """What the same answer would cost in rho: pure epsilon is epsilon**2 / 2, rounded up."""
    return (epsilon * epsilon / 2).quantize(STEP, rounding=ROUND_UP)


def share_of_epsilon(epsilon: Decimal, measures: int) -> Fraction:
    """What each measure of a query may cost, so that together they cost epsilon."""
    return Fraction(epsilon) / measures


def laplace_scale(l1: int, share: Fraction) -> float:
    """The scale of the noise: sensitivity over epsilon, never rounded down."""
    exact = Fraction(l1) / share
    near = float(exact)
    return near if Fraction(near) >= exact else math.nextafter(near, math.inf)


@lru_cache(maxsize=256)
def laplace_error(scale: float, confidence: Fraction = CONFIDENCE) -> int:
    """The smallest whole number that discrete Laplace noise exceeds at most 1 in 20 times.

    P(|noise| > a) = 2 p**(a+1) / (1 + p) with p = exp(-1/scale), so a follows by a logarithm.
    """
    p = math.exp(-1 / scale)
    tail = float(1 - confidence)
    smallest = math.log(tail * (1 + p) / 2) / math.log(p) - 1
    return max(math.ceil(smallest - 1e-9), 0)
