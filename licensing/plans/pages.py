"""Where an agency writes its plan of authorised operation and has it approved."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.shell import Desk, Waiting, desk_source
from kernel.web.submissions import claim_once, remember_location
from licensing.plans import actions, reads
from licensing.plans.models import Plan
from licensing.plans.rules import AuthorizationMode, PlanPart, PlanState
from licensing.plans.schemas import Consultation, DecisionDraft, PlanDraft
from market.catalogue.reads import list_choosable_datasets
from market.organizations.reads import names_of

bp = Blueprint("plans", __name__, template_folder="templates", url_prefix="/authorizations/plans")
# Mode and resources are fields of their own.
WRITTEN_ELSEWHERE = frozenset({PlanPart.MODE, PlanPart.RESOURCES})
TONES = {PlanState.PLAN_DRAFT: "idle", PlanState.PLAN_CONSULTED: "wait"}


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Begin a plan."""
    form = Form(PlanDraft, {"mode": AuthorizationMode.WHOLE})
    actor = current_actor()
    actor.require(Permission.PROPOSE_PLAN)
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                plan = actions.draft_plan(session, actor, draft)
                address = url_for("plans.show", plan_id=plan.id)
                remember_location(session, actor.id, address)
            return redirect(address, 303)
    return _editor(form, None)


@bp.route("/<plan_id>/edit", methods=["GET", "POST"])
def edit(plan_id: str) -> ResponseReturnValue:
    """Change a plan; what was approved before must be approved again."""
    actor = current_actor()
    with transaction() as session:
        plan = reads.get_plan(session, actor, plan_id)
    written = {f"parts-{part}": text for part, text in plan.parts.items()}
    known = {name: getattr(plan, name) for name in ("title", "mode", "mode_detail", "dataset_ids")}
    form = Form(PlanDraft, known | written)
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                actions.revise_plan(session, actor, plan_id, draft)
            return redirect(url_for("plans.show", plan_id=plan_id), 303)
    return _editor(form, plan)


@bp.get("/<plan_id>")
def show(plan_id: str) -> ResponseReturnValue:
    """One plan: its parts, its consultation, its approval."""
    return _show(plan_id, Form(Consultation), Form(DecisionDraft))


@bp.post("/<plan_id>/consultation")
def consult(plan_id: str) -> ResponseReturnValue:
    """Note whom the agency asked, and what they said."""
    form = Form(Consultation)
    with form.showing_problems():
        said = form.parse()
        with transaction() as session:
            actions.record_consultation(session, current_actor(), plan_id, said)
        return redirect(url_for("plans.show", plan_id=plan_id), 303)
    return _show(plan_id, form, Form(DecisionDraft))


@bp.post("/<plan_id>/approval")
def approve(plan_id: str) -> ResponseReturnValue:
    """Record the approval with its collective decision."""
    form = Form(DecisionDraft)
    with form.showing_problems():
        decision = form.parse()
        with transaction() as session:
            actions.approve_plan(session, current_actor(), plan_id, decision)
        return redirect(url_for("plans.show", plan_id=plan_id), 303)
    return _show(plan_id, Form(Consultation), form)


def _editor(form: Form[PlanDraft], plan: Plan | None) -> ResponseReturnValue:
    actor = current_actor()
    with transaction() as session:
        datasets = list_choosable_datasets(session, actor)
        page = render_template(
            "plans/new.html",
            form=form,
            plan=plan,
            datasets=[(dataset.id, dataset.title) for dataset in datasets],
            modes=[(mode.value, translate(mode.label)) for mode in AuthorizationMode],
            parts=[part for part in PlanPart if part not in WRITTEN_ELSEWHERE],
        )
    return page, form.status


def _show(
    plan_id: str, consultation: Form[Consultation], decision: Form[DecisionDraft]
) -> ResponseReturnValue:
    actor = current_actor()
    with transaction() as session:
        plan = reads.get_plan(session, actor, plan_id)
        page = render_template(
            "plans/show.html",
            plan=plan,
            mode=AuthorizationMode(plan.mode),
            tone=TONES.get(plan.phase, "good"),
            parts=[part for part in PlanPart if part not in WRITTEN_ELSEWHERE],
            agency=names_of(session, {plan.agency_id}).get(plan.agency_id, ""),
            is_draft=plan.phase is PlanState.PLAN_DRAFT,
            is_consulted=plan.phase is PlanState.PLAN_CONSULTED,
            may_propose=actor.may(Permission.PROPOSE_PLAN, plan.agency_id),
            may_approve=actor.may(Permission.APPROVE_PLAN, plan.agency_id),
            consultation=consultation,
            decision=decision,
        )
    return page, max(consultation.status, decision.status)


@desk_source
def waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Plans of my agency that wait for consultation or approval."""
    if not (actor.may(Permission.PROPOSE_PLAN) or actor.may(Permission.APPROVE_PLAN)):
        return
    for plan in reads.list_in_progress(session, actor):
        is_mine = plan.phase is PlanState.PLAN_DRAFT and actor.may(Permission.PROPOSE_PLAN)
        approves = plan.phase is PlanState.PLAN_CONSULTED and actor.may(Permission.APPROVE_PLAN)
        if is_mine or approves:
            button = translate(N_("批准") if approves else N_("记录征求意见"))
            address = url_for("plans.show", plan_id=plan.id)
            title = say(N_("实施方案：{title}"), title=plan.title)
            desk.waiting.append(Waiting(title=title, address=address, button=button))
