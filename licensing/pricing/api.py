"""/api/pricing: permitted revenue and caps."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from kernel.web.submissions import claim_once
from licensing.pricing import actions, reads
from licensing.pricing.schemas import CapDraft, CapEnd, CapOut, RevenueDraft, RevenueOut
from market.catalogue.reads import get_visible_product

bp = Blueprint("pricing_api", __name__, url_prefix="/api/pricing")


class RevenuesOut(BaseModel):
    """Every decision about one operator's permitted revenue, newest period first."""

    items: list[RevenueOut]


class CapsOut(BaseModel):
    """Every cap a product ever had, newest first (PR-12)."""

    items: list[CapOut]


@bp.get("/revenues/<operator_id>")
@documented(gives=RevenuesOut, tag="pricing")
def revenues(operator_id: str) -> ResponseReturnValue:
    """Decisions about one operator's permitted revenue."""
    with transaction() as session:
        rows = reads.list_revenues(session, current_actor(), operator_id)
        items = [RevenueOut.of(row) for row in rows]
    return RevenuesOut(items=items).model_dump(mode="json")


@bp.post("/revenues")
@documented(takes=RevenueDraft, gives=RevenueOut, status=201, tag="pricing")
def permit() -> ResponseReturnValue:
    """Write down an approval document (PR-05)."""
    given = parse_json(RevenueDraft)
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        row = actions.permit_revenue(session, actor, given)
        return RevenueOut.of(row).model_dump(mode="json"), 201


@bp.get("/caps/<product_id>")
@documented(gives=CapsOut, tag="pricing")
def caps(product_id: str) -> ResponseReturnValue:
    """Every cap of a product."""
    with transaction() as session:
        product = get_visible_product(session, current_actor(), product_id)
        items = [CapOut.of(row) for row in reads.cap_history(session, product.id)]
    return CapsOut(items=items).model_dump(mode="json")


@bp.post("/caps")
@documented(takes=CapDraft, gives=CapOut, status=201, tag="pricing")
def set_cap() -> ResponseReturnValue:
    """Set the highest unit price of one product (PR-04)."""
    given = parse_json(CapDraft)
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        row = actions.set_cap(session, actor, given)
        return CapOut.of(row).model_dump(mode="json"), 201


@bp.post("/caps/<cap_id>/end")
@documented(takes=CapEnd, gives=CapOut, tag="pricing")
def end_cap(cap_id: str) -> ResponseReturnValue:
    """Take a cap back."""
    given = parse_json(CapEnd)
    with transaction() as session:
        row = actions.end_cap(session, current_actor(), cap_id, given.reason)
        return CapOut.of(row).model_dump(mode="json")
