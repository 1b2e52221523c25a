"""Which alerts wait, and which may this regulator see?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, selectinload

from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.i18n import ENGLISH, language, translate
from kernel.paging import Page, page_of
from licensing.authorizations.models import AuthorizationAgreement, AuthorizedResource
from supervision.alerts.models import Alert
from supervision.alerts.rules import (
    RULES,
    AlertId,
    AlertState,
    Evidence,
    Grant,
    Hit,
    MonitoringRule,
    Severity,
)
from supervision.alerts.schemas import AlertFilter
from supervision.audit import reads as audit
from supervision.audit.rules import TimelineRow, visible_rules, words_of_act

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


@dataclass(frozen=True)
class AlertCase:
    """An alert as a person reads it. subject, object, taken_by: names where known, else ids."""

    alert: Alert
    rule: MonitoringRule
    subject: str
    object: str
    taken_by: str
    evidence: tuple[Evidence, ...]
    fact: TimelineRow | None


def list_cases(session: Session, actor: Actor, wanted: AlertFilter) -> Page[AlertCase]:
    """The same with names. Raises: MissingPermission, CursorUnknown."""
    page = list_alerts(session, actor, wanted)
    names = audit.find_names(session, _mentioned(page.items))
    return page.map(lambda alert: _case(alert, names, None))


def get_case(session: Session, actor: Actor, alert_id: str) -> AlertCase:
    """One alert with names and the fact that raised it. Raises: MissingPermission, NotFound."""
    alert = get_alert(session, actor, alert_id)
    names = audit.find_names(session, _mentioned([alert]))
    return _case(alert, names, audit.find_fact(session, actor, alert.event_id))


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


def grants_of(session: Session, operator_id: str, dataset_ids: Sequence[str]) -> list[Grant]:
    """Every agreement that ever let this operator use some of these data sets."""
    agreements = session.scalars(
        select(AuthorizationAgreement)
        .where(
            AuthorizationAgreement.operator_id == operator_id,
            AuthorizationAgreement.activated_at.is_not(None),
            AuthorizationAgreement.resources.any(AuthorizedResource.dataset_id.in_(dataset_ids)),
        )
        .options(selectinload(AuthorizationAgreement.resources))
    )
    return [
        Grant(
            dataset_ids=frozenset(agreement.dataset_ids),
            term=agreement.term,
            activated_at=agreement.activated_at,
            suspended_at=agreement.suspended_at,
            ended_at=agreement.ended_at,
        )
        for agreement in agreements
    ]


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


def _mentioned(alerts: Sequence[Alert]) -> set[str]:
    ids = {item for alert in alerts for item in (alert.subject_id, alert.object_id)}
    ids |= {alert.taken_by for alert in alerts if alert.taken_by}
    return ids | {item.value for alert in alerts for item in alert.circumstances()}


def _case(alert: Alert, names: Mapping[str, str], fact: TimelineRow | None) -> AlertCase:
    return AlertCase(
        alert=alert,
        rule=RULES[alert.rule_id],
        subject=names.get(alert.subject_id, alert.subject_id),
        object=names.get(alert.object_id, alert.object_id),
        taken_by=names.get(alert.taken_by or "", alert.taken_by or ""),
        evidence=tuple(
            Evidence(item.name, _in_words(item, names)) for item in alert.circumstances()
        ),
        fact=fact,
    )


def _in_words(item: Evidence, names: Mapping[str, str]) -> str:
    """The name behind an id, the words of an act, a sentence in the reader's language."""
    if item.in_english and language() == ENGLISH:
        return item.in_english
    act = words_of_act(item.value)
    return translate(act) if act else names.get(item.value, item.value)


def _seen_by(actor: Actor) -> Select[Alert]:
    actor.require(Permission.WORK_ALERT)
    statement = select(Alert)
    if actor.is_system:
        return statement
    return statement.where(Alert.rule_id.in_(visible_rules(actor.regulator_scopes)))
