"""/api/applications: ask, look, decide."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from kernel.web.submissions import claim_once
from licensing.applications import actions, reads
from licensing.applications.schemas import ApplicationDraft, ApplicationOut, DecisionDraft

bp = Blueprint("applications_api", __name__, url_prefix="/api/applications")


class ApplicationsOut(BaseModel):
    """One page of applications."""

    items: list[ApplicationOut]
    next_cursor: str


@bp.get("")
@documented(gives=ApplicationsOut, tag="applications")
def index() -> ResponseReturnValue:
    """Applications that concern my organisation, newest first."""
    with transaction() as session:
        cursor = request.args.get("cursor", "")
        page = reads.list_applications(session, current_actor(), cursor=cursor)
        items = [ApplicationOut.of(row) for row in page.items]
    return ApplicationsOut(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.post("")
@documented(takes=ApplicationDraft, gives=ApplicationOut, status=201, tag="applications")
def submit() -> ResponseReturnValue:
    """Apply for the use of a product."""
    draft = parse_json(ApplicationDraft)
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        application = actions.submit_application(session, actor, draft)
        return ApplicationOut.of(application).model_dump(mode="json"), 201


@bp.get("/<application_id>")
@documented(gives=ApplicationOut, tag="applications")
def show(application_id: str) -> ResponseReturnValue:
    """One application."""
    with transaction() as session:
        application = reads.get_application(session, current_actor(), application_id)
        return ApplicationOut.of(application).model_dump(mode="json")


@bp.post("/<application_id>/decisions")
@documented(takes=DecisionDraft, gives=ApplicationOut, tag="applications")
def decide(application_id: str) -> ResponseReturnValue:
    """Take the next of the two decisions."""
    draft = parse_json(DecisionDraft)
    with transaction() as session:
        application = actions.decide_application(session, current_actor(), application_id, draft)
        return ApplicationOut.of(application).model_dump(mode="json")
