"""Who must hear of an event? Hands each event to each subscriber exactly once.

A subscriber's work and its row in event_deliveries commit together, so a lost or doubled wake-up is
harmless. The relay looks for missing deliveries, not for numbers above a mark: sequence numbers
can commit out of order, and a mark would skip the late one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import structlog
from sqlalchemy import (
    BigInteger,
    DateTime,
    Index,
    Select,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel import clock
from kernel.db import Base, TransactionId, transaction
from kernel.events import Event, EventLog, settled_below
from kernel.request import carrying

BATCH = 200
RETRY_SECONDS = (1, 5, 30, 120, 600, 3600)
_log = structlog.get_logger()


@dataclass(frozen=True)
class Fact:
    """What a subscriber receives besides the typed event: who, when, and its place in the log."""

    seq: int
    id: str
    name: str
    occurred_at: datetime
    actor_kind: str
    actor_id: str
    organization_id: str | None


Subscriber: TypeAlias = Callable[[Session, Any, Fact], None]
_subscribers: dict[str, tuple[Subscriber, frozenset[str]]] = {}


class EventSubscriber(Base):
    """How far a subscriber has certainly heard everything: all of transactions below the floor."""

    __tablename__ = "event_subscribers"

    name: Mapped[str] = mapped_column(primary_key=True)
    floor_txid: Mapped[int] = mapped_column(TransactionId, server_default=text("'0'::xid8"))


class EventDelivery(Base):
    """A subscriber has done its work for this event."""

    __tablename__ = "event_deliveries"

    subscriber: Mapped[str] = mapped_column(primary_key=True)
    event_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    delivered_at: Mapped[datetime]


class EventDeliveryFailure(Base):
    """A delivery that failed waits here for its next try, in everybody's sight."""

    __tablename__ = "event_delivery_failures"
    __table_args__ = (Index("ix_event_delivery_failures_retry_at", "retry_at"),)

    subscriber: Mapped[str] = mapped_column(primary_key=True)
    event_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    attempts: Mapped[int]
    last_error: Mapped[str]
    retry_at: Mapped[datetime]


def subscribe(*events: type[Event]) -> Callable[[Subscriber], Subscriber]:
    """Register a function of a slice's tasks.py as a subscriber of these events.

    It is called as f(session, event, fact) inside the relay's transaction and opens none itself.
    """

    def register(function: Subscriber) -> Subscriber:
        name = f"{function.__module__}.{function.__qualname__}"
        _subscribers[name] = (function, frozenset(event.name for event in events))
        return function

    return register


def subscriber_names() -> list[str]:
    return sorted(_subscribers)


def waiting(session: Session) -> list[str]:
    """Subscribers for which an event waits now; one question, however many subscribers."""
    names = subscriber_names()
    if not names:
        return []
    found = session.execute(select(*[_pending(name).exists() for name in names])).one()
    return [name for name, is_waiting in zip(names, found, strict=True) if is_waiting]


def deliver(subscriber: str, limit: int = BATCH) -> int:
    """Hand the next events to one subscriber, in order; returns how many it took.

    One batch is one transaction. When a batch fails it is tried again event by event, and what
    still fails is put aside with its error until its next try.
    """
    try:
        return _deliver_batch(subscriber, limit)
    except Exception as error:  # noqa: BLE001 - the edge of a subscriber: put aside, never lost
        _log.warning("batch_failed", subscriber=subscriber, error=repr(error))
        return _deliver_one_by_one(subscriber, limit)


def deliver_everything() -> int:
    """Hand out events until nobody waits (demo, tests, commands); returns how many."""
    total = 0
    while True:
        with transaction() as session:
            names = waiting(session)
        done = sum(deliver(name) for name in names)
        if not done:
            return total
        total += done


def _deliver_batch(subscriber: str, limit: int) -> int:
    with transaction() as session:
        if not _claim(session, subscriber):
            return 0
        horizon = settled_below(session)
        rows = session.scalars(_pending(subscriber).order_by(EventLog.seq).limit(limit)).all()
        for row in rows:
            _hand_over(session, subscriber, row)
        _note_delivered(session, subscriber, [row.seq for row in rows])
        if len(rows) < limit:
            _raise_floor(session, subscriber, horizon)
        return len(rows)


def _deliver_one_by_one(subscriber: str, limit: int) -> int:
    with transaction() as session:
        numbers = session.scalars(
            _pending(subscriber).with_only_columns(EventLog.seq).order_by(EventLog.seq).limit(limit)
        ).all()
    return sum(_deliver_one(subscriber, number) for number in numbers)


def _deliver_one(subscriber: str, seq: int) -> int:
    try:
        with transaction() as session:
            if not _claim(session, subscriber):
                return 0
            row = session.scalar(_pending(subscriber).where(EventLog.seq == seq))
            if row is None:
                return 0
            _hand_over(session, subscriber, row)
            _note_delivered(session, subscriber, [row.seq])
            return 1
    except Exception as error:  # noqa: BLE001 - as above
        _log.error("delivery_failed", subscriber=subscriber, seq=seq, error=repr(error))
        with transaction() as session:
            _put_aside(session, subscriber, seq, error)
        return 0


def _hand_over(session: Session, subscriber: str, row: EventLog) -> None:
    function, _ = _subscribers[subscriber]
    fact = Fact(
        row.seq,
        row.id,
        row.name,
        row.occurred_at,
        row.actor_kind,
        row.actor_id,
        row.organization_id,
    )
    with carrying(row.request_id):
        function(session, row.event(), fact)


def _note_delivered(session: Session, subscriber: str, numbers: Sequence[int]) -> None:
    noted = select(
        literal(subscriber),
        func.unnest(cast(numbers, ARRAY(BigInteger))),
        literal(clock.now(), DateTime(timezone=True)),
    )
    columns = ["subscriber", "event_seq", "delivered_at"]
    session.execute(insert(EventDelivery).from_select(columns, noted))


def _claim(session: Session, subscriber: str) -> bool:
    """One worker at a time serves a subscriber, so it hears events in order."""
    key = func.hashtextextended(literal(subscriber), 0)
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(key))))


def _pending(subscriber: str) -> Select[EventLog]:
    _, names = _subscribers[subscriber]
    floor = (
        select(EventSubscriber.floor_txid)
        .where(EventSubscriber.name == subscriber)
        .scalar_subquery()
    )
    done = exists().where(
        EventDelivery.subscriber == subscriber, EventDelivery.event_seq == EventLog.seq
    )
    put_aside = exists().where(
        EventDeliveryFailure.subscriber == subscriber,
        EventDeliveryFailure.event_seq == EventLog.seq,
        EventDeliveryFailure.retry_at > clock.now(),
    )
    return (
        select(EventLog)
        .where(EventLog.name.in_(names), ~done, ~put_aside)
        .where(or_(floor.is_(None), EventLog.txid >= floor))
    )


def _raise_floor(session: Session, subscriber: str, horizon: int) -> None:
    """Everything below the horizon was visible to this batch, and is delivered now.

    Never lowered: deliveries below it may be forgotten, and would be made again.
    """
    failing = exists().where(EventDeliveryFailure.subscriber == subscriber)
    if session.scalar(select(failing)):
        return
    statement = upsert(EventSubscriber).values(name=subscriber, floor_txid=horizon)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={
                "floor_txid": func.greatest(
                    EventSubscriber.floor_txid, statement.excluded.floor_txid
                )
            },
        )
    )


def _put_aside(session: Session, subscriber: str, seq: int, error: Exception) -> None:
    failure = session.get(EventDeliveryFailure, (subscriber, seq))
    attempts = (failure.attempts if failure else 0) + 1
    wait = RETRY_SECONDS[min(attempts, len(RETRY_SECONDS)) - 1]
    session.merge(
        EventDeliveryFailure(
            subscriber=subscriber,
            event_seq=seq,
            attempts=attempts,
            last_error=repr(error)[:1000],
            retry_at=clock.now() + timedelta(seconds=wait),
        )
    )
