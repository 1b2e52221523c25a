"""How do machines of a regulator read the timeline?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json, parse_query
from supervision.audit import actions, reads
from supervision.audit.schemas import (
    ExportForm,
    TimelineExport,
    TimelineFilter,
    TimelineOut,
    TimelineRowOut,
)
from supervision.transparency.schemas import ProofBundle

bp = Blueprint("audit_api", __name__, url_prefix="/api/audit")


@bp.get("/events")
@documented(gives=TimelineOut, query=TimelineFilter, tag="audit")
def timeline() -> ResponseReturnValue:
    """Facts, newest first."""
    with transaction() as session:
        page = reads.list_timeline(session, current_actor(), parse_query(TimelineFilter))
    items = [TimelineRowOut.of(row) for row in page.items]
    return TimelineOut(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.get("/events/<event_id>")
@documented(gives=TimelineRowOut, tag="audit")
def fact(event_id: str) -> ResponseReturnValue:
    """One fact."""
    with transaction() as session:
        sheet = reads.get_fact(session, current_actor(), event_id)
    return TimelineRowOut.of(sheet.row).model_dump(mode="json")


@bp.get("/events/<event_id>/bundle")
@documented(gives=ProofBundle, tag="audit")
def bundle(event_id: str) -> ResponseReturnValue:
    """One fact with its proof, for checking offline."""
    with transaction() as session:
        found = reads.get_proof_bundle(session, current_actor(), event_id)
    return found.model_dump(mode="json")


@bp.post("/exports")
@documented(takes=TimelineFilter, gives=TimelineExport, tag="audit")
def export() -> ResponseReturnValue:
    """Take everything home that matches; that it was taken is a fact itself."""
    wanted = parse_json(TimelineFilter)
    with transaction() as session:
        rows = actions.export_timeline(session, current_actor(), wanted, ExportForm.JSON)
    items = [TimelineRowOut.of(row) for row in rows]
    return TimelineExport(items=items).model_dump(mode="json")
