"""Where both sides see, sign and end their licences."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, render, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.shell import Desk, Waiting, desk_source
from kernel.web.submissions import claim_once, remember_location
from licensing.applications.reads import get_application
from licensing.applications.rules import Act
from licensing.licences import actions, reads
from licensing.licences.models import Licence, LicenceSignature
from licensing.licences.parties import Party
from licensing.licences.rules import LicenceState, PaymentTerms
from licensing.licences.schemas import EndDraft, LicenceOffer
from market.catalogue.rules import Purpose
from market.organizations.reads import names_of

bp = Blueprint("licences", __name__, template_folder="templates", url_prefix="/licences")

TONES = {
    LicenceState.OFFERED: "wait",
    LicenceState.SIGNED: "wait",
    LicenceState.ACTIVE: "good",
    LicenceState.SUSPENDED: "bad",
    LicenceState.ENDED: "idle",
}
SIGNING = {
    Party.SUPPLIER: Permission.SIGN_LICENCE_AS_SUPPLIER,
    Party.BUYER: Permission.SIGN_LICENCE_AS_BUYER,
}


@bp.get("/")
def index() -> ResponseReturnValue:
    """Licences of my organisation, on either side."""
    wanted = request.args.get("state", "")
    state = LicenceState(wanted) if wanted in list(LicenceState) else None
    actor = current_actor()
    with transaction() as session:
        page = reads.list_licences(session, actor, state, request.args.get("cursor", ""))
        sides = {row.buyer_id for row in page.items} | {row.supplier_id for row in page.items}
        return render_template(
            "licences/index.html",
            page=page,
            names=names_of(session, sides),
            state=state,
            states=list(LicenceState),
            tones=TONES,
        )


@bp.route("/new/<application_id>", methods=["GET", "POST"])
def new(application_id: str) -> ResponseReturnValue:
    """Put the terms of an approved application into a licence."""
    form = Form(LicenceOffer, {"starts_on": clock.today(), "epsilon": "1"})
    actor = current_actor()
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                licence = actions.offer(session, actor, application_id, draft)
                address = url_for("licences.show", licence_id=licence.id)
                remember_location(session, actor.id, address)
            return redirect(address, 303)
    with transaction() as session:
        application = get_application(session, actor, application_id)
        actor.require(Permission.SIGN_LICENCE_AS_SUPPLIER, application.operator_id)
        page = render_template("licences/new.html", form=form, application=application)
    return page, form.status


@bp.get("/of/<application_id>")
def of_application(application_id: str) -> ResponseReturnValue:
    """The licence of an application; where there is none yet, the form that makes it."""
    actor = current_actor()
    with transaction() as session:
        application = get_application(session, actor, application_id)
        licence = reads.find_by_application(session, application.id)
        if licence is None and not actor.may(
            Permission.SIGN_LICENCE_AS_SUPPLIER, application.operator_id
        ):
            return render_template("licences/awaited.html", application=application)
    if licence is None:
        return redirect(url_for("licences.new", application_id=application_id))
    return redirect(url_for("licences.show", licence_id=licence.id))


@bp.get("/<licence_id>")
def show(licence_id: str) -> ResponseReturnValue:
    """One licence: terms, signatures, state."""
    return _show(licence_id, Form(EndDraft))


@bp.post("/<licence_id>/signature")
def sign(licence_id: str) -> ResponseReturnValue:
    """Sign for my side."""
    with transaction() as session:
        actions.sign(session, current_actor(), licence_id)
    flash(translate(N_("已代表本单位签署。")), "good")
    return redirect(url_for("licences.show", licence_id=licence_id), 303)


@bp.post("/<licence_id>/suspension")
def suspend(licence_id: str) -> ResponseReturnValue:
    """Stop use for now."""
    form = Form(EndDraft)
    with form.showing_problems():
        draft = form.parse()
        with transaction() as session:
            actions.suspend(session, current_actor(), licence_id, draft.reason)
        return redirect(url_for("licences.show", licence_id=licence_id), 303)
    return _show(licence_id, form)


@bp.post("/<licence_id>/resumption")
def resume(licence_id: str) -> ResponseReturnValue:
    """Let use go on."""
    with transaction() as session:
        actions.resume(session, current_actor(), licence_id)
    return redirect(url_for("licences.show", licence_id=licence_id), 303)


def _show(licence_id: str, form: Form[EndDraft]) -> ResponseReturnValue:
    actor = current_actor()
    with transaction() as session:
        licence = reads.get_licence(session, actor, licence_id)
        signatures = reads.list_signatures(session, licence_id)
        names = names_of(session, {licence.buyer_id, licence.supplier_id})
        page = render_template(
            "licences/show.html",
            licence=licence,
            signatures=signatures,
            names=names,
            purpose=Purpose(licence.purpose),
            acts=[Act(act) for act in licence.acts],
            payment=PaymentTerms(licence.payment),
            tone=TONES[licence.phase],
            holder=_holder(licence, signatures, names),
            may_sign=_may_sign(actor, licence, signatures),
            is_supplier=actor.may(Permission.SIGN_LICENCE_AS_SUPPLIER, licence.supplier_id),
            is_buyer=actor.organization_id == licence.buyer_id,
            Party=Party,
            form=form,
        )
    return page, form.status


def _holder(
    licence: Licence, signatures: Sequence[LicenceSignature], names: Mapping[str, str]
) -> str:
    """Who holds the next step: the sides that have not signed yet, then the one that orders."""
    if licence.phase is LicenceState.SIGNED:
        return names.get(licence.buyer_id, "")
    if licence.phase is not LicenceState.OFFERED:
        return ""
    signed = {row.organization_id for row in signatures}
    waiting = [side for side in (licence.supplier_id, licence.buyer_id) if side not in signed]
    return render([names.get(side, "") for side in waiting])


def _may_sign(actor: Actor, licence: Licence, signatures: Sequence[LicenceSignature]) -> bool:
    signed = {row.party for row in signatures}
    sides = {Party.SUPPLIER: licence.supplier_id, Party.BUYER: licence.buyer_id}
    return licence.phase is LicenceState.OFFERED and any(
        party.value not in signed and actor.may(SIGNING[party], organization_id)
        for party, organization_id in sides.items()
    )


@desk_source
def to_offer(session: Session, actor: Actor, desk: Desk) -> None:
    """Approved applications that wait for the operator to put their terms into a licence."""
    if not actor.may(Permission.SIGN_LICENCE_AS_SUPPLIER):
        return
    for application in reads.list_to_offer(session, actor):
        desk.waiting.append(
            Waiting(
                title=say(N_("待拟定许可合同：《{title}》"), title=application.title),
                address=url_for("licences.new", application_id=application.id),
                button=translate(N_("拟定")),
                note=translate(N_("使用申请已获两人批准。")),
            )
        )


@desk_source
def waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Licences that wait for my side's signature."""
    for party in Party:
        if not actor.may(SIGNING[party]):
            continue
        for row in reads.list_unsigned(session, actor, party):
            desk.waiting.append(
                Waiting(
                    title=say(N_("待签许可合同：《{title}》"), title=row.title),
                    address=url_for("licences.show", licence_id=row.id),
                    button=translate(N_("查看并签署")),
                )
            )
