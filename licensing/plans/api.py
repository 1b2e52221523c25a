"""/api/authorization-plans: draft, consult, approve and read plans."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from kernel.web.submissions import claim_once
from licensing.plans import actions, reads
from licensing.plans.schemas import Consultation, DecisionDraft, PlanDraft, PlanOut

bp = Blueprint("plans_api", __name__, url_prefix="/api/authorization-plans")


class PlansOut(BaseModel):
    """One page of plans."""

    items: list[PlanOut]
    next_cursor: str


@bp.get("")
@documented(gives=PlansOut, tag="authorizations")
def index() -> ResponseReturnValue:
    """Plans that I may see, newest first."""
    with transaction() as session:
        page = reads.list_plans(session, current_actor(), request.args.get("cursor", ""))
        items = [PlanOut.of(plan) for plan in page.items]
    return PlansOut(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.post("")
@documented(takes=PlanDraft, gives=PlanOut, status=201, tag="authorizations")
def draft() -> ResponseReturnValue:
    """Begin a plan of my agency."""
    given = parse_json(PlanDraft)
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        plan = actions.draft_plan(session, actor, given)
        return PlanOut.of(plan).model_dump(mode="json"), 201


@bp.get("/<plan_id>")
@documented(gives=PlanOut, tag="authorizations")
def show(plan_id: str) -> ResponseReturnValue:
    """One plan."""
    with transaction() as session:
        plan = reads.get_plan(session, current_actor(), plan_id)
        return PlanOut.of(plan).model_dump(mode="json")


@bp.put("/<plan_id>")
@documented(takes=PlanDraft, gives=PlanOut, tag="plans")
def revise(plan_id: str) -> ResponseReturnValue:
    """Change a plan; what was approved before must be approved again (AO-01)."""
    draft = parse_json(PlanDraft)
    with transaction() as session:
        plan = actions.revise_plan(session, current_actor(), plan_id, draft)
        return PlanOut.of(plan).model_dump(mode="json")


@bp.post("/<plan_id>/consultation")
@documented(takes=Consultation, gives=PlanOut, tag="authorizations")
def consult(plan_id: str) -> ResponseReturnValue:
    """Note whom the agency asked, and what they said (AO-02)."""
    said = parse_json(Consultation)
    with transaction() as session:
        plan = actions.record_consultation(session, current_actor(), plan_id, said)
        return PlanOut.of(plan).model_dump(mode="json")


@bp.post("/<plan_id>/approval")
@documented(takes=DecisionDraft, gives=PlanOut, tag="authorizations")
def approve(plan_id: str) -> ResponseReturnValue:
    """Record the approval with its collective decision (AO-01)."""
    decision = parse_json(DecisionDraft)
    with transaction() as session:
        plan = actions.approve_plan(session, current_actor(), plan_id, decision)
        return PlanOut.of(plan).model_dump(mode="json")
