"""How do machines of a regulator order, lift and list measures?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json, parse_query
from supervision.interventions import actions, reads
from supervision.interventions.rules import InterventionId
from supervision.interventions.schemas import (
    InterventionFilter,
    InterventionOrder,
    InterventionOut,
    InterventionPageOut,
    Lifting,
)

bp = Blueprint("interventions_api", __name__, url_prefix="/api/interventions")


@bp.get("")
@documented(gives=InterventionPageOut, query=InterventionFilter, tag="interventions")
def index() -> ResponseReturnValue:
    """Measures, newest first."""
    with transaction() as session:
        wanted = parse_query(InterventionFilter)
        page = reads.list_interventions(session, current_actor(), wanted)
        items = [InterventionOut.of(found) for found in page.items]
    return InterventionPageOut(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.post("")
@documented(takes=InterventionOrder, gives=InterventionOut, status=201, tag="interventions")
def order() -> ResponseReturnValue:
    """Order a measure."""
    wanted = parse_json(InterventionOrder)
    with transaction() as session:
        found = actions.order(session, current_actor(), wanted)
        return InterventionOut.of(found).model_dump(mode="json"), 201


@bp.get("/<intervention_id>")
@documented(gives=InterventionOut, tag="interventions")
def show(intervention_id: str) -> ResponseReturnValue:
    """One measure."""
    with transaction() as session:
        found = reads.get_intervention(session, current_actor(), intervention_id)
        return InterventionOut.of(found).model_dump(mode="json")


@bp.post("/<intervention_id>/lifting")
@documented(takes=Lifting, gives=InterventionOut, tag="interventions")
def lift(intervention_id: str) -> ResponseReturnValue:
    """Lift a measure."""
    lifting = parse_json(Lifting)
    with transaction() as session:
        found = actions.lift(session, current_actor(), InterventionId(intervention_id), lifting)
        return InterventionOut.of(found).model_dump(mode="json")
