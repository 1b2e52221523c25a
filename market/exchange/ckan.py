"""How is a product said to a program that speaks with CKAN? Pure.

Only what the action API of CKAN gives to everybody; nothing can be changed through it.
"""

from datetime import datetime
from typing import Any

from market.catalogue.listing import DeliveryKind, Scenario
from market.exchange.rules import (
    Addresses,
    Document,
    as_markdown,
    changed_at,
    is_open,
    update_cycle,
    version_of,
)
from market.storefront.schemas import Sheet

SPEAKS_LIKE = "2.10"  # the version of CKAN whose answers ours look like
FORMATS = {
    DeliveryKind.SANDBOX: "SQL",
    DeliveryKind.API: "API",
    DeliveryKind.MODEL: "API",
    DeliveryKind.REPORT: "PDF",
    DeliveryKind.DASHBOARD: "HTML",
    DeliveryKind.DOWNLOAD: "CSV",
}


def status(addresses: Addresses) -> dict[str, Any]:
    """What a client asks first."""
    return {
        "site_title": "公共数据市场 Public data market",
        "site_description": "公共数据授权运营的产品目录",
        "site_url": addresses.base,
        "ckan_version": SPEAKS_LIKE,
        "error_emails_to": None,
        "locale_default": "zh_Hans_CN",
        "extensions": [],
    }


def package(sheet: Sheet, addresses: Addresses) -> dict[str, Any]:
    """A product as a package, with one resource for each way of delivery and each document."""
    resources = [
        *(_delivery(sheet, kind, addresses) for kind in sheet.delivery_kinds),
        *(_description(sheet, document, addresses) for document in Document),
    ]
    tags = [{"name": scenario.label} for scenario in sheet.scenarios]
    changed = changed_at(sheet)
    return {
        "id": sheet.product_id,
        "name": name_of(sheet.product_id),
        "title": sheet.title_zh,
        "notes": as_markdown(sheet.description or sheet.use_sentence),
        "url": addresses.product(sheet.product_id),
        "type": "dataset",
        "state": "active",
        "private": False,
        "isopen": is_open(sheet),
        "version": version_of(sheet),
        "author": sheet.operator,
        "maintainer": sheet.operator,
        "license_id": "by-purpose",
        "license_title": "按用途许可 Licensed by purpose",
        "license_url": addresses.terms(sheet.product_id),
        "metadata_created": _moment(sheet.published_at),
        "metadata_modified": _moment(changed),
        "organization": organization(sheet.operator_id, sheet.operator),
        "owner_org": sheet.operator_id,
        "groups": [group(scenario) for scenario in sheet.scenarios],
        "tags": [tag | {"display_name": tag["name"], "state": "active"} for tag in tags],
        "num_tags": len(tags),
        "resources": [each | {"position": place} for place, each in enumerate(resources)],
        "num_resources": len(resources),
        "extras": _extras(sheet),
    }


def name_of(identifier: str) -> str:
    """The name in addresses: CKAN's names are of small letters."""
    return identifier.lower()


def ids_named(name: str) -> set[str]:
    """The ids that a name may stand for: ids are of capital letters after their prefix."""
    prefix, mark, rest = name.partition("_")
    return {name, f"{prefix}{mark}{rest.upper()}"}


def organization(identifier: str, name: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "name": name_of(identifier),
        "title": name,
        "display_name": name,
        "type": "organization",
        "is_organization": True,
        "state": "active",
    }


def group(scenario: Scenario) -> dict[str, Any]:
    """A business setting is a group, known by the word in its address."""
    return {
        "id": scenario.value,
        "name": scenario.value,
        "title": scenario.label,
        "display_name": scenario.label,
        "type": "group",
        "state": "active",
    }


def _delivery(sheet: Sheet, kind: DeliveryKind, addresses: Addresses) -> dict[str, Any]:
    """A way of delivery leads to the page where it is applied for; rows have no address."""
    return {
        "id": f"{sheet.product_id}-{kind.value}",
        "package_id": sheet.product_id,
        "name": kind.label,
        "description": as_markdown(sheet.use_sentence),
        "format": FORMATS[kind],
        "url": addresses.product(sheet.product_id),
        "state": "active",
    }


def _description(sheet: Sheet, document: Document, addresses: Addresses) -> dict[str, Any]:
    return {
        "id": f"{sheet.product_id}-{document.value}",
        "package_id": sheet.product_id,
        "name": document.label,
        "description": "",
        "format": document.value.rpartition(".")[2].upper(),
        "mimetype": document.mimetype,
        "url": addresses.document(sheet.product_id, document),
        "state": "active",
    }


def _extras(sheet: Sheet) -> list[dict[str, str]]:
    said = {
        "form": sheet.form.label,
        "bureau": sheet.bureau,
        "update_cycle": update_cycle(sheet).label,
        "quality_grade": sheet.grade.value if sheet.grade else "",
        "registration_code": sheet.registration.code,
        "sources": "、".join(source.title for source in sheet.sources),
        "providers": "、".join(dict.fromkeys(source.provider for source in sheet.sources)),
    }
    return [{"key": key, "value": value} for key, value in said.items() if value]


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
