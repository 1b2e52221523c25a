"""How is an organisation's identity handed in and verified? (SU-25)"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel import clock, workdays
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, FieldProblem, InvalidFields, NotFound
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from market.accounts import reads as accounts
from market.organizations import actions as organizations
from market.organizations.models import Organization
from market.organizations.reads import find_by_credit_code, get_organization
from market.verifications import reads
from market.verifications.events import VerificationRefused, VerificationSubmitted
from market.verifications.models import Verification, VerificationDocument
from market.verifications.rules import (
    REQUIRED_KINDS,
    REVIEW_WORKING_DAYS,
    DocumentId,
    DocumentProblem,
    VerificationId,
    VerificationState,
    is_validity_allowed,
)
from market.verifications.schemas import DecisionDraft, KeptDocument, VerificationDraft

OUT_OF_RANGE = N_("有效期须在明天至三年之内。")


@dataclass(eq=False)
class VerificationWaiting(Conflict):
    """One request at a time."""

    code = "verification-waiting"
    message = N_("本单位已有一份材料在审核中。请等待结果，未通过时可重新提交。")


@dataclass(eq=False)
class VerificationDecided(Conflict):
    """Somebody decided it already."""

    code = "verification-decided"
    message = N_("这份材料已有审核结论。请刷新页面查看。")


@dataclass(eq=False)
class OwnOrganizationReview(Conflict):
    """Nobody verifies an organisation that they belong to."""

    code = "own-organization-review"
    message = N_("您是该单位成员，不能审核它的身份。请由其他单位的审核人员办理。")
    clause = "SU-31"


def submit(
    session: Session, actor: Actor, draft: VerificationDraft, documents: Sequence[KeptDocument]
) -> Verification:
    """Hand in the papers of one's own organisation; they stand in the object store already.

    Raises: PersonNeeded, MissingPermission, InvalidFields, VerificationWaiting.
    """
    actor.require_person()
    organization = accounts.organization_of(session, actor)
    actor.require(Permission.SUBMIT_VERIFICATION, organization.id)
    _require_papers(documents)
    submitted = _requested(organization, submitted_by=actor.id, note=draft.note)
    _add_alone(session, submitted)
    session.add_all(_rows(submitted, documents))
    fact = VerificationSubmitted(submitted.id, organization.id, organization.name, len(documents))
    record(session, actor, fact)
    return submitted


def decide(
    session: Session, actor: Actor, verification_id: VerificationId, draft: DecisionDraft
) -> Verification:
    """Approve or refuse, with a reason; never for one's own organisation.

    Raises: PersonNeeded, MissingPermission, NotFound, OwnOrganizationReview,
    SecondPersonNeeded, VerificationDecided, InvalidFields.
    """
    actor.require_person()
    actor.require(Permission.VERIFY_ORGANIZATION)
    verification = reads.verification_for_update(session, verification_id)
    actor.require_another_person_than(verification.submitted_by)
    if accounts.is_member(session, actor.id, verification.organization_id):
        raise OwnOrganizationReview
    if verification.state != VerificationState.SUBMITTED:
        raise VerificationDecided
    organization = get_organization(session, verification.organization_id)
    if draft.verdict == "refuse" or draft.valid_until_on is None:
        verification.refuse(actor.id, clock.now(), draft.reason)
        fact = VerificationRefused(verification.id, organization.id, organization.name)
        record(session, actor, fact)
        return verification
    _approve(session, actor, verification, draft.reason, draft.valid_until_on)
    return verification


def confirm_at_console(
    session: Session, credit_code: str, reason: str, until_on: date
) -> Organization:
    """Verify an organisation from the console: the root of trust, for the first bureau.

    A request that waits is approved by it. Raises: NotFound, InvalidFields.
    """
    actor = Actor.system("market.verifications")
    organization = find_by_credit_code(session, credit_code)
    if organization is None:
        raise NotFound
    verification = reads.find_waiting(session, organization.id)
    if verification is None:
        verification = _requested(organization, submitted_by="", note="")
        session.add(verification)
    _approve(session, actor, verification, reason, until_on)
    return organization


def _requested(organization: Organization, *, submitted_by: str, note: str) -> Verification:
    return Verification(
        id=VerificationId(new_id("ver")),
        organization_id=organization.id,
        state=VerificationState.SUBMITTED,
        note=note,
        submitted_by=submitted_by,
        submitted_at=clock.now(),
        review_due_on=_review_due_on(),
        decided_by=None,
        decided_at=None,
        reason="",
        valid_until_on=None,
    )


def _approve(
    session: Session, actor: Actor, verification: Verification, reason: str, until_on: date
) -> None:
    if not is_validity_allowed(until_on, clock.today()):
        raise InvalidFields([FieldProblem("valid_until_on", OUT_OF_RANGE)], 1)
    verification.approve(actor.id, clock.now(), reason, until_on)
    organizations.mark_verified(
        session,
        actor,
        verification.organization_id,
        verification_id=verification.id,
        until_on=until_on,
    )


def _require_papers(documents: Sequence[KeptDocument]) -> None:
    missing = REQUIRED_KINDS - {document.kind for document in documents}
    if missing:
        problems = [
            FieldProblem(kind.value, DocumentProblem.MISSING.label) for kind in sorted(missing)
        ]
        raise InvalidFields(problems, len(problems))


def _review_due_on() -> date:
    calendar = workdays.state_council_calendar()
    return workdays.add_working_days(clock.today(), REVIEW_WORKING_DAYS, calendar).due_on


def _rows(submitted: Verification, documents: Sequence[KeptDocument]) -> list[VerificationDocument]:
    return [
        VerificationDocument(
            id=DocumentId(new_id("doc")),
            verification_id=submitted.id,
            **document.model_dump(),
        )
        for document in documents
    ]


def _add_alone(session: Session, submitted: Verification) -> None:
    """Two who hand in at once: the database lets one through."""
    try:
        with session.begin_nested():
            session.add(submitted)
    except IntegrityError as error:
        if "uq_verifications_waiting" not in str(error.orig):
            raise
        raise VerificationWaiting from error
