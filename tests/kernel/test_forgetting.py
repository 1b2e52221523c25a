"""Rows that tell nobody anything go after thirty days, and nothing else does."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kernel import clock, forgetting, relay
from kernel.db import transaction
from kernel.events import EventLog
from kernel.forgetting import KEPT_DAYS
from kernel.jobs import Job
from kernel.relay import EventDelivery, EventSubscriber
from kernel.web.submissions import Submission
from tests.kernel.test_relay import NAME, heard, refuse_next, ring

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
BORDER = NOON + timedelta(days=KEPT_DAYS)
PAST_IT = BORDER + timedelta(microseconds=1)


def make_job(name: str, **ends: datetime) -> Job:
    return Job(
        id=name,
        task="test.note",
        arguments={},
        queue="default",
        request_id="",
        created_at=NOON,
        run_at=NOON,
        **ends,
    )


def test_jobs_done_long_ago_are_forgotten_and_failures_and_waiting_ones_are_not(
    session: Session,
) -> None:
    session.add_all(
        [make_job("done", done_at=NOON), make_job("failed", failed_at=NOON), make_job("waiting")]
    )
    session.commit()

    with clock.frozen_at(BORDER):
        forgetting.forget_done_jobs()
        assert session.query(Job).count() == 3
    with clock.frozen_at(PAST_IT):
        forgetting.forget_done_jobs()

    assert set(session.scalars(select(Job.id))) == {"failed", "waiting"}


def test_a_form_is_known_again_for_as_long_as_is_said(session: Session) -> None:
    session.add(Submission(id="n", actor_id="usr_a", endpoint="x", location="/x", created_at=NOON))
    session.commit()

    with clock.frozen_at(BORDER):
        forgetting.forget_submissions()
        assert session.query(Submission).count() == 1
    with clock.frozen_at(PAST_IT):
        forgetting.forget_submissions()

    assert session.query(Submission).count() == 0


@pytest.fixture(autouse=True)
def _silence() -> None:
    heard.clear()
    refuse_next.clear()


def count_deliveries() -> int:
    with transaction() as session:
        return session.query(EventDelivery).count()


def deliver_until_the_floor_has_passed(database: Engine) -> None:
    """Transactions of others on the same server hold it back for as long as they last."""
    with database.connect() as connection:
        newest = max(connection.scalars(select(EventLog.txid)))
    floor = select(EventSubscriber.floor_txid).where(EventSubscriber.name == NAME)
    for _ in range(600):
        relay.deliver(NAME)
        with transaction() as session:
            if (session.scalar(floor) or 0) > newest:
                return
        time.sleep(0.1)
    raise AssertionError("the floor stayed below what was delivered")


def test_deliveries_below_the_floor_are_forgotten_and_never_made_again(
    own_database: Engine,
) -> None:
    with clock.frozen_at(NOON):
        ring("one", "two")
        deliver_until_the_floor_has_passed(own_database)
    with clock.frozen_at(BORDER):
        forgetting.forget_deliveries()
        assert count_deliveries() == 2

    with clock.frozen_at(PAST_IT):
        forgetting.forget_deliveries()
        assert count_deliveries() == 0
        relay.deliver(NAME)

    assert [bell for bell, _ in heard] == ["one", "two"]


def test_deliveries_above_the_floor_stay_while_one_of_their_like_fails(
    own_database: Engine,
) -> None:
    with clock.frozen_at(NOON):
        refuse_next.extend(["bad", "bad"])
        ring("good", "bad")
        relay.deliver(NAME)
    heard.clear()

    with clock.frozen_at(PAST_IT):
        forgetting.forget_deliveries()
        assert count_deliveries() == 1
        relay.deliver(NAME)

    assert [bell for bell, _ in heard] == ["bad"]
