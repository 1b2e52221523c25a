"""What does a product promise its users, as a data contract of ODCS 3.1? Pure.

The rules of the check in service are part of it. An argument that could show values of a column
is given only where the column is public.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from market.catalogue.rules import ProductState
from market.datasets.rules import Sensitivity, TypeCode, UpdateCycle
from market.exchange.rules import Addresses, update_cycle, version_of
from market.quality.rules import FRESH_FOR, QualityDimension
from market.storefront.schemas import ColumnLine, PriceSheet, Sheet, SourceSheet

Rules = Sequence[Mapping[str, Any]]
ENGINE = "greatExpectations"
STATUS = {
    ProductState.ON_SALE: "active",
    ProductState.SUSPENDED: "deprecated",
    ProductState.WITHDRAWN: "retired",
}
DIMENSIONS = {
    QualityDimension.ACCURACY: "accuracy",
    QualityDimension.COMPLETENESS: "completeness",
    QualityDimension.NORMATIVITY: "conformity",
    QualityDimension.CONSISTENCY: "consistency",
    QualityDimension.TIMELINESS: "timeliness",
    QualityDimension.ACCESSIBILITY: "coverage",
}
SEVERITIES = {"critical": "error", "warning": "warning", "info": "info"}
NAMES_ONLY = frozenset({"column", "column_list", "column_A", "column_B", "column_set"})


def contract(sheet: Sheet, suites: Mapping[str, Rules], addresses: Addresses) -> dict[str, Any]:
    """The contract of one product. suites: the rules of each source's check, by data set."""
    page = addresses.product(sheet.product_id)
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": sheet.product_id,
        "name": sheet.title_zh,
        "version": version_of(sheet),
        "status": STATUS.get(sheet.state, "proposed"),
        "domain": ", ".join(scenario.label for scenario in sheet.scenarios),
        "dataProduct": sheet.title_zh,
        "tenant": sheet.operator,
        "description": {
            "purpose": sheet.use_sentence,
            "usage": sheet.description,
            "limitations": _only_for(sheet),
        },
        "authoritativeDefinitions": [{"type": "canonical", "url": page}],
        "schema": [_table(source, suites.get(source.dataset_id, ())) for source in sheet.sources],
        "price": _price(sheet.prices),
        "team": {"name": sheet.operator, "description": sheet.bureau},
        "support": [{"channel": sheet.operator, "url": page, "scope": "issues"}],
        "slaProperties": _service_levels(sheet),
    }


def _only_for(sheet: Sheet) -> str:
    purposes = "、".join(purpose.label for purpose in sheet.purposes)
    return f"仅可用于：{purposes} (only for these purposes)" if purposes else ""


def _table(source: SourceSheet, rules: Rules) -> dict[str, Any]:
    shown = {column.name for column in source.columns if column.sensitivity is Sensitivity.PUBLIC}
    known = {column.name for column in source.columns}
    of_column: dict[str, list[dict[str, Any]]] = {}
    of_table: list[dict[str, Any]] = []
    for rule in rules:
        column = str(rule["kwargs"].get("column", ""))
        place = of_column.setdefault(column, []) if column in known else of_table
        place.append(_check(rule, is_shown=column in shown))
    columns = [_column(column, of_column.get(column.name, [])) for column in source.columns]
    return {
        "name": source.dataset_id,
        "physicalName": source.dataset_id,
        "logicalType": "object",
        "businessName": source.title,
        "description": source.abstract,
        "properties": columns,
        "quality": of_table,
    }


def _column(column: ColumnLine, checks: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": column.name,
        "businessName": column.title,
        "description": column.description,
        "logicalType": logical_type(column.type),
        "physicalType": column.type.value,
        "classification": column.sensitivity.value,
        "required": any(check.get("metric") == "nullValues" for check in checks) or None,
        "customProperties": [{"property": "unit", "value": column.unit}] if column.unit else [],
        "quality": checks,
    }


def logical_type(code: TypeCode) -> str:
    """The type of a column in the words of ODCS."""
    special = {
        TypeCode.DATE: "date",
        TypeCode.DATETIME: "timestamp",
        TypeCode.LOGICAL: "boolean",
        TypeCode.INTEGER: "integer",
    }
    return special.get(code, "number" if code.is_number else "string")


def _check(rule: Mapping[str, Any], *, is_shown: bool) -> dict[str, Any]:
    """One rule: as a metric of the standard where that says the same, else in its own words."""
    given: Mapping[str, Any] = rule["kwargs"]
    said = _metric(str(rule["type"]), given, is_shown=is_shown) or _own_words(
        rule, is_shown=is_shown
    )
    meta = rule.get("meta", {})
    dimension = meta.get("dimension")
    return {
        "name": str(rule["type"]),
        **said,
        "dimension": DIMENSIONS[QualityDimension(dimension)] if dimension else None,
        "severity": SEVERITIES.get(str(rule.get("severity", ""))),
        "tags": [f"GB/T 36344:{meta['indicator']}"] if meta.get("indicator") else [],
    }


def _metric(kind: str, given: Mapping[str, Any], *, is_shown: bool) -> dict[str, Any] | None:
    """The same in the library of ODCS, or None. What must hold for a share is percent."""
    if kind == "expect_table_row_count_to_be_between":
        limit = _between(given.get("min_value"), given.get("max_value"))
        return {"type": "library", "metric": "rowCount", **limit} if limit else None
    if kind == "expect_table_row_count_to_equal":
        return {"type": "library", "metric": "rowCount", "mustBe": given["value"]}
    metric = {
        "expect_column_values_to_not_be_null": "nullValues",
        "expect_column_values_to_be_unique": "duplicateValues",
        "expect_column_values_to_be_in_set": "invalidValues",
        "expect_column_values_to_match_regex": "invalidValues",
    }.get(kind)
    if metric is None:
        return None
    arguments = _arguments(given)
    if metric == "invalidValues" and not (is_shown and arguments):
        return None
    return {"type": "library", "metric": metric, "arguments": arguments, **_limit(given)}


def _between(least: Any, most: Any) -> dict[str, Any]:
    """Bounds as the one comparison that ODCS allows for a check."""
    if least is None and most is None:
        return {}
    if least is None:
        return {"mustBeLessOrEqualTo": most}
    if most is None:
        return {"mustBeGreaterOrEqualTo": least}
    return {"mustBe": least} if least == most else {"mustBeBetween": [least, most]}


def _arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        word: given[name]
        for word, name in (("validValues", "value_set"), ("pattern", "regex"))
        if given.get(name)
    }


def _limit(given: Mapping[str, Any]) -> dict[str, Any]:
    mostly = given.get("mostly", 1)
    if mostly == 1:
        return {"mustBe": 0}
    return {"mustBeLessOrEqualTo": round((1 - float(mostly)) * 100, 6), "unit": "percent"}


def _own_words(rule: Mapping[str, Any], *, is_shown: bool) -> dict[str, Any]:
    """The expectation itself; without its arguments where these could show values."""
    given = rule["kwargs"].items()
    kept = {name: value for name, value in given if is_shown or name in NAMES_ONLY}
    return {
        "type": "custom",
        "engine": ENGINE,
        "implementation": {"type": rule["type"], "kwargs": kept},
    }


def _price(prices: Sequence[PriceSheet]) -> dict[str, Any]:
    if not prices:
        return {}
    first = min(prices, key=lambda price: price.unit_price)
    return {
        "priceAmount": first.unit_price,
        "priceCurrency": "CNY",
        "priceUnit": first.unit.label,
    }


def _service_levels(sheet: Sheet) -> list[dict[str, Any]]:
    """How often a new version is promised, and after how long it counts as late."""
    cycle = update_cycle(sheet)
    if cycle is UpdateCycle.OTHER or cycle.value not in FRESH_FOR:
        return []
    hours = round(FRESH_FOR[cycle.value].total_seconds() / 3600)
    return [
        {"property": "frequency", "value": cycle.value, "description": cycle.label},
        {"property": "latency", "value": hours, "unit": "h", "driver": "regulatory"},
    ]
