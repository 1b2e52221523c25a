"""How does somebody apply for a registration, object to one, or ask for its renewal?

What the registrar does stands in registrar.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, NotFound
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from market.registrations import reads
from market.registrations.events import (
    RegistrationDrafted,
    RegistrationEvidenced,
    RegistrationExported,
    RegistrationObjected,
    RegistrationPapersAdded,
    RegistrationRevised,
    RegistrationSubmitted,
    RenewalAsked,
)
from market.registrations.evidence import Registrable, find_registrable, sha256_of
from market.registrations.models import Registration, RegistrationObjection, RegistrationPaper
from market.registrations.rules import (
    MOST_PAPERS,
    RENEWAL_DAYS,
    UNSENT,
    Material,
    ObjectionId,
    PaperId,
    RegistrationId,
    RegistrationState,
    RegistrationType,
    may_ask_renewal,
    may_object,
    renewal_opens_on,
)
from market.registrations.schemas import (
    KeptPaper,
    LaterRegistration,
    NewRegistration,
    ObjectionDraft,
    RegistrationDraft,
)


@dataclass(eq=False)
class AlreadyRegistered(Conflict):
    """One registration stands for one object, and one application at a time changes it."""

    code = "already-registered"
    message = N_("它已经登记或正在办理。请打开那一项登记；内容有变化时申请变更登记。")

    object_id: str


@dataclass(eq=False)
class NothingToEvidence(Conflict):
    """There is no loaded version whose facts could be put in evidence."""

    code = "nothing-to-evidence"
    message = N_("还没有已入库的数据版本，不能存证。请先交付数据，再来申请。")
    clause = "RG-04"

    object_id: str


@dataclass(eq=False)
class MaterialsMissing(Conflict):
    """RG-05: the application is not complete; everything that is missing is named at once."""

    code = "registration-materials-missing"
    message = N_("材料不齐，还缺：{items}。请在本页补齐后再提交。")
    clause = "RG-05"

    registration_id: str
    items: list[Material]


@dataclass(eq=False)
class TooManyPapers(Conflict):
    code = "registration-papers-too-many"
    message = N_("一项登记最多 {most} 份材料。请合并后重新上传。")

    most: int


@dataclass(eq=False)
class NoticeOver(Conflict):
    """RG-07: objections are taken while the notice lasts."""

    code = "registration-notice-over"
    message = N_("公示已于 {ends_on} 结束，不再受理异议。请向监管部门投诉。")
    clause = "RG-07"

    ends_on: date | None


@dataclass(eq=False)
class OwnRegistration(Conflict):
    """Who applies neither reviews nor objects."""

    code = "own-registration"
    message = N_("这是贵单位自己的登记，不能由贵单位审核或提出异议。")
    clause = "SU-31"


@dataclass(eq=False)
class RenewalNotOpen(Conflict):
    """RG-09: a renewal is asked for within the last days of the term, once."""

    code = "registration-renewal-not-open"
    message = N_("续期自 {opens_on} 起至 {valid_until_on} 止可以申请一次。请在此期间申请。")
    clause = "RG-09"

    opens_on: date
    valid_until_on: date


def draft_registration(session: Session, actor: Actor, draft: NewRegistration) -> Registration:
    """Begin the first registration of what the actor's organisation holds or operates.

    Raises: MissingPermission, NotFound, AlreadyRegistered.
    """
    actor.require(Permission.APPLY_FOR_REGISTRATION)
    thing = find_registrable(session, draft.object_kind, draft.object_id)
    if thing.subject.id != actor.organization_id:
        raise NotFound
    if reads.find_valid(session, thing.id) is not None:
        raise AlreadyRegistered(thing.id)
    fields = {field.value: text for field, text in thing.known.items() if text}
    registration = _begun(actor, thing, RegistrationType.FIRST, fields)
    _add_alone(session, registration)
    _record_draft(session, actor, registration)
    return registration


def draft_later(
    session: Session, actor: Actor, registration_id: str, draft: LaterRegistration
) -> Registration:
    """RG-10, RG-11: begin a change, correction or cancellation of a standing registration.

    Raises: RegistrationNotFound, MissingPermission, RegistrationStateForbids, AlreadyRegistered.
    """
    standing = _own_for_update(session, actor, registration_id)
    standing.require_state(RegistrationState.VALID)
    thing = find_registrable(session, standing.object_kind, standing.object_id)
    registration = _begun(actor, thing, draft.reg_type, dict(standing.fields))
    registration.based_on_id, registration.reason = standing.id, draft.reason
    is_cancellation = draft.reg_type is RegistrationType.CANCELLATION
    registration.ground = draft.ground if is_cancellation else None
    _add_alone(session, registration)
    _record_draft(session, actor, registration)
    return registration


def revise(
    session: Session, actor: Actor, registration_id: str, draft: RegistrationDraft
) -> Registration:
    """Write the lines of the form anew.

    Raises: RegistrationNotFound, MissingPermission, RegistrationStateForbids.
    """
    registration = _own_for_update(session, actor, registration_id)
    registration.require_state(*UNSENT)
    registration.fields = {field.value: text for field, text in draft.fields.items() if text}
    record(session, actor, RegistrationRevised(registration.id, registration.title))
    session.flush()
    return registration


def add_papers(
    session: Session, actor: Actor, registration_id: str, papers: Sequence[KeptPaper]
) -> Registration:
    """Hand in papers; a new one takes the place of the last of its kind. They are stored already.

    Raises: RegistrationNotFound, MissingPermission, RegistrationStateForbids, TooManyPapers.
    """
    registration = _own_for_update(session, actor, registration_id)
    registration.require_state(*UNSENT)
    now = clock.now()
    replaced = {paper.kind for paper in papers} - {Material.OTHER.value}
    session.execute(
        update(RegistrationPaper)
        .where(
            RegistrationPaper.registration_id == registration.id,
            RegistrationPaper.kind.in_(replaced),
            RegistrationPaper.replaced_at.is_(None),
        )
        .values(replaced_at=now)
    )
    session.add_all(
        RegistrationPaper(
            id=PaperId(new_id("rgp")),
            registration_id=registration.id,
            added_by=actor.id,
            added_at=now,
            replaced_at=None,
            **paper.model_dump(),
        )
        for paper in papers
    )
    session.flush()
    if len(reads.list_papers(session, registration.id)) > MOST_PAPERS:
        raise TooManyPapers(MOST_PAPERS)
    event = RegistrationPapersAdded(registration.id, registration.title, len(papers))
    record(session, actor, event)
    return registration


def keep_evidence(session: Session, actor: Actor, registration_id: str) -> Registration:
    """RG-04: put the facts of the object in evidence, as a leaf of the transparency log.

    Raises: RegistrationNotFound, MissingPermission, RegistrationStateForbids, NothingToEvidence.
    """
    registration = _own_for_update(session, actor, registration_id)
    registration.require_state(*UNSENT)
    thing = find_registrable(session, registration.object_kind, registration.object_id)
    if thing.evidence is None:
        raise NothingToEvidence(thing.id)
    _take_facts(registration, thing)
    registration.keep_evidence(thing.evidence, sha256_of(thing.evidence), clock.now())
    fact = RegistrationEvidenced(
        registration.id, registration.title, thing.id, registration.evidence_sha256
    )
    registration.evidence_event_id = record(session, actor, fact).id
    session.flush()
    return registration


def submit(session: Session, actor: Actor, registration_id: str) -> Registration:
    """Hand an application to the registrar, complete (RG-04, RG-05).

    Raises: RegistrationNotFound, MissingPermission, RegistrationStateForbids, MaterialsMissing.
    """
    registration = _own_for_update(session, actor, registration_id)
    registration.require_state(*UNSENT)
    if missing := reads.find_missing(session, registration):
        raise MaterialsMissing(registration.id, list(missing))
    registration.submit(by=actor.id, at=clock.now())
    record(session, actor, RegistrationSubmitted(registration.id, registration.title))
    session.flush()
    return registration


def export(
    session: Session, actor: Actor, registration_id: str
) -> tuple[Registration, Sequence[RegistrationPaper]]:
    """What the package for the competent registrar is made of; it leaves complete.

    Raises: RegistrationNotFound, MaterialsMissing.
    """
    registration = reads.get_registration(session, actor, registration_id)
    if missing := reads.find_missing(session, registration):
        raise MaterialsMissing(registration.id, list(missing))
    papers = reads.list_papers(session, registration.id)
    record(session, actor, RegistrationExported(registration.id, registration.title, len(papers)))
    return registration, papers


def raise_objection(
    session: Session, actor: Actor, registration_id: str, draft: ObjectionDraft, paper: KeptPaper
) -> RegistrationObjection:
    """RG-07: object to a registration under notice, in one's own name and with evidence.

    Raises: PersonNeeded, MissingPermission, RegistrationNotFound, OwnRegistration, NoticeOver.
    """
    actor.require_person()
    actor.require(Permission.OBJECT_TO_REGISTRATION)
    registration = reads.registration_for_update(session, registration_id)
    if registration.state not in reads.ON_NOTICE or registration.notice_ends_on is None:
        raise reads.RegistrationNotFound
    if registration.subject_id == actor.organization_id:
        raise OwnRegistration
    if not may_object(registration.notice_ends_on, clock.today()):
        raise NoticeOver(registration.notice_ends_on)
    objection = RegistrationObjection(
        id=ObjectionId(new_id("rgo")),
        registration_id=registration.id,
        organization_id=actor.organization_id,
        filed_by=actor.id,
        filed_at=clock.now(),
        statement=draft.statement,
        reason="",
        **paper.model_dump(exclude={"kind"}),
    )
    session.add(objection)
    if registration.state is RegistrationState.NOTICE:
        registration.move(RegistrationState.OBJECTION)
    event = RegistrationObjected(registration.id, registration.title, objection.id)
    record(session, actor, event)
    session.flush()
    return objection


def ask_renewal(session: Session, actor: Actor, registration_id: str) -> Registration:
    """RG-09: ask for a renewal within the last days of the term.

    Raises: RegistrationNotFound, MissingPermission, RegistrationStateForbids, RenewalNotOpen.
    """
    registration = _own_for_update(session, actor, registration_id)
    registration.require_state(RegistrationState.VALID)
    last = registration.valid_until_on
    assert last is not None  # the database says so of every valid one
    days = RENEWAL_DAYS.at(clock.today()).value
    is_open = may_ask_renewal(last, clock.today(), days)
    if not is_open or registration.renewal_asked_at is not None:
        raise RenewalNotOpen(renewal_opens_on(last, days), last)
    registration.renewal_asked_by, registration.renewal_asked_at = actor.id, clock.now()
    record(session, actor, RenewalAsked(registration.id, registration.title))
    session.flush()
    return registration


def _own_for_update(session: Session, actor: Actor, registration_id: str) -> Registration:
    registration = reads.registration_for_update(session, registration_id)
    actor.require(Permission.APPLY_FOR_REGISTRATION, registration.subject_id)
    return registration


def _begun(
    actor: Actor, thing: Registrable, reg_type: RegistrationType, fields: dict[str, str]
) -> Registration:
    registration = Registration(
        id=RegistrationId(new_id("reg")),
        reg_type=reg_type,
        reason="",
        object_kind=thing.kind,
        object_id=thing.id,
        subject_id=thing.subject.id,
        subject_kind=thing.subject_kind,
        fields=fields,
        state=RegistrationState.DRAFT,
        drafted_by=actor.id,
        drafted_at=clock.now(),
        evidence_sha256="",
        evidence_event_id="",
        returned_items=[],
        returned_reason="",
        code="",
        query_code="",
        is_own_code=False,
        authorization_ids=[],
        end_reason="",
    )
    _take_facts(registration, thing)
    return registration


def _take_facts(registration: Registration, thing: Registrable) -> None:
    registration.title, registration.level = thing.title, thing.level
    registration.personal_info = thing.personal_info
    registration.subject_name = thing.subject.name
    registration.subject_uscc = thing.subject.credit_code


def _add_alone(session: Session, registration: Registration) -> None:
    """Two who begin at once: the database lets one through."""
    try:
        with session.begin_nested():
            session.add(registration)
    except IntegrityError as error:
        if "uq_registrations_open" not in str(error.orig):
            raise
        raise AlreadyRegistered(registration.object_id) from error


def _record_draft(session: Session, actor: Actor, one: Registration) -> None:
    event = RegistrationDrafted(one.id, one.title, str(one.reg_type), one.object_id)
    record(session, actor, event)
