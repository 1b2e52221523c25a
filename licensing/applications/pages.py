"""Where a buyer asks for the use of a product, and where two persons decide."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.shell import Desk, Waiting, desk_source
from kernel.web.submissions import claim_once, remember_location
from licensing.applications import actions, reads
from licensing.applications.rules import (
    REVIEW_WORKING_DAYS,
    Act,
    ApplicationState,
    Stage,
    acts_offered,
    stage_of,
)
from licensing.applications.schemas import ApplicationDraft, DecisionDraft
from market.catalogue.listing import DeliveryKind
from market.catalogue.prices import ChargeUnit
from market.catalogue.reads import get_visible_product
from market.catalogue.rules import Purpose
from market.organizations.reads import names_of

bp = Blueprint("applications", __name__, template_folder="templates", url_prefix="/applications")

TONES = {
    ApplicationState.SUBMITTED: "wait",
    ApplicationState.REVIEWED: "wait",
    ApplicationState.APPROVED: "good",
    ApplicationState.REFUSED: "bad",
    ApplicationState.WITHDRAWN: "idle",
    ApplicationState.LAPSED: "bad",
}


@bp.get("/")
def index() -> ResponseReturnValue:
    """Applications that concern my organisation."""
    wanted = request.args.get("state", "")
    state = ApplicationState(wanted) if wanted in list(ApplicationState) else None
    actor = current_actor()
    with transaction() as session:
        page = reads.list_applications(session, actor, state, request.args.get("cursor", ""))
        names = names_of(session, {row.buyer_id for row in page.items})
        return render_template(
            "applications/index.html",
            page=page,
            names=names,
            state=state,
            states=list(ApplicationState),
            tones=TONES,
        )


@bp.route("/new/<product_id>", methods=["GET", "POST"])
def new(product_id: str) -> ResponseReturnValue:
    """Apply for the use of a product."""
    actor = current_actor()
    with transaction() as session:
        product = get_visible_product(session, actor, product_id)
    offered = acts_offered(DeliveryKind(kind) for kind in product.delivery_kinds)
    usual = [act.value for act in offered[:1]]
    form = Form(ApplicationDraft, {"product_id": product_id, "term_months": 12, "acts": usual})
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                application = actions.submit_application(session, actor, draft)
                address = url_for("applications.show", application_id=application.id)
                remember_location(session, actor.id, address)
            flash(translate(N_("申请已提交，办理期限见本页。")), "good")
            return redirect(address, 303)
    page = render_template(
        "applications/new.html",
        form=form,
        product=product,
        purposes=[(purpose.value, translate(purpose.label)) for purpose in Purpose],
        acts=[(act.value, translate(act.label)) for act in offered],
        units=[(price.unit.value, translate(price.unit.label)) for price in product.prices],
    )
    return page, form.status


@bp.get("/<application_id>")
def show(application_id: str) -> ResponseReturnValue:
    """One application: what is asked, where it stands, who decides next."""
    return _show(application_id, Form(DecisionDraft))


@bp.post("/<application_id>/decision")
def decide(application_id: str) -> ResponseReturnValue:
    """Take the next of the two decisions."""
    form = Form(DecisionDraft)
    with form.showing_problems():
        draft = form.parse()
        with transaction() as session:
            actions.decide_application(session, current_actor(), application_id, draft)
        return redirect(url_for("applications.show", application_id=application_id), 303)
    return _show(application_id, form)


def _show(application_id: str, form: Form[DecisionDraft]) -> ResponseReturnValue:
    actor = current_actor()
    with transaction() as session:
        application = reads.get_application(session, actor, application_id)
        stage = stage_of(application.phase)
        may_decide = stage is not None and actor.may(
            actions.PERMISSION_OF[stage], application.bureau_id
        )
        page = render_template(
            "applications/show.html",
            application=application,
            decisions=reads.list_decisions(session, application_id),
            names=names_of(session, {application.buyer_id, application.bureau_id}),
            purpose=Purpose(application.purpose),
            acts=[Act(act) for act in application.acts],
            unit=ChargeUnit(application.unit),
            stage=stage,
            may_decide=may_decide,
            tone=TONES[application.phase],
            clock_rule=REVIEW_WORKING_DAYS.at(application.submitted_at.date()),
            form=form,
            Stage=Stage,
        )
    return page, form.status


@desk_source
def waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Applications that this person may decide next."""
    for stage, state in (
        (Stage.REVIEW, ApplicationState.SUBMITTED),
        (Stage.APPROVAL, ApplicationState.REVIEWED),
    ):
        if not actor.may(actions.PERMISSION_OF[stage]):
            continue
        for row in reads.list_awaiting(session, actor, state):
            desk.waiting.append(
                Waiting(
                    title=say(N_("使用申请：《{title}》"), title=row.title),
                    address=url_for("applications.show", application_id=row.id),
                    button=translate(stage.label),
                    due_on=row.due_on,
                )
            )
