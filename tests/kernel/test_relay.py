"""Each subscriber hears each event exactly once."""

from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kernel import migrate, relay
from kernel.actor import Actor
from kernel.db import transaction
from kernel.events import Event, EventLog, record
from kernel.i18n import N_
from kernel.relay import EventDelivery, EventDeliveryFailure, Fact, subscribe

SYSTEM = Actor.system("test")
heard: list[tuple[str, int]] = []
refuse_next: list[str] = []


@dataclass(frozen=True)
class BellRung(Event):
    name = "test.bell_rung"
    sentence = N_("铃响了")
    bell_id: str


@subscribe(BellRung)
def listen(session: Session, event: BellRung, fact: Fact) -> None:
    if event.bell_id in refuse_next:
        refuse_next.remove(event.bell_id)
        raise RuntimeError("not now")
    heard.append((event.bell_id, fact.seq))


NAME = f"{__name__}.listen"


@pytest.fixture(autouse=True)
def _silence() -> None:
    heard.clear()
    refuse_next.clear()


def ring(*bells: str) -> None:
    with transaction() as session:
        for bell in bells:
            record(session, SYSTEM, BellRung(bell))


def test_an_event_is_handed_over_once(own_database: Engine) -> None:
    ring("a", "b")

    first, second = relay.deliver(NAME), relay.deliver(NAME)

    assert (first, second) == (2, 0)
    assert [bell for bell, _ in heard] == ["a", "b"]


def test_a_fact_and_its_change_commit_together(own_database: Engine) -> None:
    with pytest.raises(RuntimeError), transaction() as session:
        record(session, SYSTEM, BellRung("never"))
        raise RuntimeError

    assert relay.deliver(NAME) == 0


def test_a_late_commit_with_a_lower_number_is_not_skipped(own_database: Engine) -> None:
    with Session(own_database) as slow:
        record(slow, SYSTEM, BellRung("slow"))
        slow.flush()
        ring("fast")
        relay.deliver(NAME)
        relay.deliver(NAME)
        slow.commit()

    relay.deliver(NAME)

    assert [bell for bell, _ in heard] == ["fast", "slow"]


def test_what_commits_while_a_batch_is_handed_over_is_heard_next(
    own_database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_over = relay._hand_over

    def meanwhile(session: Session, subscriber: str, row: EventLog) -> None:
        with Session(own_database) as other:
            record(other, SYSTEM, BellRung("meanwhile"))
            other.commit()
        hand_over(session, subscriber, row)

    ring("first")
    monkeypatch.setattr(relay, "_hand_over", meanwhile)
    relay.deliver(NAME)
    monkeypatch.undo()

    relay.deliver(NAME)

    assert [bell for bell, _ in heard] == ["first", "meanwhile"]


def test_a_failing_delivery_is_put_aside_and_others_go_on(own_database: Engine) -> None:
    ring("good", "bad", "after")
    refuse_next.extend(["bad", "bad"])

    relay.deliver(NAME)

    assert sorted({bell for bell, _ in heard}) == ["after", "good"]
    with transaction() as session:
        failure = session.scalars(select(EventDeliveryFailure)).one()
        delivered = session.scalar(select(func.count()).select_from(EventDelivery))
    assert (failure.attempts, delivered) == (1, 2)


def test_the_log_cannot_be_changed(own_database: Engine) -> None:
    ring("a")

    for statement in (
        "UPDATE event_log SET name = 'x'",
        "DELETE FROM event_log",
        "TRUNCATE event_log",
    ):
        with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
            session.execute(text(statement))


def test_the_leaf_is_canonical_json_of_the_row(own_database: Engine) -> None:
    ring("a")

    with transaction() as session:
        row = session.scalars(select(EventLog)).one()

    assert row.leaf.startswith('{"actor_id":"system:test","actor_kind":"system","id":"evt_')
    assert '"payload":{"bell_id":"a"}' in row.leaf


def test_a_database_that_was_loaded_into_another_server_forgets_no_new_event(
    own_database: Engine,
) -> None:
    """There transactions are numbered from the beginning again, far below what was kept."""
    ring("old")
    relay.deliver(NAME)
    ahead = "SELECT pg_current_xact_id()::text::bigint + 3000"
    with own_database.begin() as connection:
        kept = connection.scalar(text(ahead))
        connection.execute(text(f"UPDATE event_subscribers SET floor_txid = '{kept}'"))
    with own_database.begin() as still_at_work:
        still_at_work.execute(text("SELECT pg_current_xact_id()"))
        ring("lost")
        for _ in range(2):  # a look that finds nothing does not lower the floor
            assert relay.deliver(NAME) == 0

    with own_database.connect() as connection:
        migrate.catch_up(connection)
    ring("new")

    relay.deliver(NAME)
    assert [bell for bell, _ in heard] == ["old", "new"]
