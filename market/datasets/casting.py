"""When is a text a value of its declared type? As expressions that DuckDB computes.

A cast that rounds or guesses is no answer: "1.5" is no whole number and "1,234" is no number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from market.datasets.rules import ColumnSpec, TypeCode, stored_type

WHOLE = r"[+-]?[0-9]{1,19}(\.0+)?"
DECIMAL = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
MONEY = r"[+-]?[0-9]{1,16}(\.[0-9]{1,2}0*)?"
DAY_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S")
MOMENT = (
    r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?Z?)?"
)
YES = ("true", "t", "yes", "y", "1", "是", "真")
NO = ("false", "f", "no", "n", "0", "否", "假")


@dataclass(frozen=True)
class Cell:
    """One column's expressions: its text, its typed value, and whether the two contradict."""

    column: ColumnSpec
    text: Any
    value: Any
    is_wrong: Any


def cell_of(column: ColumnSpec, alias: str, found_type: str, missing_marks: Sequence[str]) -> Cell:
    """Expressions that turn a raw column into its declared type."""
    raw: Any = sa.column(alias)
    if found_type == stored_type(column.type) and not column.type.is_text:
        value = _without_nan(raw) if found_type == "DOUBLE" else raw
        return Cell(column, sa.cast(raw, sa.Text()), value, sa.false())
    if found_type in {"DOUBLE", "FLOAT"}:
        raw = _without_nan(raw)
    text: Any = sa.cast(raw, sa.Text())
    if not column.type.is_text:
        text = sa.func.nullif(sa.func.trim(text), "")
    for mark in missing_marks:
        text = sa.func.nullif(text, mark)
    value = _typed(column.type, text)
    return Cell(column, text, value, sa.and_(text.is_not(None), value.is_(None)))


def _without_nan(number: Any) -> Any:
    """Statistical programs write "not a number" where there is no value."""
    return sa.case((sa.func.isnan(number), sa.null()), else_=number)


def _typed(type_code: TypeCode, text: Any) -> Any:
    match type_code:
        case TypeCode.TEXT | TypeCode.MEMO | TypeCode.GENERAL:
            return text
        case TypeCode.INTEGER:
            whole = sa.func.regexp_replace(text, r"\.0+$", "")
            return _where_whole_text_fits(text, WHOLE, sa.try_cast(whole, sa.BigInteger()))
        case TypeCode.MONEY:
            return _where_whole_text_fits(text, MONEY, sa.try_cast(text, sa.Numeric(18, 2)))
        case TypeCode.NUMERIC | TypeCode.DOUBLE | TypeCode.FLOAT:
            return _where_whole_text_fits(text, DECIMAL, sa.try_cast(text, sa.Double()))
        case TypeCode.DATE:
            return _day(text)
        case TypeCode.DATETIME:
            return _where_whole_text_fits(text, MOMENT, sa.try_cast(text, sa.TIMESTAMP()))
        case TypeCode.LOGICAL:
            lower = sa.func.lower(text)
            return sa.case(
                (lower.in_(YES), sa.true()), (lower.in_(NO), sa.false()), else_=sa.null()
            )


def _where_whole_text_fits(text: Any, pattern: str, value: Any) -> Any:
    return sa.case((sa.func.regexp_full_match(text, pattern), value), else_=sa.null())


def _day(text: Any) -> Any:
    """A day in one of the usual forms; a time of day is accepted only when it is midnight."""
    moment = sa.func.try_strptime(text, sa.func.list_value(*DAY_FORMATS))
    day = sa.cast(moment, sa.Date())
    return sa.case((sa.cast(day, sa.TIMESTAMP()) == moment, day), else_=sa.null())
