"""Which further rules of Great Expectations need words of our own on DuckDB?

Stock SQL knows no patterns for DuckDB, and takes a comparison with an empty cell for neither
right nor wrong where pandas takes it for wrong. Patterns run on RE2, whose time grows with the
length of the text only: no pattern explodes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from great_expectations.expectations.metrics.column_aggregate_metric_provider import (
    ColumnAggregateMetricProvider,
    column_aggregate_partial,
)
from great_expectations.expectations.metrics.column_aggregate_metrics.column_outlier_statistics import (  # noqa: E501 - its own name
    OutlierStatistics,
)
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    ColumnPairMapMetricProvider,
    MulticolumnMapMetricProvider,
    column_condition_partial,
    column_pair_condition_partial,
    multicolumn_condition_partial,
)
from great_expectations.expectations.metrics.metric_provider import metric_value

from market.quality.duckdb_engine import CountMetric, DuckDBEngine, rows_of

FIRST_QUARTILE, THIRD_QUARTILE = 0.25, 0.75
LEAST_SAMPLE = 2  # a sample's deviation is not defined for fewer values


def _matches(column: Any, pattern: str) -> Any:
    return sa.func.regexp_matches(column, sa.literal(pattern))


def _is_like(column: Any, pattern: str) -> Any:
    return column.like(sa.literal(pattern))


def _all_or_any(conditions: Sequence[Any], match_on: str) -> Any:
    return sa.and_(*conditions) if match_on == "all" else sa.or_(*conditions)


class MatchesPatterns(ColumnMapMetricProvider):
    condition_metric_name = "column_values.match_regex_list"
    condition_value_keys = ("regex_list", "match_on")

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(
        cls, column: Any, regex_list: Sequence[str], match_on: str = "any", **_: Any
    ) -> Any:
        return _all_or_any([_matches(column, one) for one in regex_list], match_on)


class AvoidsPatterns(ColumnMapMetricProvider):
    condition_metric_name = "column_values.not_match_regex_list"
    condition_value_keys = ("regex_list",)

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, regex_list: Sequence[str], **_: Any) -> Any:
        return sa.and_(*[sa.not_(_matches(column, one)) for one in regex_list])


class MatchesLike(ColumnMapMetricProvider):
    condition_metric_name = "column_values.match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, like_pattern: str, **_: Any) -> Any:
        return _is_like(column, like_pattern)


class AvoidsLike(ColumnMapMetricProvider):
    condition_metric_name = "column_values.not_match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, like_pattern: str, **_: Any) -> Any:
        return sa.not_(_is_like(column, like_pattern))


class MatchesLikes(ColumnMapMetricProvider):
    condition_metric_name = "column_values.match_like_pattern_list"
    condition_value_keys = ("like_pattern_list", "match_on", "escape")

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(
        cls, column: Any, like_pattern_list: Sequence[str], match_on: str = "any", **_: Any
    ) -> Any:
        return _all_or_any([_is_like(column, one) for one in like_pattern_list], match_on or "any")


class AvoidsLikes(ColumnMapMetricProvider):
    condition_metric_name = "column_values.not_match_like_pattern_list"
    condition_value_keys = ("like_pattern_list", "escape")

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, like_pattern_list: Sequence[str], **_: Any) -> Any:
        return sa.and_(*[sa.not_(_is_like(column, one)) for one in like_pattern_list])


class MatchesTimeFormat(ColumnMapMetricProvider):
    """DuckDB overlooks blanks around a day; the rule does not."""

    condition_metric_name = "column_values.match_strftime_format"
    condition_value_keys = ("strftime_format",)

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, strftime_format: str, **_: Any) -> Any:
        read = sa.func.try_strptime(column, sa.literal(strftime_format))
        return sa.and_(read.is_not(None), sa.func.trim(column) == column)


class FirstGreater(ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.a_greater_than_b"
    condition_domain_keys = (
        "batch_id",
        "table",
        "column_A",
        "column_B",
        "row_condition",
        "condition_parser",
        "ignore_row_if",
    )
    condition_value_keys = ("or_equal",)

    @column_pair_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column_A: Any, column_B: Any, **options: Any) -> Any:  # noqa: N803 - the library's names
        greater = column_A >= column_B if options.get("or_equal") else column_A > column_B
        return sa.func.coalesce(greater, sa.false())


class PairInSet(ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.in_set"
    condition_domain_keys = ("batch_id", "table", "column_A", "column_B", "ignore_row_if")
    condition_value_keys = ("value_pairs_set",)

    @column_pair_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column_A: Any, column_B: Any, **options: Any) -> Any:  # noqa: N803 - the library's names
        pairs = [
            sa.and_(
                column_A.is_not_distinct_from(sa.literal(first)),
                column_B.is_not_distinct_from(sa.literal(second)),
            )
            for first, second in options["value_pairs_set"]
        ]
        return sa.or_(sa.false(), *pairs)


class SumEquals(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_sum.equal"
    condition_domain_keys = (
        "batch_id",
        "table",
        "column_list",
        "row_condition",
        "condition_parser",
        "ignore_row_if",
    )
    condition_value_keys = ("sum_total",)

    @multicolumn_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column_list: Any, **options: Any) -> Any:
        total: Any = sum(column_list)
        return sa.func.coalesce(total == options["sum_total"], sa.false())


class SumOfNothing(ColumnAggregateMetricProvider):
    """The sum of no value is nought, as on pandas."""

    metric_name = "column.sum"

    @column_aggregate_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, **_: Any) -> Any:
        return sa.func.coalesce(sa.func.sum(column), 0)


class Outliers(CountMetric):
    """Where the window of acceptable values lies, from one aggregate query."""

    metric_name = "column.outlier_statistics"
    domain_keys = ("batch_id", "table", "column", "row_condition", "condition_parser")
    value_keys = ("method",)

    @metric_value(engine=DuckDBEngine)
    def _on_duckdb(
        cls,
        execution_engine: DuckDBEngine,
        metric_domain_kwargs: Mapping[str, Any],
        metric_value_kwargs: Any,
        metrics: Any,
        runtime_configuration: Any,
    ) -> OutlierStatistics:
        column: Any = sa.column(metric_domain_kwargs["column"])
        number: Any = sa.cast(column, sa.Double)
        asked = sa.select(
            sa.func.quantile_cont(number, FIRST_QUARTILE),
            sa.func.quantile_cont(number, THIRD_QUARTILE),
            sa.func.avg(number),
            sa.func.stddev_samp(number),
            sa.func.count(column),
        ).select_from(rows_of(execution_engine, metric_domain_kwargs))
        low, high, mean, deviation, values = execution_engine.execute_query(asked).one()
        if not values:
            return OutlierStatistics(None, None, None)
        if (metric_value_kwargs or {}).get("method", "iqr") == "iqr":
            return OutlierStatistics(low, high, high - low)
        return OutlierStatistics(mean, mean, deviation if values >= LEAST_SAMPLE else None)
