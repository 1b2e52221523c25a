"""The catalogue in the world's formats, for everybody. Only what stands in the shop window."""

import json
from collections.abc import Iterator
from typing import Annotated

from flask import Blueprint, Response, stream_with_context
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from kernel.db import transaction
from kernel.web.guard import public
from kernel.web.openapi import documented
from kernel.web.parse import parse_query
from market.exchange import reads
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
from market.exchange.yaml import yaml
from market.storefront.reads import get_sheet
from market.storefront.schemas import Sheet

bp = Blueprint("exchange_api", __name__, url_prefix="/api/exchange")
NOTATIONS = "<any('jsonld', 'ttl', 'rdf'):notation>"
GRAPHS = {
    Document.DCAT_JSONLD: Notation.JSONLD,
    Document.DCAT_TURTLE: Notation.TURTLE,
    Document.DCAT_RDFXML: Notation.RDFXML,
}
DOCUMENTS = f"<any({', '.join(repr(each.value) for each in Document)}):name>"


class CatalogueQuestion(BaseModel):
    """Which page of the catalogue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: Annotated[int, Field(ge=1, le=100_000)] = 1


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
