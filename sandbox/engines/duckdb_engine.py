"""How is a checked question said to DuckDB, and what may come back?

The SQL is written here, from typed values only: names are ours, literals travel as parameters.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.plans.rules import (
    All,
    CodesIn,
    Compare,
    IsMissing,
    Matches,
    Measure,
    MeasureKind,
    OneOf,
    Opposite,
    Question,
    Scalar,
    Some,
    Test,
)
from sandbox.policies.rules import MAX_DOMAIN

NO_CODE = MAX_DOMAIN + 1  # no row ever has it: true for none, unknown for a missing value

Exact: TypeAlias = dict[tuple[int, ...], tuple[int, ...]]


@dataclass
class Statement:
    """One SELECT over the view `extract`, and its parameters in order."""

    sql: str = ""
    parameters: list[Scalar] = field(default_factory=list)


class ResultMalformed(Exception):
    """What came back is not what this question can have. It is thrown away unread."""


def statement_of(question: Question) -> Statement:
    """The question in DuckDB's SQL: key codes, then measures, one row per group that has rows."""
    made = Statement()
    keys = [key.field for key in question.keys]
    measures = [_measure(measure) for measure in question.measures]
    conditions = [f"{name} IS NOT NULL" for name in keys]
    if question.where is not None:
        conditions.append(_test(question.where, made.parameters))
    made.sql = f"SELECT {', '.join([*keys, *measures])} FROM extract"
    made.sql += f" WHERE {' AND '.join(conditions)}" if conditions else ""
    made.sql += f" GROUP BY {', '.join(keys)}" if keys else ""
    return made


def exact_of(rows: list[list[object]], question: Question) -> Exact:
    """Check the shape of a result and lay it out by group.

    Raises: ResultMalformed.
    """
    allowed = [frozenset(key.codes) for key in question.keys]
    width = len(allowed)
    found: Exact = {}
    for row in rows:
        codes, numbers = row[:width], row[width:]
        if len(numbers) != len(question.measures) or not _are_whole(row):
            raise ResultMalformed
        if any(code not in known for code, known in zip(codes, allowed, strict=True)):
            raise ResultMalformed
        group = tuple(_whole(codes))
        if group in found:
            raise ResultMalformed
        found[group] = tuple(_whole(numbers))
    return found


def _are_whole(row: list[object]) -> bool:
    return all(value is None or type(value) is int for value in row)


def _whole(values: list[object]) -> Iterator[int]:
    """A sum over no value is NULL in SQL and nothing here."""
    for value in values:
        yield value if isinstance(value, int) else 0


def _measure(measure: Measure) -> str:
    match measure.kind:
        case MeasureKind.ROWS:
            return "count(*)"
        case MeasureKind.PRESENT:
            return f"count({measure.field})"
        case MeasureKind.SUM:
            return f"sum({measure.field})"
        case MeasureKind.UNITS:
            return f"count(DISTINCT {measure.field})"


def _test(test: Test, parameters: list[Scalar]) -> str:
    match test:
        case All(tests):
            return f"({' AND '.join(_test(inner, parameters) for inner in tests)})"
        case Some(tests):
            return f"({' OR '.join(_test(inner, parameters) for inner in tests)})"
        case Opposite(inner):
            return f"NOT ({_test(inner, parameters)})"
        case _:
            return _single(test, parameters)


def _single(test: CodesIn | Compare | OneOf | Matches | IsMissing, parameters: list[Scalar]) -> str:
    match test:
        case CodesIn(name, codes, _):
            return f"{name} IN ({', '.join(map(str, codes or (NO_CODE,)))})"
        case Compare(name, operator, value):
            parameters.append(value)
            return f"{name} {operator} ?"
        case OneOf(name, values):
            parameters.extend(values)
            return f"{name} IN ({', '.join('?' * len(values))})"
        case Matches(name, pattern):
            parameters.append(pattern)
            return f"{name} LIKE ?"
        case IsMissing(name):
            return f"{name} IS NULL"
