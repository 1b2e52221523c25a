"""/api/shares: who gets which part of a product's revenue."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from billing.ledger.schemas import MoneyOut
from billing.shares import actions, reads
from billing.shares.rules import span_of
from billing.shares.schemas import (
    ProductRevenueOut,
    RevenueOut,
    RevenueQuery,
    SharesDraft,
    SharesOut,
)
from kernel import clock
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json, parse_query

bp = Blueprint("shares_api", __name__, url_prefix="/api/shares")
revenue_bp = Blueprint("revenue_api", __name__, url_prefix="/api/revenue")


@bp.get("/<product_id>")
@documented(gives=SharesOut, tag="shares")
def show(product_id: str) -> ResponseReturnValue:
    """The rule that counts now."""
    with transaction() as session:
        rule = reads.get_current_rule(session, current_actor(), product_id)
        return SharesOut.of(rule).model_dump(mode="json")


@bp.put("/<product_id>")
@documented(takes=SharesDraft, gives=SharesOut, tag="shares")
def replace(product_id: str) -> ResponseReturnValue:
    """Set the next version; the same parts again change nothing."""
    draft = parse_json(SharesDraft)
    with transaction() as session:
        rule = actions.set_shares(session, current_actor(), product_id, draft)
        return SharesOut.of(rule).model_dump(mode="json")


@revenue_bp.get("")
@documented(query=RevenueQuery, gives=RevenueOut, tag="shares")
def revenue() -> ResponseReturnValue:
    """What my organisation got of each product in a span of time, before VAT, largest first."""
    wanted = parse_query(RevenueQuery)
    since, until = span_of(wanted.span, clock.today())
    with transaction() as session:
        rows = reads.revenue_by_product(session, current_actor(), since, until)
    items = tuple(
        ProductRevenueOut(
            product_id=row.product_id,
            title=row.title,
            sales=row.sales,
            amount=MoneyOut.of(row.amount),
        )
        for row in rows
    )
    return RevenueOut(since_on=since, until_on=until, items=items).model_dump(mode="json")
