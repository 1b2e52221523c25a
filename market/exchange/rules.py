"""Which formats are there, where do they stand, and what may each say? Pure.

Source: docs/rules/catalogue.md, section 4.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from kernel.i18n import N_, Labelled
from market.catalogue.listing import DeliveryKind, Scenario
from market.datasets.rules import UpdateCycle
from market.exchange.graph import Notation
from market.storefront.schemas import Sheet, SourceSheet

PAGE_OF_CATALOGUE = 100  # data sets on one page of the catalogue
BATCH = 200  # sheets that are in memory at once while the whole catalogue is written
MOST_CHANGES = 100  # entries of one page of the feed


class Document(Labelled):
    """One description of one product; the value is the name of its file."""

    DCAT_JSONLD = "dcat.jsonld", N_("DCAT-AP 3.0.1（JSON-LD）")
    DCAT_TURTLE = "dcat.ttl", N_("DCAT-AP 3.0.1（Turtle）")
    DCAT_RDFXML = "dcat.rdf", N_("DCAT-AP 3.0.1（RDF/XML）")
    SCHEMA_ORG = "schema-org.jsonld", N_("schema.org 数据集")
    ODCS = "odcs.yaml", N_("数据合约 ODCS 3.1")
    ODPS = "odps.yaml", N_("数据产品 ODPS 4.0")
    CROISSANT = "croissant.json", N_("Croissant 1.0（机器学习）")
    DATA_PACKAGE = "datapackage.json", N_("数据包 Data Package")

    @property
    def mimetype(self) -> str:
        match self:
            case Document.DCAT_TURTLE:
                return Notation.TURTLE.mimetype
            case Document.DCAT_RDFXML:
                return Notation.RDFXML.mimetype
            case Document.ODCS | Document.ODPS:
                return "application/yaml"
            case Document.DATA_PACKAGE:
                return "application/json"
            case _:
                return Notation.JSONLD.mimetype


@dataclass(frozen=True)
class Addresses:
    """Where things of this market stand, for whoever reads a document elsewhere."""

    base: str

    @property
    def catalogue(self) -> str:
        return f"{self.base}/catalogue"

    @property
    def api_description(self) -> str:
        return f"{self.base}/api/openapi.json"

    def product(self, product_id: str) -> str:
        return f"{self.base}/catalogue/{product_id}"

    def terms(self, product_id: str) -> str:
        return f"{self.product(product_id)}?tab=terms"

    def document(self, product_id: str, document: Document) -> str:
        return f"{self.base}/api/exchange/products/{product_id}/{document}"

    def page(self, notation: Notation, number: int) -> str:
        return f"{self.base}/api/exchange/catalogue.{notation}?page={number}"

    def changes(self, notation: str) -> str:
        return f"{self.base}/api/exchange/changes.{notation}"

    def ckan_help(self, action: str) -> str:
        return f"{self.base}/api/3/action/help_show?name={quote(action, safe='')}"

    def thing(self, name: str) -> str:
        """An organisation, a scenario: named by this market, described where it is used."""
        return f"{self.base}/#{name}"


def changed_at(sheet: Sheet) -> datetime | None:
    """When anything that the public reads of a product last changed; None: nothing is dated."""
    moments: list[datetime | None] = [
        sheet.published_at,
        sheet.suspended_at,
        sheet.withdrawn_at,
        *(price.set_at for price in sheet.prices),
    ]
    for source in sheet.sources:
        moments += [version.delivered_at for version in source.versions]
        moments.append(source.quality.checked_at if source.quality else None)
    return max((moment for moment in moments if moment is not None), default=None)


SLOWEST_LAST = (
    UpdateCycle.REAL_TIME,
    UpdateCycle.DAILY,
    UpdateCycle.WEEKLY,
    UpdateCycle.MONTHLY,
    UpdateCycle.QUARTERLY,
    UpdateCycle.YEARLY,
    UpdateCycle.OTHER,
)


def update_cycle(sheet: Sheet) -> UpdateCycle:
    """A product is renewed as often as its slowest source; without a promise where one has none."""
    cycles = [source.update_cycle for source in sheet.sources]
    return max(cycles, key=SLOWEST_LAST.index, default=UpdateCycle.OTHER)


def is_open(sheet: Sheet) -> bool:
    """AO-10: whole files are delivered only of what is unconditionally open."""
    return DeliveryKind.DOWNLOAD in sheet.delivery_kinds


def keywords(sheet: Sheet) -> list[str]:
    """Words that find the product, each once."""
    words: Iterable[str] = (
        *(scenario.label for scenario in sheet.scenarios),
        sheet.form.label,
        *(source.provider for source in sheet.sources),
        *(source.title for source in sheet.sources),
    )
    return list(dict.fromkeys(word for word in words if word))


def version_of(sheet: Sheet) -> str:
    """Numbers of the newest version of each source, in the order of the sources."""
    return ".".join(str(newest_number(source)) for source in sheet.sources) or "0"


def newest_number(source: SourceSheet) -> int:
    return source.versions[0].number if source.versions else 0


_MARKUP = re.compile(r"[&<>\[\]`]")
_HARMLESS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "[": "\\[", "]": "\\]", "`": "\\`"}


def as_markdown(text: str) -> str:
    """A plain text where a format says that its readers render Markdown: no tag, no link."""
    return _MARKUP.sub(lambda found: _HARMLESS[found[0]], text)


# Themes of the European data theme vocabulary, so that portals elsewhere can sort ours too.
THEMES = {
    Scenario.MANUFACTURING: ("ECON", "Economy and finance"),
    Scenario.AGRICULTURE: ("AGRI", "Agriculture, fisheries, forestry and food"),
    Scenario.COMMERCE: ("ECON", "Economy and finance"),
    Scenario.TRANSPORT: ("TRAN", "Transport"),
    Scenario.FINANCE: ("ECON", "Economy and finance"),
    Scenario.SCIENCE: ("TECH", "Science and technology"),
    Scenario.CULTURE: ("EDUC", "Education, culture and sport"),
    Scenario.HEALTH: ("HEAL", "Health"),
    Scenario.EMERGENCY: ("JUST", "Justice, legal system and public safety"),
    Scenario.WEATHER: ("ENVI", "Environment"),
    Scenario.CITY: ("GOVE", "Government and public sector"),
    Scenario.GREEN: ("ENVI", "Environment"),
}
FREQUENCIES = {
    UpdateCycle.REAL_TIME: "CONT",
    UpdateCycle.DAILY: "DAILY",
    UpdateCycle.WEEKLY: "WEEKLY",
    UpdateCycle.MONTHLY: "MONTHLY",
    UpdateCycle.QUARTERLY: "QUARTERLY",
    UpdateCycle.YEARLY: "ANNUAL",
    UpdateCycle.OTHER: "OTHER",
}
