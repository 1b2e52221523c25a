"""The catalogue in the world's formats, for everybody. Only what stands in the shop window."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, request, stream_with_context
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import transaction
from kernel.errors import DomainError, Invalid, InvalidFields, NotAllowed, NotFound, Unauthenticated
from kernel.i18n import N_
from kernel.web import problems
from kernel.web.guard import current_actor, public
from kernel.web.limits import limiter
from kernel.web.openapi import documented
from kernel.web.parse import NotJson, form_values, parse_query, validated
from market.catalogue.listing import Scenario
from market.exchange import ckan, feeds, reads
from market.exchange.contracts import contract
from market.exchange.croissant import croissant, schema_org
from market.exchange.dcat import (
    Place,
    catalogue_node,
    membership_nodes,
    page_node,
    product_nodes,
)
from market.exchange.graph import Node, Notation, written
from market.exchange.packages import data_package, open_data_product
from market.exchange.rules import Addresses, Document
from market.exchange.schemas import (
    ActionOut,
    ActionRefused,
    CatalogueQuestion,
    ChangesQuestion,
    ListQuestion,
    Nothing,
    PackageQuestion,
    ScoreOut,
    ShowQuestion,
)
from market.exchange.score import score_of
from market.exchange.yaml import yaml
from market.storefront.reads import get_sheet, preview_sheet
from market.storefront.schemas import Sheet

bp = Blueprint("exchange_api", __name__, url_prefix="/api/exchange")
ckan_bp = Blueprint("ckan_api", __name__)
LARGEST_QUESTION = 64 * 1024
WHOLE_LIMIT = "10 per hour"  # of one address: half a minute of work for 100,000 products
KINDS: Mapping[type[DomainError], str] = {
    Invalid: "Validation Error",
    NotFound: "Not Found Error",
    NotAllowed: "Authorization Error",
    Unauthenticated: "Authorization Error",
}
OTHERWISE = "Search Error"
NOTATIONS = "<any('jsonld', 'ttl', 'rdf'):notation>"
GRAPHS = {
    Document.DCAT_JSONLD: Notation.JSONLD,
    Document.DCAT_TURTLE: Notation.TURTLE,
    Document.DCAT_RDFXML: Notation.RDFXML,
}
DOCUMENTS = f"<any({', '.join(repr(each.value) for each in Document)}):name>"


class ActionNotKnown(NotFound):
    """An action that changes something, or that this market does not have."""

    code = "ckan-action-not-known"
    message = N_("没有这个操作。可用：package_list、package_search、package_show、status_show。")


@bp.get(f"/products/<product_id>/{DOCUMENTS}")
@documented(tag="exchange")
@public
def document(product_id: str, name: str) -> ResponseReturnValue:
    """One product of the window in one of the world's formats."""
    wanted = Document(name)
    with transaction() as session:
        sheet = get_sheet(session, product_id)
        text = describe(session, sheet, wanted)
    return Response(text, mimetype=wanted.mimetype)


@bp.get(f"/catalogue.{NOTATIONS}")
@documented(query=CatalogueQuestion, tag="exchange")
@public
def catalogue(notation: str) -> ResponseReturnValue:
    """One page of the catalogue of what is on sale, as DCAT-AP, with the way to the others."""
    chosen, question = Notation(notation), parse_query(CatalogueQuestion)
    with transaction() as session:
        total, newest = reads.count_on_sale(session)
        sheets = reads.list_page(session, question.page)
    here = reads.addresses()
    nodes = [catalogue_node(here, newest), page_node(here, Place(chosen, total, question.page))]
    for sheet in sheets:
        nodes += [*membership_nodes(sheet, here), *product_nodes(sheet, here)]
    return Response("".join(written(chosen, nodes)), mimetype=chosen.mimetype)


@bp.get(f"/catalogue/whole.{NOTATIONS}")
@documented(tag="exchange")
@public
@limiter.limit(WHOLE_LIMIT)
def whole(notation: str) -> ResponseReturnValue:
    """The whole catalogue in one answer, sent while it is read: a batch is in memory, no more."""
    chosen = Notation(notation)
    pieces = written(chosen, _whole_catalogue(reads.addresses()))
    return Response(stream_with_context(pieces), mimetype=chosen.mimetype)


def _whole_catalogue(here: Addresses) -> Iterator[Node]:
    """Each batch is read in a transaction of its own: a slow reader keeps no one waiting."""
    with transaction() as session:
        _, newest = reads.count_on_sale(session)
    yield catalogue_node(here, newest)
    last = ""
    while True:
        with transaction() as session:
            sheets = reads.list_after(session, last)
        if not sheets:
            return
        for sheet in sheets:
            yield from membership_nodes(sheet, here)
            yield from product_nodes(sheet, here)
        last = sheets[-1].product_id


@bp.get("/changes.atom")
@documented(query=ChangesQuestion, tag="exchange")
@public
def changes_as_atom() -> ResponseReturnValue:
    """What became of products in the window, the newest first, for feed readers."""
    question = parse_query(ChangesQuestion)
    with transaction() as session:
        changes = reads.list_changes(session, question.before)
    text = feeds.atom(changes, reads.addresses(), clock.now())
    return Response(text, mimetype="application/atom+xml")


@bp.get("/changes.json")
@documented(query=ChangesQuestion, tag="exchange")
@public
def changes_as_json() -> ResponseReturnValue:
    """The same as JSON Feed."""
    question = parse_query(ChangesQuestion)
    with transaction() as session:
        changes = reads.list_changes(session, question.before)
    text = _json(feeds.json_feed(changes, reads.addresses()))
    return Response(text, mimetype="application/feed+json")


@bp.get("/products/<product_id>/metadata-score")
@documented(gives=ScoreOut, tag="exchange")
def metadata_score(product_id: str) -> ResponseReturnValue:
    """How well a product is described, for those who prepare it, with what would help most."""
    with transaction() as session:
        sheet = preview_sheet(session, current_actor(), product_id)
    return ScoreOut.of(score_of(sheet)).model_dump(mode="json")


def describe(session: Session, sheet: Sheet, wanted: Document) -> str:
    """The text of one document."""
    here = reads.addresses()
    if wanted in GRAPHS:
        return "".join(written(GRAPHS[wanted], product_nodes(sheet, here)))
    match wanted:
        case Document.ODCS:
            return yaml(contract(sheet, reads.suites_of(session, sheet), here))
        case Document.ODPS:
            return yaml(open_data_product(sheet, here))
        case Document.CROISSANT:
            return _json(croissant(sheet, here))
        case Document.DATA_PACKAGE:
            return _json(data_package(sheet, here))
        case _:
            return _json(schema_org(sheet, here))


def _json(said: dict[str, object]) -> str:
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


# The action API of CKAN: every answer in the envelope that its clients read.


@ckan_bp.route("/api/3/action/<name>", methods=["GET", "POST"])
@documented(gives=ActionOut, refuses=ActionRefused, tag="exchange")
@public
def act(name: str) -> ResponseReturnValue:
    """One reading action of CKAN's API, for its clients: what is on sale, nothing else."""
    if name not in ACTIONS:
        raise ActionNotKnown
    schema, action = ACTIONS[name]
    question = validated(schema, _asked(schema))
    with transaction() as session:
        result = action(session, question)
    return {"help": reads.addresses().ckan_help(name), "success": True, "result": result}


@ckan_bp.route("/api/action/<name>", methods=["GET", "POST"])
@documented(gives=ActionOut, refuses=ActionRefused, tag="exchange")
@public
def act_in_any_version(name: str) -> ResponseReturnValue:
    """The same at the address that names no version."""
    return act(name)


@ckan_bp.errorhandler(DomainError)
def refuse(error: DomainError) -> ResponseReturnValue:
    """The refusal as clients of CKAN read it: its own kinds, and a word for each field."""
    kind = next((word for family, word in KINDS.items() if isinstance(error, family)), OTHERWISE)
    said: dict[str, Any] = {"__type": kind, "message": problems.words(error)}
    if isinstance(error, InvalidFields):
        said |= {problem.field: [problem.said()] for problem in error.problems}
    status = 409 if isinstance(error, Invalid) else problems.status_of(error)
    return {"success": False, "error": said}, status


def _asked(schema: type[BaseModel]) -> Mapping[str, Any]:
    """What a client asks: in the address, or as a JSON object. An empty body asks nothing."""
    request.max_content_length = LARGEST_QUESTION
    if request.method == "GET" or not request.content_length:
        return form_values(schema, request.args)
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise NotJson
    return body


def _package_list(session: Session, question: ListQuestion) -> list[str]:
    ids = reads.list_names(session, limit=question.limit, offset=question.offset)
    return [ckan.name_of(each) for each in ids]


def _package_show(session: Session, question: ShowQuestion) -> dict[str, Any]:
    return ckan.package(reads.get_on_sale(session, question.id), reads.addresses())


def _package_search(session: Session, question: PackageQuestion) -> dict[str, Any]:
    total, sheets = reads.find_packages(session, question)
    return {
        "count": total,
        "sort": "score desc, metadata_modified desc",
        "facets": {},
        "search_facets": {},
        "results": [ckan.package(sheet, reads.addresses()) for sheet in sheets],
    }


def _status_show(session: Session, question: Nothing) -> dict[str, Any]:
    del session, question
    return ckan.status(reads.addresses())


def _site_read(session: Session, question: Nothing) -> bool:
    del session, question
    return True


def _group_list(session: Session, question: Nothing) -> list[str]:
    del session, question
    return [scenario.value for scenario in Scenario]


Action = Callable[[Session, Any], Any]
ACTIONS: Mapping[str, tuple[type[BaseModel], Action]] = {
    "group_list": (Nothing, _group_list),
    "package_list": (ListQuestion, _package_list),
    "package_search": (PackageQuestion, _package_search),
    "package_show": (ShowQuestion, _package_show),
    "site_read": (Nothing, _site_read),
    "status_show": (Nothing, _status_show),
}
