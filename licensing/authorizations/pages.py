"""The authorisation desk and register: who let which operator run which data, until when."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, Labelled, say, translate
from kernel.periods import last_day
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.shell import Desk, Panel, Waiting, desk_source
from kernel.web.submissions import claim_once, remember_location
from licensing.authorizations import actions, reads
from licensing.authorizations.models import AuthorizationAgreement
from licensing.authorizations.rules import (
    AgreementPart,
    AgreementState,
    SelectionMethod,
    WindDownDuty,
    may_move,
)
from licensing.authorizations.schemas import (
    AgreementDraft,
    ConsentDraft,
    EndDraft,
    Reason,
    WindDownRecord,
)
from licensing.plans.reads import get_plan, list_plans
from licensing.plans.schemas import DecisionDraft
from market.catalogue.rules import Purpose
from market.datasets.reads import find_dataset
from market.organizations.reads import names_of

LATEST = 5
bp = Blueprint(
    "authorizations", __name__, template_folder="templates", url_prefix="/authorizations"
)
TONES = {
    AgreementState.AGREEMENT_DRAFT: "idle",
    AgreementState.AGREEMENT_APPROVED: "wait",
    AgreementState.SIGNED: "wait",
    AgreementState.ACTIVE: "good",
    AgreementState.EXPIRING: "wait",
    AgreementState.SUSPENDED: "bad",
}

EARLY_ENDS = (AgreementState.TERMINATED, AgreementState.REVOKED)
# A contract text: it stays Chinese, whoever reads it, and the department may change it.
CONSENT = "同意本单位提供的数据集进入授权运营，用途以协议为限。"


@bp.get("/")
def index() -> ResponseReturnValue:
    """Plans and agreements that I may see."""
    actor = current_actor()
    wanted = request.args.get("state", "")
    state = AgreementState(wanted) if wanted in list(AgreementState) else None
    with transaction() as session:
        page = reads.list_agreements(session, actor, state, request.args.get("cursor", ""))
        parties = {row.operator_id for row in page.items} | {row.agency_id for row in page.items}
        return render_template(
            "authorizations/index.html",
            page=page,
            plans=list_plans(session, actor).items,
            names=names_of(session, parties),
            state=state,
            states=list(AgreementState),
            tones=TONES,
            may_propose=actor.may(Permission.PROPOSE_PLAN),
        )


@bp.route("/new/<plan_id>", methods=["GET", "POST"])
def new(plan_id: str) -> ResponseReturnValue:
    """Draft an agreement under an approved plan."""
    actor = current_actor()
    actor.require(Permission.PROPOSE_PLAN)
    form = Form(AgreementDraft, {"plan_id": plan_id, "start_on": clock.today()})
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                agreement = actions.draft_agreement(session, actor, draft)
                address = url_for("authorizations.show", agreement_id=agreement.id)
                remember_location(session, actor.id, address)
            return redirect(address, 303)
    return _editor(form, plan_id)


@bp.route("/<agreement_id>/edit", methods=["GET", "POST"])
def edit(agreement_id: str) -> ResponseReturnValue:
    """Change an agreement that nobody has decided on yet."""
    actor = current_actor()
    with transaction() as session:
        agreement = reads.get_agreement(session, actor, agreement_id)
    known = {name: getattr(agreement, name) for name in AgreementDraft.model_fields}
    written = {f"parts-{part}": text for part, text in agreement.parts.items()}
    form = Form(AgreementDraft, known | written)
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                actions.revise_agreement(session, actor, agreement_id, draft)
            return redirect(url_for("authorizations.show", agreement_id=agreement_id), 303)
    return _editor(form, agreement.plan_id)


@bp.get("/<agreement_id>")
def show(agreement_id: str) -> ResponseReturnValue:
    """One agreement: parts, resources with consents, signatures, state."""
    return _show(agreement_id)


@bp.post("/<agreement_id>/approval")
def approve(agreement_id: str) -> ResponseReturnValue:
    """Record the agency's collective decision."""
    form = Form(DecisionDraft)
    with form.showing_problems():
        decision = form.parse()
        with transaction() as session:
            actions.approve(session, current_actor(), agreement_id, decision)
        return redirect(url_for("authorizations.show", agreement_id=agreement_id), 303)
    return _show(agreement_id, decision=form)


@bp.post("/<agreement_id>/consents/<dataset_id>")
def consent(agreement_id: str, dataset_id: str) -> ResponseReturnValue:
    """My department agrees that its data enters this agreement."""
    form = Form(ConsentDraft)
    with form.showing_problems():
        given = form.parse()
        with transaction() as session:
            actions.give_consent(session, current_actor(), agreement_id, dataset_id, given)
        flash(translate(N_("已记录本单位的同意。")), "good")
        return redirect(url_for("authorizations.show", agreement_id=agreement_id), 303)
    return _show(agreement_id, consent=form)


@bp.post("/<agreement_id>/signature")
def sign(agreement_id: str) -> ResponseReturnValue:
    """Sign for my side."""
    form = Form(Reason)
    with form.showing_problems():
        with transaction() as session:
            actions.sign(session, current_actor(), agreement_id)
        flash(translate(N_("已代表本单位签署。")), "good")
        return redirect(url_for("authorizations.show", agreement_id=agreement_id), 303)
    return _show(agreement_id, reason=form)


@bp.post("/<agreement_id>/suspension")
def suspend(agreement_id: str) -> ResponseReturnValue:
    """Stop all use for the time being."""
    form = Form(Reason)
    with form.showing_problems():
        given = form.parse()
        with transaction() as session:
            actions.suspend(session, current_actor(), agreement_id, given.reason)
        return redirect(url_for("authorizations.show", agreement_id=agreement_id), 303)
    return _show(agreement_id, reason=form)


@bp.post("/<agreement_id>/resumption")
def resume(agreement_id: str) -> ResponseReturnValue:
    """Let use go on."""
    with transaction() as session:
        actions.resume(session, current_actor(), agreement_id)
    return redirect(url_for("authorizations.show", agreement_id=agreement_id), 303)


@bp.post("/<agreement_id>/end")
def end(agreement_id: str) -> ResponseReturnValue:
    """Terminate or revoke before its time."""
    form = Form(EndDraft)
    with form.showing_problems():
        given = form.parse()
        with transaction() as session:
            actions.end(session, current_actor(), agreement_id, given)
        return redirect(url_for("authorizations.show", agreement_id=agreement_id), 303)
    return _show(agreement_id, ending=form)


@bp.post("/<agreement_id>/closing")
def close(agreement_id: str) -> ResponseReturnValue:
    """Close it once access, data, assets and logs are seen to."""
    form = Form(WindDownRecord)
    with form.showing_problems():
        done = form.parse()
        with transaction() as session:
            actions.close(session, current_actor(), agreement_id, done)
        return redirect(url_for("authorizations.show", agreement_id=agreement_id), 303)
    return _show(agreement_id, closing=form)


def _editor(form: Form[AgreementDraft], plan_id: str) -> ResponseReturnValue:
    with transaction() as session:
        plan = get_plan(session, current_actor(), plan_id)
        page = render_template(
            "authorizations/new.html",
            form=form,
            plan=plan,
            datasets=_titles(session, plan.dataset_ids),
            operators=reads.list_operators(session),
            methods=_choices(SelectionMethod),
            purposes=_choices(Purpose),
            parts=list(AgreementPart),
        )
    return page, form.status


def _show(agreement_id: str, **sent: Form[Any]) -> ResponseReturnValue:
    """The page, with the form that was sent and refused, if any, in its place."""
    actor = current_actor()
    forms: dict[str, Form[Any]] = {
        "decision": Form(DecisionDraft),
        "consent": Form(ConsentDraft, {"statement": CONSENT}),
        "reason": Form(Reason),
        "ending": Form(EndDraft),
        "closing": Form(WindDownRecord),
        **sent,
    }
    with transaction() as session:
        agreement = reads.get_agreement(session, actor, agreement_id)
        page = render_template(
            "authorizations/show.html",
            agreement=agreement,
            tone=TONES.get(agreement.phase, "idle"),
            method=SelectionMethod(agreement.selection_method),
            purposes=[Purpose(purpose) for purpose in agreement.purposes],
            parts=list(AgreementPart),
            names=names_of(session, {agreement.agency_id, agreement.operator_id}),
            resources=reads.resources_of(session, agreement),
            titles=dict(_titles(session, agreement.dataset_ids)),
            breaches=_breaches(session, agreement),
            words=_words_of_parts(),
            ways=[(way.value, translate(way.label)) for way in EARLY_ENDS],
            duties=list(WindDownDuty),
            may=_may(actor, agreement),
            actor_organization=actor.organization_id,
            **forms,
        )
    return page, max(form.status for form in forms.values())


def _may(actor: Actor, agreement: AuthorizationAgreement) -> dict[str, bool]:
    """Which buttons this person sees; the actions decide again."""
    is_approved = agreement.phase is AgreementState.AGREEMENT_APPROVED
    signs = actor.may(Permission.SIGN_AUTHORIZATION)
    ours = agreement.agency_signed_at is None and actor.organization_id == agreement.agency_id
    theirs = agreement.operator_signed_at is None and actor.organization_id == agreement.operator_id
    is_drafted = agreement.phase is AgreementState.AGREEMENT_DRAFT
    suspends = actor.may(Permission.SUSPEND_AUTHORIZATION, agreement.agency_id)
    return {
        "approve": is_drafted and actor.may(Permission.APPROVE_PLAN, agreement.agency_id),
        "sign": is_approved and signs and (ours or theirs),
        "consent": actor.may(Permission.GIVE_CONSENT) and agreement.phase in reads.UNSIGNED,
        "suspend": suspends and agreement.phase.allows_use,
        "resume": suspends and agreement.phase is AgreementState.SUSPENDED,
        "edit": is_drafted and actor.may(Permission.PROPOSE_PLAN, agreement.agency_id),
        "end": suspends and may_move(agreement.phase, AgreementState.TERMINATED),
        "close": suspends and agreement.phase is AgreementState.WIND_DOWN,
    }


def _breaches(session: Session, agreement: AuthorizationAgreement) -> list[Any]:
    return reads.find_breaches(session, agreement) if agreement.phase in reads.UNSIGNED else []


def _words_of_parts() -> dict[str, str]:
    """What a breach speaks of, in words."""
    return {part.value: translate(part.label) for part in AgreementPart}


def _choices(labels: type[Labelled]) -> list[tuple[str, str]]:
    return [(each.value, translate(each.label)) for each in labels]


def _titles(session: Session, dataset_ids: list[str]) -> list[tuple[str, str]]:
    found = ((each, find_dataset(session, each)) for each in dataset_ids)
    return [(each, dataset.title if dataset else each) for each, dataset in found]


@desk_source
def waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Agreements that wait for this person's decision, consent or signature."""
    for agreement in reads.list_unsigned(session, actor):
        may = _may(actor, agreement)
        if may["approve"] or may["sign"]:
            button = translate(N_("批准") if may["approve"] else N_("查看并签署"))
            _add(desk, agreement, button)
    if actor.may(Permission.GIVE_CONSENT):
        asked = reads.list_consents_asked_of(session, actor)
        for agreement in {agreement.id: agreement for agreement, _ in asked}.values():
            _add(desk, agreement, translate(N_("答复是否同意")))


def _add(desk: Desk, agreement: AuthorizationAgreement, button: str) -> None:
    title = say(N_("授权运营协议：{title}"), title=agreement.title)
    address = url_for("authorizations.show", agreement_id=agreement.id)
    desk.waiting.append(Waiting(title=title, address=address, button=button))


@desk_source
def ending(session: Session, actor: Actor, desk: Desk) -> None:
    """Until when my agreements run; those that end soon wait for renewal."""
    if not actor.may(Permission.SIGN_AUTHORIZATION):
        return
    rows = [
        (
            say(N_("{title}：{day} 到期"), title=row.title, day=last_day(row.end_on)),
            url_for("authorizations.show", agreement_id=row.id),
        )
        for row in reads.list_agreements(session, actor, AgreementState.ACTIVE).items[:LATEST]
    ]
    none = translate(N_("没有生效的授权：产品不能上架，也不能被使用。"))
    desk.at_risk.append(Panel(translate(N_("授权到期日")), rows, none))
    for agreement in reads.list_ending(session, actor):
        title = say(N_("授权即将到期：{title}"), title=agreement.title)
        address = url_for("authorizations.show", agreement_id=agreement.id)
        button = translate(N_("安排续期"))
        desk.waiting.append(Waiting(title, address, button, due_on=last_day(agreement.end_on)))
