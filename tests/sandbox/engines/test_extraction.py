import random
from collections import Counter, defaultdict
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.engines.extraction import ColumnsMissing, write_extract
from tests.factories.sandbox import make_extract, make_policy, make_rows, write_rows

CELL = ("g1", "g2", "g3")


def read(path: Path) -> list[dict[str, object]]:
    return pq.read_table(path).to_pylist()


def contents(path: Path) -> Counter[tuple[object, ...]]:
    """The rows without the number of their unit, which means nothing by itself."""
    return Counter(tuple(v for k, v in row.items() if k != "u") for row in read(path))


@pytest.mark.parametrize(("most", "in_cell"), [(1, 1), (3, 2), (8, 2), (254, 254)])
def test_no_unit_has_more_rows_than_the_policy_allows(tmp_path, most, in_cell):
    policy = make_policy(rows_per_unit=most, rows_per_cell=in_cell)

    rows = read(make_extract(tmp_path, make_rows(), policy))

    assert max(Counter(row["u"] for row in rows).values()) <= most
    cells = Counter((row["u"], *(row[key] for key in CELL)) for row in rows)
    assert max(cells.values()) <= in_cell


def test_every_row_within_the_bounds_is_kept(tmp_path):
    policy = make_policy(rows_per_unit=254, rows_per_cell=254)

    rows = make_rows()
    source = write_rows(rows, tmp_path / "v.parquet")

    facts = write_extract([source], tmp_path / "e.parquet", policy, salt=1)

    named = sum(row["shop"] is not None for row in rows)
    assert (facts.rows_read, facts.rows_kept, facts.without_unit) == (400, named, 400 - named)


def test_a_row_that_names_no_unit_is_left_out(tmp_path):
    rows = [{**row, "shop": None} for row in make_rows(50)]
    rows.append({**rows[0], "shop": "甲"})

    kept = read(make_extract(tmp_path, rows, make_policy(rows_per_unit=1, rows_per_cell=1)))

    assert len(kept) == 1


def test_the_file_holds_no_column_that_the_policy_forbids(tmp_path):
    (row, *_) = read(make_extract(tmp_path, make_rows(), make_policy()))

    fields = ["u", "rn", "lr", "g1", "g2", "g3", "a4", "a5", "f4", "f6", "f7", "f8", "f9", "f10"]
    assert list(row) == fields
    assert "13800000000" not in map(str, row.values())


def test_values_become_codes_and_whole_units_within_their_bounds(tmp_path):
    rows = read(
        make_extract(tmp_path, make_rows(), make_policy(rows_per_unit=254, rows_per_cell=254))
    )

    assert {row["g1"] for row in rows} == {0, 1, 2, 3, None}
    assert {row["g2"] for row in rows} == {*range(12), None}
    assert {row["a4"] for row in rows} == {0, 50, 99, 100, None}
    assert {row["a5"] for row in rows} == {-5000, 13, 1999, 20000, None}
    assert {row["f9"] for row in rows} == {0.1, 0.5, None}


def test_what_the_policy_misses_is_counted_for_the_bureau(tmp_path):
    rows = make_rows()
    source = write_rows(rows, tmp_path / "v.parquet")

    facts = write_extract([source], tmp_path / "e.parquet", make_policy(), salt=1)

    assert facts.outside["区"] == sum(row["区"] == "通州" for row in rows)
    assert facts.outside["month"] == sum(row["month"] == 13 for row in rows)
    assert facts.clipped["score"] == sum((row["score"] or 0) not in range(101) for row in rows)
    assert facts.unreadable["ratio"] == sum(str(row["ratio"]) in ("nan", "-inf") for row in rows)


def test_a_value_of_another_kind_becomes_missing_and_stops_nothing(tmp_path):
    source = tmp_path / "text.parquet"
    columns = ", ".join(f"'zz' AS \"{c.name}\"" for c in make_policy().columns)
    duckdb.execute(f"COPY (SELECT {columns}) TO '{source}' (FORMAT parquet)")

    facts = write_extract([source], tmp_path / "e.parquet", make_policy(), salt=1)

    assert facts.unreadable["day"] == facts.unreadable["score"] == 1
    assert read(tmp_path / "e.parquet")[0]["a4"] is None


def test_the_same_rows_in_another_order_or_in_several_files_give_the_same_extract(tmp_path):
    rows = make_rows(300)
    shuffled = random.Random(3).sample(rows, len(rows))
    whole = write_rows(rows, tmp_path / "a.parquet")
    parts = [
        write_rows(shuffled[:111], tmp_path / "b.parquet"),
        write_rows(shuffled[111:], tmp_path / "c.parquet"),
    ]
    policy = make_policy(rows_per_unit=3, rows_per_cell=2)

    write_extract([whole], tmp_path / "one.parquet", policy, salt=9)
    write_extract(parts, tmp_path / "two.parquet", policy, salt=9)

    assert contents(tmp_path / "one.parquet") == contents(tmp_path / "two.parquet")


@pytest.mark.parametrize(("most", "in_cell", "kept"), [(8, 8, 8), (8, 2, 6), (5, 2, 5), (3, 3, 3)])
def test_of_equal_rows_as_many_are_kept_as_the_bounds_allow(tmp_path, most, in_cell, kept):
    row = {**make_rows(1)[0], "shop": "甲"}
    rows = [{**row, "month": month} for month in (1, 2, 3) for _ in range(20)]
    policy = make_policy(rows_per_unit=most, rows_per_cell=in_cell)

    found = [len(read(make_extract(tmp_path, rows, policy))) for _ in range(3)]

    assert found == [kept] * 3


def test_another_salt_keeps_other_rows(tmp_path):
    source = write_rows(make_rows(), tmp_path / "v.parquet")
    policy = make_policy(rows_per_unit=2, rows_per_cell=1)

    for salt in (1, 2):
        write_extract([source], tmp_path / f"{salt}.parquet", policy, salt=salt)

    assert contents(tmp_path / "1.parquet") != contents(tmp_path / "2.parquet")


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6), leaving=st.sampled_from(["甲", "s1", "s2"]), most=st.integers(1, 4)
)
def test_a_unit_that_leaves_changes_no_other_unit(tmp_path_factory, seed, leaving, most):
    """The heart of the guarantee: a rank depends on the rows of its own unit only."""
    folder = tmp_path_factory.mktemp("neighbours")
    policy = make_policy(rows_per_unit=most, rows_per_cell=1)
    rows = make_rows(200, seed)
    without = [row for row in rows if row["shop"] != leaving]

    for name, these in (("with", rows), ("without", without)):
        source = write_rows(these, folder / f"{name}_v.parquet")
        write_extract([source], folder / f"{name}.parquet", policy, salt=5)

    lost = contents(folder / "with.parquet") - contents(folder / "without.parquet")
    assert not contents(folder / "without.parquet") - contents(folder / "with.parquet")
    assert lost.total() <= most


def test_a_policy_for_columns_that_the_version_lacks_is_refused_by_name(tmp_path):
    source = tmp_path / "v.parquet"
    duckdb.execute(f"COPY (SELECT 1 AS shop, 'x' AS \"区\") TO '{source}' (FORMAT parquet)")

    with pytest.raises(ColumnsMissing) as caught:
        write_extract([source], tmp_path / "e.parquet", make_policy(), salt=1)

    assert "month" in caught.value.names
    assert "phone" not in caught.value.names


def test_open_statistics_keep_every_row_and_no_unit(tmp_path):
    policy = make_policy(unit=None, is_open=True, caps=None)

    rows = read(make_extract(tmp_path, make_rows(), policy))

    assert len(rows) == 400
    assert not {"u", "rn", "lr"} & set(rows[0])


def test_column_names_with_quotes_and_domains_with_quotes_are_only_names(tmp_path):
    rows = make_rows(60)
    groups = defaultdict(int)
    for row in rows:
        row["区"] = random.Random(str(row)).choice(["a'b", 'a"b', "东城"])
        groups[row["区"]] += row["shop"] is not None
    policy = make_policy(rows_per_unit=254, rows_per_cell=254)
    domain = policy.columns[1].domain.model_copy(update={"values": ("a'b", 'a"b')})
    quoted = policy.columns[1].model_copy(update={"domain": domain})
    policy = policy.model_copy(update={"columns": (policy.columns[0], quoted, *policy.columns[2:])})

    kept = Counter(row["g1"] for row in read(make_extract(tmp_path, rows, policy)))

    assert kept == {0: groups["a'b"], 1: groups['a"b'], None: groups["东城"]}
