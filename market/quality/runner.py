"""What does a suite find in a version? Runs Great Expectations on DuckDB, in a worker only.

Only counts come back. What Great Expectations reports is read through a short list of numeric
fields; everything else, values and messages alike, stays in this process and is dropped.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read once, when the library is imported

import duckdb
import great_expectations as gx
from great_expectations.core.expectation_suite import ExpectationSuite

from market.quality import duckdb_metrics, identifiers
from market.quality.expectations import SUPPORTED
from market.quality.rules import Counting, Outcome, Rule
from market.quality.suites import Suite, expectation_of

TABLE = "version"
# Rules of these kinds need a pass of their own; all others share one query.
HEAVY = frozenset(
    {
        "expect_column_values_to_be_unique",
        "expect_compound_columns_to_be_unique",
        "expect_column_values_to_be_credit_codes",
        "expect_column_values_to_be_id_cards",
    }
)
# Counts are asked for, values are not: neither a sample of failing values nor their rows.
RESULT_FORMAT = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
}
REGISTERED = (identifiers, duckdb_metrics)  # importing them is what makes their rules known

RulesDone = Callable[[int], None]


class UnsupportedRule(ValueError):
    """A suite names a rule that the contract test does not cover."""


def run_suite(
    suite: Suite, parquet: Path, *, memory_mb: int, threads: int, on_progress: RulesDone
) -> list[Outcome]:
    """What every rule of a suite finds in one Parquet file, in the suite's order.

    on_progress: called with the number of rules done, after each pass over the data.
    Raises: UnsupportedRule, before anything is read.
    """
    for rule in suite.rules:
        if rule.expectation not in SUPPORTED:
            raise UnsupportedRule(rule.expectation)
    found: dict[int, Outcome] = {}
    with batch_of(parquet, memory_mb=memory_mb, threads=threads) as batch:
        for positions in _passes(suite.rules):
            found |= _run_pass(batch, suite, positions)
            on_progress(len(found))
    return [found[position] for position in range(len(suite.rules))]


def _passes(rules: Sequence[Rule]) -> list[list[int]]:
    """Which rules run together: all cheap ones in one query, then the heavy ones one by one."""
    cheap = [position for position, rule in enumerate(rules) if rule.expectation not in HEAVY]
    heavy = [[position] for position, rule in enumerate(rules) if rule.expectation in HEAVY]
    return ([cheap] if cheap else []) + heavy


@contextmanager
def batch_of(parquet: Path, *, memory_mb: int, threads: int) -> Iterator[Any]:
    """The file as a Great Expectations batch, in a DuckDB database of its own.

    DuckDB refuses a second opening of one file with other settings, hence a file for each run.
    """
    with tempfile.TemporaryDirectory(prefix="quality-") as folder:
        database = Path(folder) / "run.duckdb"
        with duckdb.connect(str(database)) as connection:
            view = connection.read_parquet(str(parquet))
            view.create_view(TABLE)
        context: Any = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        source = context.data_sources.add_duckdb(
            "version",
            connection_string=f"duckdb:///{database}",
            kwargs={
                "connect_args": {
                    "config": {
                        "memory_limit": f"{memory_mb}MB",
                        "threads": threads,
                        "temp_directory": folder,
                    }
                }
            },
        )
        asset = source.add_table_asset("version", table_name=TABLE)
        try:
            yield asset.add_batch_definition_whole_table("all").get_batch()
        finally:
            source.get_execution_engine().close()
            source.get_engine().dispose()


def _run_pass(batch: Any, suite: Suite, positions: Sequence[int]) -> dict[int, Outcome]:
    expectations = [
        {**expectation_of(suite.rules[position]), "meta": {"position": position}}
        for position in positions
    ]
    report = batch.validate(
        ExpectationSuite(name=suite.name, expectations=expectations), result_format=RESULT_FORMAT
    )
    return {
        result.expectation_config.meta["position"]: _outcome_of(
            suite.rules[result.expectation_config.meta["position"]], result
        )
        for result in report.results
    }


def _outcome_of(rule: Rule, result: Any) -> Outcome:
    """The numbers of one result. A rule that raised has none, and says so."""
    counts = result.result
    return Outcome(
        rule,
        holds=bool(result.success),
        elements=_whole(counts.get("element_count")),
        missing=_whole(counts.get("missing_count")),
        unexpected=_whole(counts.get("unexpected_count")),
        rows=_whole(counts.get("observed_value")) if rule.counting is Counting.ROW_NUMBER else None,
        failed_to_run=_has_raised(result.exception_info),
    )


def _whole(count: object) -> int | None:
    return int(count) if isinstance(count, int | float) and not isinstance(count, bool) else None


def _has_raised(exception_info: Any) -> bool:
    """Whether any metric of a rule raised: one dictionary, or one for each metric."""
    if not exception_info:
        return False
    if "raised_exception" in exception_info:
        return bool(exception_info["raised_exception"])
    return any(bool(info.get("raised_exception")) for info in exception_info.values())
