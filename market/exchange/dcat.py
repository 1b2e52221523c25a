"""How is a product, and the catalogue, said in DCAT-AP 3.0.1? Pure: from a sheet to a graph.

Source: docs/rules/catalogue.md, section 4.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from kernel.clock import civil_day
from kernel.i18n import ENGLISH, speaking, translate
from market.catalogue.listing import DeliveryKind, Scenario
from market.catalogue.rules import ProductState
from market.exchange.graph import Iri, Node, Notation, Text, Value
from market.exchange.rules import (
    FREQUENCIES,
    PAGE_OF_CATALOGUE,
    THEMES,
    Addresses,
    changed_at,
    is_open,
    keywords,
    update_cycle,
    version_of,
)
from market.quality.rules import QualityDimension
from market.storefront.schemas import RegistrationStanding, Sheet, SourceSheet

Fact = tuple[str, Value]
AUTHORITY = "http://publications.europa.eu/resource/authority"
STATUS = "http://purl.org/adms/status"
CHINESE_TAG = "zh"
ENGLISH_TAG = "en"
NAMES = (("公共数据市场", CHINESE_TAG), ("Public data market", ENGLISH_TAG))
ABOUT = (
    ("公共数据授权运营的产品目录：可用不可见，按用途许可。", CHINESE_TAG),
    ("Products of authorised operation of public data, licensed by purpose.", ENGLISH_TAG),
)
AVAILABLE = Node(
    f"{AUTHORITY}/planned-availability/AVAILABLE",
    ("skos:Concept",),
    (("skos:prefLabel", Text("available", ENGLISH_TAG)),),
)
FILE_TYPES = {
    DeliveryKind.SANDBOX: "CSV",
    DeliveryKind.API: "JSON",
    DeliveryKind.MODEL: "JSON",
    DeliveryKind.REPORT: "PDF",
    DeliveryKind.DASHBOARD: "HTML",
    DeliveryKind.DOWNLOAD: "CSV",
}


def product_node(sheet: Sheet, addresses: Addresses) -> Node:
    """A product as dcat:Dataset, with what a portal needs to list it."""
    facts: list[Fact] = [
        *_titles(sheet),
        *_texts("dct:description", sheet.description or sheet.use_sentence),
        ("dct:identifier", Text(sheet.product_id)),
        *_registration(sheet),
        *_finding(sheet, addresses),
        ("dct:accrualPeriodicity", _frequency(sheet)),
        ("dct:language", language_node()),
        ("dcat:landingPage", Node(addresses.product(sheet.product_id), ("foaf:Document",))),
        ("dcat:version", Text(version_of(sheet))),
        *_dates(sheet),
        *_provenance(sheet, addresses),
        *_quality(sheet),
        *(("dcat:distribution", each) for each in _distributions(sheet, addresses)),
    ]
    return Node(dataset_address(sheet, addresses), ("dcat:Dataset",), tuple(facts))


def service_node(sheet: Sheet, addresses: Addresses) -> Node | None:
    """The interface of a product that is called, as dcat:DataService; None: it has none."""
    if DeliveryKind.API not in sheet.delivery_kinds:
        return None
    facts: list[Fact] = [
        *_titles(sheet),
        *_texts("dct:description", sheet.use_sentence),
        ("dcat:endpointURL", Node(f"{addresses.base}/api", ("rdfs:Resource",))),
        ("dcat:endpointDescription", Node(addresses.api_description, ("rdfs:Resource",))),
        ("dcat:servesDataset", Iri(dataset_address(sheet, addresses))),
        *_finding(sheet, addresses),
        ("dct:license", _licence(sheet, addresses)),
    ]
    address = f"{addresses.product(sheet.product_id)}#interface"
    return Node(address, ("dcat:DataService",), tuple(facts))


def product_nodes(sheet: Sheet, addresses: Addresses) -> list[Node]:
    """Everything that one product puts into a catalogue."""
    service = service_node(sheet, addresses)
    return [product_node(sheet, addresses), *([service] if service else [])]


def dataset_address(sheet: Sheet, addresses: Addresses) -> str:
    return f"{addresses.product(sheet.product_id)}#dataset"


@dataclass(frozen=True)
class Place:
    """Which page of the catalogue this is. number: None for the whole."""

    notation: Notation
    total: int
    number: int | None = None

    @property
    def last(self) -> int:
        return max(1, -(-self.total // PAGE_OF_CATALOGUE))


def catalogue_node(addresses: Addresses, moment: datetime | None) -> Node:
    """The catalogue itself, without the data sets, which say of themselves that they are in it."""
    facts: list[Fact] = [
        *(("dct:title", Text(*name)) for name in NAMES),
        *(("dct:description", Text(*about)) for about in ABOUT),
        ("dct:publisher", _agent(addresses, "market", NAMES[0][0])),
        ("dct:language", language_node()),
        ("foaf:homepage", Node(f"{addresses.base}/", ("foaf:Document",))),
        ("dcat:themeTaxonomy", _scheme(addresses)),
    ]
    if moment is not None:
        facts.append(("dct:modified", _moment(moment)))
    return Node(addresses.catalogue, ("dcat:Catalog",), tuple(facts))


def membership_nodes(sheet: Sheet, addresses: Addresses) -> Iterator[Node]:
    """What the catalogue says of one product: that it is in it."""
    facts: list[Fact] = [("dcat:dataset", Iri(dataset_address(sheet, addresses)))]
    service = service_node(sheet, addresses)
    if service is not None:
        facts.append(("dcat:service", service.iri))
    yield Node(addresses.catalogue, (), tuple(facts))


def page_node(addresses: Addresses, place: Place) -> Node:
    """Where this page stands among the others, in the words that harvesters follow."""
    number = place.number or 1
    pages = {"hydra:first": 1, "hydra:last": place.last}
    if number > 1:
        pages["hydra:previous"] = number - 1
    if number < place.last:
        pages["hydra:next"] = number + 1
    facts: list[Fact] = [
        ("hydra:totalItems", Text(str(place.total), datatype="xsd:integer")),
        ("hydra:itemsPerPage", Text(str(PAGE_OF_CATALOGUE), datatype="xsd:integer")),
        *((name, Iri(addresses.page(place.notation, page))) for name, page in pages.items()),
    ]
    classes = ("hydra:PagedCollection", "hydra:PartialCollectionView")
    return Node(addresses.page(place.notation, number), classes, tuple(facts))


def _finding(sheet: Sheet, addresses: Addresses) -> Iterator[Fact]:
    """What data set and interface say alike: who, about what, for whom."""
    yield "dct:publisher", _agent(addresses, sheet.operator_id, sheet.operator)
    yield "dcat:contactPoint", _contact(sheet, addresses)
    for word in keywords(sheet):
        yield "dcat:keyword", Text(word, CHINESE_TAG)
    for scenario in sheet.scenarios:
        yield from _themes(scenario, addresses)
    yield "dct:accessRights", _access_rights(sheet)


def _titles(sheet: Sheet) -> Iterator[Fact]:
    yield "dct:title", Text(sheet.title_zh, CHINESE_TAG)
    if sheet.title_en:
        yield "dct:title", Text(sheet.title_en, ENGLISH_TAG)


def _texts(name: str, text: str) -> Iterator[Fact]:
    yield name, Text(text, CHINESE_TAG)


def _registration(sheet: Sheet) -> Iterator[Fact]:
    if sheet.registration.state is RegistrationStanding.VALID and sheet.registration.code:
        notation = Text(sheet.registration.code)
        yield "adms:identifier", Node("", ("adms:Identifier",), (("skos:notation", notation),))


def _agent(addresses: Addresses, name_of_id: str, name: str) -> Node:
    facts: tuple[Fact, ...] = (("foaf:name", Text(name, CHINESE_TAG)),)
    return Node(addresses.thing(name_of_id), ("foaf:Agent",), facts)


def _contact(sheet: Sheet, addresses: Addresses) -> Node:
    facts: tuple[Fact, ...] = (
        ("vcard:fn", Text(sheet.operator, CHINESE_TAG)),
        ("vcard:hasURL", Iri(addresses.product(sheet.product_id))),
    )
    return Node("", ("vcard:Kind",), facts)


def _themes(scenario: Scenario, addresses: Addresses) -> Iterator[Fact]:
    """Our own business setting, and the theme that portals elsewhere know."""
    ours = Node(
        addresses.thing(f"scenario-{scenario.value}"),
        ("skos:Concept",),
        (*_labels(scenario.label), ("skos:inScheme", Iri(addresses.thing("scenarios")))),
    )
    code, name = THEMES[scenario]
    theirs = Node(
        f"{AUTHORITY}/data-theme/{code}",
        ("skos:Concept",),
        (
            ("skos:prefLabel", Text(name, ENGLISH_TAG)),
            ("skos:inScheme", Iri(f"{AUTHORITY}/data-theme")),
        ),
    )
    yield "dcat:theme", ours
    yield "dcat:theme", theirs


def _labels(chinese: str) -> Iterator[Fact]:
    yield "skos:prefLabel", Text(chinese, CHINESE_TAG)
    with speaking(ENGLISH):
        yield "skos:prefLabel", Text(translate(chinese), ENGLISH_TAG)


def _scheme(addresses: Addresses) -> Node:
    facts: tuple[Fact, ...] = (
        ("dct:title", Text("应用场景", CHINESE_TAG)),
        ("dct:title", Text("Business settings", ENGLISH_TAG)),
    )
    return Node(addresses.thing("scenarios"), ("skos:ConceptScheme",), facts)


def _access_rights(sheet: Sheet) -> Node:
    code = "PUBLIC" if is_open(sheet) else "RESTRICTED"
    return Node(f"{AUTHORITY}/access-right/{code}", ("dct:RightsStatement",))


def _frequency(sheet: Sheet) -> Node:
    code = FREQUENCIES[update_cycle(sheet)]
    return Node(f"{AUTHORITY}/frequency/{code}", ("dct:Frequency",))


def language_node() -> Node:
    return Node(f"{AUTHORITY}/language/ZHO", ("dct:LinguisticSystem",))


def _licence(sheet: Sheet, addresses: Addresses) -> Node:
    return Node(addresses.terms(sheet.product_id), ("dct:LicenseDocument",))


def _dates(sheet: Sheet) -> Iterator[Fact]:
    if sheet.published_at is not None:
        day = civil_day(sheet.published_at).isoformat()
        yield "dct:issued", Text(day, datatype="xsd:date")
    moment = changed_at(sheet)
    if moment is not None:
        yield "dct:modified", _moment(moment)


def _moment(moment: datetime) -> Text:
    text = moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Text(text, datatype="xsd:dateTime")


def _provenance(sheet: Sheet, addresses: Addresses) -> Iterator[Fact]:
    if sheet.legal_basis:
        label = ("rdfs:label", Text(sheet.legal_basis, CHINESE_TAG))
        yield "dct:provenance", Node("", ("dct:ProvenanceStatement",), (label,))
    for source in sheet.sources:
        yield "prov:wasDerivedFrom", _source(source, addresses)


def _source(source: SourceSheet, addresses: Addresses) -> Node:
    """A data set that the product is made from: named, but not offered by itself."""
    facts: list[Fact] = [
        ("dct:title", Text(source.title, CHINESE_TAG)),
        ("dct:identifier", Text(source.dataset_id)),
        ("prov:wasAttributedTo", _agent(addresses, source.provider_id, source.provider)),
    ]
    return Node(addresses.thing(source.dataset_id), ("prov:Entity",), tuple(facts))


def _quality(sheet: Sheet) -> Iterator[Fact]:
    """What the last check measured of each source, between 0 and 1; what was not is not said."""
    for source in sheet.sources:
        if source.quality is None:
            continue
        for dimension, share in source.quality.dimensions.items():
            if share is not None:
                yield "dqv:hasQualityMeasurement", _measurement(dimension, share)


def _measurement(dimension: QualityDimension, share: Decimal) -> Node:
    metric = Node(
        "",
        ("dqv:Metric",),
        (
            *_labels(dimension.label),
            ("skos:definition", Text("GB/T 36344-2018", CHINESE_TAG)),
            ("dqv:expectedDataType", Iri("http://www.w3.org/2001/XMLSchema#decimal")),
        ),
    )
    value = Text(f"{share:f}", datatype="xsd:decimal")
    facts: tuple[Fact, ...] = (("dqv:isMeasurementOf", metric), ("dqv:value", value))
    return Node("", ("dqv:QualityMeasurement",), facts)


def _distributions(sheet: Sheet, addresses: Addresses) -> Iterable[Node]:
    """Each way to get something out of the product. Rows themselves have no address."""
    service = service_node(sheet, addresses)
    for kind in sheet.delivery_kinds:
        facts: list[Fact] = [
            ("dcat:accessURL", Node(addresses.product(sheet.product_id), ("foaf:Document",))),
            ("dct:title", Text(kind.label, CHINESE_TAG)),
            ("dct:description", Text(sheet.use_sentence, CHINESE_TAG)),
            ("dct:license", _licence(sheet, addresses)),
            ("dct:format", _format(kind)),
            ("adms:status", _status(sheet)),
        ]
        if sheet.state is ProductState.ON_SALE:
            facts.append(("dcatap:availability", AVAILABLE))
        if kind is DeliveryKind.API and service is not None:
            facts.append(("dcat:accessService", service))
        address = f"{addresses.product(sheet.product_id)}#distribution-{kind.value}"
        yield Node(address, ("dcat:Distribution",), tuple(facts))


def _format(kind: DeliveryKind) -> Node:
    return Node(f"{AUTHORITY}/file-type/{FILE_TYPES[kind]}", ("dct:MediaTypeOrExtent",))


def _status(sheet: Sheet) -> Node:
    match sheet.state:
        case ProductState.ON_SALE:
            word = "Completed"
        case ProductState.WITHDRAWN | ProductState.SUSPENDED:
            word = "Withdrawn"
        case _:
            word = "UnderDevelopment"
    label = ("skos:prefLabel", Text(word, ENGLISH_TAG))
    return Node(f"{STATUS}/{word}", ("skos:Concept",), (label,))
