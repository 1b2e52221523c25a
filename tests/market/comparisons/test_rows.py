"""Counts of what came, went and changed equal a plain count in Python, for whatever rows."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from market.comparisons.rows import compare_rows
from market.comparisons.rules import Basis, RowDifference

VALUES = st.none() | st.sampled_from(["", "a", "甲", "b'\"c"])
KEYED = st.dictionaries(st.integers(0, 12), st.tuples(VALUES, VALUES), max_size=10)
LOOSE = st.lists(st.tuples(st.integers(0, 2) | st.none(), VALUES), max_size=10)


def write(path: Path, rows: list[tuple[object, ...]], names: list[str]) -> Path:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    types = [pa.int64(), *[pa.string()] * (len(names) - 1)]
    arrays = [pa.array(list(c), t) for c, t in zip(columns, types, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, names=names), path)
    return path


@settings(max_examples=40)
@given(KEYED, KEYED)
def test_by_key_each_row_is_counted_once(tmp_path_factory, earlier, later):
    folder = tmp_path_factory.mktemp("rows")
    names = ["编号", 'na"me', "x"]
    before = write(folder / "a.parquet", [(k, *v) for k, v in earlier.items()], names)
    after = write(folder / "b.parquet", [(k, *v) for k, v in later.items()], names)

    found = compare_rows(before, after, ["编号"], folder)

    both = earlier.keys() & later.keys()
    changed = [key for key in both if earlier[key] != later[key]]
    cells = Counter(
        name
        for key in both
        for name, one, two in zip(names[1:], earlier[key], later[key], strict=True)
        if one != two
    )
    assert found == RowDifference(
        Basis.KEY,
        added=len(later.keys() - earlier.keys()),
        removed=len(earlier.keys() - later.keys()),
        changed=len(changed),
        unchanged=len(both) - len(changed),
        changed_cells=dict(cells),
    )


@settings(max_examples=40)
@given(LOOSE, LOOSE)
def test_by_whole_rows_equal_ones_cancel_out(tmp_path_factory, earlier, later):
    folder = tmp_path_factory.mktemp("rows")
    before = write(folder / "a.parquet", earlier, ["k", "v"])
    after = write(folder / "b.parquet", later, ["k", "v"])

    found = compare_rows(before, after, [], folder)

    one, two = Counter(earlier), Counter(later)
    assert found == RowDifference(
        Basis.ROWS, (two - one).total(), (one - two).total(), 0, (one & two).total(), {}
    )


def test_a_key_that_repeats_is_no_key(tmp_path: Path) -> None:
    before = write(tmp_path / "a.parquet", [(1, "a"), (1, "b")], ["k", "v"])
    after = write(tmp_path / "b.parquet", [(1, "a"), (2, "b")], ["k", "v"])

    found = compare_rows(before, after, ["k"], tmp_path)

    assert (found.basis, found.added, found.removed, found.unchanged) == (Basis.ROWS, 1, 1, 1)


def test_a_column_of_another_type_is_compared_as_text(tmp_path: Path) -> None:
    before = write(tmp_path / "a.parquet", [(1, "5"), (2, "6")], ["k", "v"])
    after = tmp_path / "b.parquet"
    pq.write_table(pa.table({"k": [1, 2], "v": [5, 7], "new": ["x", "y"]}), after)

    found = compare_rows(before, after, ["k"], tmp_path)

    assert (found.changed, found.unchanged, found.changed_cells) == (1, 1, {"v": 1})
