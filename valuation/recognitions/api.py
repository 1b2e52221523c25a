"""How do machines open candidates, walk the test and book costs?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from kernel.db import transaction
from kernel.errors import NotFound
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from valuation.assets import reads as assets
from valuation.assets.schemas import AssetOut, FinishDraft
from valuation.recognitions import actions, reads
from valuation.recognitions.schemas import CandidateDraft, RecognitionDraft, RecognitionOut

bp = Blueprint("recognitions_api", __name__, url_prefix="/api/recognitions")


class CandidateIn(CandidateDraft):
    """A product of one's own, and the books it may enter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entity_id: str


class BookedOut(BaseModel):
    """How many cost records were booked now."""

    booked: int


@bp.post("")
@documented(takes=CandidateIn, gives=AssetOut, status=201, tag="recognitions")
def create() -> ResponseReturnValue:
    """Begin the decision about a product of one's own."""
    wanted = parse_json(CandidateIn)
    draft = CandidateDraft.model_validate(wanted.model_dump(exclude={"entity_id"}))
    with transaction() as session:
        asset = actions.open_candidate(session, current_actor(), wanted.entity_id, draft)
        return AssetOut.of(asset, assets.NOTHING).model_dump(mode="json"), 201


@bp.get("/<asset_id>")
@documented(gives=RecognitionOut, tag="recognitions")
def show(asset_id: str) -> ResponseReturnValue:
    """How the test was walked, node by node."""
    with transaction() as session:
        found = reads.find_recognition(session, current_actor(), asset_id)
        if found is None:
            raise NotFound
        return RecognitionOut.of(found).model_dump(mode="json")


@bp.post("/<asset_id>")
@documented(takes=RecognitionDraft, gives=RecognitionOut, status=201, tag="recognitions")
def decide(asset_id: str) -> ResponseReturnValue:
    """Walk the test and book what it says."""
    draft = parse_json(RecognitionDraft)
    with transaction() as session:
        made = actions.decide(session, current_actor(), asset_id, draft)
        return RecognitionOut.of(made).model_dump(mode="json"), 201


@bp.post("/<asset_id>/costs")
@documented(gives=BookedOut, tag="recognitions")
def book_costs(asset_id: str) -> ResponseReturnValue:
    """Book the costs recorded since the decision."""
    with transaction() as session:
        count = actions.book_costs(session, current_actor(), asset_id)
    return BookedOut(booked=count).model_dump(mode="json")


@bp.post("/<asset_id>/stock")
@documented(takes=FinishDraft, gives=AssetOut, tag="recognitions")
def finish(asset_id: str) -> ResponseReturnValue:
    """Processing is finished: into stock."""
    draft = parse_json(FinishDraft)
    with transaction() as session:
        asset = actions.finish_inventory(session, current_actor(), asset_id, draft)
        amounts = assets.amounts_of(session, [asset])
        return AssetOut.of(asset, amounts[asset.id]).model_dump(mode="json")
