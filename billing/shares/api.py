"""/api/shares: who gets which part of a product's revenue."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from billing.shares import actions, reads
from billing.shares.schemas import SharesDraft, SharesOut
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json

bp = Blueprint("shares_api", __name__, url_prefix="/api/shares")


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
