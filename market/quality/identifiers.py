"""Are these values real Chinese identifiers? Expectations with check digits, computed by DuckDB.

Each distinct value is checked once, however often it stands in the column.
Sources: GB 32100 (unified social credit code), GB 11643 (identity number), GA 36 (plates of motor
vehicles), GB/T 2260 by year (regions; data/README.md).
"""

import csv
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
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
MOBILE = "1[3-9][0-9]{9}"
LANDLINE = "(0[1-9][0-9]{1,2}-?)?[2-9][0-9]{6,7}(-[0-9]{1,6})?"
PHONE_FORM = f"^({MOBILE}|{LANDLINE})$"
PLATE_PLACES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# Five places without I and O, the last perhaps a word; or six for new energy, marked by a letter.
PLATE_FORM = (
    f"^[{PLATE_PLACES}][A-HJ-NP-Z]"
    "([A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]|[A-HJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJK])$"
)
REGION_CODES = Path(__file__).parent / "data" / "region_codes.csv"
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


def is_phone_number(value: Any) -> Any:
    """SQL condition: a mobile number, or a landline with or without its area code."""
    return sa.func.regexp_matches(value, PHONE_FORM)


def is_plate_number(value: Any) -> Any:
    """SQL condition: a plate number of a motor vehicle, also of new energy."""
    return sa.func.regexp_matches(value, PLATE_FORM)


def is_region_code(value: Any, on_day: str) -> Any:
    """SQL condition: a code of the list of divisions that was in force on that day."""
    codes = sa.func.list_value(*[sa.literal(code) for code in region_codes(on_day)])
    return value.in_(sa.select(sa.func.unnest(codes)))


@cache
def region_codes(on_day: str) -> tuple[str, ...]:
    """The codes in force on a day. After the last year of the table: those of its last year."""
    with REGION_CODES.open(encoding="utf-8", newline="") as file:
        spans = [
            (row["code"], int(row["first_year"]), int(row["last_year"]))
            for row in csv.DictReader(file)
        ]
    year = min(date.fromisoformat(on_day).year, max(last for _, _, last in spans))
    return tuple(code for code, first, last in spans if first <= year <= last)


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


class PhoneNumber(ColumnMapMetricProvider):
    condition_metric_name = "column_values.phone_number"

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, **_: Any) -> Any:
        return is_phone_number(column)


class PlateNumber(ColumnMapMetricProvider):
    condition_metric_name = "column_values.plate_number"

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, **_: Any) -> Any:
        return is_plate_number(column)


class RegionCode(ColumnMapMetricProvider):
    condition_metric_name = "column_values.region_code"
    condition_value_keys = ("on_day",)

    @column_condition_partial(engine=DuckDBEngine)
    def _on_duckdb(cls, column: Any, on_day: str, **_: Any) -> Any:
        return is_region_code(column, on_day)


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


class ExpectColumnValuesToBePhoneNumbers(ColumnMapExpectation):
    """Every value is a mobile or landline number."""

    map_metric = "column_values.phone_number"


class ExpectColumnValuesToBePlateNumbers(ColumnMapExpectation):
    """Every value is a plate number of a motor vehicle."""

    map_metric = "column_values.plate_number"


class ExpectColumnValuesToBeRegionCodes(ColumnMapExpectation):
    """Every value is a code of administrative division in force on a day."""

    on_day: str

    map_metric = "column_values.region_code"
    success_keys = ("on_day", "mostly")
