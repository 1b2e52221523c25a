"""Is a declared dictionary usable, and does a file match it?"""

from datetime import date
from decimal import Decimal

import pytest

from market.datasets.rules import (
    MOST_COLUMNS,
    ColumnSpec,
    DictionaryFault,
    DictionaryProblem,
    FormatKind,
    HeaderDifference,
    Sensitivity,
    TypeCode,
    VersionState,
    dictionary_problems,
    header_difference,
    may_move,
    read_bound,
    stored_type,
)


def column(
    name: str = "code", type_code: TypeCode = TypeCode.TEXT, **changes: object
) -> ColumnSpec:
    return ColumnSpec(name, "代码", type_code, **changes)


def test_a_plain_dictionary_has_no_problem():
    assert dictionary_problems([column(), column("amount", TypeCode.MONEY)]) == []


def test_an_empty_dictionary_is_refused():
    assert dictionary_problems([]) == [DictionaryProblem(DictionaryFault.NO_COLUMN)]


def test_three_hundred_columns_are_accepted_and_one_more_is_not():
    many = [column(f"c{number}") for number in range(MOST_COLUMNS)]

    assert dictionary_problems(many) == []
    assert dictionary_problems([*many, column("one_more")]) == [
        DictionaryProblem(DictionaryFault.TOO_MANY)
    ]


def test_names_that_differ_only_in_case_are_one_name():
    problems = dictionary_problems([column("Code"), column("code")])

    assert problems == [
        DictionaryProblem(DictionaryFault.NAME_REPEATED, "Code"),
        DictionaryProblem(DictionaryFault.NAME_REPEATED, "code"),
    ]


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        (column("  "), DictionaryFault.NAME_MISSING),
        (ColumnSpec("a", " ", TypeCode.TEXT), DictionaryFault.TITLE_MISSING),
        (column(is_key=True), DictionaryFault.KEY_MUST_BE_REQUIRED),
        (
            column(type_code=TypeCode.DOUBLE, codes=("1",)),
            DictionaryFault.CODES_NEED_TEXT_OR_INTEGER,
        ),
        (
            column(type_code=TypeCode.INTEGER, format=FormatKind.REGION),
            DictionaryFault.FORMAT_NEEDS_TEXT,
        ),
        (column(format=FormatKind.MOBILE), DictionaryFault.FORMAT_NEEDS_PERSONAL),
        (column(minimum=Decimal(1)), DictionaryFault.RANGE_NEEDS_NUMBER_OR_TIME),
        (
            column(type_code=TypeCode.INTEGER, minimum=Decimal(2), maximum=Decimal(1)),
            DictionaryFault.RANGE_REVERSED,
        ),
        (
            column(type_code=TypeCode.DATE, minimum=date(2021, 1, 2), maximum=date(2021, 1, 1)),
            DictionaryFault.RANGE_REVERSED,
        ),
        (column(type_code=TypeCode.INTEGER, longest=3), DictionaryFault.LENGTH_NEEDS_TEXT),
        (column(longest=0), DictionaryFault.LENGTH_NOT_POSITIVE),
    ],
)
def test_each_fault_of_a_column_is_named(spec, fault):
    assert [problem.fault for problem in dictionary_problems([spec])] == [fault]


@pytest.mark.parametrize(
    "spec",
    [
        column(is_key=True, is_required=True),
        column(type_code=TypeCode.INTEGER, codes=("1", "2")),
        column(format=FormatKind.MOBILE, sensitivity=Sensitivity.PERSONAL),
        column(type_code=TypeCode.INTEGER, minimum=Decimal(1), maximum=Decimal(1)),
        column(type_code=TypeCode.DATE, minimum=date(2021, 1, 1), maximum=date(2021, 1, 1)),
        column(longest=1),
    ],
)
def test_the_other_side_of_each_border_is_accepted(spec):
    assert dictionary_problems([spec]) == []


def test_columns_are_taken_by_name_in_any_order():
    assert header_difference(["a", "b"], ["b", "a"]) is None


def test_missing_unexpected_and_repeated_columns_are_named():
    assert header_difference(["a", "b"], ["b", "c", "c"]) == HeaderDifference(
        missing=("a",), unexpected=("c",), repeated=("c",)
    )


@pytest.mark.parametrize(
    ("type_code", "text", "bound"),
    [
        (TypeCode.INTEGER, " 12 ", Decimal(12)),
        (TypeCode.MONEY, "0.05", Decimal("0.05")),
        (TypeCode.DATE, "2026-01-31", date(2026, 1, 31)),
        (TypeCode.INTEGER, "  ", None),
    ],
)
def test_a_bound_is_typed_like_its_column(type_code, text, bound):
    assert read_bound(type_code, text) == bound


@pytest.mark.parametrize(
    ("type_code", "text"),
    [(TypeCode.INTEGER, "many"), (TypeCode.MONEY, "NaN"), (TypeCode.DATE, "31.1.2026")],
)
def test_a_bound_that_is_no_value_of_its_type_is_refused(type_code, text):
    with pytest.raises(ValueError, match=r".+"):
        read_bound(type_code, text)


def test_every_type_code_has_a_stored_type():
    assert {stored_type(code) for code in TypeCode} == {
        "VARCHAR",
        "DOUBLE",
        "BIGINT",
        "DECIMAL(18,2)",
        "DATE",
        "TIMESTAMP",
        "BOOLEAN",
    }


def test_a_finished_version_never_moves_again():
    for state in VersionState:
        assert not may_move(VersionState.READY, state)
        assert not may_move(VersionState.REFUSED, state)


def test_a_version_is_loaded_only_after_its_reading_is_confirmed():
    assert not may_move(VersionState.DELIVERED, VersionState.LOADING)
    assert may_move(VersionState.DELIVERED, VersionState.QUEUED)
    assert may_move(VersionState.QUEUED, VersionState.LOADING)
    assert may_move(VersionState.LOADING, VersionState.READY)
