"""Which alerts wait, and which may this regulator see?"""

from collections.abc import Sequence

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.paging import Page, page_of
from supervision.alerts.models import Alert
from supervision.alerts.rules import RULES, AlertId, AlertState, Hit, Severity, is_visible
from supervision.alerts.schemas import AlertFilter

URGENCY = (Severity.RED, Severity.ORANGE, Severity.YELLOW, Severity.BLUE)


def get_alert(session: Session, actor: Actor, alert_id: str) -> Alert:
    """Raises: MissingPermission, NotFound."""
    alert = session.scalar(_seen_by(actor).where(Alert.id == alert_id))
    if alert is None:
        raise NotFound
    return alert


def alert_for_update(session: Session, actor: Actor, alert_id: AlertId) -> Alert:
    """Raises: MissingPermission, NotFound."""
    alert = session.scalar(_seen_by(actor).where(Alert.id == alert_id).with_for_update())
    if alert is None:
        raise NotFound
    return alert


def list_alerts(session: Session, actor: Actor, wanted: AlertFilter) -> Page[Alert]:
    """Newest first. Raises: MissingPermission, CursorUnknown."""
    statement = _seen_by(actor)
    if wanted.state:
        statement = statement.where(Alert.state == wanted.state)
    if wanted.severity:
        statement = statement.where(Alert.severity == wanted.severity)
    if wanted.rule:
        statement = statement.where(Alert.rule_id == wanted.rule)
    ordered = statement.order_by(Alert.raised_at.desc(), Alert.id.desc())
    return page_of(session, ordered, wanted.cursor)


def list_unfinished(session: Session, actor: Actor, limit: int = 50) -> Sequence[Alert]:
    """What waits for somebody, the most urgent first. Raises: MissingPermission."""
    urgency = case({value: place for place, value in enumerate(URGENCY)}, value=Alert.severity)
    return session.scalars(
        _seen_by(actor)
        .where(Alert.state != AlertState.CLOSED)
        .order_by(urgency, Alert.due_at.nulls_last(), Alert.id)
        .limit(limit)
    ).all()


def count_unfinished(session: Session, actor: Actor) -> dict[Severity, int]:
    """How many alerts of each severity are not closed. Raises: MissingPermission."""
    visible = _seen_by(actor).where(Alert.state != AlertState.CLOSED).subquery()
    rows = session.execute(
        select(visible.c.severity, func.count()).group_by(visible.c.severity)
    ).all()
    found = {Severity(severity): number for severity, number in rows}
    return {severity: found.get(severity, 0) for severity in URGENCY}


def find_same(session: Session, hit: Hit) -> Alert | None:
    """The alert that this hit belongs to: same rule, subject, object and day."""
    return session.scalar(
        select(Alert)
        .where(
            Alert.rule_id == hit.rule_id,
            Alert.subject_id == hit.subject_id,
            Alert.object_id == hit.object_id,
            Alert.seen_on == hit.day,
        )
        .with_for_update()
    )


def _seen_by(actor: Actor) -> Select[Alert]:
    actor.require(Permission.WORK_ALERT)
    statement = select(Alert)
    if actor.is_system:
        return statement
    rules = [rule_id for rule_id in RULES if is_visible(rule_id, actor.regulator_scopes)]
    return statement.where(Alert.rule_id.in_(rules))
