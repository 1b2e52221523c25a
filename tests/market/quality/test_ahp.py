"""Do the dimension weights follow from the judgements, and are contradictions refused?"""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.quality.ahp import (
    JUDGEMENTS,
    InconsistentJudgements,
    MalformedMatrix,
    dimension_weights,
    weighting_of,
)
from market.quality.rules import QualityDimension, total_score


def test_weights_are_those_of_vector_v8():
    weighting = weighting_of(JUDGEMENTS)

    printed = [round(float(weight), 4) for weight in weighting.weights]
    assert printed == [0.3409, 0.1931, 0.1063, 0.1931, 0.1063, 0.0604]
    assert round(weighting.principal_eigenvalue, 4) == Decimal("6.0221")
    assert round(weighting.consistency_index, 4) == Decimal("0.0044")
    assert round(weighting.consistency_ratio, 4) == Decimal("0.0036")


def test_weighted_score_is_that_of_vector_v8():
    scores = ["0.98", "0.95", "0.99", "0.97", "0.90", "1.00"]
    by_dimension = dict(zip(QualityDimension, map(Fraction, scores), strict=True))

    assert round(float(total_score(by_dimension, dimension_weights())), 3) == 0.966


def test_contradicting_judgements_are_refused():
    nine = Fraction(9)
    circle = [
        [Fraction(1), nine, 1 / nine],
        [1 / nine, Fraction(1), nine],
        [nine, 1 / nine, Fraction(1)],
    ]

    with pytest.raises(InconsistentJudgements):
        weighting_of(circle)


def test_the_border_of_consistency_lies_at_a_tenth():
    """Of order 3 the ratio depends on x alone: 0.10 is crossed between 2.7 and 2.8."""

    def matrix(x: Fraction) -> list[list[Fraction]]:
        one = Fraction(1)
        return [[one, 2 * one, 1 / x], [one / 2, one, one / 2], [x, 2 * one, one]]

    accepted = weighting_of(matrix(Fraction(27, 10)))

    assert Decimal("0.09") < accepted.consistency_ratio < Decimal("0.10")
    with pytest.raises(InconsistentJudgements):
        weighting_of(matrix(Fraction(28, 10)))


@pytest.mark.parametrize(
    "matrix",
    [
        [[Fraction(1), Fraction(2)]],
        [[Fraction(1), Fraction(2)], [Fraction(2), Fraction(1)]],
        [[Fraction(1), Fraction(-2)], [Fraction(-1, 2), Fraction(1)]],
        [],
    ],
)
def test_a_matrix_that_is_not_square_positive_and_reciprocal_is_refused(matrix):
    with pytest.raises(MalformedMatrix):
        weighting_of(matrix)


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_a_perfectly_consistent_matrix_gives_back_its_weights(parts):
    matrix = [[Fraction(a, b) for b in parts] for a in parts]

    weighting = weighting_of(matrix)

    assert sum(weighting.weights) == 1
    for weight, part in zip(weighting.weights, parts, strict=True):
        assert abs(weight - Fraction(part, sum(parts))) < Fraction(1, 10**25)
