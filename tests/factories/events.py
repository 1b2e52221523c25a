"""What was recorded so far in this test's transaction?"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.events import Event, EventLog


def names_of_events(session: Session) -> list[str]:
    """Names of the recorded facts, in order."""
    session.flush()
    return list(session.scalars(select(EventLog.name).order_by(EventLog.seq)))


def event_named(session: Session, name: str) -> Event:
    """The newest fact of one name, typed."""
    session.flush()
    row = session.scalars(
        select(EventLog).where(EventLog.name == name).order_by(EventLog.seq.desc()).limit(1)
    ).one()
    return row.event()


def last_event(session: Session) -> Event:
    """The newest fact, typed."""
    session.flush()
    row = session.scalars(select(EventLog).order_by(EventLog.seq.desc()).limit(1)).one()
    return row.event()
