"""Does a delivered file become exactly what was declared, or a clear refusal that loses nothing?"""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.datasets.encodings import Encoding, FileKind
from market.datasets.files import FileFault, FileRefused, Place
from market.datasets.ingest import Dictionary, Reading, load_file
from market.datasets.rules import ColumnSpec, Sensitivity, TypeCode
from tests.market.datasets.files import (
    CODE,
    COUNT,
    CSV,
)


def test_codes_that_look_like_numbers_stay_text(load):
    rows = load.rows(b"code,count\n0164A,1\n007,2\n1e5,3\n", CODE, COUNT)

    assert rows == [("0164A", 1), ("007", 2), ("1e5", 3)]


def test_columns_are_taken_by_name_and_stored_in_the_order_of_the_dictionary(load):
    rows = load.rows(b"count,code\n1,a\n", CODE, COUNT)

    assert rows == [("a", 1)]


def test_every_declared_type_is_stored_as_such(load):
    columns = [ColumnSpec(code.name.lower(), "字段", code) for code in TypeCode]
    header = ",".join(column.name for column in columns)
    line = "a,1.5,2.50,2026-01-31,2026-01-31 08:30:00,是,memo,general,-1e3,+7,.5"

    rows = load.rows(f"{header}\n{line}\n".encode(), *columns)

    assert rows == [
        (
            "a",
            1.5,
            Decimal("2.50"),
            date(2026, 1, 31),
            datetime(2026, 1, 31, 8, 30),  # noqa: DTZ001 - a civil moment
            True,
            "memo",
            "general",
            -1000.0,
            7,
            0.5,
        )
    ]


@pytest.mark.parametrize(
    ("type_code", "text", "value"),
    [
        (TypeCode.INTEGER, " 12 ", 12),
        (TypeCode.INTEGER, "12.0", 12),
        (TypeCode.INTEGER, "-9223372036854775808", -(2**63)),
        (TypeCode.MONEY, "3.100", Decimal("3.10")),
        (TypeCode.DATE, "2026/1/5", date(2026, 1, 5)),
        (TypeCode.DATE, "20260105", date(2026, 1, 5)),
        (TypeCode.DATE, "2026年1月5日", date(2026, 1, 5)),
        (TypeCode.DATE, "1899-12-31", date(1899, 12, 31)),
        (TypeCode.DATE, "2026-01-05 00:00:00", date(2026, 1, 5)),
        (TypeCode.DATETIME, "2013-01-01T05:00:00Z", datetime(2013, 1, 1, 5)),  # noqa: DTZ001
        (TypeCode.DATETIME, "2013/1/1 5:00", datetime(2013, 1, 1, 5)),  # noqa: DTZ001
        (TypeCode.LOGICAL, "否", False),
        (TypeCode.LOGICAL, "Y", True),
        (TypeCode.DOUBLE, "1.", 1.0),
        (TypeCode.TEXT, " kept ", " kept "),
    ],
)
def test_usual_ways_of_writing_a_value_are_read(load, type_code, text, value):
    assert load.rows(
        f"v,w\n{text},x\n".encode(),
        ColumnSpec("v", "值", type_code),
        ColumnSpec("w", "值", TypeCode.TEXT),
    ) == [(value, "x")]


@pytest.mark.parametrize(
    ("type_code", "text"),
    [
        (TypeCode.INTEGER, "1.5"),
        (TypeCode.INTEGER, "9223372036854775808"),
        (TypeCode.INTEGER, "0x1F"),
        (TypeCode.INTEGER, "1_000"),
        (TypeCode.INTEGER, "１２"),
        (TypeCode.DOUBLE, '"1,234"'),
        (TypeCode.DOUBLE, "nan"),
        (TypeCode.DOUBLE, "inf"),
        (TypeCode.MONEY, "1.005"),
        (TypeCode.DATE, "2026-02-30"),
        (TypeCode.DATE, "2026-01-05 10:00:00"),
        (TypeCode.DATE, "05/01/2026"),
        (TypeCode.DATETIME, "noon"),
        (TypeCode.LOGICAL, "maybe"),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_never_bent_into_it(load, type_code, text):
    problem = load.problem(f"v\n{text}\n".encode(), ColumnSpec("v", "值", type_code))

    assert problem.fault is FileFault.WRONG_TYPES
    assert problem.places == (Place(1, "v", text.strip('"')),)


def test_marks_of_missing_values_are_read_as_empty(load):
    rows = load.rows(b"code,count\nNA,NA\n,\n-,3\n", CODE, COUNT, marks=("NA", "-"))

    assert rows == [(None, None), (None, None), (None, 3)]


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8),
            st.integers(-(2**63), 2**63 - 1),
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([Encoding.UTF_8, Encoding.GB18030, Encoding.UTF_16]),
    st.sampled_from([",", ";", "\t"]),
)
def test_what_is_written_in_any_encoding_is_read_back(load, records, encoding, delimiter):
    lines = [
        f'"{text.replace(chr(34), chr(34) * 2)}"{delimiter}{number}' for text, number in records
    ]
    data = "\n".join([f"code{delimiter}count", *lines]).encode(encoding.value)

    rows = load.rows(data, CODE, COUNT, reading=Reading(FileKind.CSV, encoding, delimiter))

    assert rows == records


# ---- text files ----


def test_a_byte_order_mark_is_no_part_of_the_first_name(load):
    assert load.rows("\ufeffcode,count\n甲,1\n".encode(), CODE, COUNT) == [("甲", 1)]


def test_line_ends_of_every_system_even_mixed_are_read(load):
    assert load.rows(b"code,count\na,1\r\nb,2\rc,3\n", CODE, COUNT) == [
        ("a", 1),
        ("b", 2),
        ("c", 3),
    ]


def test_a_quoted_value_may_hold_delimiters_quotes_and_line_ends(load):
    assert load.rows(b'code,count\n"a,""b""\nc",1\n', CODE, COUNT) == [('a,"b"\nc', 1)]


def test_a_wrong_encoding_is_refused_with_the_line(load):
    data = "code,count\n好,1\n坏,2\n".encode("gb18030")

    problem = load.problem(data, CODE, COUNT)

    assert problem.fault is FileFault.WRONG_ENCODING
    assert problem.facts == {"line": 2, "encoding": Encoding.UTF_8}


def test_a_file_that_changes_its_encoding_midway_is_refused_with_the_line(load):
    data = "code,count\n好,1\n".encode() + "坏,2\n".encode("gb18030")

    assert load.problem(data, CODE, COUNT).facts["line"] == 3


def test_ragged_rows_are_listed_by_line(load):
    problem = load.problem(b"code,count\na,1\nb\nc,3\nd,4,5\n", CODE, COUNT)

    assert problem.fault is FileFault.RAGGED_ROWS
    assert problem.facts == {"count": 2, "expected": 2}
    assert [place.row for place in problem.places] == [3, 5]


def test_an_open_quote_is_refused_with_its_line(load):
    problem = load.problem(b'code,count\na,1\n"b,2\nc,3\n', CODE, COUNT)

    assert problem.fault is FileFault.BROKEN_QUOTES
    assert problem.places[0].row == 3


@pytest.mark.parametrize("data", [b"", b"\n\n", b"code,count\n", b"code,count"])
def test_an_empty_file_is_refused(load, data):
    assert load.problem(data, CODE, COUNT).fault is FileFault.EMPTY


def test_a_header_that_differs_from_the_dictionary_is_refused_by_name(load):
    problem = load.problem(b"code,extra,extra\na,1,2\n", CODE, COUNT)

    assert problem.fault is FileFault.HEADER_MISMATCH
    assert problem.facts == {
        "missing": ("count",),
        "unexpected": ("extra",),
        "repeated": ("extra",),
    }


def test_of_a_header_that_differs_in_everything_only_the_beginning_is_repeated(load):
    names = [f"c{number}" for number in range(299)]
    header = ",".join(["x" * 500, *names])

    facts = load.problem(f"{header}\n{'1,' * 299}1\n".encode(), CODE, COUNT).facts

    assert facts["unexpected"] == ("x" * 60 + "…", *names[:19], "… (+280)")


def test_three_hundred_columns_are_loaded_and_one_more_is_refused(load):
    columns = [ColumnSpec(f"c{number}", "字段", TypeCode.INTEGER) for number in range(300)]
    header = ",".join(column.name for column in columns)
    line = ",".join(["1"] * 300)

    assert load(f"{header}\n{line}\n".encode(), *columns).rows == 1
    problem = load.problem(f"{header},more\n{line},1\n".encode(), *columns)
    assert problem.fault is FileFault.TOO_MANY_COLUMNS
    assert problem.facts == {"found": 301, "most": 300}


def test_the_first_hundred_wrong_values_are_listed_and_all_are_counted(load):
    lines = "".join(f"a{n},{'x' if n % 2 else n}\n" for n in range(500))

    problem = load.problem(f"code,count\n{lines}".encode(), CODE, COUNT)

    assert problem.facts == {"count": 250}
    assert len(problem.places) == 100
    assert problem.places[0] == Place(2, "count", "x")
    assert problem.places[-1] == Place(200, "count", "x")


def test_a_wrong_personal_value_is_placed_but_not_repeated(load):
    card = ColumnSpec("age", "年龄", TypeCode.INTEGER, sensitivity=Sensitivity.PERSONAL)

    assert load.problem(b"age\nsecret\n", card).places == (Place(1, "age", ""),)


def test_names_in_every_script_and_with_quotes_are_kept(load):
    column = ColumnSpec('数 "x"; DROP', "字段", TypeCode.INTEGER)

    loaded = load('"数 ""x""; DROP"\n1\n'.encode(), column)

    assert pq.read_schema(loaded.parquet).names == ['数 "x"; DROP']


def test_progress_counts_rows_and_ends_with_all_of_them(workshop, tmp_path):
    source = tmp_path / "rows.csv"
    source.write_text("count\n" + "".join(f"{n}\n" for n in range(20_000)))
    seen: list[int] = []

    load_file(source, CSV, Dictionary([COUNT]), workshop, seen.append)

    assert seen[-1] == 20_000
    assert seen[0] > 0


# ---- workbooks ----


def test_the_source_is_left_as_it_was_when_it_is_refused(workshop, tmp_path):
    source = Path(tmp_path / "kept.csv")
    source.write_bytes(b"count\nx\n")

    with pytest.raises(FileRefused):
        load_file(source, CSV, Dictionary([COUNT]), workshop)

    assert source.read_bytes() == b"count\nx\n"
