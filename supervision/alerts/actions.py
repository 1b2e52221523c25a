"""How is an alert raised, taken in hand and closed?"""

from dataclasses import dataclass

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.workdays import state_council_calendar
from supervision.alerts import reads
from supervision.alerts.events import AlertClosed, AlertRaised, AlertReopened, AlertTaken
from supervision.alerts.models import Alert
from supervision.alerts.rules import (
    CONFIGURATION_VERSION,
    RULES,
    AlertId,
    AlertState,
    Hit,
    answer_time,
    hit_of_faults,
    hit_of_gap,
)
from supervision.alerts.schemas import Closing
from supervision.transparency import reads as log
from supervision.transparency.notes import VerificationKey


@dataclass(eq=False)
class AlertNotOpen(Conflict):
    """Somebody has it in hand already, or it is closed."""

    code = "alert-not-open"
    message = N_("这条预警已有人接办或已关闭。请刷新页面查看。")

    alert_id: str


@dataclass(eq=False)
class AlertNotInYourHands(Conflict):
    """Only the person who took an alert may close it."""

    code = "alert-not-in-your-hands"
    message = N_("这条预警不在您手上。请先接办，再填写处理结果。")

    alert_id: str


def raise_alert(session: Session, actor: Actor, hit: Hit) -> Alert:
    """Raise an alert for a hit, or count it to the one of the same rule, parties and day.

    A hit after closing opens the alert again: what goes on must not be hidden by an answer.
    Raises: MissingPermission.
    """
    actor.require(Permission.ADMINISTER)
    _one_at_a_time(session, hit)
    alert = reads.find_same(session, hit)
    if alert is None:
        return _first(session, actor, hit)
    alert.add_hit(hit.event_id)
    if alert.state == AlertState.CLOSED:
        alert.reopen()
        record(session, actor, AlertReopened(alert.id, alert.rule_id, RULES[alert.rule_id].title))
    return alert


def watch_log(session: Session, actor: Actor) -> Alert | None:
    """Raise SU-30 when facts stand outside the log for too long."""
    hit = hit_of_gap(log.get_health(session).late, clock.now())
    return raise_alert(session, actor, hit) if hit else None


def check_log(session: Session, actor: Actor, key: VerificationKey) -> Alert | None:
    """Raise SU-30 when facts, tree, checkpoints and key do not match."""
    report = log.check_log(session, key)
    faults = [
        (fault.kind.label, fault.event_id or ("" if fault.index is None else str(fault.index)))
        for fault in report.faults
    ]
    hit = hit_of_faults(faults, clock.now())
    return raise_alert(session, actor, hit) if hit else None


def take_alert(session: Session, actor: Actor, alert_id: AlertId) -> Alert:
    """Take an alert in hand. Raises: MissingPermission, NotFound, AlertNotOpen."""
    alert = reads.alert_for_update(session, actor, alert_id)
    if alert.state != AlertState.OPEN:
        raise AlertNotOpen(alert.id)
    alert.take(actor.id, clock.now())
    record(session, actor, AlertTaken(alert.id, alert.rule_id, RULES[alert.rule_id].title))
    return alert


def close_alert(session: Session, actor: Actor, alert_id: AlertId, closing: Closing) -> Alert:
    """Close an alert one has in hand, with what was found.

    Raises: MissingPermission, NotFound, AlertNotInYourHands.
    """
    alert = reads.alert_for_update(session, actor, alert_id)
    if alert.state != AlertState.IN_PROGRESS or alert.taken_by != actor.id:
        raise AlertNotInYourHands(alert.id)
    alert.close(closing.outcome, closing.reason, clock.now())
    title, outcome = RULES[alert.rule_id].title, closing.outcome.label
    fact = AlertClosed(alert.id, alert.rule_id, title, outcome, closing.reason)
    record(session, actor, fact)
    return alert


def _one_at_a_time(session: Session, hit: Hit) -> None:
    """Two workers that see the same attempt twice must not both find no alert."""
    name = "|".join((hit.rule_id, hit.subject_id, hit.object_id, hit.day.isoformat()))
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(literal(name), 0))))


def _first(session: Session, actor: Actor, hit: Hit) -> Alert:
    rule = RULES[hit.rule_id]
    raised_at = clock.now()
    answer = answer_time(rule.severity, raised_at, state_council_calendar())
    alert = Alert(
        id=AlertId(new_id("alt")),
        rule_id=rule.id,
        severity=rule.severity,
        state=AlertState.OPEN,
        subject_id=hit.subject_id,
        object_id=hit.object_id,
        seen_on=hit.day,
        event_id=hit.event_id,
        last_event_id=hit.event_id,
        hits=1,
        evidence=[item.stored() for item in hit.evidence],
        configuration_version=CONFIGURATION_VERSION,
        raised_at=raised_at,
        due_at=answer.due_at,
        due_is_provisional=answer.is_provisional,
    )
    session.add(alert)
    session.flush()
    record(
        session,
        actor,
        AlertRaised(
            alert.id, rule.id, rule.severity.label, rule.title, hit.subject_id, hit.object_id
        ),
    )
    return alert
