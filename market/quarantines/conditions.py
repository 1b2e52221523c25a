"""Which records fail a rule? As conditions that DuckDB computes; in a worker only.

A rule about the table, or about a figure of a column, fails as a whole: no record is to blame.
"""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from market.quality import identifiers
from market.quality.rules import Rule

Arguments = Mapping[str, Any]


def failing(rule: Rule) -> Any | None:
    """The condition under which a record fails; None where a rule blames none."""
    make = _CONDITIONS.get(rule.expectation)
    return None if make is None else sa.func.coalesce(make(rule.arguments), sa.false())


def _cell(arguments: Arguments) -> Any:
    return sa.column(arguments["column"])


def _not(condition: Callable[[Any, Arguments], Any]) -> Callable[[Arguments], Any]:
    """A cell that is filled and does not meet the condition."""

    def broken(arguments: Arguments) -> Any:
        cell = _cell(arguments)
        return sa.and_(cell.is_not(None), sa.not_(condition(cell, arguments)))

    return broken


def _is(condition: Callable[[Any, Arguments], Any]) -> Callable[[Arguments], Any]:
    return lambda arguments: condition(_cell(arguments), arguments)


def _between(cell: Any, arguments: Arguments) -> Any:
    low, high = arguments.get("min_value"), arguments.get("max_value")
    kept = []
    if low is not None:
        kept.append(cell > low if arguments.get("strict_min") else cell >= low)
    if high is not None:
        kept.append(cell < high if arguments.get("strict_max") else cell <= high)
    return sa.and_(sa.true(), *kept)


def _length(cell: Any, arguments: Arguments) -> Any:
    return _between(sa.func.length(cell), arguments)


def _matches(cell: Any, arguments: Arguments) -> Any:
    return sa.func.regexp_matches(cell, arguments["regex"])


def _in_set(cell: Any, arguments: Arguments) -> Any:
    return cell.in_([value for value in arguments["value_set"] if value is not None])


def _written_time(cell: Any, arguments: Arguments) -> Any:
    read = sa.func.try_strptime(cell, arguments["strftime_format"])
    return sa.and_(read.is_not(None), sa.func.trim(cell) == cell)


def _repeated(*names: str) -> Any:
    """Rows that share all of these columns with another row; a gap shares with nothing."""
    cells: list[Any] = [sa.column(name) for name in names]
    filled = sa.and_(sa.true(), *[cell.is_not(None) for cell in cells])
    return sa.and_(filled, sa.func.count().over(partition_by=cells) > 1)


def _pair(arguments: Arguments) -> tuple[Any, Any]:
    return sa.column(arguments["column_A"]), sa.column(arguments["column_B"])


def _not_greater(arguments: Arguments) -> Any:
    first, second = _pair(arguments)
    return first < second if arguments.get("or_equal") else first <= second


def _unequal(arguments: Arguments) -> Any:
    first, second = _pair(arguments)
    return first != second


def _not_paired(arguments: Arguments) -> Any:
    first, second = _pair(arguments)
    listed = [sa.and_(first == one, second == two) for one, two in arguments["value_pairs_set"]]
    both = sa.and_(first.is_not(None), second.is_not(None))
    return sa.and_(both, sa.not_(sa.or_(sa.false(), *listed)))


def _sum_differs(arguments: Arguments) -> Any:
    total: Any = sum(sa.column(name) for name in arguments["column_list"])
    return total != arguments["sum_total"]


_CONDITIONS: Mapping[str, Callable[[Arguments], Any]] = {
    "expect_column_values_to_not_be_null": lambda a: _cell(a).is_(None),
    "expect_column_values_to_be_null": lambda a: _cell(a).is_not(None),
    "expect_column_values_to_be_between": _not(_between),
    "expect_column_value_lengths_to_be_between": _not(_length),
    "expect_column_value_lengths_to_equal": _not(
        lambda cell, a: sa.func.length(cell) == a["value"]
    ),
    "expect_column_values_to_be_in_set": _not(_in_set),
    "expect_column_values_to_not_be_in_set": _is(_in_set),
    "expect_column_values_to_match_regex": _not(_matches),
    "expect_column_values_to_not_match_regex": _is(_matches),
    "expect_column_values_to_match_strftime_format": _not(_written_time),
    "expect_column_values_to_be_credit_codes": _not(
        lambda cell, _: identifiers.is_credit_code(cell)
    ),
    "expect_column_values_to_be_id_cards": _not(lambda cell, _: identifiers.is_id_card(cell)),
    "expect_column_values_to_be_phone_numbers": _not(
        lambda cell, _: identifiers.is_phone_number(cell)
    ),
    "expect_column_values_to_be_plate_numbers": _not(
        lambda cell, _: identifiers.is_plate_number(cell)
    ),
    "expect_column_values_to_be_region_codes": _not(
        lambda cell, a: identifiers.is_region_code(cell, a["on_day"])
    ),
    "expect_column_values_to_be_unique": lambda a: _repeated(a["column"]),
    "expect_compound_columns_to_be_unique": lambda a: _repeated(*a["column_list"]),
    "expect_column_pair_values_a_to_be_greater_than_b": _not_greater,
    "expect_column_pair_values_to_be_equal": _unequal,
    "expect_column_pair_values_to_be_in_set": _not_paired,
    "expect_multicolumn_sum_to_equal": _sum_differs,
}
