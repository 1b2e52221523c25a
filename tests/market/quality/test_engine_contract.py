"""Does Great Expectations on DuckDB count exactly what Great Expectations on pandas counts?

Every rule type that suites may use is compared on data with duplicates, empty cells and failures,
on an empty table and on columns without any value. For codes with check digits pandas uses
python-stdnum, which is not ours.
"""

import random
from pathlib import Path

import great_expectations.expectations as library
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from great_expectations.core.expectation_suite import ExpectationSuite
from great_expectations.expectations.expectation import Expectation
from great_expectations.util import camel_to_snake

from market.quality.expectations import REFUSED, SUPPORTED
from market.quality.rules import Rule
from market.quality.runner import UnsupportedRule, batch_of
from market.quality.suites import expectation_of
from tests.market.quality.contract import (
    SCHEMA,
    facts,
    on_duckdb,
    on_pandas,
    pandas_facts,
    record,
    rule,
)
from tests.market.quality.contract_rules import RULES

ROWS = 3_000


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> dict[str, Path]:
    """Parquet files: one with every kind of fault, one without rows, one with a single row."""
    draw = random.Random(36344)
    records = [record(draw) for _ in range(ROWS)]
    records += draw.sample(records, 200)  # whole records repeated
    records += [dict.fromkeys(SCHEMA.names)] * 3  # records without any value
    folder = tmp_path_factory.mktemp("contract")
    nothing = [dict.fromkeys(SCHEMA.names)] * 4
    paths = {}
    kinds = {"faulty": records, "empty": [], "single": records[:1], "all_null": nothing}
    for name, rows in kinds.items():
        paths[name] = folder / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), paths[name])
    return paths


@pytest.mark.parametrize("table", ["faulty", "empty", "single", "all_null"])
@pytest.mark.filterwarnings("ignore:This pattern is interpreted:UserWarning")
def test_duckdb_counts_what_pandas_counts(tables, table):
    rules = [one for one in RULES if table == "faulty" or not _needs_values(one)]

    ours = on_duckdb(rules, tables[table])

    assert not [outcome.rule for outcome in ours if outcome.failed_to_run]
    theirs = on_pandas(rules, tables[table])
    differing = {
        f"{one.expectation} {dict(one.arguments)}"[:120]: (facts(outcome), pandas_facts(one, their))
        for one, outcome, their in zip(rules, ours, theirs, strict=True)
        if facts(outcome) != pandas_facts(one, their)
    }
    assert differing == {}


def _needs_values(one: Rule) -> bool:
    """Maxima of no value, and types of an empty frame, mean nothing on pandas."""
    return one.expectation in {"expect_column_max_to_be_between", "expect_column_type_to_be"}


def test_the_contract_covers_every_supported_rule_with_and_without_failures(tables):
    outcomes = on_duckdb(RULES, tables["faulty"])

    covered = {outcome.rule.expectation for outcome in outcomes}
    failing = {outcome.rule.expectation for outcome in outcomes if not outcome.holds}
    assert covered == set(SUPPORTED)
    assert failing == set(SUPPORTED)


def test_every_core_expectation_is_supported_or_refused_by_name():
    core = {
        camel_to_snake(name)
        for name, one in vars(library).items()
        if isinstance(one, type) and issubclass(one, Expectation) and one is not Expectation
    }

    assert len(core) > 50
    assert core == (set(SUPPORTED) | set(REFUSED)) & core
    assert not set(SUPPORTED) & set(REFUSED)


def test_a_pattern_that_explodes_elsewhere_is_counted_here(tmp_path):
    path = tmp_path / "long.parquet"
    pq.write_table(pa.table({"text": ["a" * 10_000 + "!", "a" * 10_000, None]}), path)
    nested = rule("expect_column_values_to_match_regex", column="text", regex="^(a+)+$")

    (outcome,) = on_duckdb([nested], path)

    assert (outcome.elements, outcome.missing, outcome.unexpected) == (3, 1, 1)


def test_an_unknown_rule_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(UnsupportedRule):
        on_duckdb(
            [rule("expect_column_kl_divergence_to_be_less_than")], tmp_path / "absent.parquet"
        )


def test_a_rule_on_a_missing_column_fails_to_run_and_spares_the_others(tables):
    broken = rule("expect_column_values_to_be_between", column="absent", min_value=1)

    outcomes = on_duckdb([broken, RULES[0]], tables["faulty"])

    assert outcomes[0].failed_to_run
    assert not outcomes[1].failed_to_run
    assert outcomes[1].unexpected == facts(on_duckdb([RULES[0]], tables["faulty"])[0])[3]


def test_even_the_fullest_report_of_the_engine_holds_no_value(tables):
    """Values are not fetched at all, whatever result format somebody may ask for."""
    searched = rule(
        "expect_column_values_to_not_match_regex", column='odd "name" %s', regex="^138|007"
    )
    listed = rule("expect_column_values_to_be_in_set", column="部门", value_set=["市监"])
    suite = ExpectationSuite(
        name="leaks", expectations=[expectation_of(one) for one in (searched, listed)]
    )

    with batch_of(tables["faulty"], memory_mb=500, threads=2) as batch:
        report = batch.validate(suite, result_format={"result_format": "COMPLETE"})

    text = str(report.to_json_dict())
    assert '"unexpected_count": ' in text.replace("'", '"')
    assert "13800138000" not in text
    assert "卫健" not in text


def test_what_comes_back_is_counts_and_claims_only(tables):
    outcomes = on_duckdb(RULES, tables["faulty"])

    for outcome in outcomes:
        for name in ("elements", "missing", "unexpected", "rows"):
            assert isinstance(getattr(outcome, name), int | None)
        assert isinstance(outcome.holds, bool)
        assert isinstance(outcome.failed_to_run, bool)
