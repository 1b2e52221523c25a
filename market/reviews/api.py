"""/api/reviews: rate, answer, rectify and re-check, for programs."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import transaction
from kernel.web.guard import current_actor, public
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from market.catalogue.reads import get_product
from market.reviews import actions, reads
from market.reviews.reads import Case
from market.reviews.schemas import (
    CaseOut,
    CasesOut,
    ProductReviewsOut,
    RecheckDraft,
    ReviewDraft,
    RightsOut,
    VerifyDraft,
    WordsDraft,
)

bp = Blueprint("reviews_api", __name__, url_prefix="/api/reviews")
TAG = "reviews"


@bp.get("/of/<product_id>")
@public
@documented(gives=ProductReviewsOut, tag=TAG)
def of_product(product_id: str) -> ResponseReturnValue:
    """A product's score and ratings; nobody is named."""
    with transaction() as session:
        product = get_product(session, product_id)
        if not product.is_public:
            raise reads.ReviewNotFound
        rating = reads.score_of(session, product_id)
        told = ProductReviewsOut(rating=rating, reviews=reads.list_public(session, product_id))
    return told.model_dump(mode="json")


@bp.get("/rights")
@documented(gives=RightsOut, tag=TAG)
def rights() -> ResponseReturnValue:
    """Activated licences that my organisation has not rated yet."""
    with transaction() as session:
        rows = reads.list_rights(session, current_actor())
    return RightsOut(rights=rows).model_dump(mode="json")


@bp.get("")
@documented(gives=CasesOut, tag=TAG)
def index() -> ResponseReturnValue:
    """Ratings by my organisation, of its products, or under its eye."""
    with transaction() as session:
        rows = reads.list_cases(session, current_actor())
        cases = [CaseOut.of(case.review, case.work) for case in rows]
    return CasesOut(cases=cases).model_dump(mode="json")


@bp.get("/<review_id>")
@documented(gives=CaseOut, tag=TAG)
def show(review_id: str) -> ResponseReturnValue:
    """One rating with the work on it."""
    with transaction() as session:
        case = reads.get_case(session, current_actor(), review_id)
        return CaseOut.of(case.review, case.work).model_dump(mode="json")


@bp.post("/rights/<licence_id>")
@documented(takes=ReviewDraft, gives=CaseOut, tag=TAG)
def submit(licence_id: str) -> ResponseReturnValue:
    """Rate an activated licence, once."""
    return _carried_out(actions.submit_review, licence_id, ReviewDraft)


@bp.post("/<review_id>/addition")
@documented(takes=WordsDraft, gives=CaseOut, tag=TAG)
def append(review_id: str) -> ResponseReturnValue:
    """Add words, once."""
    return _carried_out(actions.append_review, review_id, WordsDraft)


@bp.post("/<review_id>/contact")
@documented(takes=WordsDraft, gives=CaseOut, tag=TAG)
def contact(review_id: str) -> ResponseReturnValue:
    """Speak to the buyer of a bad rating."""
    return _carried_out(actions.contact_buyer, review_id, WordsDraft)


@bp.post("/<review_id>/verification")
@documented(takes=VerifyDraft, gives=CaseOut, tag=TAG)
def verify(review_id: str) -> ResponseReturnValue:
    """Say whether a bad rating is founded."""
    return _carried_out(actions.verify_review, review_id, VerifyDraft)


@bp.post("/<review_id>/rectification")
@documented(takes=WordsDraft, gives=CaseOut, tag=TAG)
def rectify(review_id: str) -> ResponseReturnValue:
    """Say what was mended."""
    return _carried_out(actions.report_rectified, review_id, WordsDraft)


@bp.post("/<review_id>/reply")
@documented(takes=WordsDraft, gives=CaseOut, tag=TAG)
def reply(review_id: str) -> ResponseReturnValue:
    """Answer in public."""
    return _carried_out(actions.reply_review, review_id, WordsDraft)


@bp.post("/<review_id>/recheck")
@documented(takes=RecheckDraft, gives=CaseOut, tag=TAG)
def recheck(review_id: str) -> ResponseReturnValue:
    """The bureau looks again."""
    return _carried_out(actions.recheck_rectification, review_id, RecheckDraft)


def _carried_out(
    action: Callable[[Session, Actor, str, Any], Case], subject_id: str, schema: type[BaseModel]
) -> ResponseReturnValue:
    draft = parse_json(schema)
    with transaction() as session:
        case = action(session, current_actor(), subject_id, draft)
        return CaseOut.of(case.review, case.work).model_dump(mode="json")
