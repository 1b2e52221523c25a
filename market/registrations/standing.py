"""What does the catalogue hear of a registration, or of the time limit that runs for one?

One verdict per data set or product: coded until its last day; or the running time limit of the
first registration (RG-03); or nothing that holds, with the clause that took it away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.events import record
from kernel.workdays import state_council_calendar
from market.catalogue import reads as catalogue
from market.catalogue.actions import push_verdict
from market.catalogue.listing import REQUIRES_PRODUCT_REGISTRATION
from market.catalogue.rules import Verdict, VerdictKind, VerdictState
from market.organizations.rules import OrganizationKind
from market.registrations.events import FirstRegistrationDue, FirstRegistrationMissed
from market.registrations.evidence import Registrable
from market.registrations.models import Registration, RegistrationDuty
from market.registrations.reads import find_valid
from market.registrations.rules import (
    EARLIER_WITHIN,
    FIRST_WITHIN,
    Duty,
    ObjectKind,
    duty_of_product,
    duty_of_resource,
    first_due,
)

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authorised:
    """Is it in authorised operation, under which agreements, until when (half-open; None: open)?"""

    is_authorised: bool
    end_on: date | None
    agreement_ids: tuple[str, ...]


def authorised_term(session: Session, thing: Registrable) -> Authorised:
    """A resource as long as anybody may run it; a product as long as all that it rests on."""
    now = clock.now()
    if thing.kind is ObjectKind.RESOURCE:
        found = [
            verdict
            for verdict in catalogue.authorised_verdicts(session, thing.id)
            if verdict.holds(now)
        ]
        return _term(found, latest=True) if found else Authorised(False, None, ())
    product = catalogue.get_product(session, thing.id)
    said = catalogue.source_authorisations(session, product)
    if not said or any(verdict is None or not verdict.holds(now) for verdict in said):
        return Authorised(False, None, ())
    return _term([verdict for verdict in said if verdict], latest=False)


def duty_of(session: Session, thing: Registrable) -> Duty:
    """RG-01, RG-02: must this be registered?"""
    if thing.kind is ObjectKind.PRODUCT:
        requirement = REQUIRES_PRODUCT_REGISTRATION.at(clock.today(), thing.jurisdiction)
        return duty_of_product(place_requires_it=requirement.value)
    is_authorised = authorised_term(session, thing).is_authorised
    return duty_of_resource(OrganizationKind(thing.subject.kind), is_authorised=is_authorised)


def begin_duty(session: Session, actor: Actor, thing: Registrable, began_on: date) -> None:
    """RG-03: let the time limit of the first registration run, once, where there is a duty."""
    is_known = session.get(RegistrationDuty, thing.id, with_for_update=True) is not None
    is_done = find_valid(session, thing.id) is not None
    if is_known or is_done or duty_of(session, thing) is Duty.ENCOURAGED:
        return
    today = clock.today()
    within, earlier = FIRST_WITHIN.at(today).value, EARLIER_WITHIN.at(today).value
    due_on = first_due(began_on, state_council_calendar(), within, earlier).due_on
    duty = RegistrationDuty(
        object_id=thing.id,
        object_kind=thing.kind,
        subject_id=thing.subject.id,
        title=thing.title,
        began_on=began_on,
        due_on=due_on,
        met_at=None,
        missed_at=None,
    )
    session.add(duty)
    session.flush()
    row = record(session, actor, FirstRegistrationDue(duty.object_id, duty.title, due_on))
    facts = {"state": "time_limit", "due_on": due_on.isoformat()}
    _push(session, actor, thing.id, "RG-03", facts, row.id, until=clock.day_start(due_on + ONE_DAY))


def miss_duty(session: Session, actor: Actor, duty: RegistrationDuty) -> None:
    """RG-03: say that a time limit is over."""
    duty.missed_at = clock.now()
    event = FirstRegistrationMissed(duty.object_id, duty.title, duty.due_on)
    row = record(session, actor, event)
    facts = {"state": "overdue", "due_on": duty.due_on.isoformat()}
    _push(session, actor, duty.object_id, "RG-03", facts, row.id)


def push_valid(session: Session, actor: Actor, registration: Registration, event_id: str) -> None:
    """Say that something is registered, and until when; its duty is met."""
    assert registration.valid_until_on is not None  # the database says so
    duty = session.get(RegistrationDuty, registration.object_id, with_for_update=True)
    if duty is not None and duty.met_at is None:
        duty.met_at = clock.now()
    facts = {
        "state": "valid",
        "code": registration.code,
        "query_code": registration.query_code,
        "valid_until_on": registration.valid_until_on.isoformat(),
    }
    until = clock.day_start(registration.valid_until_on + ONE_DAY)
    _push(session, actor, registration.object_id, "RG-09", facts, event_id, until=until)


def push_ended(
    session: Session, actor: Actor, registration: Registration, clause: str, event_id: str
) -> None:
    """Say that something is registered no longer, and by which rule."""
    facts = {"state": str(registration.state), "code": registration.code}
    _push(session, actor, registration.object_id, clause, facts, event_id)


def _push(  # noqa: PLR0913 - each is a column of the verdict
    session: Session,
    actor: Actor,
    object_id: str,
    clause: str,
    facts: Mapping[str, Any],
    event_id: str,
    *,
    until: datetime | None = None,
) -> None:
    session.flush()
    push_verdict(
        session,
        actor,
        kind=VerdictKind.REGISTERED,
        subject_id=object_id,
        state=VerdictState.HOLDS if until else VerdictState.FAILS,
        valid_until=until,
        clause=clause,
        facts=facts,
        event_id=event_id,
    )


def _term(verdicts: list[Verdict], *, latest: bool) -> Authorised:
    ends = [verdict.valid_until for verdict in verdicts]
    ids = tuple(sorted({str(i) for v in verdicts for i in v.facts.get("agreement_ids", ())}))
    known = [end for end in ends if end is not None]
    if not known or (latest and len(known) < len(ends)):
        return Authorised(True, None, ids)
    end = max(known) if latest else min(known)
    return Authorised(True, clock.civil_day(end), ids)
