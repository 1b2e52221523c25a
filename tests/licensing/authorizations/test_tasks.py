"""The calendar's task can be called any number of times."""

from datetime import UTC, date, datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import transaction
from kernel.events import EventLog
from licensing.authorizations import reads, tasks
from licensing.authorizations.rules import AgreementState
from tests.factories.catalogue import make_source
from tests.factories.licensing import make_agreement


def test_an_agreement_ends_on_its_day_and_once(connection: Connection, session: Session) -> None:
    with clock.frozen_at(datetime(2026, 3, 1, 4, tzinfo=UTC)), transaction() as writing:
        agreement = make_agreement(writing, [make_source(writing)], end_on=date(2026, 9, 1))
    with clock.frozen_at(datetime(2026, 9, 1, 4, tzinfo=UTC)):
        tasks.keep_calendar()
        events = session.scalar(select(func.count()).select_from(EventLog))
        tasks.keep_calendar()

    found = reads.agreement_for_update(session, agreement.id)
    assert found.phase is AgreementState.WIND_DOWN
    assert session.scalar(select(func.count()).select_from(EventLog)) == events
