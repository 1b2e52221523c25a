"""Where does a regulator see what broke a rule, and bring it to an end?"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.parse import parse_query
from kernel.web.shell import Desk, Waiting, desk_source
from supervision.alerts import actions, reads
from supervision.alerts.models import Alert
from supervision.alerts.rules import RULES, AlertId, AlertState, Outcome, Severity
from supervision.alerts.schemas import AlertFilter, Closing

bp = Blueprint("alerts", __name__, template_folder="templates", url_prefix="/alerts")

TONES = {
    Severity.RED: "bad",
    Severity.ORANGE: "orange",
    Severity.YELLOW: "wait",
    Severity.BLUE: "blue",
}


@bp.get("")
def index() -> ResponseReturnValue:
    """Alerts, newest first, with filters in the address."""
    actor, wanted = current_actor(), parse_query(AlertFilter)
    with transaction() as session:
        cases = reads.list_cases(session, actor, wanted)
        counts = reads.count_unfinished(session, actor)
    return render_template(
        "alerts/index.html",
        page=cases,
        wanted=wanted,
        counts=counts,
        tones=TONES,
        severities=Severity,
        states=AlertState,
        address=request.full_path.split("&cursor=")[0],
    )


@bp.get("/<alert_id>")
def case(alert_id: str) -> ResponseReturnValue:
    """One alert: the rule, the facts, who answers by when."""
    return _show(alert_id, Form(Closing))


@bp.post("/<alert_id>/taking")
def take(alert_id: str) -> ResponseReturnValue:
    """Take it in hand."""
    with transaction() as session:
        actions.take_alert(session, current_actor(), AlertId(alert_id))
    flash(translate(N_("已接办。核实情况后，请填写处理结果。")), "good")
    return redirect(url_for("alerts.case", alert_id=alert_id), 303)


@bp.post("/<alert_id>/closing")
def close(alert_id: str) -> ResponseReturnValue:
    """Close it with what was found."""
    form = Form(Closing)
    if form.is_sent:
        with form.showing_problems():
            closing = form.parse()
            with transaction() as session:
                actions.close_alert(session, current_actor(), AlertId(alert_id), closing)
            flash(translate(N_("已办结。")), "good")
            return redirect(url_for("alerts.case", alert_id=alert_id), 303)
    return _show(alert_id, form)


@desk_source
def show_waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """A regulator's desk lists the alerts that nobody else has in hand, with their deadlines."""
    if not actor.may(Permission.WORK_ALERT):
        return
    desk.starts.append((translate(N_("看全部预警")), url_for("alerts.index")))
    for alert in reads.list_unfinished(session, actor):
        if alert.taken_by in {None, actor.id}:
            desk.waiting.append(_waiting(alert))


def _waiting(alert: Alert) -> Waiting:
    rule = RULES[alert.rule_id]
    return Waiting(
        title=say(
            N_("{severity}预警：{title}"), severity=rule.severity.label, title=translate(rule.title)
        ),
        address=url_for("alerts.case", alert_id=alert.id),
        button=translate(N_("填写处理结果") if alert.taken_by else N_("接办")),
        due_on=alert.due_on,
        note=f"{alert.rule_id} · {translate(rule.sentence)}",
    )


def _show(alert_id: str, form: Form[Closing]) -> ResponseReturnValue:
    actor = current_actor()
    with transaction() as session:
        found = reads.get_case(session, actor, alert_id)
    page = render_template(
        "alerts/case.html",
        case=found,
        alert=found.alert,
        rule=found.rule,
        tones=TONES,
        form=form,
        outcomes=[(outcome.value, translate(outcome.label)) for outcome in Outcome],
        is_mine=found.alert.taken_by == actor.id,
    )
    return page, form.status
