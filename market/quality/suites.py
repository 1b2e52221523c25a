"""Which rules is a data set held to? Built from what its department declared, nothing guessed.

Each function says one thing about the data and under which GB/T 36344 code it counts.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kernel.clock import civil_day
from kernel.i18n import N_
from market.datasets.rules import (
    Bound,
    ColumnSpec,
    FormatKind,
    UpdateCycle,
    stored_type,
)
from market.quality.rules import (
    FRESH_FOR,
    Counting,
    Indicator,
    Outcome,
    Rule,
    Severity,
)

# Text that must not stand in a column which is not declared personal: an identity card number
# with a plausible birth day, or a mobile number, not inside a longer run of digits.
PERSONAL_TEXT = (
    r"(^|[^0-9])([1-9][0-9]{5}(18|19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
    r"[0-9]{3}[0-9Xx]|1[3-9][0-9]{9})($|[^0-9Xx])"
)
# Control characters, the replacement character, and what a wrong decoding leaves behind.
BROKEN_TEXT = "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]|锟斤拷|烫烫烫|屯屯屯"
MOBILE_NUMBER = r"^1[3-9][0-9]{9}$"
REGION_CODE = r"^[1-9][0-9]([0-9]{2}|[0-9]{4}|[0-9]{7}|[0-9]{10})?$"
ONE_COLUMN = 1


@dataclass(frozen=True)
class Declared:
    """What was declared about one version: its dictionary and its delivery."""

    columns: Sequence[ColumnSpec]
    cycle: UpdateCycle = UpdateCycle.OTHER
    time_column: str = ""
    declared_rows: int | None = None
    records_may_repeat: bool = False


@dataclass(frozen=True)
class Suite:
    """The rules for one version, in the order in which they are shown."""

    name: str
    rules: tuple[Rule, ...]

    def to_json(self) -> dict[str, object]:
        """The suite in Great Expectations' own format: the definition anyone can run again."""
        return {
            "name": self.name,
            "expectations": [expectation_of(rule) for rule in self.rules],
        }

    def digest(self) -> str:
        """SHA-256 of the suite; with the version's hash it says what was checked by what."""
        return digest_of(self.to_json())


def digest_of(plain: object) -> str:
    """SHA-256 of something as JSON, whatever the order of its keys."""
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def expectation_of(rule: Rule) -> dict[str, object]:
    """One rule in Great Expectations' format, with its GB/T 36344 code."""
    return {
        "type": rule.expectation,
        "kwargs": dict(rule.arguments),
        "meta": {
            "indicator": rule.indicator.value,
            "dimension": rule.indicator.dimension.value,
        },
        "severity": rule.severity.value,
    }


def suite_for(name: str, declared: Declared, now: datetime) -> Suite:
    """Every rule that follows from what is declared about a version."""
    rules: list[Rule] = [columns_as_declared(declared.columns)]
    for column in declared.columns:
        rules += _column_rules(column)
    rules += record_rules(declared)
    rules += _freshness_rules(declared, now)
    return Suite(name, tuple(rules))


def _column_rules(column: ColumnSpec) -> Iterable[Rule]:
    yield type_as_declared(column)
    if column.is_required:
        yield always_filled(column)
    if column.minimum is not None or column.maximum is not None:
        yield within_bounds(column)
    if column.codes:
        yield in_code_table(column)
    if column.longest is not None:
        yield no_longer_than_declared(column)
    if column.format is not None:
        yield well_formed(column, column.format)
    if column.type.is_text:
        yield readable_text(column)
        if not column.sensitivity.is_personal and column.format is None:
            yield no_personal_numbers(column)


def record_rules(declared: Declared) -> Iterable[Rule]:
    """Rules about whole records and about the table."""
    key = [column.name for column in declared.columns if column.is_key]
    if key:
        yield unique_key(key)
    if not declared.records_may_repeat:
        yield no_repeated_records([column.name for column in declared.columns])
    if declared.declared_rows:
        yield rows_as_declared(declared.declared_rows)


def _freshness_rules(declared: Declared, now: datetime) -> Iterable[Rule]:
    column = next((c for c in declared.columns if c.name == declared.time_column), None)
    if column is not None and declared.cycle.value in FRESH_FOR:
        yield newest_record_is_recent(column.name, column.title, declared.cycle, now)


def columns_as_declared(columns: Sequence[ColumnSpec]) -> Rule:
    """0102: the table has exactly the declared columns."""
    return Rule(
        "expect_table_columns_to_match_set",
        {"column_set": [column.name for column in columns], "exact_match": True},
        Indicator.DATA_MODEL,
        Severity.CRITICAL,
        Counting.STATEMENT,
        N_("表中恰好有字典声明的 {count} 个字段。"),
        {"count": len(columns)},
    )


def type_as_declared(column: ColumnSpec) -> Rule:
    """0102: a column is stored in its declared type."""
    return Rule(
        "expect_column_type_to_be",
        {"column": column.name, "type_": stored_type(column.type).partition("(")[0]},
        Indicator.DATA_MODEL,
        Severity.CRITICAL,
        Counting.STATEMENT,
        N_("“{column}”的存储类型是字典声明的“{type}”。"),
        {"column": column.title, "type": column.type},
    )


def always_filled(column: ColumnSpec) -> Rule:
    """0201: a required element is never empty."""
    return Rule(
        "expect_column_values_to_not_be_null",
        {"column": column.name},
        Indicator.ELEMENT_COMPLETENESS,
        Severity.CRITICAL if column.is_key else Severity.WARNING,
        Counting.FILLED,
        N_("“{column}”是必填字段，每条记录都有值。"),
        {"column": column.title},
    )


def within_bounds(column: ColumnSpec) -> Rule:
    """0301 for numbers, 0501 for days: values lie between the declared bounds, inclusive."""
    arguments: dict[str, object] = {"column": column.name}
    if column.minimum is not None:
        arguments["min_value"] = _argument(column.minimum)
    if column.maximum is not None:
        arguments["max_value"] = _argument(column.maximum)
    return Rule(
        "expect_column_values_to_be_between",
        arguments,
        Indicator.TIME_SEGMENT if column.type.is_time else Indicator.CONTENT,
        Severity.WARNING,
        Counting.VALUES,
        N_("“{column}”在 {minimum} 与 {maximum} 之间。"),
        {"column": column.title, "minimum": column.minimum, "maximum": column.maximum},
    )


def _argument(bound: Bound) -> object:
    """A bound as Great Expectations takes it: whole numbers stay whole."""
    if isinstance(bound, Decimal):
        return int(bound) if bound == bound.to_integral_value() else float(bound)
    return bound


def in_code_table(column: ColumnSpec) -> Rule:
    """0105: values stand in the declared code table."""
    codes = [code if column.type.is_text else int(code) for code in column.codes]
    return Rule(
        "expect_column_values_to_be_in_set",
        {"column": column.name, "value_set": codes},
        Indicator.REFERENCE_DATA,
        Severity.WARNING,
        Counting.VALUES,
        N_("“{column}”的值都在代码表内（共 {count} 个代码）。"),
        {"column": column.title, "count": len(codes)},
    )


def no_longer_than_declared(column: ColumnSpec) -> Rule:
    """0302: text is no longer than declared."""
    return Rule(
        "expect_column_value_lengths_to_be_between",
        {"column": column.name, "min_value": 0, "max_value": column.longest},
        Indicator.FORMAT,
        Severity.WARNING,
        Counting.VALUES,
        N_("“{column}”不超过 {longest} 个字符。"),
        {"column": column.title, "longest": column.longest},
    )


def well_formed(column: ColumnSpec, kind: FormatKind) -> Rule:
    """0101 for codes with a national standard and check digit, 0302 for patterns."""
    has_standard = kind in {FormatKind.CREDIT_CODE, FormatKind.ID_CARD}
    expectation, extra = {
        FormatKind.CREDIT_CODE: ("expect_column_values_to_be_credit_codes", {}),
        FormatKind.ID_CARD: ("expect_column_values_to_be_id_cards", {}),
        FormatKind.MOBILE: ("expect_column_values_to_match_regex", {"regex": MOBILE_NUMBER}),
        FormatKind.REGION: ("expect_column_values_to_match_regex", {"regex": REGION_CODE}),
    }[kind]
    return Rule(
        expectation,
        {"column": column.name, **extra},
        Indicator.DATA_STANDARD if has_standard else Indicator.FORMAT,
        Severity.WARNING,
        Counting.VALUES,
        N_("“{column}”符合“{format}”的格式（含校验位）。")
        if has_standard
        else N_("“{column}”符合“{format}”的格式。"),
        {"column": column.title, "format": kind},
    )


def readable_text(column: ColumnSpec) -> Rule:
    """0305: text holds no control characters and no traces of a wrong decoding."""
    return Rule(
        "expect_column_values_to_not_match_regex",
        {"column": column.name, "regex": BROKEN_TEXT},
        Indicator.DIRTY_DATA,
        Severity.WARNING,
        Counting.VALUES,
        N_("“{column}”没有乱码和控制字符。"),
        {"column": column.title},
    )


def no_personal_numbers(column: ColumnSpec) -> Rule:
    """0106: a column not declared personal holds no identity card or mobile numbers."""
    return Rule(
        "expect_column_values_to_not_match_regex",
        {"column": column.name, "regex": PERSONAL_TEXT},
        Indicator.SECURITY_RULE,
        Severity.CRITICAL,
        Counting.VALUES,
        N_("“{column}”未声明为个人信息，其中没有身份证号和手机号。"),
        {"column": column.title},
    )


def unique_key(names: Sequence[str]) -> Rule:
    """0304: the declared key names one record each."""
    single = len(names) == ONE_COLUMN
    arguments: dict[str, object] = (
        {"column": names[0]}
        if single
        else {"column_list": list(names), "ignore_row_if": "any_value_is_missing"}
    )
    return Rule(
        "expect_column_values_to_be_unique" if single else "expect_compound_columns_to_be_unique",
        arguments,
        Indicator.UNIQUENESS,
        Severity.CRITICAL,
        Counting.VALUES,
        N_("主键（{columns}）没有重复。"),
        {"columns": list(names)},
    )


def no_repeated_records(names: Sequence[str]) -> Rule:
    """0303: no record stands twice; every member of a repeated set counts."""
    single = len(names) == ONE_COLUMN
    arguments: dict[str, object] = (
        {"column": names[0]}
        if single
        else {"column_list": list(names), "ignore_row_if": "all_values_are_missing"}
    )
    return Rule(
        "expect_column_values_to_be_unique" if single else "expect_compound_columns_to_be_unique",
        arguments,
        Indicator.DUPLICATES,
        Severity.WARNING,
        Counting.RECORDS,
        N_("没有完全相同的记录。"),
    )


def rows_as_declared(declared_rows: int) -> Rule:
    """0202: as many records arrived as the delivery note says."""
    return Rule(
        "expect_table_row_count_to_be_between",
        {"min_value": declared_rows, "max_value": declared_rows},
        Indicator.RECORD_COMPLETENESS,
        Severity.WARNING,
        Counting.ROW_NUMBER,
        N_("记录数等于交付单写明的 {declared_rows} 条。"),
        {"declared_rows": declared_rows},
        expected_rows=declared_rows,
    )


def newest_record_is_recent(
    time_column: str, title: str, cycle: UpdateCycle, now: datetime
) -> Rule:
    """0502: the newest record is no older than the promised cycle allows."""
    oldest = civil_day(now - FRESH_FOR[cycle.value])
    return Rule(
        "expect_column_max_to_be_between",
        {"column": time_column, "min_value": oldest},
        Indicator.TIME_POINT,
        Severity.WARNING,
        Counting.STATEMENT,
        N_("最新记录的“{column}”不早于 {oldest}（更新周期：{cycle}）。"),
        {"column": title, "oldest": oldest, "cycle": cycle},
    )


def described_columns(columns: Sequence[ColumnSpec]) -> Outcome:
    """0103: columns with a title, a meaning and, for numbers, a unit. Read from the dictionary."""
    complete = [column for column in columns if _is_described(column)]
    rule = Rule(
        "catalogue_columns_are_described",
        {},
        Indicator.METADATA,
        Severity.INFO,
        Counting.RECORDS,
        N_("每个字段都有中文名称和说明，数值字段还有单位。"),
    )
    return Outcome(
        rule,
        holds=len(complete) == len(columns),
        elements=len(columns),
        missing=0,
        unexpected=len(columns) - len(complete),
    )


def _is_described(column: ColumnSpec) -> bool:
    has_words = bool(column.title.strip() and column.description.strip())
    return has_words and (bool(column.unit.strip()) or not column.type.is_number)
