"""The public catalogue for machines."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import public
from kernel.web.openapi import documented
from kernel.web.parse import parse_query
from market.storefront import reads
from market.storefront.schemas import SearchQuestion, SearchResult, Sheet

bp = Blueprint("storefront_api", __name__, url_prefix="/api/storefront")


@bp.get("/products")
@documented(gives=SearchResult, query=SearchQuestion, tag="storefront")
@public
def search() -> ResponseReturnValue:
    """Products on sale that answer a question, with facets."""
    question = parse_query(SearchQuestion)
    with transaction() as session:
        return reads.search(session, question).model_dump(mode="json")


@bp.get("/products/<product_id>")
@documented(gives=Sheet, tag="storefront")
@public
def sheet(product_id: str) -> ResponseReturnValue:
    """Everything a visitor may read about one product."""
    with transaction() as session:
        return reads.get_sheet(session, product_id).model_dump(mode="json")
