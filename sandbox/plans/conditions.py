"""Which rows does a condition let through, under this policy?

A condition on a grouping column is decided here, on its public domain, and becomes a set of
codes. Everything else is a column of the extract against a value of that column's own kind, so
no engine ever converts a value of the data.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import assert_never

from sandbox.plans.refusals import Reason, refuse
from sandbox.plans.rules import (
    CodesIn,
    Compare,
    IsMissing,
    Matches,
    Scalar,
    Test,
    all_of,
    any_of,
    filter_field,
    group_field,
    one_of,
    opposite,
)
from sandbox.plans.syntax import (
    Between,
    Both,
    Claim,
    Comparison,
    Condition,
    Either,
    Membership,
    Missing,
    Name,
    Not,
    Operator,
    Pattern,
    Value,
)
from sandbox.policies.rules import (
    ColumnKind,
    ColumnRule,
    ColumnUse,
    Domain,
    DomainValue,
    PrivacyPolicy,
)

LARGEST_WHOLE = 2**63 - 1


def resolve(name: Name, policy: PrivacyPolicy) -> tuple[int, ColumnRule]:
    """A usable column by its name, with its place in the policy.

    Raises: QuestionRefused.
    """
    found = policy.find(name.text)
    if found is None:
        raise refuse(Reason.UNKNOWN_COLUMN, name.span)
    if found[1].uses == (ColumnUse.FORBIDDEN,):
        raise refuse(Reason.FORBIDDEN, name.span)
    return found


def condition_of(condition: Condition, policy: PrivacyPolicy) -> Test:
    """The condition in normal form, on fields of the extract.

    Raises: QuestionRefused.
    """
    match condition:
        case Both(left, right):
            return all_of([condition_of(left, policy), condition_of(right, policy)])
        case Either(left, right):
            return any_of([condition_of(left, policy), condition_of(right, policy)])
        case Not(inner):
            return opposite(condition_of(inner, policy))
    place, column = resolve(condition.column, policy)
    if column.domain is not None:
        return _on_codes(condition, group_field(place), column, column.domain)
    if not column.is_filter:
        raise refuse(Reason.NOT_FILTERABLE, condition.column.span)
    return _on_field(condition, filter_field(place), column)


_Atom = Comparison | Between | Membership | Pattern | Missing | Claim


def _on_field(atom: _Atom, field: str, column: ColumnRule) -> Test:
    match atom:
        case Comparison(_, operator, value):
            return Compare(field, operator, scalar_of(value, column.kind))
        case Between(_, low, high):
            least, most = scalar_of(low, column.kind), scalar_of(high, column.kind)
            return all_of(
                [
                    Compare(field, Operator.GREATER_OR_EQUAL, least),
                    Compare(field, Operator.LESS_OR_EQUAL, most),
                ]
            )
        case Membership(_, values):
            return one_of(field, [scalar_of(value, column.kind) for value in values])
        case Pattern(_, pattern):
            return Matches(field, _pattern_text(pattern, column))
        case Missing():
            return IsMissing(field)
        case Claim(name):
            _require_truth(name, column)
            return Compare(field, Operator.EQUAL, True)
        case _:
            assert_never(atom)


def _on_codes(atom: _Atom, field: str, column: ColumnRule, domain: Domain) -> Test:
    if isinstance(atom, Missing):
        return IsMissing(field)
    accepts = _decision(atom, column)
    codes = tuple(code for code, value in enumerate(domain.values) if accepts(value))
    return CodesIn(field, codes, domain.size)


def _decision(
    atom: Comparison | Between | Membership | Pattern | Claim, column: ColumnRule
) -> Callable[[DomainValue], bool]:
    match atom:
        case Comparison(_, operator, value):
            compared, decide = scalar_of(value, column.kind), _DECISIONS[operator]
            return lambda found: decide(_order(found, compared))
        case Between(_, low, high):
            least, most = scalar_of(low, column.kind), scalar_of(high, column.kind)
            return lambda found: _order(found, least) >= 0 >= _order(found, most)
        case Membership(_, values):
            wanted = {scalar_of(value, column.kind) for value in values}
            return lambda found: found in wanted
        case Pattern(_, pattern):
            shape = _like(_pattern_text(pattern, column))
            return lambda found: shape.fullmatch(str(found)) is not None
        case Claim(name):
            _require_truth(name, column)
            return lambda found: found is True
        case _:
            assert_never(atom)


def _order(left: Scalar, right: Scalar) -> int:
    """-1, 0 or 1. Text by code point, which is how UTF-8 bytes compare in the engines too."""
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if isinstance(left, int) and isinstance(right, int):
        return (left > right) - (left < right)
    raise TypeError("a domain value met a value of another kind")  # scalar_of has seen to it


_DECISIONS: dict[Operator, Callable[[int], bool]] = {
    Operator.EQUAL: lambda order: order == 0,
    Operator.UNEQUAL: lambda order: order != 0,
    Operator.LESS: lambda order: order < 0,
    Operator.LESS_OR_EQUAL: lambda order: order <= 0,
    Operator.GREATER: lambda order: order > 0,
    Operator.GREATER_OR_EQUAL: lambda order: order >= 0,
}


def _like(pattern: str) -> re.Pattern[str]:
    parts = {"%": ".*", "_": "."}
    return re.compile("".join(parts.get(c, re.escape(c)) for c in pattern), re.DOTALL)


def _pattern_text(pattern: Value, column: ColumnRule) -> str:
    if column.kind is not ColumnKind.TEXT:
        raise refuse(Reason.NOT_TEXT, pattern.span)
    if not isinstance(pattern.value, str):
        raise refuse(Reason.WRONG_KIND, pattern.span)
    return pattern.value


def _require_truth(name: Name, column: ColumnRule) -> None:
    if column.kind is not ColumnKind.TRUTH:
        raise refuse(Reason.NOT_TRUTH, name.span)


def scalar_of(value: Value, kind: ColumnKind) -> Scalar:
    """A written value as the column's own kind, never the other way round.

    Raises: QuestionRefused.
    """
    match kind, value.value:
        case ColumnKind.TEXT, str() as text:
            return text
        case ColumnKind.TRUTH, bool() as truth:
            return truth
        case ColumnKind.INTEGER, Decimal() as number:
            if number != number.to_integral_value() or abs(number) > LARGEST_WHOLE:
                raise refuse(Reason.WHOLE_NUMBER, value.span)
            return int(number)
        case ColumnKind.NUMBER, Decimal() as number:
            return float(number)
        case ((ColumnKind.DATE | ColumnKind.MOMENT), str() as text):
            return _moment(text, kind, value)
    raise refuse(Reason.WRONG_KIND, value.span)


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?", re.ASCII)


def _moment(text: str, kind: ColumnKind, value: Value) -> date | datetime:
    try:
        if kind is ColumnKind.DATE and _DATE.fullmatch(text):
            return date.fromisoformat(text)
        if kind is ColumnKind.MOMENT and (_DATE.fullmatch(text) or _MOMENT.fullmatch(text)):
            return datetime.fromisoformat(text)  # civil time, as the column holds it
    except ValueError:
        pass
    raise refuse(Reason.BAD_DATE, value.span)
