"""What does an answer look like, and how far may it be from the truth?

An answer is noisy numbers over the public key domain, and the scale of their noise. Everything
here works on those alone: sorting, averages and error bars cost no privacy.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product
from typing import Any, Self, TypeAlias

from sandbox.plans.rules import CheckedPlan, Key, Output, OutputKind, Question
from sandbox.plans.sensitivity import bound_of, sensitivity_of
from sandbox.policies.rules import Clip, DomainValue, PrivacyPolicy
from sandbox.privacy.rules import CONFIDENCE, laplace_error, laplace_scale, share_of_epsilon

Number: TypeAlias = int | Decimal
HALF_CONFIDENCE = (1 + CONFIDENCE) / 2  # two bars that hold together 19 times in 20


@dataclass(frozen=True)
class Answer:
    """One noisy vector per measure, in the order of groups_of(), and the scale of each noise.

    A scale of 0 says that the numbers are exact (open statistics).
    """

    values: tuple[tuple[int, ...], ...]
    scales: tuple[float, ...]

    def plain(self) -> dict[str, Any]:
        return {"values": [list(row) for row in self.values], "scales": list(self.scales)}

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> Self:
        return cls(
            tuple(tuple(int(v) for v in row) for row in plain["values"]),
            tuple(float(scale) for scale in plain["scales"]),
        )


@dataclass(frozen=True)
class Cell:
    """One released number with the interval that holds the truth 19 times in 20.

    value: None where too few rows stand behind an average to say anything.
    """

    value: Number | None
    low: Number
    high: Number


@dataclass(frozen=True)
class TableColumn:
    """One column of the table. error95: half the interval, None where it differs by row."""

    name: str
    kind: OutputKind
    error95: Number | None


@dataclass(frozen=True)
class Table:
    """An answer as people read it: sorted, cut to its limit, keys as values."""

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell | DomainValue, ...], ...]


def groups_of(question: Question) -> list[tuple[int, ...]]:
    """Every group of the public key domain, empty ones too, as codes."""
    return list(product(*(key.codes for key in question.keys)))


def scales_of(question: Question, policy: PrivacyPolicy, epsilon: Decimal) -> tuple[float, ...]:
    """The scale of each measure's noise, known before any data is read."""
    if policy.is_open:
        return (0.0,) * len(question.measures)
    bound = bound_of(question, policy)
    share = share_of_epsilon(epsilon, len(question.measures))
    return tuple(
        laplace_scale(sensitivity_of(measure, bound, question).l1, share)
        for measure in question.measures
    )


def table_of(plan: CheckedPlan, answer: Answer) -> Table:
    """Lay a noisy answer out as the query asked for it."""
    columns = tuple(
        TableColumn(output.label, output.kind, error_of(output, answer.scales))
        for output in plan.outputs
    )
    rows = list(_rows(plan, answer))
    for rank in reversed(plan.order):
        rows.sort(key=_order(rank.output), reverse=rank.is_descending)
    return Table(columns, tuple(rows[: plan.limit]))


def error_of(output: Output, scales: tuple[float, ...]) -> Number | None:
    """The 95 % error of a column, where it is one number for all rows."""
    match output.kind:
        case OutputKind.COUNT | OutputKind.UNITS:
            return _error(scales[output.sources[0]])
        case OutputKind.SUM:
            return _scaled(_error(scales[output.sources[0]]), _clip(output))
        case OutputKind.AVERAGE | OutputKind.KEY:
            return None


def typical_error(output: Output, scales: tuple[float, ...], rows_in_group: int) -> Number | None:
    """The 95 % error of a column where a group has so many rows (a public figure)."""
    if output.kind is not OutputKind.AVERAGE:
        return error_of(output, scales)
    clip = _clip(output)
    middle = (clip.low_units + clip.high_units) // 2
    cell = _average(middle * rows_in_group, rows_in_group, output, scales)
    if cell.value is None:
        return clip.high - clip.low
    return max(cell.high - cell.value, cell.value - cell.low)


def _rows(plan: CheckedPlan, answer: Answer) -> Iterator[tuple[Cell | DomainValue, ...]]:
    for place, group in enumerate(groups_of(plan.question)):
        yield tuple(
            _cell(output, plan.question.keys, group, place, answer) for output in plan.outputs
        )


def _cell(
    output: Output, keys: tuple[Key, ...], group: tuple[int, ...], place: int, answer: Answer
) -> Cell | DomainValue:
    if output.kind is OutputKind.KEY:
        key = output.sources[0]
        return keys[key].values[group[key]]
    numbers = [answer.values[source][place] for source in output.sources]
    if output.kind is OutputKind.AVERAGE:
        return _average(numbers[0], numbers[1], output, answer.scales)
    error = _error(answer.scales[output.sources[0]])
    value, low, high = numbers[0], numbers[0] - error, numbers[0] + error
    if output.kind is not OutputKind.SUM:
        return Cell(value, max(low, 0), max(high, 0))  # a count is never below nothing
    clip = _clip(output)
    if clip.low_units >= 0:
        low, high = max(low, 0), max(high, 0)
    return Cell(_scaled(value, clip), _scaled(low, clip), _scaled(high, clip))


def _average(total: int, count: int, output: Output, scales: tuple[float, ...]) -> Cell:
    """A noisy sum over a noisy count, and all that either error allows."""
    clip = _clip(output)
    sum_error, count_error = (_error(scales[s], HALF_CONFIDENCE) for s in output.sources)
    if count - count_error < 1:
        return Cell(None, clip.low, clip.high)
    ends = [
        Fraction(total + sign * sum_error, count + other * count_error)
        for sign in (-1, 1)
        for other in (-1, 1)
    ]
    middle = Fraction(total, count)
    return Cell(*(_within(value, clip) for value in (middle, min(ends), max(ends))))


def _within(units: Fraction, clip: Clip) -> Decimal:
    """Inside the clip bounds, where an average of clipped values always is; two more places."""
    step = Decimal(1).scaleb(-clip.places - 2)
    exact = Decimal(units.numerator) / Decimal(units.denominator)
    value = exact.scaleb(-clip.places).quantize(step, rounding=ROUND_HALF_UP)
    return min(max(value, clip.low), clip.high)


def _scaled(units: int, clip: Clip) -> Decimal:
    return Decimal(units).scaleb(-clip.places)


def _clip(output: Output) -> Clip:
    if output.clip is None:
        raise TypeError("a sum without its clip")  # the plan gives every sum its own
    return output.clip


def _error(scale: float, confidence: Fraction = CONFIDENCE) -> int:
    return laplace_error(scale, confidence) if scale else 0


def _order(place: int) -> Callable[[tuple[Cell | DomainValue, ...]], Any]:
    def key(row: tuple[Cell | DomainValue, ...]) -> Any:
        cell = row[place]
        if isinstance(cell, Cell):
            return cell.low if cell.value is None else cell.value
        return cell

    return key
