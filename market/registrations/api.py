"""/api/registrations: apply, decide, look up and export, for programs."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from kernel import settings
from kernel.actor import Permission
from kernel.db import transaction
from kernel.objects import store
from kernel.web.guard import current_actor, public
from kernel.web.openapi import documented
from kernel.web.parse import parse_form, parse_json
from kernel.web.submissions import claim_once
from market.registrations import actions, reads, registrar, storage, terms
from market.registrations.rules import MOST_PAPERS, PAPERS
from market.registrations.schemas import (
    CodeDraft,
    EndDraft,
    LaterRegistration,
    NewRegistration,
    NoticeOut,
    NoticesOut,
    ObjectionDecision,
    ObjectionDraft,
    ObjectionOut,
    ObjectionsOut,
    PaperOut,
    PapersOut,
    RegistrationDraft,
    RegistrationOut,
    RegistrationPage,
    RenewalDecision,
    ResultOut,
    Return,
)
from market.verifications.rules import ADDRESS_SECONDS, LARGEST_DOCUMENT_BYTES

bp = Blueprint("registrations_api", __name__, url_prefix="/api/registrations")
TAG = "registrations"


@bp.get("")
@documented(gives=RegistrationPage, tag=TAG)
def index() -> ResponseReturnValue:
    """Registrations that I may see, newest first."""
    with transaction() as session:
        cursor = request.args.get("cursor", "")
        page = reads.list_registrations(session, current_actor(), cursor=cursor)
        items = [RegistrationOut.of(each) for each in page.items]
    return RegistrationPage(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.post("")
@documented(takes=NewRegistration, gives=RegistrationOut, status=201, tag=TAG)
def draft() -> ResponseReturnValue:
    """Begin a first registration of what my organisation holds or operates."""
    given = parse_json(NewRegistration)
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        registration = actions.draft_registration(session, actor, given)
        return RegistrationOut.of(registration).model_dump(mode="json"), 201


@bp.get("/<registration_id>")
@documented(gives=RegistrationOut, tag=TAG)
def show(registration_id: str) -> ResponseReturnValue:
    """One registration."""
    with transaction() as session:
        registration = reads.get_registration(session, current_actor(), registration_id)
        return RegistrationOut.of(registration).model_dump(mode="json")


@bp.put("/<registration_id>")
@documented(takes=RegistrationDraft, gives=RegistrationOut, tag=TAG)
def revise(registration_id: str) -> ResponseReturnValue:
    """Write the lines of the form."""
    return _carried_out(actions.revise, registration_id, RegistrationDraft)


@bp.get("/<registration_id>/papers")
@documented(gives=PapersOut, tag=TAG)
def papers(registration_id: str) -> ResponseReturnValue:
    """The papers that count, each with an address that soon expires."""
    with transaction() as session:
        registration = reads.get_registration(session, current_actor(), registration_id)
        found = reads.list_papers(session, registration.id)
    rows = [PaperOut.of(each, _address_of(each.key, each.filename)) for each in found]
    return PapersOut(papers=rows).model_dump(mode="json")


@bp.post("/<registration_id>/papers")
@documented(gives=RegistrationOut, status=201, tag=TAG)
def add_papers(registration_id: str) -> ResponseReturnValue:
    """Hand in papers: multipart/form-data; each file under its kind (source, risk, commitment)."""
    request.max_content_length = (MOST_PAPERS + 1) * LARGEST_DOCUMENT_BYTES
    actor = current_actor()
    actor.require(Permission.APPLY_FOR_REGISTRATION)
    uploads = {kind.value: request.files.getlist(kind.value) for kind in PAPERS}
    with storage.kept(uploads) as kept, transaction() as session:
        claim_once(session, actor.id)
        registration = actions.add_papers(session, actor, registration_id, kept)
        return RegistrationOut.of(registration).model_dump(mode="json"), 201


@bp.post("/<registration_id>/later")
@documented(takes=LaterRegistration, gives=RegistrationOut, status=201, tag=TAG)
def later(registration_id: str) -> ResponseReturnValue:
    """Begin a change, correction or cancellation of a standing registration."""
    answer = _carried_out(actions.draft_later, registration_id, LaterRegistration)
    return answer, 201


@bp.post("/<registration_id>/evidence")
@documented(gives=RegistrationOut, tag=TAG)
def keep_evidence(registration_id: str) -> ResponseReturnValue:
    """Put the facts of the object in evidence (RG-04)."""
    return _carried_out(actions.keep_evidence, registration_id)


@bp.post("/<registration_id>/submission")
@documented(gives=RegistrationOut, tag=TAG)
def submit(registration_id: str) -> ResponseReturnValue:
    """Hand the complete application to the registrar (RG-05)."""
    return _carried_out(actions.submit, registration_id)


@bp.post("/<registration_id>/acceptance")
@documented(gives=RegistrationOut, tag=TAG)
def accept(registration_id: str) -> ResponseReturnValue:
    """Accept an application."""
    return _carried_out(registrar.accept, registration_id)


@bp.post("/<registration_id>/return")
@documented(takes=Return, gives=RegistrationOut, tag=TAG)
def give_back(registration_id: str) -> ResponseReturnValue:
    """Give an application back with everything that is missing (RG-06)."""
    return _carried_out(registrar.give_back, registration_id, Return)


@bp.post("/<registration_id>/review")
@documented(gives=RegistrationOut, tag=TAG)
def begin_review(registration_id: str) -> ResponseReturnValue:
    """Begin the formal review."""
    return _carried_out(registrar.begin_review, registration_id)


@bp.post("/<registration_id>/notice")
@documented(gives=RegistrationOut, tag=TAG)
def open_notice(registration_id: str) -> ResponseReturnValue:
    """Find the form right: the public notice begins, or a cancellation is carried out."""
    return _carried_out(registrar.pass_review, registration_id)


@bp.post("/<registration_id>/code")
@documented(takes=CodeDraft, gives=RegistrationOut, tag=TAG)
def take_code(registration_id: str) -> ResponseReturnValue:
    """Write down the official code (RG-08)."""
    return _carried_out(registrar.take_official_code, registration_id, CodeDraft)


@bp.post("/<registration_id>/own-code")
@documented(gives=RegistrationOut, tag=TAG)
def give_code(registration_id: str) -> ResponseReturnValue:
    """Give a code, where this installation is the registrar (RG-08)."""
    is_ours = settings.in_use().is_registrar
    with transaction() as session:
        coded = registrar.give_own_code(
            session, current_actor(), registration_id, is_registrar=is_ours
        )
        return RegistrationOut.of(coded).model_dump(mode="json")


@bp.post("/<registration_id>/renewal")
@documented(gives=RegistrationOut, tag=TAG)
def ask_renewal(registration_id: str) -> ResponseReturnValue:
    """Ask for a renewal within the last days of the term (RG-09)."""
    return _carried_out(actions.ask_renewal, registration_id)


@bp.post("/<registration_id>/renewal-decision")
@documented(takes=RenewalDecision, gives=RegistrationOut, tag=TAG)
def decide_renewal(registration_id: str) -> ResponseReturnValue:
    """Grant or refuse a renewal."""
    return _carried_out(terms.decide_renewal, registration_id, RenewalDecision)


@bp.post("/<registration_id>/end")
@documented(takes=EndDraft, gives=RegistrationOut, tag=TAG)
def end(registration_id: str) -> ResponseReturnValue:
    """Cancel or revoke a standing registration (RG-11, RG-12)."""
    return _carried_out(terms.end_registration, registration_id, EndDraft)


@bp.get("/<registration_id>/objections")
@documented(gives=ObjectionsOut, tag=TAG)
def objections(registration_id: str) -> ResponseReturnValue:
    """The objections to a registration."""
    with transaction() as session:
        found = reads.list_objections(session, current_actor(), registration_id)
        rows = [ObjectionOut.of(each) for each in found]
    return ObjectionsOut(objections=rows).model_dump(mode="json")


@bp.post("/<registration_id>/objections")
@documented(gives=ObjectionOut, status=201, tag=TAG)
def raise_objection(registration_id: str) -> ResponseReturnValue:
    """Object: multipart/form-data with statement and the file evidence (RG-07)."""
    request.max_content_length = 2 * LARGEST_DOCUMENT_BYTES
    actor = current_actor()
    actor.require(Permission.OBJECT_TO_REGISTRATION)
    given = parse_form(ObjectionDraft)
    uploads = {"evidence": request.files.getlist("evidence")[:1]}
    with storage.kept(uploads) as kept, transaction() as session:
        claim_once(session, actor.id)
        raised = actions.raise_objection(session, actor, registration_id, given, kept[0])
        return ObjectionOut.of(raised).model_dump(mode="json"), 201


@bp.post("/<registration_id>/objections/<objection_id>")
@documented(takes=ObjectionDecision, gives=RegistrationOut, tag=TAG)
def decide_objection(registration_id: str, objection_id: str) -> ResponseReturnValue:
    """Decide on an objection."""
    given = parse_json(ObjectionDecision)
    with transaction() as session:
        decided = registrar.decide_objection(
            session, current_actor(), registration_id, objection_id, given
        )
        return RegistrationOut.of(decided).model_dump(mode="json")


@bp.get("/notices")
@public
@documented(gives=NoticesOut, tag=TAG)
def notices() -> ResponseReturnValue:
    """What is under public notice now, for everybody."""
    with transaction() as session:
        rows = [NoticeOut.of(each) for each in reads.list_notices(session)]
    return NoticesOut(notices=rows).model_dump(mode="json")


@bp.get("/results/<query_code>")
@public
@documented(gives=ResultOut, tag=TAG)
def result(query_code: str) -> ResponseReturnValue:
    """What a query code opens, for everybody (RG-08)."""
    with transaction() as session:
        found = reads.find_result(session, query_code)
        return ResultOut.of(found).model_dump(mode="json")


def _carried_out(
    act: Callable[..., Any], registration_id: str, takes: type[BaseModel] | None = None
) -> Mapping[str, Any]:
    """One act on one registration, with a body where it takes one; answers with the outcome."""
    given = [parse_json(takes)] if takes else []
    with transaction() as session:
        done = act(session, current_actor(), registration_id, *given)
        answer: Mapping[str, Any] = RegistrationOut.of(done).model_dump(mode="json")
    return answer


def _address_of(key: str, filename: str) -> str:
    return store().signed_address(key, seconds=ADDRESS_SECONDS, filename=filename)
