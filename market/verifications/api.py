"""Verification for programs: look, hand in papers, decide."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kernel.actor import Permission
from kernel.db import transaction
from kernel.objects import store
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_form, parse_json
from kernel.web.submissions import claim_once
from market.verifications import actions, reads, storage
from market.verifications.rules import (
    ADDRESS_SECONDS,
    LARGEST_DOCUMENT_BYTES,
    MOST_DOCUMENTS,
    DocumentKind,
    VerificationId,
)
from market.verifications.schemas import (
    DecisionDraft,
    DocumentOut,
    DocumentsOut,
    VerificationDraft,
    VerificationOut,
    VerificationsOut,
)

bp = Blueprint("verifications_api", __name__, url_prefix="/api/verifications")
TAG = "verifications"


@bp.get("")
@documented(gives=VerificationsOut, tag=TAG)
def list_waiting() -> ResponseReturnValue:
    """What waits for reviewers, oldest first."""
    with transaction() as session:
        cases = reads.list_waiting(session, current_actor())
        counts = reads.count_documents(session, [case.verification.id for case in cases])
        rows = [
            VerificationOut.of(case.verification, counts.get(case.verification.id, 0))
            for case in cases
        ]
        return VerificationsOut(verifications=rows).model_dump(mode="json")


@bp.post("")
@documented(gives=VerificationOut, status=201, tag=TAG)
def submit() -> ResponseReturnValue:
    """Hand in papers: multipart/form-data with the files certificate, authorization and other."""
    request.max_content_length = (MOST_DOCUMENTS + 1) * LARGEST_DOCUMENT_BYTES
    actor = current_actor()
    actor.require(Permission.SUBMIT_VERIFICATION)
    draft = parse_form(VerificationDraft)
    uploads = {kind: request.files.getlist(kind.value) for kind in DocumentKind}
    with storage.kept(uploads) as documents, transaction() as session:
        claim_once(session, actor.id)
        submitted = actions.submit(session, actor, draft, documents)
        return VerificationOut.of(submitted, len(documents)).model_dump(mode="json"), 201


@bp.get("/<verification_id>")
@documented(gives=VerificationOut, tag=TAG)
def show(verification_id: VerificationId) -> ResponseReturnValue:
    with transaction() as session:
        case = reads.get_case(session, current_actor(), verification_id)
        documents = reads.list_documents(session, verification_id)
        return VerificationOut.of(case.verification, len(documents)).model_dump(mode="json")


@bp.get("/<verification_id>/documents")
@documented(gives=DocumentsOut, tag=TAG)
def documents(verification_id: VerificationId) -> ResponseReturnValue:
    """The papers of a request, each with an address that soon expires."""
    with transaction() as session:
        case = reads.get_case(session, current_actor(), verification_id)
        found = reads.list_documents(session, case.verification.id)
        papers = [DocumentOut.of(one, _address_of(one.key, one.filename)) for one in found]
    return DocumentsOut(documents=papers).model_dump(mode="json")


@bp.post("/<verification_id>/decision")
@documented(takes=DecisionDraft, gives=VerificationOut, tag=TAG)
def decide(verification_id: VerificationId) -> ResponseReturnValue:
    draft = parse_json(DecisionDraft)
    with transaction() as session:
        decided = actions.decide(session, current_actor(), verification_id, draft)
        documents = reads.list_documents(session, verification_id)
        return VerificationOut.of(decided, len(documents)).model_dump(mode="json")


def _address_of(key: str, filename: str) -> str:
    return store().signed_address(key, seconds=ADDRESS_SECONDS, filename=filename)
