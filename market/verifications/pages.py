"""Where an organisation hands in its papers, and where reviewers decide."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.objects import store
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.shell import Desk, Waiting, desk_source
from kernel.web.submissions import claim_once, remember_location
from market.accounts import reads as accounts
from market.verifications import actions, reads, storage
from market.verifications.rules import (
    ADDRESS_SECONDS,
    LARGEST_DOCUMENT_BYTES,
    MOST_DOCUMENTS,
    RENEW_BEFORE_DAYS,
    USUAL_VALIDITY_DAYS,
    DocumentKind,
    VerificationId,
)
from market.verifications.schemas import DecisionDraft, VerificationDraft

bp = Blueprint("verifications", __name__, template_folder="templates")
UPLOAD_LIMIT = (MOST_DOCUMENTS + 1) * LARGEST_DOCUMENT_BYTES
SUBMITTED = N_("材料已提交。审核结论会显示在本页。")
DECIDED = N_("审核结论已记录，申请单位可以看到理由。")


@bp.route("/organization/verification", methods=["GET", "POST"])
def own() -> ResponseReturnValue:
    """The verification of my organisation: where it stands, and the papers to hand in."""
    actor = current_actor()
    if actor.organization_id is None:
        return redirect(url_for("accounts.welcome"), 303)
    request.max_content_length = UPLOAD_LIMIT
    form = Form(VerificationDraft)
    if form.is_sent:
        with form.showing_problems():
            actor.require(Permission.SUBMIT_VERIFICATION)
            draft = form.parse()
            with storage.kept(_uploads()) as documents, transaction() as session:
                claim_once(session, actor.id)
                actions.submit(session, actor, draft, documents)
                remember_location(session, actor.id, url_for("verifications.own"))
            flash(translate(SUBMITTED), "good")
            return redirect(url_for("verifications.own"), 303)
    with transaction() as session:
        page = render_template(
            "verifications/own.html",
            form=form,
            organization=accounts.organization_of(session, actor),
            verifications=reads.list_own(session, actor),
            waiting=reads.find_waiting(session, actor.organization_id),
        )
    return page, form.status


@bp.get("/verifications")
def index() -> ResponseReturnValue:
    """The reviewers' desk: what waits, and what was decided lately."""
    with transaction() as session:
        return render_template(
            "verifications/index.html",
            waiting=reads.list_waiting(session, current_actor()),
            decided=reads.list_decided(session, current_actor()),
        )


@bp.route("/verifications/<verification_id>", methods=["GET", "POST"])
def show(verification_id: VerificationId) -> ResponseReturnValue:
    """One request with its papers; sending decides it."""
    actor = current_actor()
    usual = clock.today() + timedelta(days=USUAL_VALIDITY_DAYS)
    form = Form(DecisionDraft, {"valid_until_on": usual})
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                actions.decide(session, actor, verification_id, draft)
            flash(translate(DECIDED), "good")
            return redirect(url_for("verifications.show", verification_id=verification_id), 303)
    with transaction() as session:
        case = reads.get_case(session, actor, verification_id)
        is_own = accounts.is_member(session, actor.id, case.organization.id)
        page = render_template(
            "verifications/show.html",
            form=form,
            case=case,
            documents=reads.list_documents(session, verification_id),
            may_decide=actor.may(Permission.VERIFY_ORGANIZATION) and not is_own,
            is_own=is_own,
        )
    return page, form.status


@bp.get("/verifications/<verification_id>/documents/<document_id>")
def document(verification_id: VerificationId, document_id: str) -> ResponseReturnValue:
    """A paper, by an address that soon expires."""
    with transaction() as session:
        found = reads.get_document(session, current_actor(), verification_id, document_id)
        address = store().signed_address(
            found.key, seconds=ADDRESS_SECONDS, filename=found.filename
        )
    return redirect(address, 303)


@desk_source
def show_waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Reviewers: requests that wait. Administrators: papers to hand in, or to renew."""
    if actor.may(Permission.VERIFY_ORGANIZATION):
        desk.waiting += [_review(case) for case in reads.list_waiting(session, actor)]
    if actor.organization_id and actor.may(Permission.SUBMIT_VERIFICATION):
        desk.waiting += _own_papers(session, actor, actor.organization_id)


def _review(case: reads.Case) -> Waiting:
    return Waiting(
        title=say(N_("审核“{name}”的身份材料"), name=case.organization.name),
        address=url_for("verifications.show", verification_id=case.verification.id),
        button=translate(N_("去审核")),
        due_on=case.verification.review_due_on,
    )


def _own_papers(session: Session, actor: Actor, organization_id: str) -> list[Waiting]:
    organization = accounts.organization_of(session, actor)
    until_on = organization.verified_until_on
    is_soon_over = until_on is None or until_on <= clock.today() + timedelta(RENEW_BEFORE_DAYS)
    if not is_soon_over or reads.find_waiting(session, organization_id) is not None:
        return []
    text = N_("续办单位身份审核") if until_on else N_("提交单位身份材料")
    return [
        Waiting(
            title=translate(text),
            address=url_for("verifications.own"),
            button=translate(N_("去提交")),
            due_on=until_on,
            note=translate(N_("通过审核前可以浏览，不能购买。")),
        )
    ]


def _uploads() -> dict[DocumentKind, list[FileStorage]]:
    return {kind: request.files.getlist(kind.value) for kind in DocumentKind}
