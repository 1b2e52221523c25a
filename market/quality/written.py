"""Can a rule that somebody wrote be used on this data, and what does it say in words?

A suite is written in Great Expectations' own format. What cannot be computed is refused here,
by name and with what to do instead, before anything is saved.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kernel.errors import Invalid
from kernel.i18n import N_, Labelled
from market.datasets.rules import ColumnSpec, TypeCode
from market.quality.expectations import REFUSED, SUPPORTED, fits
from market.quality.rules import Indicator, Rule, Severity
from market.quality.vocabulary import Expectation, Parameter, Takes

MOST_RULES = 500
MOST_VALUES = 10_000
LONGEST_TEXT = 1_000
LONGEST_SHOWN = 60


class Fault(Labelled):
    """Why a written rule cannot be used."""

    UNKNOWN = "unknown", N_("没有这种规则。请从列出的规则中选择。")
    NO_COLUMN = "no_column", N_("字典里没有这个字段。请改为字典中的字段名。")
    WRONG_TYPE = "wrong_type", N_("这种规则不能用于这个类型的字段。请换字段，或换一种规则。")
    MISSING = "missing", N_("缺少参数。请补上。")
    STRANGE = "strange", N_("没有这个参数，或这里不支持。请去掉。")
    MALFORMED = "malformed", N_("参数的值不对。请按提示填写。")
    PATTERN = "pattern", N_("正则表达式不能使用（不支持前后查找和反向引用）。请改写。")
    NO_BOUND = "no_bound", N_("上限和下限至少填一个。")
    REVERSED = "reversed", N_("下限大于上限。请对调。")
    TOO_MANY = "too_many", N_("规则超过 500 条。请去掉不需要的规则。")


@dataclass(eq=False)
class RuleRefused(Invalid):
    """A written rule cannot be used. position: from 1; 0 for the whole suite."""

    code = "rule-refused"
    message = N_("第 {position} 条规则（{rule}）不能使用：{why}（{place}）")

    position: int
    rule: str
    why: str
    place: str


class Unusable(ValueError):
    """Inside this module: why, and where in the rule."""

    def __init__(self, why: str, place: str = "") -> None:
        super().__init__(why)
        self.why, self.place = why, place


def read_suite(written: Sequence[Any], columns: Sequence[ColumnSpec]) -> tuple[Rule, ...]:
    """Written rules as rules that can be run; each kind with the same arguments once.

    Raises: RuleRefused, naming the first rule that cannot be used.
    """
    if len(written) > MOST_RULES:
        raise RuleRefused(0, "", Fault.TOO_MANY, "")
    by_name = {column.name: column for column in columns}
    rules: dict[str, Rule] = {}
    for position, one in enumerate(written, start=1):
        try:
            rule = read_rule(one, by_name)
        except Unusable as unusable:
            raise RuleRefused(position, _named(one), unusable.why, unusable.place) from unusable
        rules.setdefault(same_rule(rule), rule)
    return tuple(rules.values())


def read_saved(written: Sequence[Any], columns: Sequence[ColumnSpec]) -> tuple[Rule, ...]:
    """Rules that were saved, for a version that may have other columns by now.

    One that no longer fits stays as it was written: it cannot run, and the check says so.
    """
    by_name = {column.name: column for column in columns}
    return tuple(_as_saved(one, by_name) for one in written)


def _as_saved(written: Mapping[str, Any], columns: Mapping[str, ColumnSpec]) -> Rule:
    try:
        return read_rule(written, columns)
    except Unusable:
        kind = SUPPORTED[written["type"]]
        indicator = Indicator(written["meta"]["indicator"])
        sentence = N_("“{rule}”不能用于这一版：字典已经改变。请在规则集里去掉或改写这条规则。")
        facts = {"rule": kind.label}
        severity = Severity(written["severity"])
        arguments = written["kwargs"]
        return Rule(kind.type, arguments, indicator, severity, kind.counting, sentence, facts)


def same_rule(rule: Rule) -> str:
    """Two rules with the same key ask the same of the data."""
    arguments = json.dumps(dict(rule.arguments), sort_keys=True, ensure_ascii=False, default=str)
    return f"{rule.expectation} {arguments}"


def read_rule(written: Any, columns: Mapping[str, ColumnSpec]) -> Rule:
    """One written rule. Raises: Unusable."""
    if not isinstance(written, Mapping) or not isinstance(written.get("kwargs"), Mapping):
        raise Unusable(Fault.MALFORMED)
    name = str(written.get("type", ""))
    if name in REFUSED:
        raise Unusable(REFUSED[name])
    kind = SUPPORTED.get(name)
    if kind is None:
        raise Unusable(Fault.UNKNOWN, name[:LONGEST_SHOWN])
    arguments = _arguments(kind, written["kwargs"], columns)
    meta = written.get("meta")
    code = meta.get("indicator") if isinstance(meta, Mapping) else None
    return Rule(
        kind.type,
        arguments,
        _choice(Indicator, code, kind.indicator),
        _choice(Severity, written.get("severity"), Severity.WARNING),
        kind.counting,
        kind.sentence,
        facts_of(kind, arguments, columns),
    )


def facts_of(
    kind: Expectation, arguments: Mapping[str, Any], columns: Mapping[str, ColumnSpec]
) -> dict[str, object]:
    """What a rule's sentence is filled with; nothing that a personal column holds."""
    named = [columns[name] for name in columns_of(kind, arguments) if name in columns]
    is_open = not any(column.sensitivity.is_personal for column in named)
    facts: dict[str, object] = {"columns": [column.title for column in named]}
    places = ("first", "second") if "column_A" in arguments else ("column",)
    facts |= dict(zip(places, [column.title for column in named], strict=False))
    if kind.type == "expect_column_to_exist":
        facts["column"] = str(arguments["column"])
    facts |= _figures(kind, arguments, is_open=is_open)
    shown = {"value": "value", "threshold": "threshold", "sum_total": "sum", "type_": "type"}
    shown |= {"on_day": "on_day", "mostly": "mostly"}
    facts |= {fact: _plain(arguments[name]) for name, fact in shown.items() if name in arguments}
    if any(parameter.name == "match_on" for parameter in kind.parameters):
        is_all = arguments.get("match_on") == "all"
        facts["match_on"] = N_("全部符合") if is_all else N_("符合任一")
    return facts


def _figures(
    kind: Expectation, arguments: Mapping[str, Any], *, is_open: bool
) -> dict[str, object]:
    """Bounds, where they may be shown, and how long a list is."""
    facts: dict[str, object] = {}
    if any(parameter.name in {"min_value", "max_value"} for parameter in kind.parameters):
        for fact, argument in (("minimum", "min_value"), ("maximum", "max_value")):
            facts[fact] = _plain(arguments.get(argument)) if is_open else N_("（不公开）")
    for parameter in kind.parameters:
        value = arguments.get(parameter.name)
        if isinstance(value, list) and parameter.takes is not Takes.COLUMNS:
            facts["count"] = len(value)
    return facts


def columns_of(kind: Expectation, arguments: Mapping[str, Any]) -> list[str]:
    """The columns that a rule speaks about."""
    found: list[str] = []
    for parameter in kind.columns:
        value = arguments.get(parameter.name, [])
        found += [str(name) for name in value] if isinstance(value, list) else [str(value)]
    return found


def _plain(value: object) -> object:
    return str(value) if isinstance(value, float) else value


def _named(written: Any) -> str:
    name = str(written.get("type", "")) if isinstance(written, Mapping) else ""
    kind = SUPPORTED.get(name)
    return kind.label if kind else name[:LONGEST_SHOWN]


def _choice(choices: Any, given: object, otherwise: Any) -> Any:
    if given is None or given == "":
        return otherwise
    try:
        return choices(given)
    except ValueError as error:
        raise Unusable(Fault.MALFORMED, str(given)[:LONGEST_SHOWN]) from error


def _arguments(
    kind: Expectation, given: Mapping[str, Any], columns: Mapping[str, ColumnSpec]
) -> dict[str, object]:
    known = {parameter.name: parameter for parameter in kind.parameters}
    strange = [str(name) for name in given if name not in known]
    if strange:
        raise Unusable(Fault.STRANGE, strange[0][:LONGEST_SHOWN])
    spoken = _columns_spoken_of(kind, given, columns)
    arguments = {}
    for name, parameter in known.items():
        value = given.get(name)
        if value is None or value == "":
            if parameter.is_required:
                raise Unusable(Fault.MISSING, parameter.label)
            continue
        arguments[name] = _read(parameter, value, spoken)
    _check_bounds(kind, arguments)
    return arguments


def _columns_spoken_of(
    kind: Expectation, given: Mapping[str, Any], columns: Mapping[str, ColumnSpec]
) -> list[ColumnSpec]:
    spoken = []
    for name in columns_of(kind, given):
        if name == "" or kind.type == "expect_column_to_exist":
            continue
        if name not in columns:
            raise Unusable(Fault.NO_COLUMN, name[:LONGEST_SHOWN])
        if not fits(kind, columns[name].type):
            raise Unusable(Fault.WRONG_TYPE, columns[name].title)
        spoken.append(columns[name])
    return spoken


def _check_bounds(kind: Expectation, arguments: Mapping[str, Any]) -> None:
    if not any(parameter.name == "min_value" for parameter in kind.parameters):
        return
    low, high = arguments.get("min_value"), arguments.get("max_value")
    if low is None and high is None:
        raise Unusable(Fault.NO_BOUND)
    if low is not None and high is not None and low > high:
        raise Unusable(Fault.REVERSED)


def _read(parameter: Parameter, value: Any, spoken: Sequence[ColumnSpec]) -> object:
    try:
        return _READERS[parameter.takes](parameter, value, spoken)
    except Unusable as unusable:
        raise Unusable(unusable.why, unusable.place or parameter.label) from unusable
    except (ValueError, TypeError, ArithmeticError, KeyError) as error:
        raise Unusable(Fault.MALFORMED, parameter.label) from error


def _text(_: Parameter, value: Any, __: Sequence[ColumnSpec]) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError
    return value


def _texts(parameter: Parameter, value: Any, spoken: Sequence[ColumnSpec]) -> list[str]:
    return [_text(parameter, one, spoken) for one in _several(value)]


def _several(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple) or not 0 < len(value) <= MOST_VALUES:
        raise ValueError
    return list(value)


def _columns(parameter: Parameter, value: Any, spoken: Sequence[ColumnSpec]) -> list[str]:
    if len(_several(value)) < 2:
        raise ValueError
    return _texts(parameter, value, spoken)


def _number(_: Parameter, value: Any, __: Sequence[ColumnSpec]) -> int | float:
    if isinstance(value, bool):
        raise ValueError
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError
    return int(number) if number == number.to_integral_value() else float(number)


def _whole(parameter: Parameter, value: Any, spoken: Sequence[ColumnSpec]) -> int:
    number = _number(parameter, value, spoken)
    if not isinstance(number, int) or number < 0:
        raise ValueError
    return number


def _share(parameter: Parameter, value: Any, spoken: Sequence[ColumnSpec]) -> float:
    share = float(_number(parameter, value, spoken))
    if not 0 <= share <= 1:
        raise ValueError
    return share


def _flag(_: Parameter, value: Any, __: Sequence[ColumnSpec]) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _bound(parameter: Parameter, value: Any, spoken: Sequence[ColumnSpec]) -> object:
    return _like_column(value, spoken[0], parameter) if spoken else None


def _values(parameter: Parameter, value: Any, spoken: Sequence[ColumnSpec]) -> list[object]:
    return [_like_column(one, spoken[0], parameter) for one in _several(value)]


def _pairs(parameter: Parameter, value: Any, spoken: Sequence[ColumnSpec]) -> list[list[object]]:
    return [
        [_like_column(one, column, parameter) for one, column in zip(pair, spoken, strict=True)]
        for pair in _several(value)
    ]


def _like_column(value: Any, column: ColumnSpec, parameter: Parameter) -> object:
    """A value in the type that the column is stored in."""
    if column.type is TypeCode.DATETIME:
        return datetime.fromisoformat(str(value))
    if column.type is TypeCode.DATE:
        return date.fromisoformat(str(value))
    if column.type.is_number:
        return _number(parameter, value, ())
    if column.type is TypeCode.LOGICAL:
        return {"true": True, "false": False}[str(value).lower()]
    return _text(parameter, str(value), ())


def _pattern(parameter: Parameter, value: Any, spoken: Sequence[ColumnSpec]) -> str:
    # Heavy, and wanted only where a pattern is written.
    import duckdb  # noqa: PLC0415

    pattern = _text(parameter, value, spoken)
    with duckdb.connect() as connection:
        try:
            connection.execute("SELECT regexp_matches('', $1)", [pattern])
        except duckdb.Error as error:
            raise Unusable(Fault.PATTERN) from error
    return pattern


def _patterns(parameter: Parameter, value: Any, spoken: Sequence[ColumnSpec]) -> list[str]:
    return [_pattern(parameter, one, spoken) for one in _several(value)]


def _one_of(parameter: Parameter, value: Any, __: Sequence[ColumnSpec]) -> str:
    if value not in parameter.choices:
        raise ValueError
    return str(value)


def _quantiles(parameter: Parameter, value: Any, spoken: Sequence[ColumnSpec]) -> object:
    quantiles = [_share(parameter, one, spoken) for one in _several(value["quantiles"])]
    ranges = [
        [None if bound is None else _number(parameter, bound, spoken) for bound in pair]
        for pair in _several(value["value_ranges"])
    ]
    if len(ranges) != len(quantiles) or any(len(pair) != 2 for pair in ranges):
        raise ValueError
    return {"quantiles": quantiles, "value_ranges": ranges}


_READERS: Mapping[Takes, Callable[[Parameter, Any, Sequence[ColumnSpec]], object]] = {
    Takes.COLUMN: _text,
    Takes.COLUMNS: _columns,
    Takes.BOUND: _bound,
    Takes.NUMBER: _number,
    Takes.WHOLE: _whole,
    Takes.SHARE: _share,
    Takes.TEXT: _text,
    Takes.VALUES: _values,
    Takes.PATTERN: _pattern,
    Takes.PATTERNS: _patterns,
    Takes.TEXTS: _texts,
    Takes.PAIRS: _pairs,
    Takes.FLAG: _flag,
    Takes.CHOICE: _one_of,
    Takes.QUANTILES: _quantiles,
}
