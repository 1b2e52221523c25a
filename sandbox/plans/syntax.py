"""What did the person write? The few shapes the private language has, with their places.

Nothing here is checked against a policy yet, and nothing here is ever sent to an engine.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True)
class Span:
    """Where something stands in the text: characters [start, end)."""

    start: int
    end: int


@dataclass(frozen=True)
class Name:
    """A column, table or label as written."""

    text: str
    span: Span


@dataclass(frozen=True)
class Value:
    """A literal: text, number, truth. Dates arrive as text and are read by the column's kind."""

    value: str | Decimal | bool
    span: Span


class Function(StrEnum):
    """The only functions there are."""

    COUNT = "COUNT"
    SUM = "SUM"
    AVERAGE = "AVG"


@dataclass(frozen=True)
class Call:
    """COUNT(*), COUNT(column), COUNT(DISTINCT column), SUM(column), AVG(column).

    argument: None stands for the star.
    """

    function: Function
    argument: Name | None
    is_distinct: bool
    span: Span


@dataclass(frozen=True)
class Item:
    """One entry of the SELECT list."""

    expression: Name | Call
    label: Name | None


class Operator(StrEnum):
    """Comparisons, as they are written in our own SQL too."""

    EQUAL = "="
    UNEQUAL = "<>"
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="

    @property
    def mirrored(self) -> "Operator":
        """5 < x says x > 5."""
        return _MIRROR.get(self, self)


_MIRROR = {
    Operator.LESS: Operator.GREATER,
    Operator.LESS_OR_EQUAL: Operator.GREATER_OR_EQUAL,
    Operator.GREATER: Operator.LESS,
    Operator.GREATER_OR_EQUAL: Operator.LESS_OR_EQUAL,
}


@dataclass(frozen=True)
class Comparison:
    column: Name
    operator: Operator
    value: Value


@dataclass(frozen=True)
class Between:
    column: Name
    low: Value
    high: Value


@dataclass(frozen=True)
class Membership:
    column: Name
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Pattern:
    """column LIKE 'pattern'."""

    column: Name
    pattern: Value


@dataclass(frozen=True)
class Missing:
    """column IS NULL."""

    column: Name


@dataclass(frozen=True)
class Claim:
    """A truth column standing alone: WHERE weekend."""

    column: Name


@dataclass(frozen=True)
class Both:
    left: "Condition"
    right: "Condition"


@dataclass(frozen=True)
class Either:
    left: "Condition"
    right: "Condition"


@dataclass(frozen=True)
class Not:
    condition: "Condition"


Condition: TypeAlias = (
    Comparison | Between | Membership | Pattern | Missing | Claim | Both | Either | Not
)


@dataclass(frozen=True)
class Ordering:
    """One entry of ORDER BY."""

    expression: Name | Call
    is_descending: bool


@dataclass(frozen=True)
class Sentence:
    """One SELECT over one product."""

    items: tuple[Item, ...]
    table: Name
    where: Condition | None
    keys: tuple[Name, ...]
    order: tuple[Ordering, ...]
    limit: int | None
