"""Do the rules follow from the declared dictionary, each under its GB/T 36344 code?"""

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from market.datasets.rules import ColumnSpec, FormatKind, Sensitivity, TypeCode, UpdateCycle
from market.quality.rules import Counting, Indicator, measured_share
from market.quality.suites import (
    BROKEN_TEXT,
    MOBILE_NUMBER,
    PERSONAL_TEXT,
    REGION_CODE,
    Declared,
    described_columns,
    suite_for,
)

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def text(name: str = "note", **changes: object) -> ColumnSpec:
    return ColumnSpec(name, "说明", TypeCode.TEXT, **changes)


def number(name: str = "amount", **changes: object) -> ColumnSpec:
    return ColumnSpec(name, "数量", TypeCode.INTEGER, **changes)


def rules_for(*columns: ColumnSpec, **declared: object) -> dict[str, list]:
    suite = suite_for("demo", Declared(columns, **declared), NOW)
    found: dict[str, list] = {}
    for rule in suite.rules:
        found.setdefault(rule.indicator.value, []).append(rule)
    return found


def test_every_data_set_is_held_to_its_columns_and_types():
    model = rules_for(text(), number())["0102"]

    assert [rule.expectation for rule in model] == [
        "expect_table_columns_to_match_set",
        "expect_column_type_to_be",
        "expect_column_type_to_be",
    ]
    assert model[0].arguments == {"column_set": ["note", "amount"], "exact_match": True}
    assert model[2].arguments == {"column": "amount", "type_": "BIGINT"}


def test_only_required_columns_must_be_filled():
    filled = rules_for(text(is_required=True), number())["0201"]

    assert [rule.arguments["column"] for rule in filled] == ["note"]
    assert filled[0].counting is Counting.FILLED


def test_bounds_of_numbers_are_content_and_bounds_of_days_are_timeliness():
    day = ColumnSpec("day", "日期", TypeCode.DATE, minimum=date(2020, 1, 1))

    found = rules_for(number(minimum=Decimal("1"), maximum=Decimal("2.5")), day)

    assert found["0301"][0].arguments == {"column": "amount", "min_value": 1, "max_value": 2.5}
    assert found["0501"][0].arguments == {"column": "day", "min_value": date(2020, 1, 1)}


def test_codes_of_integer_columns_are_compared_as_integers():
    found = rules_for(text("kind", codes=("01", "02")), number(codes=("1", "2")))["0105"]

    assert [rule.arguments["value_set"] for rule in found] == [["01", "02"], [1, 2]]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FormatKind.CREDIT_CODE, "0101"),
        (FormatKind.ID_CARD, "0101"),
        (FormatKind.MOBILE, "0302"),
        (FormatKind.REGION, "0302"),
    ],
)
def test_codes_of_a_national_standard_count_as_data_standard_patterns_as_format(kind, code):
    found = rules_for(text(format=kind, sensitivity=Sensitivity.PERSONAL))

    assert len(found[code]) == 1


def test_columns_not_declared_personal_are_searched_for_personal_numbers():
    found = rules_for(text("a"), text("b", sensitivity=Sensitivity.PERSONAL), number())

    assert [rule.arguments["column"] for rule in found["0106"]] == ["a"]
    assert [rule.arguments["column"] for rule in found["0305"]] == ["a", "b"]


def test_a_single_key_and_a_compound_key_are_unique():
    single = rules_for(text("id", is_key=True, is_required=True), number())["0304"][0]
    compound = rules_for(
        text("a", is_key=True, is_required=True), text("b", is_key=True, is_required=True)
    )["0304"][0]

    assert single.expectation == "expect_column_values_to_be_unique"
    assert compound.arguments == {
        "column_list": ["a", "b"],
        "ignore_row_if": "any_value_is_missing",
    }


def test_repeated_records_are_not_counted_where_they_are_declared_normal():
    assert "0303" in rules_for(text(), number())
    assert "0303" not in rules_for(text(), number(), records_may_repeat=True)


def test_the_delivery_note_gives_record_completeness():
    assert "0202" not in rules_for(text())
    assert rules_for(text(), declared_rows=7)["0202"][0].expected_rows == 7


def test_the_newest_record_is_held_to_the_promised_cycle():
    day = ColumnSpec("day", "日期", TypeCode.DATE)

    found = rules_for(day, time_column="day", cycle=UpdateCycle.DAILY)

    # 36 hours before noon of 24 November in Asia/Shanghai is midnight of the 23rd.
    assert found["0502"][0].arguments == {"column": "day", "min_value": date(2026, 11, 23)}
    assert "0502" not in rules_for(day, time_column="day", cycle=UpdateCycle.OTHER)
    assert "0502" not in rules_for(day, cycle=UpdateCycle.DAILY)


def test_a_column_is_described_by_title_meaning_and_unit_of_numbers():
    complete = ColumnSpec("n", "人数", TypeCode.INTEGER, unit="人", description="在册人数")
    without_unit = ColumnSpec("m", "人数", TypeCode.INTEGER, description="在册人数")
    plain = ColumnSpec("t", "备注", TypeCode.TEXT, description="自由填写")

    outcome = described_columns([complete, without_unit, plain])

    assert outcome.rule.indicator is Indicator.METADATA
    assert (measured_share(outcome).conforming, measured_share(outcome).total) == (2, 3)
    assert not outcome.holds


def test_the_suite_is_great_expectations_json_and_its_digest_follows_its_rules():
    suite = suite_for("demo", Declared([text(), number()]), NOW)
    stricter = suite_for("demo", Declared([text(is_required=True), number()]), NOW)

    definition = json.loads(json.dumps(suite.to_json()))
    assert definition["expectations"][0]["meta"] == {
        "indicator": "0102",
        "dimension": "normativity",
    }
    assert {e["severity"] for e in definition["expectations"]} <= {"critical", "warning", "info"}
    assert suite.digest() == suite_for("demo", Declared([text(), number()]), NOW).digest()
    assert suite.digest() != stricter.digest()


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("11010519491231002X", True),
        ("证件 11010519491231002X。", True),
        ("13800138000", True),
        ("tel:13800138000;", True),
        ("138001380001", False),
        ("2013-01-01 05:17", False),
        ("91350100M000100Y43", False),
        ("110105194913310021", False),
        ("0164A", False),
        ("N14228", False),
    ],
)
def test_personal_numbers_are_found_in_text_and_other_digits_are_not(value, found):
    assert bool(re.search(PERSONAL_TEXT, value)) is found


@pytest.mark.parametrize(
    ("value", "broken"),
    [
        ("锟斤拷", True),
        ("abc\x00"[:3], False),
        ("a\x07", True),
        ("坏\ufffd", True),
        ("正常，换行\n也行\t", False),
    ],
)
def test_traces_of_wrong_decoding_are_found(value, broken):
    assert bool(re.search(BROKEN_TEXT, value)) is broken


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ("11", True),
        ("110000", True),
        ("4601", True),
        ("460100", True),
        ("460106", True),
        ("460106001", True),
        ("460106001002", True),
        ("46010", False),
        ("060106", False),
        ("46010A", False),
    ],
)
def test_region_codes_have_two_four_six_nine_or_twelve_digits(value, fits):
    assert bool(re.search(REGION_CODE, value)) is fits


def test_mobile_numbers_have_eleven_digits_from_13_to_19():
    assert re.search(MOBILE_NUMBER, "19912345678")
    assert not re.search(MOBILE_NUMBER, "12912345678")
    assert not re.search(MOBILE_NUMBER, "1991234567")
