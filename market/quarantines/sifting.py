"""How are failing records written to a file of their own? By DuckDB, in a worker only."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import sqlalchemy as sa
from duckdb_engine import Dialect

from market.quality.rules import Rule
from market.quarantines.conditions import failing

TABLE = "version"
DIALECT = Dialect(paramstyle="qmark")  # another style would double every % of a statement
MEMORY_MB = 1024


def set_aside(parquet: Path, rules: Mapping[int, Rule], mark: str, target: Path) -> int:
    """Write every record that fails one of the rules, with their positions; how many there are."""
    tests = {position: failing(rule) for position, rule in rules.items()}
    known = [sa.case((test, position)) for position, test in tests.items() if test is not None]
    # Distinct leaves out what is empty: the rules that the record keeps.
    numbers = sa.func.list_value(*known, sa.cast(sa.null(), sa.Integer))
    positions = sa.func.list_sort(sa.func.list_distinct(numbers))
    marked = sa.select(sa.text("*"), positions.label(mark)).select_from(sa.table(TABLE)).subquery()
    chosen = sa.select(sa.text("*")).select_from(marked).where(sa.func.len(marked.c[mark]) > 0)
    query = str(chosen.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
    with duckdb.connect(config={"memory_limit": f"{MEMORY_MB}MB", "threads": 2}) as connection:
        connection.read_parquet(str(parquet)).create_view(TABLE)
        connection.sql(query).write_parquet(str(target))
        connection.read_parquet(str(target)).create_view("failing")
        ((rows,),) = connection.execute("SELECT count(*) FROM failing").fetchall()
    return int(rows)
