"""Are these values real Chinese identifiers? Expectations with check digits, computed by DuckDB.

Each distinct value is checked once, however often it stands in the column.
Sources: GB 32100 (unified social credit code), GB 11643 (identity number).
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    column_condition_partial,
)
from great_expectations.expectations.metrics.metric_provider import metric_value

from kernel import clock
from market.quality.duckdb_engine import CountMetric, DuckDBEngine, rows_of

# GB 32100: 31 characters without I, O, S, V, Z; weights are powers of 3 modulo 31.
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_MODULUS = 31
CREDIT_WEIGHTS = tuple(pow(3, place, CREDIT_MODULUS) for place in range(17))
CREDIT_FORM = r"^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"
# GB 11643: ISO 7064 MOD 11-2 over 17 digits.
ID_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
ID_CHECK_CHARACTERS = "10X98765432"
ID_FORM = r"^[1-9][0-9]{16}[0-9X]$"
LENGTH = 18
OLDEST_BIRTH = "1900-01-01"


def is_credit_code(value: Any) -> Any:
    """SQL condition: a well-formed unified social credit code with the right check character."""
    total = sum(
        (
            (sa.func.instr(CREDIT_ALPHABET, sa.func.substr(value, place + 1, 1)) - 1) * weight
            for place, weight in enumerate(CREDIT_WEIGHTS)
        ),
        sa.literal(0),
    )
    check = (CREDIT_MODULUS - total % CREDIT_MODULUS) % CREDIT_MODULUS
    return sa.and_(
        sa.func.regexp_matches(value, CREDIT_FORM),
        sa.func.substr(CREDIT_ALPHABET, check + 1, 1) == sa.func.substr(value, LENGTH, 1),
    )


def is_id_card(value: Any) -> Any:
    """SQL condition: a well-formed identity number, born on a real day, with the right check."""
    total = sum(
        (
            (sa.func.ascii(sa.func.substr(value, place + 1, 1)) - ord("0")) * weight
            for place, weight in enumerate(ID_WEIGHTS)
        ),
        sa.literal(0),
    )
    born_at = sa.func.try_strptime(sa.func.substr(value, 7, 8), "%Y%m%d")
    return sa.and_(
        sa.func.regexp_matches(value, ID_FORM),
        sa.func.substr(ID_CHECK_CHARACTERS, total % len(ID_CHECK_CHARACTERS) + 1, 1)
        == sa.func.substr(value, LENGTH, 1),
        sa.func.coalesce(born_at.between(OLDEST_BIRTH, clock.today().isoformat()), sa.false()),
    )


class CreditCode(ColumnMapMetricProvider):
    condition_metric_name = "column_values.credit_code"

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, **_: Any) -> Any:
        return is_credit_code(column)


class IdCard(ColumnMapMetricProvider):
    condition_metric_name = "column_values.id_card"

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, **_: Any) -> Any:
        return is_id_card(column)


class _CheckedOncePerValue(CountMetric):
    """Counts the rows whose value fails; the check itself runs on distinct values."""

    domain_keys = ("batch_id", "table", "column", "row_condition", "condition_parser")


class CreditCodeFailures(_CheckedOncePerValue):
    metric_name = "column_values.credit_code.unexpected_count"

    @metric_value(engine=DuckDBEngine)
    def _on_duckdb(
        cls,
        execution_engine: DuckDBEngine,
        metric_domain_kwargs: Mapping[str, Any],
        metric_value_kwargs: Any,
        metrics: Any,
        runtime_configuration: Any,
    ) -> int:
        return _failing_rows(execution_engine, metric_domain_kwargs, is_credit_code)


class IdCardFailures(_CheckedOncePerValue):
    metric_name = "column_values.id_card.unexpected_count"

    @metric_value(engine=DuckDBEngine)
    def _on_duckdb(
        cls,
        execution_engine: DuckDBEngine,
        metric_domain_kwargs: Mapping[str, Any],
        metric_value_kwargs: Any,
        metrics: Any,
        runtime_configuration: Any,
    ) -> int:
        return _failing_rows(execution_engine, metric_domain_kwargs, is_id_card)


def _failing_rows(engine: DuckDBEngine, domain: Mapping[str, Any], is_valid: Any) -> int:
    column: Any = sa.column(domain["column"])
    values = (
        sa.select(column.label("value"), sa.func.count().label("times"))
        .select_from(rows_of(engine, domain))
        .where(column.is_not(None))
        .group_by(column)
        .subquery()
    )
    failing = sa.select(sa.func.coalesce(sa.func.sum(values.c.times), 0)).where(
        sa.not_(is_valid(values.c.value))
    )
    return int(engine.execute_query(failing).scalar_one())


# `map_metric` carries no annotation: Great Expectations does not register a class whose
# attribute is annotated.
class ExpectColumnValuesToBeCreditCodes(ColumnMapExpectation):
    """Every value is a unified social credit code with the right check character."""

    map_metric = "column_values.credit_code"


class ExpectColumnValuesToBeIdCards(ColumnMapExpectation):
    """Every value is an identity number with a real birth day and the right check character."""

    map_metric = "column_values.id_card"
