"""How does a machine record and read costs?"""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from kernel.actor import Permission
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json, parse_query
from valuation.costs import actions, reads, storage
from valuation.costs.schemas import CostRecordDraft, CostRecordOut

bp = Blueprint("costs_api", __name__, url_prefix="/api/costs")


class CostPageQuery(BaseModel):
    """Which costs to list."""

    model_config = ConfigDict(frozen=True)

    product_id: str = ""
    missing: bool = False
    cursor: str = ""


class CostPageOut(BaseModel):
    """Some cost records, and where the next ones begin."""

    items: list[CostRecordOut]
    next_cursor: str


@bp.get("")
@documented(gives=CostPageOut, query=CostPageQuery, tag="costs")
def index() -> ResponseReturnValue:
    """Costs of the caller's organisation, newest first."""
    actor, wanted = current_actor(), parse_query(CostPageQuery)
    with transaction() as session:
        page = reads.list_costs(
            session,
            actor,
            actor.organization_id or "",
            product_id=wanted.product_id,
            is_missing=wanted.missing,
            cursor=wanted.cursor,
        )
        items = [CostRecordOut.of(cost) for cost in page.items]
    return CostPageOut(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.post("")
@documented(takes=CostRecordDraft, gives=CostRecordOut, status=201, tag="costs")
def create() -> ResponseReturnValue:
    """Record one cost; its proof is sent to /evidence."""
    actor, draft = current_actor(), parse_json(CostRecordDraft)
    with transaction() as session:
        cost = actions.record_cost(session, actor, actor.organization_id or "", draft)
        return CostRecordOut.of(cost).model_dump(mode="json"), 201


@bp.get("/<cost_record_id>")
@documented(gives=CostRecordOut, tag="costs")
def show(cost_record_id: str) -> ResponseReturnValue:
    """One cost."""
    with transaction() as session:
        cost = reads.get_cost(session, current_actor(), cost_record_id)
        return CostRecordOut.of(cost).model_dump(mode="json")


@bp.put("/<cost_record_id>/evidence")
@documented(gives=CostRecordOut, tag="costs")
def attach(cost_record_id: str) -> ResponseReturnValue:
    """The proof as the body of the request; its name in ?filename=."""
    actor = current_actor()
    with transaction() as session:
        actor.require(
            Permission.RECORD_COST, reads.get_cost(session, actor, cost_record_id).organization_id
        )
    evidence = storage.keep_evidence(request.stream, request.args.get("filename", ""))
    with transaction() as session:
        cost = actions.attach_evidence(session, actor, cost_record_id, evidence)
        return CostRecordOut.of(cost).model_dump(mode="json")
