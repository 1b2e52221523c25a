"""How many rows came, went and changed between two Parquet files? In a worker only, by DuckDB.

Values are only compared, never kept: what comes out is counts.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from market.comparisons.rules import Basis, RowDifference

MEMORY = "1GB"
THREADS = 2


def compare_rows(earlier: Path, later: Path, keys: Sequence[str], folder: Path) -> RowDifference:
    """By key where there is one and it is unique and filled in both files, else by whole rows.

    Columns that only one of them has are left out; of two types, texts are compared. folder: for
    what does not fit into memory.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": THREADS,
        "memory_limit": MEMORY,
        "temp_directory": str(folder),
    }
    with duckdb.connect(config=config) as connection:
        connection.read_parquet(str(earlier)).create_view("earlier")
        connection.read_parquet(str(later)).create_view("later")
        types = _types(connection, "earlier"), _types(connection, "later")
        shared = [name for name in types[0] if name in types[1]]
        terms = {name: _term(name, types[0][name] == types[1][name]) for name in shared}
        if keys and set(keys) <= set(shared) and _are_keys(connection, keys):
            return _by_key(connection, keys, terms)
        return _by_rows(connection, terms)


def _types(connection: duckdb.DuckDBPyConnection, view: str) -> dict[str, str]:
    found = connection.sql(f"FROM {view}")
    return dict(zip(found.columns, map(str, found.types), strict=True))


def _term(name: str, is_same_type: bool) -> str:
    return _quoted(name) if is_same_type else f"{_quoted(name)}::VARCHAR"


def _are_keys(connection: duckdb.DuckDBPyConnection, keys: Sequence[str]) -> bool:
    names = ", ".join(map(_quoted, keys))
    filled = " AND ".join(f"{_quoted(key)} IS NOT NULL" for key in keys)
    for view in ("earlier", "later"):
        total, distinct = _one(
            connection,
            f"SELECT count(*), (SELECT count(*) FROM"
            f" (SELECT DISTINCT {names} FROM {view} WHERE {filled})) FROM {view}",
        )
        if total != distinct:
            return False
    return True


def _by_key(
    connection: duckdb.DuckDBPyConnection, keys: Sequence[str], terms: dict[str, str]
) -> RowDifference:
    others = [name for name in terms if name not in keys]
    columns = [*(f"{terms[key]} AS k{place}" for place, key in enumerate(keys))]
    columns += [f"{terms[name]} AS c{place}" for place, name in enumerate(others)]
    side = f"SELECT {', '.join(columns)}, true AS here FROM"
    same_key = " AND ".join(f"a.k{place} = b.k{place}" for place in range(len(keys)))
    differs = [f"a.c{place} IS DISTINCT FROM b.c{place}" for place in range(len(others))]
    both = "a.here AND b.here"
    any_differs = " OR ".join(differs) or "false"
    counts = [
        "count(*) FILTER (WHERE a.here IS NULL)",
        "count(*) FILTER (WHERE b.here IS NULL)",
        f"count(*) FILTER (WHERE {both} AND ({any_differs}))",
        f"count(*) FILTER (WHERE {both} AND NOT ({any_differs}))",
        *(f"count(*) FILTER (WHERE {both} AND {one})" for one in differs),
    ]
    added, removed, changed, unchanged, *cells = _one(
        connection,
        f"SELECT {', '.join(counts)} FROM ({side} earlier) a"
        f" FULL JOIN ({side} later) b ON {same_key}",
    )
    changed_cells = {name: number for name, number in zip(others, cells, strict=True) if number}
    return RowDifference(Basis.KEY, added, removed, changed, unchanged, changed_cells)


def _by_rows(connection: duckdb.DuckDBPyConnection, terms: dict[str, str]) -> RowDifference:
    """Equal rows cancel each other out, however often each file has them."""
    columns = ", ".join(f"{term} AS c{place}" for place, term in enumerate(terms.values()))
    names = ", ".join(f"c{place}" for place in range(len(terms)))
    added, removed, before = _one(
        connection,
        f"SELECT coalesce(sum(greatest(balance, 0)), 0)::BIGINT,"
        f" coalesce(sum(greatest(-balance, 0)), 0)::BIGINT,"
        f" (SELECT count(*) FROM earlier) FROM (SELECT sum(side) AS balance FROM"
        f" (SELECT {columns}, -1 AS side FROM earlier UNION ALL"
        f" SELECT {columns}, 1 AS side FROM later) GROUP BY {names})",
    )
    return RowDifference(Basis.ROWS, added, removed, 0, before - removed, {})


def _one(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[int, ...]:
    found = connection.execute(statement).fetchone()
    if found is None:
        raise LookupError
    return tuple(int(value) for value in found)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
