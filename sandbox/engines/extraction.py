"""How does a version become a file that queries may read? Bounds every unit's rows, once.

One vectorised pass ranks each row twice in a random order, within its unit and full cell (lr) and,
of the rows with lr <= L, within its unit (rn), and keeps those with rn <= K. Both ranks depend on
the rows of their own unit only, so a unit that comes or goes changes no other unit's rows. The
file holds codes and whole units instead of values wherever it can, and no forbidden column.

The random order comes from a hash of a secret salt, the unit and the row's content: the same rows
give the same file, in whatever order they arrive. The bound does not rest on the salt. Rows of a
unit that are equal in every field stand together in that order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sandbox.plans.rules import UNIT_FIELD, filter_field, group_field, sum_field
from sandbox.policies.rules import ColumnKind, ColumnRule, PrivacyPolicy


@dataclass(frozen=True)
class ExtractFacts:
    """What was read and kept. For the bureau only: these are exact figures about the data.

    without_unit: rows that name no unit; nobody could bound them, so they are left out.
    outside: column -> rows whose value is not in the declared domain.
    clipped: column -> rows whose value lies outside the clip bounds.
    unreadable: column -> rows whose value is not of the declared kind.
    """

    rows_read: int
    rows_kept: int
    without_unit: int
    units: int
    outside: dict[str, int]
    clipped: dict[str, int]
    unreadable: dict[str, int]


class ColumnsMissing(Exception):
    """The version has not got these columns of the policy."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self.names = names


def write_extract(
    sources: list[Path], target: Path, policy: PrivacyPolicy, *, salt: int, memory: str = "2GB"
) -> ExtractFacts:
    """Write the extract of one version under one policy and check its bounds.

    Raises: ColumnsMissing.
    """
    connection = duckdb.connect(
        ":memory:", config={"memory_limit": memory, "temp_directory": str(target.parent / "spill")}
    )
    with connection:
        connection.execute("SET preserve_insertion_order = false")
        _require_columns(connection, sources, policy)
        _load_domains(connection, policy)
        _name_units(connection, sources, policy)
        source = _typed_rows(sources, policy)
        facts = _facts(connection, source, policy)
        connection.execute(_copy(source, policy, salt), [str(target)])
        kept, units = _require_bounds(connection, target, policy)
    return ExtractFacts(
        rows_read=facts["rows"][""],
        rows_kept=kept,
        without_unit=facts["without_unit"][""],
        units=units,
        outside=facts["outside"],
        clipped=facts["clipped"],
        unreadable=facts["unreadable"],
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _files(sources: list[Path]) -> str:
    paths = ", ".join("'" + str(path).replace("'", "''") + "'" for path in sources)
    return f"read_parquet([{paths}])"


def _require_columns(
    connection: duckdb.DuckDBPyConnection, sources: list[Path], policy: PrivacyPolicy
) -> None:
    described = connection.execute(f"DESCRIBE SELECT * FROM {_files(sources)}").fetchall()
    present = {row[0] for row in described}
    needed = [column.name for column in policy.columns if _is_used(column, policy)]
    if missing := [name for name in needed if name not in present]:
        raise ColumnsMissing(missing)


def _is_used(column: ColumnRule, policy: PrivacyPolicy) -> bool:
    is_unit = policy.unit is not None and column.name == policy.unit.column
    return is_unit or column.domain is not None or column.clip is not None or column.is_filter


def _load_domains(connection: duckdb.DuckDBPyConnection, policy: PrivacyPolicy) -> None:
    """One small table per grouping column: value -> code. Values are unique: many rows to one."""
    for place, column, domain in policy.grouped():
        kind = _TYPES[column.kind]
        connection.execute(
            f"CREATE TEMP TABLE d{place} AS SELECT unnest(?::{kind}[]) AS v,"
            f" unnest(range(?))::USMALLINT AS code",
            [list(domain.values), domain.size],
        )


def _name_units(
    connection: duckdb.DuckDBPyConnection, sources: list[Path], policy: PrivacyPolicy
) -> None:
    """A number per unit. Numbers cannot collide, as hashes could."""
    if policy.unit is None:
        return
    name = _quoted(policy.unit.column)
    connection.execute(
        f"CREATE TEMP TABLE units AS SELECT name, row_number() OVER () AS u FROM"
        f" (SELECT DISTINCT {name} AS name FROM {_files(sources)} WHERE {name} IS NOT NULL)"
    )


_TYPES = {
    ColumnKind.TEXT: "VARCHAR",
    ColumnKind.INTEGER: "BIGINT",
    ColumnKind.NUMBER: "DOUBLE",
    ColumnKind.DATE: "DATE",
    ColumnKind.MOMENT: "TIMESTAMP",
    ColumnKind.TRUTH: "BOOLEAN",
}


def _typed_rows(sources: list[Path], policy: PrivacyPolicy) -> str:
    """Rows with: u, raw presence r*, typed value v* of each used column, code c* of each key.

    Values that are not of the declared kind, and numbers that are not finite, become missing.
    Where a unit is protected, a row that names none has no u and goes no further.
    """
    parts = []
    joins = []
    for place, column in enumerate(policy.columns):
        if column.domain is not None or column.clip is not None or column.is_filter:
            value = f"TRY_CAST({_quoted(column.name)} AS {_TYPES[column.kind]})"
            if column.kind is ColumnKind.NUMBER:
                value = f"CASE WHEN isfinite({value}) THEN {value} END"
            parts.append(f"{value} AS v{place}")
            parts.append(f"{_quoted(column.name)} IS NOT NULL AS r{place}")
    for place, _, _ in policy.grouped():
        joins.append(f"LEFT JOIN d{place} ON d{place}.v = t.v{place}")
    codes = [f"d{place}.code AS c{place}" for place, _, _ in policy.grouped()]
    unit = "0 AS u"
    if policy.unit is not None:
        parts.append(f"{_quoted(policy.unit.column)} AS unit_name")
        joins.append("LEFT JOIN units ON units.name = t.unit_name")
        unit = "units.u AS u"
    inner = f"SELECT {', '.join(parts)} FROM {_files(sources)}"
    return f"(SELECT t.*, {', '.join([unit, *codes])} FROM ({inner}) t {' '.join(joins)})"


def _facts(
    connection: duckdb.DuckDBPyConnection, source: str, policy: PrivacyPolicy
) -> dict[str, dict[str, int]]:
    counts = {("rows", ""): "count(*)", ("without_unit", ""): "count(*) FILTER (u IS NULL)"}
    for place, column, _ in policy.grouped():
        counts["outside", column.name] = (
            f"count(*) FILTER (v{place} IS NOT NULL AND c{place} IS NULL)"
        )
    for place, column, clip in policy.summed():
        counts["clipped", column.name] = (
            f"count(*) FILTER (v{place} < {clip.low} OR v{place} > {clip.high})"
        )
    for place, column in enumerate(policy.columns):
        if column.domain is not None or column.clip is not None or column.is_filter:
            counts["unreadable", column.name] = f"count(*) FILTER (r{place} AND v{place} IS NULL)"
    row = connection.execute(f"SELECT {', '.join(counts.values())} FROM {source}").fetchone()
    assert row is not None
    facts: dict[str, dict[str, int]] = {"outside": {}, "clipped": {}, "unreadable": {}}
    for (kind, name), number in zip(counts, row, strict=True):
        facts.setdefault(kind, {})[name] = number
    return facts


def _fields(policy: PrivacyPolicy) -> Iterator[tuple[str, str]]:
    """Every field of the extract and what it is made of."""
    for place, _, _ in policy.grouped():
        yield group_field(place), f"c{place}"
    for place, _, clip in policy.summed():
        cut = f"least(greatest(v{place}, {clip.low}), {clip.high})"  # these two skip missing values
        units = f"CAST(round({cut} * {10**clip.places}) AS BIGINT)"
        yield sum_field(place), f"CASE WHEN v{place} IS NOT NULL THEN {units} END"
    for place, _ in policy.filtered():
        yield filter_field(place), f"v{place}"


def _copy(source: str, policy: PrivacyPolicy, salt: int) -> str:
    fields = dict(_fields(policy))
    made = ", ".join(f"{how} AS {field}" for field, how in fields.items())
    options = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 262144)"
    if policy.unit is None:
        return f"COPY (SELECT {made} FROM {source}) TO ? {options}"
    cell = ", ".join([UNIT_FIELD, *(group_field(place) for place, _, _ in policy.grouped())])
    content = ", ".join([f"{salt}::BIGINT", "unit_name", *fields])
    return f"""
        COPY (
            WITH rows AS (
                SELECT {UNIT_FIELD}, unit_name, {made} FROM {source} WHERE {UNIT_FIELD} IS NOT NULL
            ), drawn AS (  -- tie: equal rows stand in one order, whichever it is, in both ranks
                SELECT *, hash({content}) AS lot, row_number() OVER () AS tie FROM rows
            ), in_cell AS (
                SELECT *, row_number() OVER (PARTITION BY {cell} ORDER BY lot, tie) AS lr FROM drawn
                QUALIFY lr <= {policy.rows_per_cell}
            )
            SELECT {", ".join([UNIT_FIELD, "rn::UTINYINT AS rn", "lr::UTINYINT AS lr", *fields])}
            FROM (
                SELECT *, row_number() OVER (PARTITION BY {UNIT_FIELD} ORDER BY lot, tie) AS rn
                FROM in_cell QUALIFY rn <= {policy.rows_per_unit}
            )
        ) TO ? {options}
    """


def _require_bounds(
    connection: duckdb.DuckDBPyConnection, target: Path, policy: PrivacyPolicy
) -> tuple[int, int]:
    """Count the written file again: no unit may have more rows than the policy says.

    Returns: rows and units in the file.
    """
    file = _files([target])
    if policy.unit is None:
        kept = connection.execute(f"SELECT count(*) FROM {file}").fetchone()
        assert kept is not None
        return int(kept[0]), 0
    cell = ", ".join([UNIT_FIELD, *(group_field(place) for place, _, _ in policy.grouped())])
    row = connection.execute(
        f"""
        SELECT sum(n), count(*), max(n), max(most) FROM (
            SELECT sum(n) AS n, max(n) AS most FROM
            (SELECT {UNIT_FIELD}, count(*) AS n FROM {file} GROUP BY {cell}) GROUP BY {UNIT_FIELD}
        )
        """
    ).fetchone()
    assert row is not None
    assert (row[2] or 0) <= policy.rows_per_unit, "a unit has too many rows"
    assert (row[3] or 0) <= policy.rows_per_cell, "a cell has too many rows of a unit"
    return int(row[0] or 0), int(row[1])
