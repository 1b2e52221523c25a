"""Where does a regulator order a measure, and lift it again?"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.parse import parse_query
from kernel.web.shell import Desk, Panel, desk_source
from supervision.interventions import actions, reads
from supervision.interventions.rules import (
    Ground,
    InterventionId,
    InterventionState,
    Measure,
    open_grounds,
)
from supervision.interventions.schemas import InterventionFilter, InterventionOrder, Lifting

bp = Blueprint("interventions", __name__, template_folder="templates", url_prefix="/interventions")


@bp.get("")
def index() -> ResponseReturnValue:
    """Measures, newest first."""
    actor, wanted = current_actor(), parse_query(InterventionFilter)
    with transaction() as session:
        page = reads.list_cases(session, actor, wanted)
    address = url_for("interventions.index", state=wanted.state)
    return render_template(
        "interventions/index.html",
        page=page,
        wanted=wanted,
        states=InterventionState,
        grounds=Ground,
        measures=Measure,
        address=address,
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Order a measure against a product."""
    actor = current_actor()
    actor.require(Permission.ORDER_INTERVENTION)
    form = Form(InterventionOrder, request.args.to_dict())
    if form.is_sent:
        with form.showing_problems():
            wanted = form.parse()
            with transaction() as session:
                found = actions.order(session, actor, wanted)
                address = url_for("interventions.show", intervention_id=found.id)
            flash(translate(N_("已下达，立即生效。")), "good")
            return redirect(address, 303)
    grounds = open_grounds(actor.regulator_scopes)
    choices = [(ground.value, translate(ground.label)) for ground in grounds]
    return render_template("interventions/new.html", form=form, grounds=choices), form.status


@bp.get("/<intervention_id>")
def show(intervention_id: str) -> ResponseReturnValue:
    """One measure: against what, on which ground, by whom."""
    return _show(intervention_id, Form(Lifting))


@bp.post("/<intervention_id>/lifting")
def lift(intervention_id: str) -> ResponseReturnValue:
    """End it, with a reason."""
    form = Form(Lifting)
    if form.is_sent:
        with form.showing_problems():
            lifting = form.parse()
            with transaction() as session:
                actions.lift(session, current_actor(), InterventionId(intervention_id), lifting)
            flash(translate(N_("已解除。产品能否恢复供给，由其余上架条件决定。")), "good")
            return redirect(url_for("interventions.show", intervention_id=intervention_id), 303)
    return _show(intervention_id, form)


@desk_source
def show_standing(session: Session, actor: Actor, desk: Desk) -> None:
    """A regulator's desk lists the measures that stand."""
    if not actor.may(Permission.ORDER_INTERVENTION):
        return
    wanted = InterventionFilter(state=InterventionState.ORDERED)
    rows = [
        (
            say(N_("《{title}》{measure}"), title=found.title, measure=Measure(found.measure)),
            url_for("interventions.show", intervention_id=found.id),
        )
        for found in reads.list_interventions(session, actor, wanted).items
    ]
    if rows:
        desk.at_risk.append(Panel(translate(N_("执行中的监管措施")), rows))


def _show(intervention_id: str, form: Form[Lifting]) -> ResponseReturnValue:
    actor = current_actor()
    with transaction() as session:
        case = reads.get_case(session, actor, intervention_id)
    found = case.intervention
    ground = Ground(found.ground)
    page = render_template(
        "interventions/show.html",
        case=case,
        found=found,
        ground=ground,
        measure=Measure(found.measure),
        form=form,
        may_lift=actor.may(Permission.ORDER_INTERVENTION)
        and ground in open_grounds(actor.regulator_scopes),
    )
    return page, form.status
