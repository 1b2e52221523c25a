"""What does a version look like in figures? DuckDB, one pass for all columns, in a worker only."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from duckdb_engine import Dialect

from market.datasets.rules import ColumnSpec, TypeCode
from market.proposals.rules import FEW_VALUES, Dependence, Figures, Order, TableProfile
from market.quality import identifiers

TABLE = "version"
COLUMNS_A_PASS = 60
TEXTS_A_PASS = 2  # the tests of many columns in one statement take longer than many statements
LISTS_A_PASS = 8  # each wants some megabytes
REGIONS = "regions"
MOST_TIMES = 6
MOST_CODES = 8
Item = TypeVar("Item")
DIALECT = Dialect(paramstyle="qmark")  # another style would double every % of a statement
DAY_FORM = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def profile_version(
    parquet: Path, columns: Sequence[ColumnSpec], on_day: str, *, memory_mb: int, threads: int
) -> TableProfile:
    """Every column in figures, and what two columns say about each other."""
    config: dict[str, Any] = {"memory_limit": f"{memory_mb}MB", "threads": threads}
    with duckdb.connect(config=config) as connection:
        connection.read_parquet(str(parquet)).create_view(TABLE)
        reader = _Reader(connection)
        rows, figures = reader.figures(columns)
        lists = reader.lists(columns, figures)
        forms = reader.forms(columns, on_day)
        whole = [
            Figures(
                **figures[column.name],
                values=lists.get(column.name, ()),
                **forms.get(column.name, {}),
            )
            for column in columns
        ]
        return TableProfile(rows, whole, reader.orders(columns), reader.dependences(columns, lists))


class _Reader:
    """One open version and the questions asked of it."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection") -> None:
        self._connection = connection

    def _row(self, *asked: Any, source: Any = None) -> Sequence[Any]:
        table = sa.table(TABLE) if source is None else source
        row: Sequence[Any] = self._rows(sa.select(*asked).select_from(table))[0]
        return row

    def _rows(self, query: Any) -> list[Any]:
        text = query.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
        return self._connection.execute(str(text)).fetchall()

    def figures(self, columns: Sequence[ColumnSpec]) -> tuple[int, dict[str, dict[str, Any]]]:
        rows, found = 0, {}
        for some in _groups(columns, COLUMNS_A_PASS):
            asked = [expression for column in some for expression in _figures_of(column)]
            rows, *answers = self._row(sa.func.count(), *asked)
            for column, (filled, distinct, low, high, short, long) in zip(
                some, _groups(answers, 6), strict=True
            ):
                found[column.name] = {
                    "name": column.name,
                    "filled": filled,
                    "distinct": distinct,
                    "smallest": "" if low is None else str(low),
                    "largest": "" if high is None else str(high),
                    "shortest": short,
                    "longest": long,
                }
        return rows, found

    def lists(
        self, columns: Sequence[ColumnSpec], figures: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, tuple[str, ...]]:
        """The values of open text columns that have few."""
        few = [
            column
            for column in columns
            if column.type.is_text
            and not column.sensitivity.is_personal
            and 0 < figures[column.name]["distinct"] <= FEW_VALUES * 1.2  # it is an estimate
        ]
        found: dict[str, tuple[str, ...]] = {}
        for some in _groups(few, LISTS_A_PASS):
            answers = self._row(*[sa.func.list(sa.distinct(_cell(column))) for column in some])
            for column, values in zip(some, answers, strict=True):
                if len(values) <= FEW_VALUES:
                    present = (value for value in values if value is not None)
                    found[column.name] = tuple(sorted(present))
        return found

    def forms(self, columns: Sequence[ColumnSpec], on_day: str) -> dict[str, dict[str, Any]]:
        """How many values of a sample have each form."""
        codes = pa.table({"code": list(identifiers.region_codes(on_day))})
        self._connection.register(REGIONS, codes)
        found: dict[str, dict[str, Any]] = {}
        texts = [column for column in columns if column.type.is_text]
        for some in _groups(texts, TEXTS_A_PASS):
            found |= self._forms_of(some)
        return found

    def _forms_of(self, texts: Sequence[ColumnSpec]) -> dict[str, dict[str, Any]]:
        sample = sa.text('(SELECT * FROM "version" USING SAMPLE 100000 ROWS) AS "sample"')
        tests = {column.name: _tests(_cell(column)) for column in texts}
        asked = [
            expression
            for column in texts
            for expression in (
                sa.func.count(_cell(column)),
                *map(sa.func.count_if, tests[column.name].values()),
            )
        ]
        answers = self._row(*asked, source=sample)
        size = len(answers) // len(texts)
        return {
            column.name: {
                "sampled": sampled,
                "matched": dict(zip(tests[column.name], matched, strict=True)),
            }
            for column, (sampled, *matched) in zip(texts, _groups(answers, size), strict=True)
        }

    def orders(self, columns: Sequence[ColumnSpec]) -> list[Order]:
        """How often one moment of a record is not later than another."""
        pairs = [
            pair
            for kind in (TypeCode.DATE, TypeCode.DATETIME)
            for pair in combinations([c for c in columns if c.type is kind][:MOST_TIMES], 2)
        ]
        if not pairs:
            return []
        asked = [expression for pair in pairs for expression in _order_of(*pair)]
        answers = _groups(self._row(*asked), 3)
        return [
            order
            for (first, second), (compared, up, down) in zip(pairs, answers, strict=True)
            for order in (
                Order(first.name, second.name, compared, up),
                Order(second.name, first.name, compared, down),
            )
            if up != down  # equal throughout says nothing about order
        ]

    def dependences(
        self, columns: Sequence[ColumnSpec], lists: Mapping[str, Sequence[str]]
    ) -> list[Dependence]:
        """Codes that decide another column's value."""
        coded = [c for c in columns if len(lists.get(c.name, ())) > 2][:MOST_CODES]
        return list(self._dependences(coded, lists))

    def _dependences(
        self, coded: Sequence[ColumnSpec], lists: Mapping[str, Sequence[str]]
    ) -> Iterator[Dependence]:
        for first, second in combinations(coded, 2):
            one, other = _cell(first), _cell(second)
            both = sa.and_(one.is_not(None), other.is_not(None))
            pairs = self._rows(
                sa.select(one, other)
                .distinct()
                .select_from(sa.table(TABLE))
                .where(both)
                .order_by(one, other)
                .limit(FEW_VALUES + 1)
            )
            firsts = {pair[0] for pair in pairs}
            if 2 < len(pairs) <= FEW_VALUES and len(firsts) == len(pairs):
                yield Dependence(first.name, second.name, tuple(pairs))


def _groups(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _cell(column: ColumnSpec) -> Any:
    return sa.column(column.name)


def _figures_of(column: ColumnSpec) -> list[Any]:
    cell, nothing = _cell(column), sa.null()
    is_ordered = column.type.is_number or column.type.is_time
    is_open = is_ordered and not column.sensitivity.is_personal
    length = sa.func.length(cell) if column.type.is_text else None
    return [
        sa.func.count(cell),
        sa.func.approx_count_distinct(cell),
        sa.func.min(cell) if is_open else nothing,
        sa.func.max(cell) if is_open else nothing,
        nothing if length is None else sa.func.min(length),
        nothing if length is None else sa.func.max(length),
    ]


def _tests(cell: Any) -> dict[str, Any]:
    return {
        "credit_code": identifiers.is_credit_code(cell),
        "id_card": identifiers.is_id_card(cell),
        "phone": sa.func.regexp_matches(cell, f"^{identifiers.MOBILE}$"),
        "plate": identifiers.is_plate_number(cell),
        "region": cell.in_(sa.select(sa.column("code")).select_from(sa.table(REGIONS))),
        "day": sa.func.regexp_matches(cell, DAY_FORM),
    }


def _order_of(first: ColumnSpec, second: ColumnSpec) -> list[Any]:
    one, other = _cell(first), _cell(second)
    both = sa.and_(one.is_not(None), other.is_not(None))
    return [sa.func.count_if(both), sa.func.count_if(one <= other), sa.func.count_if(other <= one)]
