"""How much does each quality dimension weigh? The analytic hierarchy process, pure.

Source: docs/rules/quality.md, section 2. Weights are the principal eigenvector of the judgement
matrix; a matrix whose judgements contradict each other too much is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from market.quality.rules import QualityDimension

LARGEST_CONSISTENCY_RATIO = Decimal("0.10")
# Random index by order of the matrix (Saaty). Orders 1 and 2 are always consistent.
RANDOM_INDEX = {
    3: Decimal("0.58"),
    4: Decimal("0.90"),
    5: Decimal("1.12"),
    6: Decimal("1.24"),
    7: Decimal("1.32"),
    8: Decimal("1.41"),
    9: Decimal("1.45"),
}
DIGITS = 40  # working precision; far beyond anything shown or stored
SETTLED = Decimal(1).scaleb(-30)  # the iteration stops when no weight moves by more than this
LONGEST_ITERATION = 10_000

_HALF, _THIRD, _FIFTH = Fraction(1, 2), Fraction(1, 3), Fraction(1, 5)
# Rows and columns in the order of QualityDimension: accuracy, completeness, normativity,
# consistency, timeliness, accessibility. Entry (i, j): how much more i matters than j.
JUDGEMENTS: Sequence[Sequence[Fraction]] = (
    (Fraction(1), Fraction(2), Fraction(3), Fraction(2), Fraction(3), Fraction(5)),
    (_HALF, Fraction(1), Fraction(2), Fraction(1), Fraction(2), Fraction(3)),
    (_THIRD, _HALF, Fraction(1), _HALF, Fraction(1), Fraction(2)),
    (_HALF, Fraction(1), Fraction(2), Fraction(1), Fraction(2), Fraction(3)),
    (_THIRD, _HALF, Fraction(1), _HALF, Fraction(1), Fraction(2)),
    (_FIFTH, _THIRD, _HALF, _THIRD, _HALF, Fraction(1)),
)


class InconsistentJudgements(ValueError):
    """The judgement matrix contradicts itself beyond the accepted ratio."""


class MalformedMatrix(ValueError):
    """The matrix is not square, not positive or not reciprocal."""


@dataclass(frozen=True)
class Weighting:
    """Weights that sum to exactly 1, and how consistent the judgements behind them are."""

    weights: tuple[Fraction, ...]
    principal_eigenvalue: Decimal
    consistency_index: Decimal
    consistency_ratio: Decimal


def weighting_of(matrix: Sequence[Sequence[Fraction]]) -> Weighting:
    """Weights of a judgement matrix with its consistency check.

    Raises: MalformedMatrix, InconsistentJudgements.
    """
    _check_form(matrix)
    order = len(matrix)
    with localcontext() as context:
        context.prec = DIGITS
        rows = [[Decimal(e.numerator) / Decimal(e.denominator) for e in row] for row in matrix]
        vector = _principal_eigenvector(rows)
        images = _times(rows, vector)
        eigenvalue = sum((i / v for i, v in zip(images, vector, strict=True)), Decimal(0)) / order
        index = (eigenvalue - order) / (order - 1) if order > 1 else Decimal(0)
        ratio = index / RANDOM_INDEX[order] if order in RANDOM_INDEX else Decimal(0)
    if ratio >= LARGEST_CONSISTENCY_RATIO:
        raise InconsistentJudgements(f"consistency ratio {ratio:.4f}")
    exact = [Fraction(weight) for weight in vector]
    total = sum(exact, Fraction(0))
    return Weighting(tuple(weight / total for weight in exact), eigenvalue, index, ratio)


def dimension_weights() -> Mapping[QualityDimension, Fraction]:
    """The weights of the six dimensions, from the judgement matrix above."""
    return dict(zip(QualityDimension, weighting_of(JUDGEMENTS).weights, strict=True))


def _check_form(matrix: Sequence[Sequence[Fraction]]) -> None:
    order = len(matrix)
    if not 1 <= order <= max(RANDOM_INDEX) or any(len(row) != order for row in matrix):
        raise MalformedMatrix("square, of order 1 to 9")
    for i, row in enumerate(matrix):
        for j, entry in enumerate(row):
            if entry <= 0 or entry * matrix[j][i] != 1:
                raise MalformedMatrix(f"entry ({i}, {j}) and its mirror are not reciprocal")


def _principal_eigenvector(rows: Sequence[Sequence[Decimal]]) -> list[Decimal]:
    vector = [Decimal(1) / len(rows)] * len(rows)
    for _ in range(LONGEST_ITERATION):
        image = _times(rows, vector)
        total = sum(image, Decimal(0))
        improved = [entry / total for entry in image]
        if all(abs(a - b) <= SETTLED for a, b in zip(improved, vector, strict=True)):
            return improved
        vector = improved
    raise InconsistentJudgements("the iteration does not settle")


def _times(rows: Sequence[Sequence[Decimal]], vector: Sequence[Decimal]) -> list[Decimal]:
    return [sum((a * b for a, b in zip(row, vector, strict=True)), Decimal(0)) for row in rows]
