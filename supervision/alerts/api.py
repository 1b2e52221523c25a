"""How do machines of a regulator read and answer alerts?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json, parse_query
from supervision.alerts import actions, reads
from supervision.alerts.rules import AlertId
from supervision.alerts.schemas import AlertFilter, AlertOut, AlertPageOut, Closing

bp = Blueprint("alerts_api", __name__, url_prefix="/api/alerts")


@bp.get("")
@documented(gives=AlertPageOut, query=AlertFilter, tag="alerts")
def index() -> ResponseReturnValue:
    """Alerts, newest first."""
    with transaction() as session:
        page = reads.list_alerts(session, current_actor(), parse_query(AlertFilter))
        items = [AlertOut.of(alert) for alert in page.items]
    return AlertPageOut(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.get("/<alert_id>")
@documented(gives=AlertOut, tag="alerts")
def show(alert_id: str) -> ResponseReturnValue:
    """One alert."""
    with transaction() as session:
        alert = reads.get_alert(session, current_actor(), alert_id)
        return AlertOut.of(alert).model_dump(mode="json")


@bp.post("/<alert_id>/taking")
@documented(gives=AlertOut, tag="alerts")
def take(alert_id: str) -> ResponseReturnValue:
    """Take it in hand."""
    with transaction() as session:
        alert = actions.take_alert(session, current_actor(), AlertId(alert_id))
        return AlertOut.of(alert).model_dump(mode="json")


@bp.post("/<alert_id>/closing")
@documented(takes=Closing, gives=AlertOut, tag="alerts")
def close(alert_id: str) -> ResponseReturnValue:
    """Close it with what was found."""
    closing = parse_json(Closing)
    with transaction() as session:
        alert = actions.close_alert(session, current_actor(), AlertId(alert_id), closing)
        return AlertOut.of(alert).model_dump(mode="json")
