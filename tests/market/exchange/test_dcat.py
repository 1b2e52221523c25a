"""DCAT-AP 3.0.1 of a product and of the catalogue, read by rdflib and held to the shapes."""

from functools import cache
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from pyshacl import validate
from rdflib import DCAT, DCTERMS, RDF, SH, Graph, Namespace, URIRef
from rdflib.compare import isomorphic

from kernel.db import transaction
from market.catalogue.listing import DeliveryKind, Scenario
from market.catalogue.rules import ProductState
from market.datasets.rules import UpdateCycle
from market.exchange import rules
from market.exchange.api import WHOLE_LIMIT
from market.exchange.dcat import (
    Place,
    catalogue_node,
    membership_nodes,
    page_node,
    product_nodes,
)
from market.exchange.graph import Iri, Node, Notation, Text, written
from market.exchange.rules import Addresses
from market.storefront.actions import put_in_window
from tests.factories.catalogue import make_product
from tests.factories.sheets import MORNING, sheet_of, source_sheet

SHAPES = Path(__file__).parent / "specs" / "dcat-ap-3.0.1"
HERE = Addresses("https://market.example")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
READ_AS = {Notation.JSONLD: "json-ld", Notation.TURTLE: "turtle", Notation.RDFXML: "xml"}
DANGEROUS = '<script>alert(1)</script> \\ "quoted"\r\n\t[x](javascript:1) & 😀 \x01\x85'


def catalogue_of(*sheets) -> list[Node]:
    place = Place(Notation.TURTLE, len(sheets), 1)
    nodes = [catalogue_node(HERE, MORNING), page_node(HERE, place)]
    for sheet in sheets:
        nodes += [*membership_nodes(sheet, HERE), *product_nodes(sheet, HERE)]
    return nodes


def read(notation: Notation, text: str) -> Graph:
    return Graph().parse(data=text, format=READ_AS[notation])


def graph_of(nodes: list[Node], notation: Notation = Notation.TURTLE) -> Graph:
    return read(notation, "".join(written(notation, nodes)))


@cache
def shapes() -> Graph:
    return Graph().parse(SHAPES / "shapes.ttl").parse(SHAPES / "range.ttl")


def verdict(data: Graph) -> tuple[bool, str]:
    conforms, _, words = validate(data, shacl_graph=shapes(), advanced=True)
    return conforms, words


EVERY_KIND = sheet_of(
    product_id="prd_every",
    scenarios=list(Scenario),
    delivery_kinds=list(DeliveryKind),
    description=DANGEROUS,
    sources=[source_sheet(), source_sheet(dataset_id="dst_02", update_cycle=UpdateCycle.OTHER)],
)
BARE = sheet_of(
    product_id="prd_bare",
    title_en="",
    legal_basis="",
    scenarios=[],
    published_at=None,
    prices=[],
    sources=[source_sheet(versions=[], quality=None, columns=[])],
)


@pytest.mark.parametrize("notation", list(Notation))
def test_a_catalogue_passes_the_shapes_of_dcat_ap(notation: Notation) -> None:
    conforms, words = verdict(graph_of(catalogue_of(sheet_of(), EVERY_KIND, BARE), notation))

    assert conforms, words


# Recommended, and not known to this market: where and when the data speak of, kinds of
# organisations and licences, standards of interfaces, a licence and a birthday of the catalogue.
NOT_KNOWN = {"spatial", "temporal", "type", "conformsTo", "license", "issued"}


def test_what_is_recommended_is_there_as_far_as_the_market_knows_it() -> None:
    recommended = Graph().parse(SHAPES / "shapes_recommended.ttl")

    _, report, _ = validate(
        graph_of(catalogue_of(sheet_of(delivery_kinds=list(DeliveryKind)))),
        shacl_graph=recommended,
        advanced=True,
    )

    missing = {str(path) for path in report.objects(None, SH.resultPath)}
    assert {path.removeprefix(str(DCTERMS)) for path in missing} == NOT_KNOWN


def test_the_shapes_refuse_a_product_without_a_title() -> None:
    nodes = catalogue_of(sheet_of())
    broken = [
        Node(n.address, n.classes, tuple(f for f in n.facts if f[0] != "dct:title")) for n in nodes
    ]

    conforms, words = verdict(graph_of(broken))

    assert not conforms
    assert "title" in words


def test_the_three_notations_say_the_same() -> None:
    nodes = catalogue_of(EVERY_KIND, BARE)
    clean = sheet_of(description='干净 \\ "quoted"\n<b>&</b> 😀')
    graphs = [graph_of(catalogue_of(clean), notation) for notation in Notation]

    assert isomorphic(graphs[0], graphs[1])
    assert isomorphic(graphs[1], graphs[2])
    assert len(graph_of(nodes)) > 100


@given(st.text(), st.text())
@pytest.mark.parametrize("notation", [Notation.TURTLE, Notation.JSONLD])
def test_any_text_comes_back_as_it_was(notation: Notation, text: str, other: str) -> None:
    facts = (
        ("dct:title", Text(text, "zh")),
        ("rdfs:seeAlso", Iri(f"https://market.example/{other}")),
    )

    graph = graph_of([Node("https://market.example/#x", ("dcat:Dataset",), facts)], notation)

    assert str(next(graph.objects(None, DCTERMS.title))) == text
    assert len(graph) == 3


@given(st.text())
def test_any_text_is_xml_and_no_element_of_its_own(text: str) -> None:
    node = Node("https://market.example/#x", ("dcat:Dataset",), (("dct:title", Text(text)),))

    graph = graph_of([node], Notation.RDFXML)

    assert len(graph) == 2


def test_a_product_says_who_how_often_and_under_which_terms() -> None:
    graph = graph_of(product_nodes(sheet_of(), HERE))
    dataset = URIRef("https://market.example/catalogue/prd_01#dataset")

    assert (dataset, RDF.type, DCAT.Dataset) in graph
    assert str(next(graph.objects(dataset, DCTERMS.accrualPeriodicity))).endswith("/MONTHLY")
    assert str(next(graph.objects(dataset, DCTERMS.accessRights))).endswith("/RESTRICTED")
    assert {str(each) for each in graph.objects(None, DCTERMS.license)} == {
        "https://market.example/catalogue/prd_01?tab=terms"
    }
    assert (None, DCAT.servesDataset, dataset) in graph


def test_only_what_is_open_by_file_is_said_to_be_public() -> None:
    graph = graph_of(product_nodes(sheet_of(delivery_kinds=[DeliveryKind.DOWNLOAD]), HERE))

    assert str(next(graph.objects(None, DCTERMS.accessRights))).endswith("/PUBLIC")


def test_a_product_is_renewed_as_often_as_its_slowest_source() -> None:
    cycles = [UpdateCycle.DAILY, UpdateCycle.YEARLY, UpdateCycle.REAL_TIME]
    sources = [source_sheet(dataset_id=f"dst_{c}", update_cycle=c) for c in cycles]

    assert rules.update_cycle(sheet_of(sources=sources)) is UpdateCycle.YEARLY


def shown(**changes: object) -> str:
    with transaction() as session:
        product = make_product(session, **changes)
        put_in_window(session, product.id)
        return product.id


@pytest.mark.parametrize("notation", list(Notation))
def test_anybody_reads_one_product_and_the_catalogue(
    client: FlaskClient, notation: Notation
) -> None:
    product_id = shown()

    one = client.get(f"/api/exchange/products/{product_id}/dcat.{notation}")
    page = client.get(f"/api/exchange/catalogue.{notation}")
    whole = client.get(f"/api/exchange/catalogue/whole.{notation}")

    for answer in (one, page, whole):
        assert answer.status_code == 200
        assert answer.mimetype == notation.mimetype
        conforms, words = verdict(read(notation, answer.text))
        assert conforms, words
        assert product_id in answer.text


def test_what_is_not_in_the_window_has_no_document(client: FlaskClient) -> None:
    draft = shown(state=ProductState.DRAFT)

    assert client.get(f"/api/exchange/products/{draft}/dcat.ttl").status_code == 404
    assert draft not in client.get("/api/exchange/catalogue/whole.ttl").text


def test_the_catalogue_holds_only_what_is_on_sale(client: FlaskClient) -> None:
    stopped = shown(state=ProductState.SUSPENDED)

    assert stopped not in client.get("/api/exchange/catalogue.ttl").text
    assert client.get(f"/api/exchange/products/{stopped}/dcat.ttl").status_code == 200


def test_pages_lead_to_each_other_and_the_whole_is_their_sum(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("rules", "reads", "dcat"):
        monkeypatch.setattr(f"market.exchange.{module}.PAGE_OF_CATALOGUE", 2)
    monkeypatch.setattr("market.exchange.reads.BATCH", 2)
    products = {shown() for _ in range(5)}
    address, found, pages = "/api/exchange/catalogue.ttl?page=1", set(), 0

    while address:
        graph = read(Notation.TURTLE, client.get(address).text)
        found |= {str(each) for each in graph.subjects(RDF.type, DCAT.Dataset)}
        pages += 1
        following = next(graph.objects(None, HYDRA.next), None)
        address = str(following).removeprefix("http://localhost") if following else ""
        assert int(next(graph.objects(None, HYDRA.totalItems))) == 5
    whole = read(Notation.TURTLE, client.get("/api/exchange/catalogue/whole.ttl").text)

    assert pages == 3
    assert found == {f"http://localhost/catalogue/{each}#dataset" for each in products}
    assert {str(each) for each in whole.subjects(RDF.type, DCAT.Dataset)} == found
    assert client.get("/api/exchange/catalogue.ttl?page=4").status_code == 404


def test_the_whole_catalogue_is_read_batch_by_batch(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("market.exchange.reads.BATCH", 2)
    for _ in range(3):
        shown()
    batches: list[int] = []
    original = rules_reads().list_after

    def counted(session, last):
        found = original(session, last)
        batches.append(len(found))
        return found

    monkeypatch.setattr("market.exchange.reads.list_after", counted)
    answer = client.get("/api/exchange/catalogue/whole.ttl", buffered=False)
    pieces = answer.iter_encoded()
    while b"prd_" not in next(pieces):
        pass

    assert batches == [2]  # the first products are sent before the others are read
    assert b"prd_" in b"".join(pieces)
    assert batches == [2, 1, 0]


def rules_reads():
    from market.exchange import reads  # noqa: PLC0415 - read before it is replaced

    return reads


def test_one_address_takes_the_whole_catalogue_so_often_and_no_more(client: FlaskClient) -> None:
    most = int(WHOLE_LIMIT.split()[0])
    answers = [client.get("/api/exchange/catalogue/whole.ttl") for _ in range(most + 1)]

    assert [answer.status_code for answer in answers] == [200] * most + [429]
    assert answers[-1].json["facts"]["retry_after_seconds"] > 0


@pytest.mark.parametrize("address", ["catalogue.ttl?page=0", "catalogue.ttl?page=x"])
def test_a_malformed_page_is_refused_in_words(client: FlaskClient, address: str) -> None:
    answer = client.get(f"/api/exchange/{address}")

    assert answer.status_code == 422
    assert answer.json["errors"][0]["detail"]
