"""Quality: what do judgement and proposal cost beside the plainest SQL that counts the same?

Every figure is taken in a process of its own, after its imports. Great Expectations on pandas is
measured on three million rows, and so is ours beside it: the whole would need 5 GB.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.claims import Bench, Claim, at_least, at_most
from market.datasets.rules import ColumnSpec, TypeCode
from market.quality.rules import Counting, Indicator, Rule, Severity
from market.quality.suites import PERSONAL_TEXT, Suite, expectation_of

ROWS = 10_000_000
PART = 3_000_000
MEMORY_MB, THREADS = 2048, 2
REGIONS = [f"{number}" for number in range(110_000, 113_300)]
KINDS = [f"kind {number}" for number in range(10)]
BEGIN, END = date(2015, 1, 1), date(2026, 1, 1)
COLUMNS = (
    ColumnSpec("id", "编号", TypeCode.TEXT),
    ColumnSpec("uscc", "代码", TypeCode.TEXT),
    ColumnSpec("region", "区划", TypeCode.TEXT),
    ColumnSpec("kind", "种类", TypeCode.TEXT),
    ColumnSpec("name", "名称", TypeCode.TEXT),
    ColumnSpec("n1", "甲", TypeCode.INTEGER),
    ColumnSpec("n2", "乙", TypeCode.DOUBLE),
    ColumnSpec("money", "金额", TypeCode.MONEY),
    ColumnSpec("begun", "开始", TypeCode.DATE),
    ColumnSpec("ended", "结束", TypeCode.DATE),
    ColumnSpec("moment", "时刻", TypeCode.DATETIME),
    ColumnSpec("flag", "标记", TypeCode.LOGICAL),
)
# A hundred thousand credit codes whose check character is right for nearly all.
MAKE = """
COPY (SELECT 'k' || (i % {keys})::VARCHAR AS id, codes.code AS uscc,
  (110000 + i * 7 % 3310)::VARCHAR AS region, 'kind ' || (i * 13 % 10)::VARCHAR AS kind,
  'name ' || (i % 977)::VARCHAR || CASE WHEN i % 1009 = 0 THEN '?' ELSE '' END AS name,
  CASE WHEN i % 101 = 0 THEN NULL ELSE (i * 31 % 1000)::BIGINT END AS n1,
  sin(i) * 100 AS n2, ((i * 17 % 100000) / 100)::DECIMAL(18,2) AS money,
  DATE '2015-01-01' + (i % 4018)::INTEGER AS begun,
  DATE '2015-01-01' + (i % 4018 + i % 30 - CASE WHEN i % 1013 = 0 THEN 40 ELSE 0 END)::INTEGER
    AS ended,
  TIMESTAMP '2020-01-01' + to_seconds(i % 9000000) AS moment, i % 2 = 0 AS flag
  FROM range({rows}) made(i) JOIN codes ON codes.place = i % 100000) TO '{path}' (FORMAT parquet)
"""


def rule(expectation: str, counting: Counting = Counting.VALUES, **arguments: object) -> Rule:
    return Rule(expectation, arguments, Indicator.CONTENT, Severity.WARNING, counting, "规则")


def suite() -> list[Rule]:
    """Twenty-five rules of the kinds that suites are made of."""
    filled = ("id", "uscc", "region", "kind", "n1", "begun")
    between = (
        ("n1", 0, 990),
        ("n2", -99, 99),
        ("money", 0, 990),
        ("begun", BEGIN, END),
        ("ended", BEGIN, END),
    )
    name = "expect_column_values_"
    return [
        rule(
            "expect_table_columns_to_match_set",
            Counting.STATEMENT,
            column_set=[column.name for column in COLUMNS],
            exact_match=True,
        ),
        *(rule(f"{name}to_not_be_null", Counting.FILLED, column=one) for one in filled),
        *(
            rule(f"{name}to_be_between", column=one, min_value=low, max_value=high)
            for one, low, high in between
        ),
        *_of_texts(name),
        rule(f"{name}to_be_unique", column="id"),
        rule(
            "expect_compound_columns_to_be_unique",
            Counting.RECORDS,
            column_list=["id", "region", "kind"],
            ignore_row_if="never",
        ),
        rule(
            "expect_column_pair_values_a_to_be_greater_than_b",
            column_A="ended",
            column_B="begun",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
        ),
        rule("expect_table_row_count_to_be_between", Counting.ROW_NUMBER, min_value=1),
        rule("expect_column_max_to_be_between", Counting.STATEMENT, column="n1", max_value=999),
    ]


def _of_texts(name: str) -> list[Rule]:
    """Code tables, lengths and patterns."""
    return [
        rule(f"{name}to_be_in_set", column="kind", value_set=KINDS[:9]),
        rule(f"{name}to_be_in_set", column="region", value_set=REGIONS),
        rule("expect_column_value_lengths_to_be_between", column="id", min_value=2, max_value=8),
        rule("expect_column_value_lengths_to_be_between", column="name", min_value=1, max_value=9),
        rule(f"{name}to_match_regex", column="id", regex="^k[0-9]+$"),
        rule(f"{name}to_match_regex", column="region", regex="^11[0-9]{4}$"),
        rule(f"{name}to_match_regex", column="name", regex="^name [0-9]+$"),
        rule(f"{name}to_not_match_regex", column="name", regex=PERSONAL_TEXT),
    ]


def judged() -> Iterator[Claim]:
    """The suite on ten million rows beside hand SQL; on three million beside pandas."""
    with _tables() as (whole, part):
        ours, hand = _measured("suite", whole), _measured("sql", whole)
        small, pandas = _measured("suite", part), _measured("pandas", part)
        assert ours["unexpected"] == hand["unexpected"]
        assert small["unexpected"] == pandas["unexpected"]
        code = _measured("code", whole)["wall"] - _measured("nothing", whole)["wall"]
        offered = _measured("proposal", whole)
    told = f"25 rules, {ROWS:,} rows x {len(COLUMNS)} columns, beside one-pass hand SQL"
    yield at_most(f"{told}: CPU", ours["cpu"], "s", hand["cpu"], 1.3)
    yield at_most(f"{told}: wall", ours["wall"], "s", hand["wall"], 1.5)
    told = f"25 rules, {PART:,} rows, beside Great Expectations on pandas"
    yield at_least(f"{told}: speed", 1 / small["wall"], "1/s", 1 / pandas["wall"], 6)
    yield at_most(f"{told}: memory", small["peak"], "MB", pandas["peak"], 0.4)
    told = f"credit codes of {ROWS:,} rows, 100,000 different, over the suite's own start"
    yield at_most(told, code, "s", 2, 1)
    told = f"profile and proposed rules, each tried, {ROWS:,} rows"
    yield at_most(told, offered["wall"], "s", 20, 1)


class _tables:  # noqa: N801 - used as a with-block only
    """Two Parquet files: the whole and a part."""

    def __enter__(self) -> tuple[Path, Path]:
        self._folder = tempfile.TemporaryDirectory(prefix="bench-quality-")
        whole, part = (Path(self._folder.name) / name for name in ("whole", "part"))
        _measured("make", whole, str(ROWS))
        _measured("make", part, str(PART))
        return whole, part

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def _measured(work: str, path: Path, *more: str) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.quality", work, str(path), *more],
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return figures


# ---- in the process that is measured ----


def _make(path: Path, rows: str) -> None:
    import duckdb

    with duckdb.connect() as connection:
        letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
        total = " + ".join(
            f"(instr('{letters}', substr(body, {place + 1}, 1)) - 1) * {pow(3, place, 31)}"
            for place in range(17)
        )
        connection.execute(
            "CREATE TABLE codes AS SELECT place, CASE WHEN place % 997 = 0 THEN body || 'X'"
            f" ELSE body || substr('{letters}', (31 - ({total}) % 31) % 31 + 1, 1) END AS code"
            " FROM (SELECT i AS place, '91110105' || printf('%09d', i * 7919) AS body"
            " FROM range(100000) made(i))"
        )
        connection.execute(MAKE.format(rows=rows, keys=int(rows) - 1000, path=path))


def _suite(path: Path, rules: list[Rule]) -> list[int | None]:
    from market.quality.runner import run_suite

    found = run_suite(
        Suite("bench", tuple(rules)),
        path,
        memory_mb=MEMORY_MB,
        threads=THREADS,
        on_progress=lambda _: None,
    )
    return [outcome.unexpected for outcome in found]


def _sql(path: Path) -> list[int | None]:
    """The same counts by hand: one aggregate, and a GROUP BY for each uniqueness."""
    import duckdb

    def failing(condition: str) -> str:
        return f"count(*) FILTER (WHERE {condition})"

    personal = PERSONAL_TEXT.replace("'", "''")
    regions, kinds = str(REGIONS)[1:-1], str(KINDS[:9])[1:-1]
    counted = [
        *(failing(f"{one} IS NULL") for one in ("id", "uscc", "region", "kind", "n1", "begun")),
        failing("n1 NOT BETWEEN 0 AND 990"),
        failing("n2 NOT BETWEEN -99 AND 99"),
        failing("money NOT BETWEEN 0 AND 990"),
        failing(f"begun NOT BETWEEN DATE '{BEGIN}' AND DATE '{END}'"),
        failing(f"ended NOT BETWEEN DATE '{BEGIN}' AND DATE '{END}'"),
        failing(f"kind NOT IN ({kinds})"),
        failing(f"region NOT IN (SELECT unnest([{regions}]))"),
        failing("length(id) NOT BETWEEN 2 AND 8"),
        failing("length(name) NOT BETWEEN 1 AND 9"),
        failing("NOT regexp_matches(id, '^k[0-9]+$')"),
        failing("NOT regexp_matches(region, '^11[0-9]{4}$')"),
        failing("NOT regexp_matches(name, '^name [0-9]+$')"),
        failing(f"regexp_matches(name, '{personal}')"),
    ]
    more = [failing("ended < begun"), "count(*)", "max(n1)"]
    config: dict[str, Any] = {"memory_limit": f"{MEMORY_MB}MB", "threads": THREADS}
    with duckdb.connect(config=config) as connection:
        connection.read_parquet(str(path)).create_view("version")
        asked = f"SELECT {', '.join([*counted, *more])} FROM version"
        (*counts, pair, _, _) = connection.execute(asked).fetchall()[0]
        repeated = [
            connection.execute(
                "SELECT coalesce(sum(members), 0)::BIGINT FROM (SELECT count(*) AS members"
                f" FROM version {where} GROUP BY {keys} HAVING count(*) > 1)"
            ).fetchall()[0][0]
            for keys, where in (("id", "WHERE id IS NOT NULL"), ("id, region, kind", ""))
        ]
    return [None, *counts, *repeated, pair, None, None]


def _pandas(path: Path) -> list[int | None]:
    import great_expectations as gx
    import pandas as pd
    from great_expectations.core.expectation_suite import ExpectationSuite

    from market.quality.runner import RESULT_FORMAT

    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("frame")
    given = {"dataframe": pd.read_parquet(path)}
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(given)
    written = [
        {**expectation_of(one), "meta": {"position": position}}
        for position, one in enumerate(suite())
    ]
    report = batch.validate(
        ExpectationSuite(name="bench", expectations=written), result_format=RESULT_FORMAT
    )
    counts = {
        one.expectation_config.meta["position"]: one.result.get("unexpected_count")
        for one in report.results
    }
    return [counts[position] for position in range(len(counts))]


def _proposal(path: Path) -> list[int | None]:
    from market.proposals.profiling import profile_version
    from market.proposals.rules import propose
    from market.quality.written import Unusable, read_rule

    profile = profile_version(path, COLUMNS, "2026-11-24", memory_mb=MEMORY_MB, threads=THREADS)
    by_name = {column.name: column for column in COLUMNS}
    rules = []
    for one in propose(profile, COLUMNS, date(2026, 11, 24)):
        try:
            rules.append(read_rule(one.rule, by_name))
        except Unusable:
            continue
    return _suite(path, rules)


WORK: dict[str, Callable[..., list[int | None] | None]] = {
    "make": _make,
    "suite": lambda path: _suite(path, suite()),
    "sql": _sql,
    "pandas": _pandas,
    "code": lambda path: _suite(
        path, [rule("expect_column_values_to_be_credit_codes", column="uscc")]
    ),
    "nothing": lambda path: _suite(path, [suite()[-2]]),
    "proposal": _proposal,
}


def main(work: str, path: str, *more: str) -> None:
    """One piece of work, measured after its imports."""
    import logging

    logging.disable(logging.ERROR)
    import duckdb  # noqa: F401 - as below

    if work != "sql":
        import market.proposals.profiling
        import market.quality.runner  # noqa: F401 - what takes seconds once is not measured
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    unexpected = WORK[work](Path(path), *more)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figures = {"wall": wall, "cpu": cpu, "peak": after.ru_maxrss / 1024, "unexpected": unexpected}
    print(json.dumps(figures))


BENCHES: list[Bench] = [judged]

if __name__ == "__main__":
    main(*sys.argv[1:])
