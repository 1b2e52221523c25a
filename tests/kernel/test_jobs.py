"""A piece of work is done once, tried again when it fails, and given up in everybody's sight."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from celery.schedules import schedule
from kombu.exceptions import OperationalError
from sqlalchemy import select

from kernel import clock, jobs
from kernel.actor import Actor
from kernel.db import alone_with, transaction
from kernel.events import record
from kernel.jobs import Job, Schedule, dispatch, enqueue, task
from kernel.request import carrying, request_id
from kernel.workers import make_celery
from tests.kernel.test_relay import NAME, BellRung

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
done: list[str] = []
failing: set[str] = set()
gate = threading.Event()
inside = threading.Event()


@task("test.note", queue="sandbox", lease_seconds=60, max_attempts=3)
def note(word: str) -> None:
    if word in failing:
        raise RuntimeError(f"no {word} today")
    done.append(word)


@task("test.slow")
def slow(word: str) -> None:
    inside.set()
    assert gate.wait(10)
    done.append(word)


@task("test.tick")
def tick() -> None:
    done.append("tick")


@task("test.carried")
def carried() -> None:
    done.append(request_id())


@pytest.fixture(autouse=True)
def _clean():
    done.clear()
    failing.clear()
    gate.clear()
    inside.clear()
    jobs._woken.clear()


class Sent:
    """A broker that keeps what it is given; it is down while is_down."""

    def __init__(self):
        self.messages: list[tuple[str, str, str]] = []
        self.down_after: int | None = None

    def send_task(self, name: str, args: list[str], queue: str) -> None:
        if self.down_after is not None and len(self.messages) >= self.down_after:
            raise OperationalError("nobody listens")
        self.messages.append((name, args[0], queue))


def ask(word: str, name: str = "test.note", **more: object) -> str:
    with transaction() as session:
        return enqueue(session, name, word=word, **more)


def row(job_id: str) -> Job:
    with transaction() as session:
        return session.get_one(Job, job_id)


def test_work_is_asked_for_with_its_reason_or_not_at_all(connection):
    with pytest.raises(RuntimeError), transaction() as session:
        enqueue(session, "test.note", word="never")
        raise RuntimeError

    jobs.run_everything()

    assert done == []


def test_a_job_is_done_once_however_often_its_message_comes(connection):
    job_id = ask("once")

    jobs.run(job_id)
    jobs.run(job_id)

    assert done == ["once"]
    assert row(job_id).done_at is not None


def test_an_unknown_number_is_no_work(connection):
    jobs.run("job_unknown")

    assert done == []


def test_a_job_runs_under_the_request_that_asked_for_it(connection):
    with carrying("0123abcd"), transaction() as session:
        enqueue(session, "test.carried")

    jobs.run_everything()

    assert done == ["0123abcd"]


def test_a_failure_is_kept_and_tried_again_after_a_while(connection):
    failing.add("late")
    with clock.frozen_at(NOON):
        job_id = ask("late")
        jobs.run_everything()
        failed = row(job_id)
        failing.clear()
        jobs.run_everything()
    assert (failed.attempts, failed.failed_at, done) == (1, None, [])
    assert "no late today" in failed.last_error
    assert failed.run_at == NOON + timedelta(seconds=jobs.RETRY_SECONDS[0])

    with clock.frozen_at(failed.run_at):
        jobs.run_everything()

    assert done == ["late"]


def test_what_fails_too_often_is_given_up_and_stays_visible(connection):
    failing.add("never")
    job_id = ask("never")

    for _ in range(4):
        jobs.run(job_id)

    given_up = row(job_id)
    assert (given_up.attempts, given_up.done_at) == (3, None)
    assert given_up.failed_at is not None
    with transaction() as session:
        assert jobs.pending_counts(session) == {}


def test_a_job_for_later_waits_until_then(connection):
    with clock.frozen_at(NOON):
        ask("later", after=NOON + timedelta(hours=1))
        jobs.run_everything()
        assert done == []
    with clock.frozen_at(NOON + timedelta(hours=1)):
        jobs.run_everything()

    assert done == ["later"]


def test_a_message_goes_to_the_queue_of_its_task_and_is_not_sent_twice(connection):
    job_id = ask("sent")
    broker = Sent()

    with clock.frozen_at(clock.now()):
        first, second = dispatch(broker, []), dispatch(broker, [])

    assert (first, second) == (1, 0)
    assert broker.messages == [("kernel.run_job", job_id, "sandbox")]


def test_a_lost_message_is_sent_again_when_the_lease_is_over(connection):
    with clock.frozen_at(NOON):
        ask("lost")
        dispatch(Sent(), [])
    broker = Sent()
    with clock.frozen_at(NOON + timedelta(seconds=60)):
        assert dispatch(broker, []) == 0
    with clock.frozen_at(NOON + timedelta(seconds=61)):
        assert dispatch(broker, []) == 1


def test_what_a_broker_did_not_take_is_due_again_at_once_and_the_rest_is_not(connection):
    with clock.frozen_at(NOON):
        first, second = ask("a"), ask("b", after=NOON)
    broker = Sent()
    broker.down_after = 1
    with clock.frozen_at(NOON + timedelta(seconds=1)), pytest.raises(OperationalError):
        dispatch(broker, [])
    broker.down_after = None
    with clock.frozen_at(NOON + timedelta(seconds=1)):
        dispatch(broker, [])

    assert sorted(job for _, job, _ in broker.messages) == sorted([first, second])


def test_a_subscriber_is_woken_once_until_somebody_answers(connection):
    broker = Sent()
    with transaction() as session:
        record(session, Actor.system("test"), BellRung("woken"))

    dispatch(broker, [])
    dispatch(broker, [])
    woken = [name for _, name, _ in broker.messages]
    jobs.hand_over(NAME)
    with transaction() as session:
        record(session, Actor.system("test"), BellRung("again"))
    dispatch(broker, [])

    assert woken == [NAME]
    assert [name for _, name, _ in broker.messages] == [NAME, NAME]


def test_a_wake_up_answered_before_its_sending_returned_is_answered(connection):
    class Prompt(Sent):
        def send_task(self, name: str, args: list[str], queue: str) -> None:
            super().send_task(name, args, queue)
            jobs.hand_over(args[0])

    broker = Prompt()
    for bell in ("first", "second"):
        with transaction() as session:
            record(session, Actor.system("test"), BellRung(bell))
        dispatch(broker, [])

    assert [name for _, name, _ in broker.messages] == [NAME, NAME]


def test_a_wake_up_that_could_not_be_sent_is_sent_when_the_broker_is_back(connection):
    broker = Sent()
    broker.down_after = 0
    with transaction() as session:
        record(session, Actor.system("test"), BellRung("late"))
    with pytest.raises(OperationalError):
        dispatch(broker, [])
    broker.down_after = None

    dispatch(broker, [])

    assert [name for _, name, _ in broker.messages] == [NAME]


def test_a_wake_up_that_nobody_answers_is_sent_again(connection, monkeypatch):
    broker = Sent()
    with transaction() as session:
        record(session, Actor.system("test"), BellRung("unheard"))
    dispatch(broker, [])
    present = time.monotonic()

    monkeypatch.setattr(time, "monotonic", lambda: present + jobs.WAKE_AGAIN_SECONDS + 1)
    dispatch(broker, [])

    assert len(broker.messages) == 2


def test_a_schedule_asks_once_per_interval_and_never_piles_up(connection):
    hourly = [Schedule("test.tick", schedule(timedelta(hours=1), nowfun=clock.now))]
    start = clock.now()

    for minutes in (0, 59, 61, 62, 130):  # at 130 the job of minute 61 still waits
        with clock.frozen_at(start + timedelta(minutes=minutes)):
            dispatch(Sent(), hourly)

    with transaction() as session:
        asked = session.scalars(select(Job.task).where(Job.task == "test.tick")).all()
    assert asked == ["test.tick"]


def test_two_workers_at_once_enqueue_a_schedule_once(own_database):
    due = [Schedule("test.tick", schedule(timedelta(seconds=0)))]
    dispatch(Sent(), due)

    threads = [threading.Thread(target=dispatch, args=(Sent(), due)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with transaction() as session:
        assert session.scalars(select(Job.task)).all() == ["test.tick"]


def test_a_message_that_comes_twice_while_the_work_goes_on_does_not_double_it(own_database):
    job_id = ask("alone", "test.slow")
    first = threading.Thread(target=jobs.run, args=(job_id,))
    first.start()
    assert inside.wait(10)

    jobs.run(job_id)  # the same message, delivered again by a broker that came back
    seen = list(done)
    gate.set()
    first.join()

    assert (seen, done) == ([], ["alone"])


def test_a_name_is_free_again_after_the_block_and_after_an_error(own_database):
    with alone_with("bell") as mine, alone_with("bell") as theirs, alone_with("other") as other:
        assert (mine, theirs, other) == (True, False, True)
    with pytest.raises(RuntimeError), alone_with("bell"):
        raise RuntimeError
    with alone_with("bell") as again:
        assert again


@pytest.mark.parametrize(
    ("address", "option"),
    [
        ("", "polling_interval"),
        ("redis://127.0.0.1:6379/0", "visibility_timeout"),
        ("amqp://guest:guest@127.0.0.1:5672//", "confirm_publish"),
    ],
)
def test_each_broker_is_asked_for_what_keeps_messages(address, option):
    app = make_celery(address)

    assert option in app.conf.broker_transport_options
    assert app.conf.task_acks_late
    assert app.conf.broker_connection_max_retries is None
