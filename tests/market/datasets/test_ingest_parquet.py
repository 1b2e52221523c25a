"""Does Parquet keep its types where they are the declared ones?"""

import pyarrow as pa
import pytest

from market.datasets.files import FileFault, Place
from tests.market.datasets.files import CODE, COUNT, PARQUET, parquet


def test_parquet_keeps_its_types_where_they_are_the_declared_ones(load):
    data = parquet(code=pa.array(["007", None]), count=pa.array([1, None], pa.int64()))

    assert load.rows(data, CODE, COUNT, reading=PARQUET) == [("007", 1), (None, None)]


def test_parquet_of_other_types_is_converted_or_refused(load):
    whole = parquet(count=pa.array([1.0, float("nan"), 3.0]))
    broken = parquet(count=pa.array([1.0, 2.5]))

    assert load.rows(whole, COUNT, reading=PARQUET) == [(1,), (None,), (3,)]
    assert load.problem(broken, COUNT, reading=PARQUET).places == (Place(2, "count", "2.5"),)


@pytest.mark.parametrize("cut", [8, 200])
def test_parquet_that_was_cut_is_refused(load, cut):
    data = parquet(count=pa.array(range(1000)))[:-cut]

    assert load.problem(data, COUNT, reading=PARQUET).fault is FileFault.BROKEN
