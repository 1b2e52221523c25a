"""What is a checked question, and when are two questions the same?

Fields name columns of the extract, never of the source: "g0" holds the code of the policy's first
column in its public domain, "a3" the fourth column clipped to whole units, "f5" the sixth as it
is, "u" the protected unit. A condition is kept in one normal form, so equal questions are equal
values; the laws used hold in SQL's three-valued logic.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from math import prod
from typing import TypeAlias

from kernel.i18n import N_, Labelled
from sandbox.plans.syntax import Operator
from sandbox.policies.rules import Clip, DomainValue

UNIT_FIELD = "u"
MAX_GROUPS = 10_000

Scalar: TypeAlias = str | int | float | bool | date | datetime


def group_field(place: int) -> str:
    return f"g{place}"


def sum_field(place: int) -> str:
    return f"a{place}"


def filter_field(place: int) -> str:
    return f"f{place}"


@dataclass(frozen=True)
class CodesIn:
    """A condition on a grouping column, decided on its public domain: which codes satisfy it.

    size: of the whole domain. A missing value satisfies neither this nor its opposite.
    """

    field: str
    codes: tuple[int, ...]
    size: int


@dataclass(frozen=True)
class Compare:
    field: str
    operator: Operator
    value: Scalar


@dataclass(frozen=True)
class OneOf:
    field: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True)
class Matches:
    """field LIKE pattern."""

    field: str
    pattern: str


@dataclass(frozen=True)
class IsMissing:
    field: str


@dataclass(frozen=True)
class Opposite:
    """NOT, only in front of the three that have no opposite of their own."""

    test: OneOf | Matches | IsMissing


@dataclass(frozen=True)
class All:
    tests: tuple["Test", ...]


@dataclass(frozen=True)
class Some:
    tests: tuple["Test", ...]


Test: TypeAlias = CodesIn | Compare | OneOf | Matches | IsMissing | Opposite | All | Some


class MeasureKind(StrEnum):
    """What is added up over the rows of a group."""

    ROWS = "rows"
    PRESENT = "present"
    SUM = "sum"
    UNITS = "units"


@dataclass(frozen=True)
class Measure:
    """One number per group. magnitude: the most that one row can move it, in whole units."""

    kind: MeasureKind
    field: str
    magnitude: int


@dataclass(frozen=True)
class Key:
    """One grouping column. codes: those that can appear under the condition, in domain order."""

    field: str
    column: str
    values: tuple[DomainValue, ...]
    codes: tuple[int, ...]


@dataclass(frozen=True)
class Question:
    """What is taken from the data; everything else of a query works on the noisy answer."""

    keys: tuple[Key, ...]
    where: Test | None
    measures: tuple[Measure, ...]

    @property
    def group_count(self) -> int:
        """The size of the public key domain: empty groups are answered too."""
        return prod(len(key.codes) for key in self.keys)


class OutputKind(Labelled):
    """What a column of the answer holds."""

    KEY = "key", N_("分组")
    COUNT = "count", N_("计数")
    SUM = "sum", N_("求和")
    AVERAGE = "average", N_("平均")
    UNITS = "units", N_("保护单元数")


@dataclass(frozen=True)
class Output:
    """One column of the answer, made of noisy measures only.

    sources: places in Question.keys for a key, else in Question.measures (an average has two:
        its sum and its count).
    clip: of the column that is summed.
    """

    label: str
    kind: OutputKind
    sources: tuple[int, ...]
    clip: Clip | None = None


@dataclass(frozen=True)
class Rank:
    """Sort the finished answer by one of its columns."""

    output: int
    is_descending: bool


@dataclass(frozen=True)
class CheckedPlan:
    """A question and how its noisy answer is laid out."""

    question: Question
    outputs: tuple[Output, ...]
    order: tuple[Rank, ...]
    limit: int | None


def all_of(tests: list[Test]) -> Test:
    """The conjunction in normal form: flat, without repeats, one code set per column, sorted."""
    return _joined(tests, All)


def any_of(tests: list[Test]) -> Test:
    """The disjunction in normal form."""
    return _joined(tests, Some)


def opposite(test: Test) -> Test:
    """NOT, pushed down to the single conditions (De Morgan holds with unknowns)."""
    match test:
        case CodesIn(field, codes, size):
            return CodesIn(field, tuple(sorted(set(range(size)) - set(codes))), size)
        case Compare(field, operator, value):
            return Compare(field, _OPPOSITES[operator], value)
        case Opposite(inner):
            return inner
        case All(tests):
            return any_of([opposite(inner) for inner in tests])
        case Some(tests):
            return all_of([opposite(inner) for inner in tests])
        case OneOf() | Matches() | IsMissing():
            return Opposite(test)


_OPPOSITES = {
    Operator.EQUAL: Operator.UNEQUAL,
    Operator.UNEQUAL: Operator.EQUAL,
    Operator.LESS: Operator.GREATER_OR_EQUAL,
    Operator.GREATER_OR_EQUAL: Operator.LESS,
    Operator.GREATER: Operator.LESS_OR_EQUAL,
    Operator.LESS_OR_EQUAL: Operator.GREATER,
}


def one_of(field: str, values: list[Scalar]) -> Test:
    """Membership in normal form: sorted, without repeats; one value is an equality."""
    different = tuple(dict.fromkeys(sorted(values, key=repr)))
    if len(different) == 1:
        return Compare(field, Operator.EQUAL, different[0])
    return OneOf(field, different)


def possible_codes(where: Test | None, field: str, size: int) -> tuple[int, ...] | None:
    """The codes of a column that the condition lets through; None where it does not limit it.

    Only what holds for every row that passes counts: a code set standing alone or in the
    outermost conjunction. Rows without a value pass no code set.
    """
    outermost = where.tests if isinstance(where, All) else (where,)
    for test in outermost:
        if isinstance(test, CodesIn) and test.field == field and test.size == size:
            return test.codes
    return None


def question_key(question: Question) -> str:
    """The same text for equal questions, whatever they looked like: SHA-256 of the normal form."""
    form = {
        "keys": [[key.field, key.codes] for key in question.keys],
        "where": _form(question.where),
        "measures": [asdict(measure) for measure in question.measures],
    }
    return hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()


def _joined(tests: list[Test], kind: type[All] | type[Some]) -> Test:
    flat: list[Test] = []
    sets: dict[tuple[str, int], frozenset[int]] = {}
    for test in tests:
        for inner in test.tests if isinstance(test, kind) else (test,):
            if isinstance(inner, CodesIn):
                known = sets.get((inner.field, inner.size))
                codes = frozenset(inner.codes)
                if known is not None:
                    codes = known & codes if kind is All else known | codes
                sets[inner.field, inner.size] = codes
            else:
                flat.append(inner)
    flat += [CodesIn(f, tuple(sorted(codes)), size) for (f, size), codes in sets.items()]
    different = sorted(dict.fromkeys(flat), key=lambda test: json.dumps(_form(test)))
    return different[0] if len(different) == 1 else kind(tuple(different))


def _form(test: Test | None) -> object:
    match test:
        case None:
            return None
        case All(tests) | Some(tests):
            return [type(test).__name__, [_form(inner) for inner in tests]]
        case Opposite(inner):
            return ["Opposite", _form(inner)]
        case _:
            return [type(test).__name__, *(_plain(value) for value in asdict(test).values())]


def _plain(value: object) -> object:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    return [type(value).__name__, value] if isinstance(value, float | bool) else value
