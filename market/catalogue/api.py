"""How do machines draft, price, publish and stop products?"""

from typing import Annotated

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from kernel import settings
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json, parse_query
from kernel.web.submissions import claim_once
from market.catalogue import actions, reads
from market.catalogue.rules import ProductState
from market.catalogue.schemas import (
    CheckOut,
    PriceOut,
    PricePlanDraft,
    ProductDraft,
    ProductOut,
    ProductPage,
    ProductRevision,
    PublicationOut,
    Reason,
    VerdictOut,
)

bp = Blueprint("catalogue_api", __name__, url_prefix="/api/products")
TAG = "products"


class ProductFilter(BaseModel):
    """Which products of my organisation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: ProductState | None = None
    cursor: Annotated[str, Field(max_length=500)] = ""


class PriceHistory(BaseModel):
    """Every price there was, newest first."""

    model_config = ConfigDict(frozen=True)

    items: list[PriceOut]


@bp.get("")
@documented(gives=ProductPage, query=ProductFilter, tag=TAG)
def index() -> ResponseReturnValue:
    """Products of my organisation, newest first."""
    wanted = parse_query(ProductFilter)
    with transaction() as session:
        page = reads.list_products(session, current_actor(), wanted.state, wanted.cursor)
        items = [ProductOut.of(product) for product in page.items]
    return ProductPage(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.post("")
@documented(takes=ProductDraft, gives=ProductOut, status=201, tag=TAG)
def draft() -> ResponseReturnValue:
    """Draft a product of my operator."""
    wanted, actor = parse_json(ProductDraft), current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        place = settings.in_use().jurisdiction
        product = actions.draft_product(session, actor, wanted, jurisdiction=place)
        return ProductOut.of(product).model_dump(mode="json"), 201


@bp.get("/<product_id>")
@documented(gives=ProductOut, tag=TAG)
def show(product_id: str) -> ResponseReturnValue:
    """One product as far as I may see it."""
    with transaction() as session:
        product = reads.get_visible_product(session, current_actor(), product_id)
        return ProductOut.of(product).model_dump(mode="json")


@bp.put("/<product_id>")
@documented(takes=ProductRevision, gives=ProductOut, tag=TAG)
def revise(product_id: str) -> ResponseReturnValue:
    """Change what a draft says; the revision shown before must still be the newest."""
    wanted = parse_json(ProductRevision)
    with transaction() as session:
        product = actions.revise_product(session, current_actor(), product_id, wanted)
        return ProductOut.of(product).model_dump(mode="json")


@bp.get("/<product_id>/publication")
@documented(gives=PublicationOut, tag=TAG)
def publication(product_id: str) -> ResponseReturnValue:
    """May it go on sale today, what is missing, and on which verdicts does the answer rest?"""
    with transaction() as session:
        product = reads.get_visible_product(session, current_actor(), product_id)
        checks = reads.publication_checks(session, product)
        verdicts = reads.standing_verdicts(session, product)
    return PublicationOut(
        may_be_published=all(check.is_met for check in checks),
        checks=[CheckOut.of(check) for check in checks],
        verdicts=[VerdictOut.of(verdict) for verdict in verdicts],
    ).model_dump(mode="json")


@bp.post("/<product_id>/publication")
@documented(gives=ProductOut, tag=TAG)
def publish(product_id: str) -> ResponseReturnValue:
    """Put it on sale, or begin its public notice."""
    with transaction() as session:
        product = actions.publish_product(session, current_actor(), product_id)
        return ProductOut.of(product).model_dump(mode="json")


@bp.post("/<product_id>/submission")
@documented(gives=ProductOut, tag=TAG)
def submit(product_id: str) -> ResponseReturnValue:
    """Hand a draft to the bureau."""
    with transaction() as session:
        product = actions.submit_product(session, current_actor(), product_id)
        return ProductOut.of(product).model_dump(mode="json")


@bp.post("/<product_id>/return")
@documented(takes=Reason, gives=ProductOut, tag=TAG)
def give_back(product_id: str) -> ResponseReturnValue:
    """Give a submitted product back to its drafter."""
    reason = parse_json(Reason).reason
    with transaction() as session:
        product = actions.return_product(session, current_actor(), product_id, reason)
        return ProductOut.of(product).model_dump(mode="json")


@bp.post("/<product_id>/suspension")
@documented(takes=Reason, gives=ProductOut, tag=TAG)
def suspend(product_id: str) -> ResponseReturnValue:
    """Take a product off sale for the time being."""
    reason = parse_json(Reason).reason
    with transaction() as session:
        product = actions.suspend_product(session, current_actor(), product_id, reason)
        return ProductOut.of(product).model_dump(mode="json")


@bp.post("/<product_id>/resumption")
@documented(gives=ProductOut, tag=TAG)
def resume(product_id: str) -> ResponseReturnValue:
    """Put a suspended product back on sale."""
    with transaction() as session:
        product = actions.resume_product(session, current_actor(), product_id)
        return ProductOut.of(product).model_dump(mode="json")


@bp.post("/<product_id>/reopening")
@documented(gives=ProductOut, tag=TAG)
def reopen(product_id: str) -> ResponseReturnValue:
    """Take a suspended product back to the editor."""
    with transaction() as session:
        product = actions.reopen_product(session, current_actor(), product_id)
        return ProductOut.of(product).model_dump(mode="json")


@bp.post("/<product_id>/withdrawal")
@documented(takes=Reason, gives=ProductOut, tag=TAG)
def withdraw(product_id: str) -> ResponseReturnValue:
    """End a product for good."""
    reason = parse_json(Reason).reason
    with transaction() as session:
        product = actions.withdraw_product(session, current_actor(), product_id, reason)
        return ProductOut.of(product).model_dump(mode="json")


@bp.get("/<product_id>/prices")
@documented(gives=PriceHistory, tag=TAG)
def prices(product_id: str) -> ResponseReturnValue:
    """Every price there was, newest first (PR-12)."""
    with transaction() as session:
        product = reads.get_visible_product(session, current_actor(), product_id)
        history = reads.price_history(session, product.id)
        items = [PriceOut.of(plan) for plan in history]
    return PriceHistory(items=items).model_dump(mode="json")


@bp.post("/<product_id>/prices")
@documented(takes=PricePlanDraft, gives=PriceOut, status=201, tag=TAG)
def set_price(product_id: str) -> ResponseReturnValue:
    """Set what one unit costs; above the cap it is refused, and the refusal is a fact (PR-04)."""
    wanted, actor = parse_json(PricePlanDraft), current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        plan = actions.set_price(session, actor, product_id, wanted)
        return PriceOut.of(plan).model_dump(mode="json"), 201
