"""/api/demands: the public board, asking and joining, the bureau's answers, for programs."""

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
from kernel.web.parse import parse_json, parse_query
from kernel.web.submissions import claim_once
from market.demands import actions, reads
from market.demands.models import Demand
from market.demands.schemas import (
    AskersOut,
    BoardQuestion,
    DemandDraft,
    DemandOut,
    DemandsOut,
    DemandStatistics,
    Joining,
    PlanDraft,
    ProductLink,
    PublicDemandOut,
    PublicDemandPage,
    ReasonDraft,
)

bp = Blueprint("demands_api", __name__, url_prefix="/api/demands")
TAG = "demands"


@bp.get("")
@public
@documented(gives=PublicDemandPage, query=BoardQuestion, tag=TAG)
def board() -> ResponseReturnValue:
    """What is published, newest first; names only of those who agreed."""
    question = parse_query(BoardQuestion)
    with transaction() as session:
        page = reads.list_board(session, question)
    answer = PublicDemandPage(items=list(page.items), next_cursor=page.next_cursor)
    return answer.model_dump(mode="json")


@bp.get("/<demand_id>")
@public
@documented(gives=PublicDemandOut, tag=TAG)
def show(demand_id: str) -> ResponseReturnValue:
    """One published demand."""
    with transaction() as session:
        return reads.get_public(session, demand_id).model_dump(mode="json")


@bp.post("")
@documented(takes=DemandDraft, gives=DemandOut, status=201, tag=TAG)
def submit() -> ResponseReturnValue:
    """Ask for data; the bureau reads the text before it is public."""
    draft = parse_json(DemandDraft)
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        demand = actions.submit_demand(session, actor, draft)
        return DemandOut.of(demand).model_dump(mode="json"), 201


@bp.get("/mine")
@documented(gives=DemandsOut, tag=TAG)
def mine() -> ResponseReturnValue:
    """What my organisation asks for or asked for, newest change first."""
    return _listed(reads.list_own)


@bp.get("/waiting")
@documented(gives=DemandsOut, tag=TAG)
def waiting() -> ResponseReturnValue:
    """What the bureau has to answer, soonest first."""
    return _listed(reads.list_waiting)


@bp.get("/statistics")
@documented(gives=DemandStatistics, tag=TAG)
def statistics() -> ResponseReturnValue:
    """For the bureau: counts by state, scenario and month, and how long answers took."""
    with transaction() as session:
        return reads.get_statistics(session, current_actor()).model_dump(mode="json")


@bp.get("/<demand_id>/case")
@documented(gives=DemandOut, tag=TAG)
def case(demand_id: str) -> ResponseReturnValue:
    """One demand with its deadline, for those who ask and the bureau."""
    with transaction() as session:
        found = reads.get_case(session, current_actor(), demand_id)
        return DemandOut.of(found).model_dump(mode="json")


@bp.get("/<demand_id>/askers")
@documented(gives=AskersOut, tag=TAG)
def askers(demand_id: str) -> ResponseReturnValue:
    """Who asks for it now, for the bureau."""
    with transaction() as session:
        actor = current_actor()
        rows = reads.list_askers(session, actor, reads.get_case(session, actor, demand_id).id)
    return AskersOut(askers=rows).model_dump(mode="json")


@bp.put("/<demand_id>")
@documented(takes=DemandDraft, gives=DemandOut, tag=TAG)
def revise(demand_id: str) -> ResponseReturnValue:
    """Write a returned demand anew and hand it in again."""
    return _carried_out(actions.revise_demand, demand_id, DemandDraft)


@bp.post("/<demand_id>/joining")
@documented(takes=Joining, gives=DemandOut, tag=TAG)
def join(demand_id: str) -> ResponseReturnValue:
    """Say once that my organisation needs it too."""
    return _carried_out(actions.join_demand, demand_id, Joining)


@bp.post("/<demand_id>/withdrawal")
@documented(gives=DemandOut, tag=TAG)
def leave(demand_id: str) -> ResponseReturnValue:
    """My organisation asks no more; a demand that nobody asks for is withdrawn."""
    with transaction() as session:
        demand = actions.leave_demand(session, current_actor(), demand_id)
        return DemandOut.of(demand).model_dump(mode="json")


@bp.post("/<demand_id>/publication")
@documented(gives=DemandOut, tag=TAG)
def publish(demand_id: str) -> ResponseReturnValue:
    """Put the text on the public board."""
    with transaction() as session:
        demand = actions.publish_demand(session, current_actor(), demand_id)
        return DemandOut.of(demand).model_dump(mode="json")


@bp.post("/<demand_id>/return")
@documented(takes=ReasonDraft, gives=DemandOut, tag=TAG)
def give_back(demand_id: str) -> ResponseReturnValue:
    """Give a demand back to be written anew."""
    return _carried_out(actions.return_demand, demand_id, ReasonDraft)


@bp.post("/<demand_id>/plan")
@documented(takes=PlanDraft, gives=DemandOut, tag=TAG)
def plan(demand_id: str) -> ResponseReturnValue:
    """Answer with a plan."""
    return _carried_out(actions.plan_demand, demand_id, PlanDraft)


@bp.post("/<demand_id>/refusal")
@documented(takes=ReasonDraft, gives=DemandOut, tag=TAG)
def refuse(demand_id: str) -> ResponseReturnValue:
    """Answer with a no and its reason."""
    return _carried_out(actions.refuse_demand, demand_id, ReasonDraft)


@bp.post("/<demand_id>/product")
@documented(takes=ProductLink, gives=DemandOut, tag=TAG)
def fulfil(demand_id: str) -> ResponseReturnValue:
    """Link the product on sale that answers it."""
    return _carried_out(actions.fulfil_demand, demand_id, ProductLink)


def _listed(read: Callable[[Session, Actor], Any]) -> ResponseReturnValue:
    with transaction() as session:
        rows = [DemandOut.of(each) for each in read(session, current_actor())]
    return DemandsOut(demands=rows).model_dump(mode="json")


def _carried_out(
    action: Callable[[Session, Actor, str, Any], Demand], demand_id: str, schema: type[BaseModel]
) -> ResponseReturnValue:
    draft = parse_json(schema)
    with transaction() as session:
        demand = action(session, current_actor(), demand_id, draft)
        return DemandOut.of(demand).model_dump(mode="json")
