"""How does a standing registration go on, or end? (RG-09, RG-11, RG-12)"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict
from kernel.events import record
from kernel.i18n import CHINESE, N_, say, speaking
from kernel.workdays import state_council_calendar
from market.registrations import reads, standing
from market.registrations.actions import OwnRegistration
from market.registrations.events import (
    RegistrationEnded,
    RegistrationExpiring,
    RegistrationRenewed,
    RenewalRefused,
)
from market.registrations.evidence import find_registrable
from market.registrations.models import Registration
from market.registrations.rules import VALID_YEARS, EndGround, RegistrationState, valid_until
from market.registrations.schemas import EndDraft, RenewalDecision

BATCH = 100
TERM_IS_OVER = N_("有效期届满，未申请续期")


@dataclass(eq=False)
class RenewalGivesNothing(Conflict):
    """RG-09: a registration does not outlive its authorisation."""

    code = "registration-renewal-gives-nothing"
    message = N_("授权期限不晚于现有效期 {valid_until_on}，续期没有意义。请先续签授权运营协议。")
    clause = "RG-09"

    valid_until_on: date


def decide_renewal(
    session: Session, actor: Actor, registration_id: str, draft: RenewalDecision
) -> Registration:
    """RG-09: renew from the last day on, for the years of the law or as long as authorised.

    Raises: RegistrationStateForbids, SecondPersonNeeded, RenewalGivesNothing.
    """
    registration = for_registrar(session, actor, registration_id)
    registration.require_state(RegistrationState.VALID)
    last = registration.valid_until_on
    if registration.renewal_asked_at is None or last is None:
        raise reads.RegistrationNotFound
    actor.require_another_person_than(registration.renewal_asked_by)
    if draft.outcome == "refuse":
        registration.renewal_asked_by = registration.renewal_asked_at = None
        refused = RenewalRefused(registration.id, registration.title, draft.reason)
        record(session, actor, refused)
        session.flush()
        return registration
    renewed = last_day_of(session, registration, last)
    if renewed <= last:
        raise RenewalGivesNothing(last)
    registration.valid_until_on = renewed
    registration.renewal_asked_by = registration.renewal_asked_at = None
    registration.reminded_at = None
    event = RegistrationRenewed(registration.id, registration.title, renewed)
    row = record(session, actor, event)
    standing.push_valid(session, actor, registration, row.id)
    return registration


def end_registration(
    session: Session, actor: Actor, registration_id: str, draft: EndDraft
) -> Registration:
    """RG-11 cancels, RG-12 revokes a standing registration, without an application."""
    registration = for_registrar(session, actor, registration_id)
    registration.require_state(RegistrationState.VALID)
    how = RegistrationState.REVOKED if draft.ground.revokes else RegistrationState.CANCELLED
    _end(
        session, actor, registration, how, draft.ground.clause, _reason(draft.ground, draft.reason)
    )
    return registration


def keep_calendar(session: Session, actor: Actor) -> int:
    """Remind of terms that end soon, end those that are over, say which limits were missed.

    Returns how many were looked at; 0 when nothing is due any more.
    """
    lapsed = [one.id for one in reads.list_lapsed(session, BATCH)]
    for registration_id in lapsed:
        registration = reads.registration_for_update(session, registration_id)
        _end(session, actor, registration, RegistrationState.LAPSED, "RG-09", TERM_IS_OVER)
    unreminded = [one.id for one in reads.list_unreminded(session, BATCH)]
    for registration_id in unreminded:
        registration = reads.registration_for_update(session, registration_id)
        registration.reminded_at = clock.now()
        assert registration.valid_until_on is not None  # the database says so
        event = RegistrationExpiring(
            registration.id, registration.title, registration.valid_until_on
        )
        record(session, actor, event)
    missed = reads.list_missed_duties(session, BATCH)
    for duty in missed:
        standing.miss_duty(session, actor, duty)
    session.flush()
    return len(lapsed) + len(unreminded) + len(missed)


def carry_out_cancellation(
    session: Session, actor: Actor, registration: Registration
) -> Registration:
    before = based_on(session, registration)
    assert before is not None  # the database says so
    assert registration.ground is not None
    reason = _reason(registration.ground, registration.reason)
    registration.end(RegistrationState.CANCELLED, reason, clock.now())
    _end(session, actor, before, RegistrationState.CANCELLED, registration.ground.clause, reason)
    return registration


def _end(
    session: Session,
    actor: Actor,
    registration: Registration,
    how: RegistrationState,
    clause: str,
    reason: str,
) -> None:
    registration.end(how, reason, clock.now())
    event = RegistrationEnded(
        registration.id, registration.title, registration.object_id, how.value, clause, reason
    )
    row = record(session, actor, event)
    standing.push_ended(session, actor, registration, clause, row.id)


def _reason(ground: EndGround, words: str) -> str:
    with speaking(CHINESE):
        return say(N_("{ground}：{words}"), ground=ground, words=words)


def for_registrar(session: Session, actor: Actor, registration_id: str) -> Registration:
    """Raises: MissingPermission, RegistrationNotFound, OwnRegistration."""
    actor.require(Permission.REVIEW_REGISTRATION)
    registration = reads.registration_for_update(session, registration_id)
    if registration.submitted_at is None:
        raise reads.RegistrationNotFound
    if registration.subject_id == actor.organization_id:
        raise OwnRegistration
    return registration


def last_day_of(session: Session, registration: Registration, from_on: date) -> date:
    """RG-09, counted from a day; the agreements that it rests on are kept."""
    thing = find_registrable(session, registration.object_kind, registration.object_id)
    term = standing.authorised_term(session, thing)
    registration.authorization_ids = list(term.agreement_ids)
    years = VALID_YEARS.at(clock.today()).value
    return valid_until(from_on, years, term.end_on, state_council_calendar())


def based_on(session: Session, registration: Registration) -> Registration | None:
    """The standing registration that this one changes; locked."""
    if registration.based_on_id is None:
        return None
    before = reads.registration_for_update(session, registration.based_on_id)
    before.require_state(RegistrationState.VALID)
    return before
