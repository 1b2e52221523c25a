"""/api/authorizations: agreements from draft to wind-down."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from kernel.web.submissions import claim_once
from licensing.authorizations import actions, reads
from licensing.authorizations.schemas import (
    AgreementDraft,
    AuthorizationOut,
    AuthorizationPage,
    ConsentDraft,
    EndDraft,
    Reason,
    WindDownRecord,
)
from licensing.plans.schemas import DecisionDraft

bp = Blueprint("authorizations_api", __name__, url_prefix="/api/authorizations")


@bp.get("")
@documented(gives=AuthorizationPage, tag="authorizations")
def index() -> ResponseReturnValue:
    """The register as far as I may see it, newest first."""
    with transaction() as session:
        cursor = request.args.get("cursor", "")
        page = reads.list_agreements(session, current_actor(), cursor=cursor)
        items = [AuthorizationOut.of(agreement) for agreement in page.items]
    return AuthorizationPage(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.post("")
@documented(takes=AgreementDraft, gives=AuthorizationOut, status=201, tag="authorizations")
def draft() -> ResponseReturnValue:
    """Begin an agreement under an approved plan."""
    given = parse_json(AgreementDraft)
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        agreement = actions.draft_agreement(session, actor, given)
        return AuthorizationOut.of(agreement).model_dump(mode="json"), 201


@bp.get("/<agreement_id>")
@documented(gives=AuthorizationOut, tag="authorizations")
def show(agreement_id: str) -> ResponseReturnValue:
    """One agreement."""
    with transaction() as session:
        agreement = reads.get_agreement(session, current_actor(), agreement_id)
        return AuthorizationOut.of(agreement).model_dump(mode="json")


@bp.put("/<agreement_id>")
@documented(takes=AgreementDraft, gives=AuthorizationOut, tag="authorizations")
def revise(agreement_id: str) -> ResponseReturnValue:
    """Change the text of an agreement that nobody has decided on yet."""
    given = parse_json(AgreementDraft)
    with transaction() as session:
        agreement = actions.revise_agreement(session, current_actor(), agreement_id, given)
        return AuthorizationOut.of(agreement).model_dump(mode="json")


@bp.post("/<agreement_id>/approval")
@documented(takes=DecisionDraft, gives=AuthorizationOut, tag="authorizations")
def approve(agreement_id: str) -> ResponseReturnValue:
    """Record the agency's collective decision (AO-06)."""
    decision = parse_json(DecisionDraft)
    with transaction() as session:
        agreement = actions.approve(session, current_actor(), agreement_id, decision)
        return AuthorizationOut.of(agreement).model_dump(mode="json")


@bp.post("/<agreement_id>/consents/<dataset_id>")
@documented(takes=ConsentDraft, gives=AuthorizationOut, tag="authorizations")
def consent(agreement_id: str, dataset_id: str) -> ResponseReturnValue:
    """My department agrees that its data enters this agreement (AO-13)."""
    given = parse_json(ConsentDraft)
    with transaction() as session:
        actor = current_actor()
        actions.give_consent(session, actor, agreement_id, dataset_id, given)
        agreement = reads.get_agreement(session, actor, agreement_id)
        return AuthorizationOut.of(agreement).model_dump(mode="json")


@bp.post("/<agreement_id>/signatures")
@documented(gives=AuthorizationOut, tag="authorizations")
def sign(agreement_id: str) -> ResponseReturnValue:
    """Sign for my side."""
    with transaction() as session:
        agreement = actions.sign(session, current_actor(), agreement_id)
        return AuthorizationOut.of(agreement).model_dump(mode="json")


@bp.post("/<agreement_id>/suspension")
@documented(takes=Reason, gives=AuthorizationOut, tag="authorizations")
def suspend(agreement_id: str) -> ResponseReturnValue:
    """Stop all use under an agreement for the time being."""
    given = parse_json(Reason)
    with transaction() as session:
        agreement = actions.suspend(session, current_actor(), agreement_id, given.reason)
        return AuthorizationOut.of(agreement).model_dump(mode="json")


@bp.post("/<agreement_id>/resumption")
@documented(gives=AuthorizationOut, tag="authorizations")
def resume(agreement_id: str) -> ResponseReturnValue:
    """Let use go on."""
    with transaction() as session:
        agreement = actions.resume(session, current_actor(), agreement_id)
        return AuthorizationOut.of(agreement).model_dump(mode="json")


@bp.post("/<agreement_id>/end")
@documented(takes=EndDraft, gives=AuthorizationOut, tag="authorizations")
def end(agreement_id: str) -> ResponseReturnValue:
    """Terminate or revoke an agreement before its time."""
    given = parse_json(EndDraft)
    with transaction() as session:
        agreement = actions.end(session, current_actor(), agreement_id, given)
        return AuthorizationOut.of(agreement).model_dump(mode="json")


@bp.post("/<agreement_id>/closure")
@documented(takes=WindDownRecord, gives=AuthorizationOut, tag="authorizations")
def close(agreement_id: str) -> ResponseReturnValue:
    """AO-12: close an ended agreement once access, data, assets and logs are seen to."""
    done = parse_json(WindDownRecord)
    with transaction() as session:
        agreement = actions.close(session, current_actor(), agreement_id, done)
        return AuthorizationOut.of(agreement).model_dump(mode="json")
