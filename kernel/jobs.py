"""What must be done soon, outside this request? A row is the truth; Celery only wakes a worker.

A lost or doubled message is harmless: the row says whether the work is done, a lock says who does
it now, a lease says until when a message is waited for, and the relay step of every worker sends
again what was not done in time.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import Celery
from celery.schedules import BaseSchedule
from sqlalchemy import Index, exists, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel import clock, relay
from kernel.db import Base, alone_with, transaction
from kernel.ids import new_id
from kernel.request import carrying, request_id

DEFAULT_QUEUE = "default"
DISPATCH_LIMIT = 100
STALLED_SECONDS = 15  # due work that nobody has taken up by then: no worker, or no broker
WAKE_AGAIN_SECONDS = 10.0  # a wake-up may be lost on its way, or its worker may have died
RETRY_SECONDS = (2, 10, 60, 300)
_log = structlog.get_logger()


@dataclass(frozen=True)
class Task:
    """A function of a slice's tasks.py: takes ids, calls one action, harmless when repeated."""

    name: str
    function: Callable[..., None]
    queue: str
    lease_seconds: int
    max_attempts: int


@dataclass(frozen=True)
class Schedule:
    """Run a task without arguments whenever its Celery schedule says so."""

    task: str
    when: BaseSchedule


_tasks: dict[str, Task] = {}


class Job(Base):
    """One piece of work: waiting, leased, done or given up."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index(
            "ix_jobs_waiting",
            "run_at",
            postgresql_where=text("done_at IS NULL AND failed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    task: Mapped[str]
    arguments: Mapped[dict[str, str]] = mapped_column(JSONB)
    queue: Mapped[str]
    request_id: Mapped[str]
    created_at: Mapped[datetime]
    run_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class JobSchedule(Base):
    """When a scheduled task was last put in the queue."""

    __tablename__ = "job_schedules"

    task: Mapped[str] = mapped_column(primary_key=True)
    last_run_at: Mapped[datetime]


def task(
    name: str, *, queue: str = DEFAULT_QUEUE, lease_seconds: int = 600, max_attempts: int = 5
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a task. Its function opens its own transactions, as every edge does."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        _tasks[name] = Task(name, function, queue, lease_seconds, max_attempts)
        return function

    return register


def enqueue(session: Session, name: str, *, after: datetime | None = None, **ids: str) -> str:
    """Ask for a piece of work in the transaction that makes it necessary; returns the job id.

    The task must be declared in some tasks.py; the web process need not have imported it.
    """
    now = clock.now()
    known = _tasks.get(name)
    job = Job(
        id=new_id("job"),
        task=name,
        arguments=ids,
        queue=known.queue if known else DEFAULT_QUEUE,
        request_id=request_id(),
        created_at=now,
        run_at=after or now,
    )
    session.add(job)
    return job.id


def run(job_id: str) -> None:
    """Carry out one job, whoever woke us; does nothing when it is done, or done by another now."""
    with alone_with(f"job:{job_id}") as is_ours:
        if is_ours:
            _run_alone(job_id)


def _run_alone(job_id: str) -> None:
    with transaction() as session:
        job = session.get(Job, job_id)
        if job is None or job.done_at or job.failed_at:
            return
        name, arguments, request = job.task, dict(job.arguments), job.request_id
    with carrying(request):
        try:
            _tasks[name].function(**arguments)
        except Exception as error:  # noqa: BLE001 - the edge of a task: the row keeps the error
            _log.error("job_failed", job=job_id, task=name, error=repr(error), exc_info=True)
            with transaction() as session:
                _note_failure(session, job_id, error)
            return
    with transaction() as session:
        session.execute(update(Job).where(Job.id == job_id).values(done_at=clock.now()))


def run_everything() -> int:
    """Run due jobs and hand out events until nothing waits (demo, tests, commands)."""
    total = 0
    while True:
        with transaction() as session:
            due = session.scalars(_due().order_by(Job.run_at, Job.id)).all()
        for job_id in due:
            run(job_id)
        delivered = relay.deliver_everything()
        if not due and not delivered:
            return total
        total += len(due)


def dispatch(app: Celery, schedules: list[Schedule]) -> int:
    """Put what is due on the broker; returns how many messages were sent.

    What could not be sent is due again: nothing waits for a message that never left.
    """
    with transaction() as session:
        _enqueue_scheduled(session, schedules)
        leased = _lease_due(session)
        subscribers = [name for name in relay.waiting(session) if _must_wake(name)]
    unsent = {job_id for job_id, _ in leased}
    try:
        for job_id, queue in leased:
            app.send_task("kernel.run_job", args=[job_id], queue=queue)
            unsent.discard(job_id)
        for name in subscribers:
            _wake(app, name)
    finally:
        if unsent:
            _release(unsent)
    return len(leased) + len(subscribers)


def hand_over(subscriber: str) -> None:
    """Answer one wake-up: events that arrive from now on need another."""
    _woken.pop(subscriber, None)
    relay.deliver(subscriber)


_woken: dict[str, float] = {}  # subscriber -> when this process last sent a wake-up unanswered here


def _must_wake(subscriber: str) -> bool:
    sent = _woken.get(subscriber)
    return sent is None or time.monotonic() - sent > WAKE_AGAIN_SECONDS


def _wake(app: Celery, subscriber: str) -> None:
    """Noted before it is sent: a broker that confirms may be slower than the one who answers."""
    _woken[subscriber] = time.monotonic()
    try:
        app.send_task("kernel.deliver", args=[subscriber], queue=DEFAULT_QUEUE)
    except BaseException:
        _woken.pop(subscriber, None)
        raise


def _release(job_ids: set[str]) -> None:
    with transaction() as session:
        session.execute(
            update(Job).where(Job.id.in_(job_ids), Job.done_at.is_(None)).values(leased_until=None)
        )


def _due() -> Any:
    now = clock.now()
    return select(Job.id).where(
        Job.done_at.is_(None),
        Job.failed_at.is_(None),
        Job.run_at <= now,
        Job.leased_until.is_(None) | (Job.leased_until < now),
    )


def _lease_due(session: Session) -> list[tuple[str, str]]:
    ids = session.scalars(
        _due().order_by(Job.run_at).limit(DISPATCH_LIMIT).with_for_update(skip_locked=True)
    ).all()
    jobs = session.scalars(select(Job).where(Job.id.in_(ids))).all() if ids else []
    for job in jobs:
        known = _tasks.get(job.task)
        lease = known.lease_seconds if known else 600
        job.queue = known.queue if known else job.queue
        job.leased_until = clock.now() + timedelta(seconds=lease)
    return [(job.id, job.queue) for job in jobs]


def _note_failure(session: Session, job_id: str, error: Exception) -> None:
    job = session.get_one(Job, job_id, with_for_update=True)
    job.attempts += 1
    job.last_error = repr(error)[:2000]
    job.leased_until = None
    limit = _tasks[job.task].max_attempts if job.task in _tasks else 1
    if job.attempts >= limit:
        job.failed_at = clock.now()
    else:
        wait = RETRY_SECONDS[min(job.attempts, len(RETRY_SECONDS)) - 1]
        job.run_at = clock.now() + timedelta(seconds=wait)


def _enqueue_scheduled(session: Session, schedules: list[Schedule]) -> None:
    """Ask for what its schedule says is due, unless the last such job still waits."""
    last = {row.task: row.last_run_at for row in session.scalars(select(JobSchedule))}
    for schedule in schedules:
        if schedule.task not in last:
            session.execute(
                upsert(JobSchedule)
                .values(task=schedule.task, last_run_at=clock.now())
                .on_conflict_do_nothing()
            )
        elif schedule.when.is_due(last[schedule.task])[0]:
            _enqueue_once(session, schedule)


def _enqueue_once(session: Session, schedule: Schedule) -> None:
    row = session.scalar(
        select(JobSchedule)
        .where(JobSchedule.task == schedule.task)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if row is None or not schedule.when.is_due(row.last_run_at)[0]:
        return
    row.last_run_at = clock.now()
    waits = Job.task == schedule.task, Job.done_at.is_(None), Job.failed_at.is_(None)
    if not session.scalar(select(exists().where(*waits))):
        enqueue(session, schedule.task)


def is_stalled(session: Session) -> bool:
    """Whether due work lies there that no worker takes up (pages on which somebody waits)."""
    overdue = clock.now() - timedelta(seconds=STALLED_SECONDS)
    waits = _due().where(Job.run_at < overdue)
    is_free = Job.leased_until.is_(None) | (Job.leased_until < overdue)
    return bool(session.scalar(select(waits.where(is_free).exists())))


def known_tasks() -> Mapping[str, Task]:
    """Every task of the loaded modules, by name."""
    return dict(_tasks)


def pending_counts(session: Session) -> Mapping[str, int]:
    """Jobs that wait, by task name (health page)."""
    rows = session.execute(
        text(
            "SELECT task, count(*) FROM jobs WHERE done_at IS NULL AND failed_at IS NULL GROUP BY 1"
        )
    )
    return {name: int(number) for name, number in rows}
