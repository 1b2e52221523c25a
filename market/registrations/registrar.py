"""What does the registrar do with an application: accept, give back, review, publish, code?

Every act is a registrar's, never about its own organisation; the one who codes has not reviewed.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.errors import Conflict, FieldProblem, InvalidFields
from kernel.events import Event, record
from kernel.i18n import CHINESE, N_, render, speaking
from kernel.workdays import add_working_days, state_council_calendar
from market.registrations import reads, standing
from market.registrations.events import (
    RegistrationAccepted,
    RegistrationCoded,
    RegistrationNoticeOpened,
    RegistrationObjectionDecided,
    RegistrationRejected,
    RegistrationReplaced,
    RegistrationReturned,
    RegistrationReviewBegun,
)
from market.registrations.models import Registration
from market.registrations.rules import (
    NOTICE_LASTS,
    REVIEW_WITHIN,
    FormField,
    Material,
    RegistrationState,
    is_notice_over,
    named_late,
)
from market.registrations.schemas import (
    CodeDraft,
    ObjectionDecision,
    Return,
)
from market.registrations.terms import based_on, carry_out_cancellation, for_registrar, last_day_of

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODED_LATER = N_("赋码日期不能晚于今天。")
ENDS_BEFORE = N_("有效期不能早于赋码日期。")


@dataclass(eq=False)
class ItemsNamedLate(Conflict):
    """RG-06: what the first notice did not name may not be asked for afterwards."""

    code = "registration-items-named-late"
    message = N_(
        "缺项须一次性告知：{items} 未在首次退回时提出，申请人此后也没有改动，不能再要求补正。"
    )
    clause = "RG-06"

    items: list[Material]


@dataclass(eq=False)
class ItemsMissing(Conflict):
    """RG-06: a return names what is missing."""

    code = "registration-items-unnamed"
    message = N_("退回须列明全部缺项。请至少勾选一项。")
    clause = "RG-06"


@dataclass(eq=False)
class NoticeRunning(Conflict):
    """RG-07: a code is given after the notice is over."""

    code = "registration-notice-running"
    message = N_("公示至 {ends_on} 止，期满次日起才能赋码。")
    clause = "RG-07"

    ends_on: date | None


@dataclass(eq=False)
class NotTheRegistrar(Conflict):
    """RG-08: this installation gives no codes of its own."""

    code = "not-the-registrar"
    message = N_(
        "本平台不是登记机构，不能自行赋码。请导出申请材料包，在登记机构平台取得编码后录入。"
    )
    clause = "RG-08"


@dataclass(eq=False)
class CodeTaken(Conflict):
    """RG-08: one code, one registration."""

    code = "registration-code-taken"
    message = N_("编码 {given} 已属于另一项登记。请核对登记结果后重新录入。")
    clause = "RG-08"

    given: str


def accept(session: Session, actor: Actor, registration_id: str) -> Registration:
    """Accept an application; the clock of the formal review starts (RG-06)."""
    registration = for_registrar(session, actor, registration_id)
    actor.require_another_person_than(registration.submitted_by)
    days = REVIEW_WITHIN.at(clock.today()).value
    due_on = add_working_days(clock.today(), days, state_council_calendar()).due_on
    registration.accept(by=actor.id, at=clock.now(), review_due_on=due_on)
    return _recorded(
        session,
        actor,
        registration,
        RegistrationAccepted(registration.id, registration.title, due_on),
    )


def give_back(session: Session, actor: Actor, registration_id: str, draft: Return) -> Registration:
    """Give an application back with everything that is missing, named once (RG-06).

    Raises: ItemsMissing, ItemsNamedLate, RegistrationStateForbids, and those of every act here.
    """
    registration = for_registrar(session, actor, registration_id)
    registration.require_state(RegistrationState.SUBMITTED, RegistrationState.REVIEW)
    if not draft.items:
        raise ItemsMissing
    before = registration.first_named
    first = None if before is None else [Material(each) for each in before]
    if late := named_late(draft.items, first, _changed_since_return(session, registration)):
        raise ItemsNamedLate(list(late))
    items = [material for material in Material if material in draft.items]
    registration.give_back(items, draft.reason, clock.now())
    with speaking(CHINESE):
        named = render(items)
    return _recorded(
        session,
        actor,
        registration,
        RegistrationReturned(registration.id, registration.title, named),
    )


def begin_review(session: Session, actor: Actor, registration_id: str) -> Registration:
    """Take an accepted application into formal review."""
    registration = for_registrar(session, actor, registration_id)
    registration.move(RegistrationState.REVIEW)
    registration.reviewed_by = actor.id
    event = RegistrationReviewBegun(registration.id, registration.title)
    return _recorded(session, actor, registration, event)


def pass_review(session: Session, actor: Actor, registration_id: str) -> Registration:
    """Find the form right: the public notice begins (RG-07), or a cancellation is carried out."""
    registration = for_registrar(session, actor, registration_id)
    registration.require_state(RegistrationState.REVIEW)
    actor.require_another_person_than(registration.submitted_by)
    if registration.is_cancellation:
        return carry_out_cancellation(session, actor, registration)
    days = NOTICE_LASTS.at(clock.today()).value
    ends_on = add_working_days(clock.today(), days, state_council_calendar()).due_on
    registration.open_notice(by=actor.id, opened_on=clock.today(), ends_on=ends_on)
    event = RegistrationNoticeOpened(registration.id, registration.title, ends_on)
    return _recorded(session, actor, registration, event)


def decide_objection(
    session: Session,
    actor: Actor,
    registration_id: str,
    objection_id: str,
    draft: ObjectionDecision,
) -> Registration:
    """RG-07: an objection that is right ends the application; otherwise the notice goes on."""
    registration = for_registrar(session, actor, registration_id)
    objection = reads.get_objection(session, actor, registration_id, objection_id)
    registration.require_state(RegistrationState.OBJECTION)
    actor.require_another_person_than(objection.filed_by)
    is_upheld = draft.outcome == "uphold"
    objection.decide(is_upheld=is_upheld, reason=draft.reason, by=actor.id, at=clock.now())
    event = RegistrationObjectionDecided(
        registration.id, registration.title, objection.id, is_upheld, draft.reason
    )
    record(session, actor, event)
    session.flush()
    if is_upheld:
        registration.end(RegistrationState.REJECTED, draft.reason, clock.now())
        rejected = RegistrationRejected(registration.id, registration.title, draft.reason)
        return _recorded(session, actor, registration, rejected)
    if not reads.has_undecided_objection(session, registration.id):
        registration.move(RegistrationState.NOTICE)
    session.flush()
    return registration


def take_official_code(
    session: Session, actor: Actor, registration_id: str, draft: CodeDraft
) -> Registration:
    """RG-08: write down the code and query code that the competent registrar gave.

    Raises: NoticeRunning, SecondPersonNeeded, InvalidFields, CodeTaken.
    """
    registration = _ready_for_code(session, actor, registration_id)
    problems = []
    if draft.coded_on > clock.today():
        problems.append(FieldProblem("coded_on", CODED_LATER))
    if draft.valid_until_on and draft.valid_until_on < draft.coded_on:
        problems.append(FieldProblem("valid_until_on", ENDS_BEFORE))
    if problems:
        raise InvalidFields(problems, len(problems))
    return _code(session, actor, registration, draft)


def give_own_code(
    session: Session, actor: Actor, registration_id: str, *, is_registrar: bool
) -> Registration:
    """RG-08: give a code of one's own, where this installation is the registrar.

    Raises: NotTheRegistrar, NoticeRunning, SecondPersonNeeded.
    """
    registration = _ready_for_code(session, actor, registration_id)
    if not is_registrar:
        raise NotTheRegistrar
    registration.is_own_code = True
    before = based_on(session, registration)
    draft = CodeDraft(
        code=before.code if before else f"DJ{registration.id.removeprefix('reg_')}",
        query_code=before.query_code if before else _random_code(),
        coded_on=clock.today(),
    )
    return _code(session, actor, registration, draft)


def _changed_since_return(session: Session, registration: Registration) -> set[Material]:
    """What the applicant has written or handed in anew after the first return."""
    since, before = registration.first_returned_at, registration.first_returned_fields
    if since is None or before is None:
        return set()
    papers: set[Material] = {
        paper.kind
        for paper in reads.list_papers(session, registration.id)
        if paper.added_at > since
    }
    written: Mapping[str, str] = registration.fields
    lines = {field.material for field in FormField if before.get(field) != written.get(field)}
    evidenced_at = registration.evidenced_at
    renewed = {Material.EVIDENCE} if evidenced_at and evidenced_at > since else set()
    return papers | lines | renewed


def _ready_for_code(session: Session, actor: Actor, registration_id: str) -> Registration:
    registration = for_registrar(session, actor, registration_id)
    registration.require_state(RegistrationState.NOTICE)
    ends_on = registration.notice_ends_on
    if ends_on is None or not is_notice_over(ends_on, clock.today()):
        raise NoticeRunning(ends_on)
    actor.require_another_person_than(registration.reviewed_by)
    return registration


def _code(
    session: Session, actor: Actor, registration: Registration, draft: CodeDraft
) -> Registration:
    before = based_on(session, registration)
    if before is not None:
        _replace(session, actor, before, registration)
    last = last_day_of(session, registration, draft.coded_on)
    limits = [draft.valid_until_on, before.valid_until_on if before else None]
    registration.valid_until_on = min([last, *(limit for limit in limits if limit is not None)])
    registration.coded_on = before.coded_on if before else draft.coded_on
    registration.code, registration.query_code = draft.code, draft.query_code
    registration.coded_by = actor.id
    _become_valid(session, registration)
    event = RegistrationCoded(
        registration.id,
        registration.title,
        registration.object_id,
        registration.code,
        registration.valid_until_on,
        registration.is_own_code,
    )
    row = record(session, actor, event)
    standing.push_valid(session, actor, registration, row.id)
    return registration


def _become_valid(session: Session, registration: Registration) -> None:
    """Raises: CodeTaken, where another registration has this code already."""
    try:
        with session.begin_nested():
            registration.move(RegistrationState.VALID)
    except IntegrityError as error:
        if "uq_registrations_code" not in str(error.orig):
            raise
        raise CodeTaken(registration.code) from error


def _replace(session: Session, actor: Actor, before: Registration, by: Registration) -> None:
    before.end(RegistrationState.REPLACED, by.reason, clock.now())
    record(session, actor, RegistrationReplaced(before.id, before.title, by.id))
    session.flush()


def _random_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(12))


def _recorded(
    session: Session, actor: Actor, registration: Registration, event: Event
) -> Registration:
    record(session, actor, event)
    session.flush()
    return registration
