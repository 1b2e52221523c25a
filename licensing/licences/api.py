"""/api/licences: offer, look, sign, suspend, resume, end."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from kernel.web.submissions import claim_once
from licensing.licences import actions, reads
from licensing.licences.schemas import EndDraft, LicenceOffer, LicenceOut

bp = Blueprint("licences_api", __name__, url_prefix="/api/licences")


class LicencesOut(BaseModel):
    """One page of licences."""

    items: list[LicenceOut]
    next_cursor: str


@bp.get("")
@documented(gives=LicencesOut, tag="licences")
def index() -> ResponseReturnValue:
    """Licences of my organisation, newest first."""
    with transaction() as session:
        page = reads.list_licences(session, current_actor(), cursor=request.args.get("cursor", ""))
        items = [LicenceOut.of(row) for row in page.items]
    return LicencesOut(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.post("/for/<application_id>")
@documented(takes=LicenceOffer, gives=LicenceOut, status=201, tag="licences")
def offer(application_id: str) -> ResponseReturnValue:
    """Put the terms of an approved application into a licence."""
    draft = parse_json(LicenceOffer)
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        licence = actions.offer(session, actor, application_id, draft)
        return LicenceOut.of(licence).model_dump(mode="json"), 201


@bp.get("/<licence_id>")
@documented(gives=LicenceOut, tag="licences")
def show(licence_id: str) -> ResponseReturnValue:
    """One licence."""
    with transaction() as session:
        licence = reads.get_licence(session, current_actor(), licence_id)
        return LicenceOut.of(licence).model_dump(mode="json")


@bp.post("/<licence_id>/signatures")
@documented(gives=LicenceOut, tag="licences")
def sign(licence_id: str) -> ResponseReturnValue:
    """Sign for my side."""
    with transaction() as session:
        licence = actions.sign(session, current_actor(), licence_id)
        return LicenceOut.of(licence).model_dump(mode="json")


@bp.post("/<licence_id>/suspension")
@documented(takes=EndDraft, gives=LicenceOut, tag="licences")
def suspend(licence_id: str) -> ResponseReturnValue:
    """Stop use for now."""
    draft = parse_json(EndDraft)
    with transaction() as session:
        licence = actions.suspend(session, current_actor(), licence_id, draft.reason)
        return LicenceOut.of(licence).model_dump(mode="json")


@bp.post("/<licence_id>/resumption")
@documented(gives=LicenceOut, tag="licences")
def resume(licence_id: str) -> ResponseReturnValue:
    """Let use go on."""
    with transaction() as session:
        licence = actions.resume(session, current_actor(), licence_id)
        return LicenceOut.of(licence).model_dump(mode="json")


@bp.post("/<licence_id>/end")
@documented(takes=EndDraft, gives=LicenceOut, tag="licences")
def end(licence_id: str) -> ResponseReturnValue:
    """End a licence before its time."""
    draft = parse_json(EndDraft)
    with transaction() as session:
        licence = actions.end(session, current_actor(), licence_id, draft.reason)
        return LicenceOut.of(licence).model_dump(mode="json")
