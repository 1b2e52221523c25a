"""The public catalogue for machines."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import public
from kernel.web.openapi import documented
from kernel.web.parse import parse_query
from market.storefront import reads
from market.storefront import search as searching
from market.storefront.related import related_products
from market.storefront.schemas import (
    RelatedProducts,
    SearchQuestion,
    SearchResult,
    Sheet,
    Suggestions,
)

bp = Blueprint("storefront_api", __name__, url_prefix="/api/storefront")


@bp.get("/products")
@documented(gives=SearchResult, query=SearchQuestion, tag="storefront")
@public
def search() -> ResponseReturnValue:
    """Products on sale that answer a question, with facets."""
    question = parse_query(SearchQuestion)
    with transaction() as session:
        return searching.search(session, question).model_dump(mode="json")


@bp.get("/suggestions")
@documented(gives=Suggestions, query=SearchQuestion, tag="storefront")
@public
def suggestions() -> ResponseReturnValue:
    """Titles that begin to answer what is being typed."""
    question = parse_query(SearchQuestion)
    with transaction() as session:
        found = searching.suggest(session, question.q)
    return Suggestions(suggestions=found).model_dump(mode="json")


@bp.get("/products/<product_id>/related")
@documented(gives=RelatedProducts, tag="storefront")
@public
def related(product_id: str) -> ResponseReturnValue:
    """Products that a reader of this one may want, each with the reason."""
    with transaction() as session:
        reads.get_sheet(session, product_id)
        found = related_products(session, product_id)
    return RelatedProducts(related=found).model_dump(mode="json")


@bp.get("/products/<product_id>")
@documented(gives=Sheet, tag="storefront")
@public
def sheet(product_id: str) -> ResponseReturnValue:
    """Everything a visitor may read about one product."""
    with transaction() as session:
        return reads.get_sheet(session, product_id).model_dump(mode="json")
