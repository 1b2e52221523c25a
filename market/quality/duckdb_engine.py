"""How does Great Expectations compute on DuckDB, and without ever seeing a value?

Great Expectations 1.24 does not run on DuckDB as it stands: it fetches a result after giving
its connection back, and DuckDB then has no rows to give. This module adds an execution engine,
a datasource and the few metrics whose stock SQL is wrong or slow on DuckDB. The contract test
compares every supported rule with Great Expectations on pandas.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
)
from great_expectations.expectations.metrics.metric_provider import (
    MetricProvider,
    metric_value,
)

# Metrics that would bring cell values or row keys out of the data. They are never computed:
# a report then cannot leak, and about twenty queries a run are saved.
VALUE_METRICS = (
    ".unexpected_values",
    ".unexpected_rows",
    ".unexpected_index_list",
    ".unexpected_index_query",
    ".unexpected_value_counts",
)
# A longer list inside a CASE is compared entry by entry (3,300 codes on a million rows: 2.9 s);
# as a subquery it is one hash join (0.01 s).
LONGEST_INLINE_LIST = 16


class DuckDBEngine(SqlAlchemyExecutionEngine):
    """Runs metrics on DuckDB: results are read before the connection is given back."""

    def execute_query(self, query: Any) -> Any:
        with self.get_connection() as connection:
            if isinstance(query, sa.TextClause):
                result = self._execute_query_with_recovery(connection, query)
            else:
                # Values are written into the statement so that DuckDB can fold patterns.
                statement = query.compile(self.engine, compile_kwargs={"literal_binds": True})
                result = connection.exec_driver_sql(str(statement))
            return result.freeze()()

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[Any],
        metrics: Any = None,
        runtime_configuration: Any = None,
    ) -> Any:
        wanted = list(metrics_to_resolve)
        blank = {m.id: _blank(m.metric_name) for m in wanted if _carries_values(m.metric_name)}
        counted = [m for m in wanted if m.id not in blank]
        if not counted:
            return blank
        found = super().resolve_metrics(counted, metrics, runtime_configuration)
        # A sum over no rows is NULL in SQL; a count of nothing is zero.
        empty = {m.id: 0 for m in counted if _is_count(m.metric_name) and found[m.id] is None}
        return {**found, **empty, **blank}

    def get_domain_records(self, domain_kwargs: dict[str, Any]) -> Any:
        # "Not empty" is handed on as text, which the stock parser cannot read back when a column
        # name holds a quote.
        column: Any = domain_kwargs.get("column")
        filters = domain_kwargs.get("filter_conditions", [])
        if [f.condition for f in filters] != [f'col("{column}").notnull()']:
            return super().get_domain_records(domain_kwargs)
        unfiltered = {k: v for k, v in domain_kwargs.items() if k != "filter_conditions"}
        records = super().get_domain_records(unfiltered)
        present: Any = sa.column(column).is_not(None)
        return sa.select(sa.text("*")).select_from(from_clause(records)).where(present)


EngineClass = type[SqlAlchemyExecutionEngine]


class DuckDBDatasource(SQLDatasource):
    """A DuckDB database as a Great Expectations datasource (`data_sources.add_duckdb`)."""

    type: Literal["duckdb"] = "duckdb"
    execution_engine_override: ClassVar[EngineClass | None] = DuckDBEngine


def _carries_values(metric_name: str) -> bool:
    return metric_name.endswith(VALUE_METRICS)


def _is_count(metric_name: str) -> bool:
    return metric_name.endswith(".unexpected_count")


def _blank(metric_name: str) -> list[Any] | None:
    return None if metric_name.endswith("_query") else []


class _MatchesPattern(ColumnMapMetricProvider):
    """DuckDB's `~` matches the whole value; a rule matches anywhere, as on pandas."""

    condition_metric_name = "column_values.match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, regex: str, **_: Any) -> Any:
        return sa.func.regexp_matches(column, sa.literal(regex))


class _AvoidsPattern(ColumnMapMetricProvider):
    condition_metric_name = "column_values.not_match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, regex: str, **_: Any) -> Any:
        return sa.not_(sa.func.regexp_matches(column, sa.literal(regex)))


class _InSet(ColumnMapMetricProvider):
    condition_metric_name = "column_values.in_set"
    condition_value_keys = ("value_set",)

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, value_set: Sequence[Any], **_: Any) -> Any:
        members = [value for value in value_set if value is not None]
        if len(members) <= LONGEST_INLINE_LIST:
            return column.in_(members)
        listed = sa.func.list_value(*[sa.literal(value) for value in members])
        return column.in_(sa.select(sa.func.unnest(listed)))


class CountMetric(MetricProvider):
    """A count computed by one GROUP BY, which spills to disk where a window function cannot."""

    value_keys: tuple[str, ...] = ()

    @classmethod
    def _get_evaluation_dependencies(cls, *_: Any, **__: Any) -> dict[str, Any]:
        return {}


class _DuplicatedValues(CountMetric):
    metric_name = "column_values.unique.unexpected_count"
    domain_keys = ("batch_id", "table", "column", "row_condition", "condition_parser")

    @metric_value(engine=DuckDBEngine)
    def _on_duckdb(
        cls,
        execution_engine: DuckDBEngine,
        metric_domain_kwargs: Mapping[str, Any],
        metric_value_kwargs: Any,
        metrics: Any,
        runtime_configuration: Any,
    ) -> int:
        column = metric_domain_kwargs["column"]
        present = [sa.column(column).is_not(None)]
        return _rows_in_repeated_groups(execution_engine, metric_domain_kwargs, [column], present)


class _RecordMetric(CountMetric):
    domain_keys = (
        "batch_id",
        "table",
        "column_list",
        "row_condition",
        "condition_parser",
        "ignore_row_if",
    )


class _DuplicatedRecords(_RecordMetric):
    metric_name = "compound_columns.unique.unexpected_count"

    @metric_value(engine=DuckDBEngine)
    def _on_duckdb(
        cls,
        execution_engine: DuckDBEngine,
        metric_domain_kwargs: Mapping[str, Any],
        metric_value_kwargs: Any,
        metrics: Any,
        runtime_configuration: Any,
    ) -> int:
        # Rows left out by `ignore_row_if` are already gone from the domain; among the others an
        # empty cell equals an empty cell, as on pandas.
        columns = list(metric_domain_kwargs["column_list"])
        return _rows_in_repeated_groups(execution_engine, metric_domain_kwargs, columns, [])


class _ComparedRecords(_RecordMetric):
    """Rows that `ignore_row_if` leaves in: the others count as missing."""

    metric_name = "compound_columns.unique.filtered_row_count"

    @metric_value(engine=DuckDBEngine)
    def _on_duckdb(
        cls,
        execution_engine: DuckDBEngine,
        metric_domain_kwargs: Mapping[str, Any],
        metric_value_kwargs: Any,
        metrics: Any,
        runtime_configuration: Any,
    ) -> int:
        rows = rows_of(execution_engine, metric_domain_kwargs)
        counted = sa.select(sa.func.count()).select_from(rows)
        return int(execution_engine.execute_query(counted).scalar_one())


def _rows_in_repeated_groups(
    engine: DuckDBEngine,
    domain: Mapping[str, Any],
    columns: Sequence[str],
    conditions: Sequence[Any],
) -> int:
    """How many rows share all of `columns` with another row; every member counts."""
    keys: list[Any] = [sa.column(name) for name in columns]
    groups = (
        sa.select(sa.func.count().label("members"))
        .select_from(rows_of(engine, domain))
        .where(*conditions)
        .group_by(*keys)
        .having(sa.func.count() > 1)
        .subquery()
    )
    total = sa.select(sa.func.coalesce(sa.func.sum(groups.c.members), 0))
    return int(engine.execute_query(total).scalar_one())


def rows_of(engine: DuckDBEngine, domain: Mapping[str, Any]) -> Any:
    """The rows that a rule speaks about."""
    return from_clause(engine.get_domain_records(domain_kwargs=dict(domain)))


def from_clause(records: Any) -> Any:
    """A table or a query, as something that can stand after FROM."""
    return records.subquery() if isinstance(records, sa.Select) else records


class _ColumnTypes(MetricProvider):
    """Column types as DuckDB names them; reflection through SQLAlchemy gives none."""

    metric_name = "table.column_types"
    domain_keys = ("batch_id", "table")
    value_keys = ("include_nested",)

    @metric_value(engine=DuckDBEngine)
    def _on_duckdb(
        cls,
        execution_engine: DuckDBEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: Any,
        metrics: Any,
        runtime_configuration: Any,
    ) -> list[dict[str, Any]]:
        rows, _, _ = execution_engine.get_compute_domain(
            metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        everything = sa.select(sa.text("*")).select_from(rows)
        with execution_engine.get_connection() as connection:
            described = connection.exec_driver_sql(
                f"DESCRIBE {everything.compile(execution_engine.engine)}"
            ).fetchall()
        return [{"name": row[0], "type": _named_type(row[1])} for row in described]

    @classmethod
    def _get_evaluation_dependencies(cls, *_: Any, **__: Any) -> dict[str, Any]:
        return {}


def _named_type(name: str) -> Any:
    """An object whose class carries a DuckDB type's name: Great Expectations reads the class."""
    word = name.partition("(")[0]
    return type(word, (), {"__str__": lambda _: name, "__repr__": lambda _: name})()
