"""Does the profile of a version say what it looks like, without showing what is personal?"""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from market.datasets.profiles import profile_of
from market.datasets.rules import ColumnSpec, Sensitivity, TypeCode


@pytest.fixture
def parquet(tmp_path):
    path = tmp_path / "version.parquet"
    table = pa.table(
        {
            "n": pa.array([1, 2, 2, None], pa.int64()),
            "day": pa.array([date(2026, 1, 1), date(1899, 12, 31), None, None]),
            "name": pa.array(["甲", "乙", "甲", None]),
            "empty": pa.array([None] * 4, pa.float64()),
        }
    )
    pq.write_table(table, path)
    return path


def test_numbers_days_and_texts_are_summed_up(parquet):
    number, day, name, empty = profile_of(
        parquet,
        [
            ColumnSpec("n", "数", TypeCode.INTEGER),
            ColumnSpec("day", "日", TypeCode.DATE),
            ColumnSpec("name", "名", TypeCode.TEXT),
            ColumnSpec("empty", "空", TypeCode.DOUBLE),
        ],
    )

    assert (number.sampled, number.filled, number.distinct) == (4, 3, 2)
    assert (number.smallest, number.largest, number.mean) == ("1", "2", "1.66667")
    assert (day.smallest, day.largest, day.mean) == ("1899-12-31", "2026-01-01", "")
    assert (name.distinct, name.smallest, name.largest) == (2, "", "")
    assert (empty.filled, empty.smallest, empty.mean) == (0, "", "")


def test_of_a_personal_column_only_counts_are_given(parquet):
    column = ColumnSpec("n", "年龄", TypeCode.INTEGER, sensitivity=Sensitivity.PERSONAL)

    (profile,) = profile_of(parquet, [column])

    assert profile.filled == 3
    assert (profile.smallest, profile.largest, profile.mean) == ("", "", "")
