"""How is a product said in schema.org, for search engines and for machine learning? Pure.

Croissant 1.0 is schema.org with records that a program can read: here the data dictionary.
"""

from typing import Any

from kernel.clock import civil_day
from market.exchange.rules import (
    Addresses,
    Document,
    as_markdown,
    changed_at,
    is_open,
    keywords,
    version_of,
)
from market.storefront.schemas import PriceSheet, Sheet, SourceSheet

CROISSANT = "http://mlcommons.org/croissant/1.0"
CONTEXT: dict[str, Any] = {
    "@language": "zh",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def schema_org(sheet: Sheet, addresses: Addresses) -> dict[str, Any]:
    """The product as schema.org Dataset, as search engines read it in the page's head."""
    said = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{addresses.product(sheet.product_id)}#dataset",
        **_common(sheet, addresses),
        "description": sheet.description or sheet.use_sentence,
        "variableMeasured": [
            {"@type": "PropertyValue", "name": column.name, "description": column.title}
            for source in sheet.sources
            for column in source.columns
        ],
        "offers": [_offer(price, addresses.product(sheet.product_id)) for price in sheet.prices],
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "name": "公共数据市场",
            "url": addresses.catalogue,
        },
    }
    return _without_empty(said)


def croissant(sheet: Sheet, addresses: Addresses) -> dict[str, Any]:
    """The product with the dictionary of each source. No file is named: rows do not leave so."""
    said = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CROISSANT,
        **_common(sheet, addresses),
        "description": as_markdown(sheet.description or sheet.use_sentence),
        "isLiveDataset": True,
        "citeAs": f"{sheet.operator}: {sheet.title_zh}. {addresses.product(sheet.product_id)}",
        "recordSet": [_dictionary(source) for source in sheet.sources if source.columns],
    }
    return _without_empty(said)


def _common(sheet: Sheet, addresses: Addresses) -> dict[str, Any]:
    page = addresses.product(sheet.product_id)
    changed = changed_at(sheet)
    return {
        "name": sheet.title_zh,
        "alternateName": sheet.title_en,
        "url": page,
        "sameAs": addresses.document(sheet.product_id, Document.DCAT_TURTLE),
        "identifier": sheet.product_id,
        "keywords": keywords(sheet),
        "inLanguage": "zh",
        "version": f"{version_of(sheet)}.0.0" if "." not in version_of(sheet) else "1.0.0",
        "license": addresses.terms(sheet.product_id),
        "isAccessibleForFree": all(price.unit_price == 0 for price in sheet.prices)
        and bool(sheet.prices),
        "conditionsOfAccess": "open" if is_open(sheet) else "by application and purpose",
        "creator": {"@type": "Organization", "name": sheet.operator},
        "publisher": {"@type": "Organization", "name": sheet.operator},
        "datePublished": _day(sheet.published_at),
        "dateModified": _day(changed),
    }


def _day(moment: Any) -> str:
    return civil_day(moment).isoformat() if moment is not None else ""


def _offer(price: PriceSheet, page: str) -> dict[str, Any]:
    return {
        "@type": "Offer",
        "priceCurrency": "CNY",
        "price": f"{price.unit_price.normalize():f}",
        "description": price.unit.label,
        "url": page,
    }


DICTIONARY = ("name", "title", "type", "unit", "description")


def _dictionary(source: SourceSheet) -> dict[str, Any]:
    """The data dictionary of one source as records: one for each column.

    Croissant wants a file or records behind every field. Rows of the product have neither here,
    so what a program reads is what the rows look like.
    """
    name = f"{source.dataset_id}/dictionary"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "alternateName": source.title,
        "description": as_markdown(source.abstract or source.title),
        "key": {"@id": f"{name}/name"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{each}",
                "name": f"{name}/{each}",
                "dataType": "sc:Text",
            }
            for each in DICTIONARY
        ],
        "data": [
            {f"{name}/{each}": str(getattr(column, each)) for each in DICTIONARY}
            for column in source.columns
        ],
    }


def _without_empty(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value not in ("", None, [])}
