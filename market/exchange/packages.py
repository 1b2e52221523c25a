"""How is a product said as Data Package and as ODPS 4? Pure."""

from collections.abc import Mapping
from typing import Any

from kernel.clock import civil_day
from market.catalogue.listing import DeliveryKind, ProductForm
from market.catalogue.rules import ProductState
from market.datasets.rules import TypeCode, UpdateCycle
from market.exchange.contracts import DIMENSIONS
from market.exchange.rules import (
    Addresses,
    Document,
    as_markdown,
    changed_at,
    keywords,
    update_cycle,
    version_of,
)
from market.quality.rules import LISTING_THRESHOLD, QualityDimension
from market.storefront.schemas import PriceSheet, Sheet, SourceSheet

ODPS_SCHEMA = "https://opendataproducts.org/v4.0/schema/odps.json"
LONGEST_VALUE_PROPOSITION = 512
LONGEST_NAME = 256
HEAD_ONLY = (
    "字段表；原始记录不出域，故此处没有数据行。"
    " Fields only: rows do not leave the domain, so there are none here."
)


def data_package(sheet: Sheet, addresses: Addresses) -> dict[str, Any]:
    """The product as a Data Package: one resource per source, its head and no row."""
    changed = changed_at(sheet)
    said = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": _name(sheet.product_id),
        "id": addresses.product(sheet.product_id),
        "title": sheet.title_zh,
        "description": as_markdown(sheet.description or sheet.use_sentence),
        "homepage": addresses.product(sheet.product_id),
        "version": version_of(sheet),
        "created": changed.isoformat() if changed else None,
        "keywords": keywords(sheet),
        "licenses": [
            {"path": addresses.terms(sheet.product_id), "title": "按用途许可 Licensed by purpose"}
        ],
        "contributors": [
            {"title": sheet.operator, "roles": ["publisher"]},
            *({"title": source.provider, "roles": ["creator"]} for source in sheet.sources),
        ],
        "sources": [{"title": source.title} for source in sheet.sources],
        "resources": [_resource(source) for source in sheet.sources if source.columns],
    }
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def _name(identifier: str) -> str:
    return identifier.lower().replace("_", "-")


def _resource(source: SourceSheet) -> dict[str, Any]:
    return {
        "name": _name(source.dataset_id),
        "title": source.title,
        "description": f"{as_markdown(source.abstract)} {HEAD_ONLY}",
        "data": [[column.name for column in source.columns]],
        "schema": {
            "fields": [
                {
                    "name": column.name,
                    "title": column.title,
                    "description": as_markdown(column.description),
                    "type": field_type(column.type),
                }
                for column in source.columns
            ]
        },
    }


def field_type(code: TypeCode) -> str:
    """The type of a column in the words of Table Schema."""
    special = {
        TypeCode.DATE: "date",
        TypeCode.DATETIME: "datetime",
        TypeCode.LOGICAL: "boolean",
        TypeCode.INTEGER: "integer",
    }
    return special.get(code, "number" if code.is_number else "string")


# ODPS 4

FORM_TYPES: Mapping[ProductForm, str] = {
    ProductForm.MODEL: "algorithm",
    ProductForm.REPORT: "reports",
    ProductForm.VISUALISATION: "analytic view",
    ProductForm.INDEX: "derived data",
    ProductForm.ENGINE: "data-driven service",
    ProductForm.SERVICE: "data-driven service",
    ProductForm.DATASET: "dataset",
    ProductForm.INTERFACE: "data-driven service",
}
OUTPUTS: Mapping[DeliveryKind, str] = {
    DeliveryKind.SANDBOX: "CSV",
    DeliveryKind.API: "JSON",
    DeliveryKind.MODEL: "JSON",
    DeliveryKind.REPORT: "PDF",
    DeliveryKind.DASHBOARD: "HTML",
    DeliveryKind.DOWNLOAD: "CSV",
}
STATUS: Mapping[ProductState, str] = {
    ProductState.ON_SALE: "production",
    ProductState.SUSPENDED: "sunset",
    ProductState.WITHDRAWN: "retired",
}
CYCLE_DAYS: Mapping[UpdateCycle, int] = {
    UpdateCycle.DAILY: 1,
    UpdateCycle.WEEKLY: 7,
    UpdateCycle.MONTHLY: 30,
    UpdateCycle.QUARTERLY: 90,
    UpdateCycle.YEARLY: 365,
}
MEASURED_AS = DIMENSIONS  # ODPS knows the same words as ODCS


def open_data_product(sheet: Sheet, addresses: Addresses) -> dict[str, Any]:
    """The product in the Open Data Product Specification 4.0."""
    return {
        "schema": ODPS_SCHEMA,
        "version": "v4.0",
        "product": {
            "details": _details(sheet, addresses),
            "contract": {
                "id": sheet.product_id,
                "type": "ODCS",
                "contractVersion": "v3.1.0",
                "contractURL": addresses.document(sheet.product_id, Document.ODCS),
            },
            "SLA": _service_levels(sheet),
            "dataQuality": _quality(sheet),
            "pricingPlans": {"declarative": [_plan(price) for price in sheet.prices]},
            "license": _licence(sheet),
            "dataHolder": {
                "legalName": sheet.operator[:LONGEST_NAME],
                "URL": addresses.product(sheet.product_id),
                "parentOrganization": sheet.bureau,
            },
        },
    }


def _details(sheet: Sheet, addresses: Addresses) -> dict[str, Any]:
    changed = changed_at(sheet)
    return {
        "name": sheet.title_zh,
        "productID": sheet.product_id,
        "visibility": "public",
        "status": STATUS.get(sheet.state, "acceptance"),
        "type": FORM_TYPES[sheet.form],
        "created": civil_day(sheet.published_at).isoformat() if sheet.published_at else None,
        "updated": civil_day(changed).isoformat() if changed else None,
        "valueProposition": sheet.use_sentence[:LONGEST_VALUE_PROPOSITION],
        "description": sheet.description,
        "categories": [scenario.label for scenario in sheet.scenarios],
        "standards": ["GB/T 36344-2018"],
        "tags": keywords(sheet),
        "productVersion": version_of(sheet),
        "outputFileFormats": sorted({OUTPUTS[kind] for kind in sheet.delivery_kinds}),
        "useCases": [
            {
                "useCase": {
                    "useCaseTitle": kind.label,
                    "useCaseURL": addresses.product(sheet.product_id),
                }
            }
            for kind in sheet.delivery_kinds
        ],
    }


def _service_levels(sheet: Sheet) -> dict[str, Any]:
    days = CYCLE_DAYS.get(update_cycle(sheet))
    if days is None:
        return {}
    level = {"dimension": "updateFrequency", "objective": str(days), "unit": "days"}
    return {"declarative": [{"name": "default", "dimensions": [level]}]}


def _quality(sheet: Sheet) -> dict[str, Any]:
    """What the market asks of every dimension that was measured; the contract has the rules."""
    measured = {
        dimension
        for source in sheet.sources
        if source.quality is not None
        for dimension, share in source.quality.dimensions.items()
        if share is not None
    }
    objective = int(LISTING_THRESHOLD * 100)
    targets = [
        {
            "displayTitle": dimension.label,
            "dimension": MEASURED_AS[dimension],
            "objective": objective,
            "unit": "percentage",
        }
        for dimension in QualityDimension
        if dimension in measured
    ]
    return {"declarative": [{"displayTitle": "GB/T 36344", "dimensions": targets}]}


def _plan(price: PriceSheet) -> dict[str, Any]:
    return {
        "name": price.unit.label,
        "priceCurrency": "CNY",
        "price": f"{price.unit_price:f}",
        "unit": "Pay-per-use" if price.unit_price else "Open-data",
        "maxPrice": f"{price.cap:f}" if price.cap is not None else None,
        "valueAddedTaxIncluded": price.is_tax_included,
        "valueAddedTaxPercentage": int(price.tax_rate * 100),
    }


def _licence(sheet: Sheet) -> dict[str, Any]:
    return {
        "scope": {
            "definition": "、".join(purpose.label for purpose in sheet.purposes),
            "permanent": False,
            "exclusive": False,
        }
    }
