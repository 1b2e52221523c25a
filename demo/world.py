"""What every chapter of the story needs: who acts, what time it is, and how work gets done."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.people import person
from kernel import clock, events, jobs, relay
from kernel.actor import Actor
from kernel.db import transaction
from kernel.errors import DomainError
from kernel.i18n import say
from kernel.jobs import Job
from kernel.settings import Settings
from market.accounts.reads import actor_for, find_by_subject, list_standings

Report = Callable[[str], None]
Settle = Callable[[], None]
Present = Callable[[], datetime]
POLL_SECONDS = 0.1


def real_time() -> datetime:
    """The present of the world that the story is told in."""
    return datetime.now(UTC)


class StoryClock:
    """An injected clock: it stands where the story has put it, never ahead of the world."""

    def __init__(self, moment: datetime, present: Present = real_time) -> None:
        self._present = present
        self._offset = moment - present()

    def __call__(self) -> datetime:
        return self._present() + self._offset

    def pass_days(self, days: int) -> None:
        """Let time pass, up to the present."""
        self._offset = min(self._offset + timedelta(days=days), timedelta(0))

    def catch_up(self) -> None:
        """Be in the present."""
        self._offset = timedelta(0)


def work_here() -> None:
    """Carry out waiting jobs and deliveries in this process."""
    jobs.run_everything()


@dataclass
class World:
    """The installation the story plays in. settle: returns when no job and no event waits."""

    settings: Settings
    report: Report
    settle: Settle = work_here
    ids: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def actor(self, subject: str) -> Actor:
        """The demo person, acting for their organisation, as the database knows them now."""
        with transaction() as session:
            return self.actor_in(session, subject)

    def actor_in(self, session: Session, subject: str) -> Actor:
        """The same, inside a transaction that is open."""
        user = find_by_subject(session, person(subject).subject)
        if user is None:
            raise LookupError(f"{subject} never signed in")
        standing = next(iter(list_standings(session, user.id)), None)
        return actor_for(user, standing, clock.today())

    @contextmanager
    def expecting(self, refusal: type[DomainError], actor: Actor, act: str) -> Iterator[None]:
        """Try something that must be refused; the refusal is recorded, as every edge does."""
        try:
            yield
        except refusal as error:
            with transaction() as session:
                about = next((str(v) for k, v in error.facts().items() if k.endswith("_id")), "")
                events.record_refusal(session, actor, error, act=act, about_id=about)
            self.refused.append(error.code)
            words = say(error.message, **error.facts())
            self.report(f"    已拒绝 [{error.clause or error.code}] {words}")
        else:
            raise AssertionError(f"{act} should have been refused")

    def bar(self, title: str, done: int, total: int) -> None:
        """One line of progress with its numbers; on a screen it moves."""
        width = 24
        filled = width * done // max(total, 1)
        line = f"    {title} [{'#' * filled}{'.' * (width - filled)}] {done}/{total}"
        if sys.stdout.isatty() and done < total:
            sys.stdout.write(f"\r{line}")
            sys.stdout.flush()
        elif done == total:
            self.report(("\r" if sys.stdout.isatty() else "") + line)


def work_there(timeout_seconds: float = 600) -> None:
    """Wait until the worker has done everything that waits.

    Raises: AssertionError when a job was given up, or when it takes too long.
    """
    until = time.monotonic() + timeout_seconds
    quiet = 0
    while quiet < 2:
        with transaction() as session:
            given_up = session.scalars(select(Job).where(Job.failed_at.is_not(None))).first()
            is_quiet = not jobs.pending_counts(session) and not relay.waiting(session)
        if given_up is not None:
            raise AssertionError(f"{given_up.task} was given up: {given_up.last_error}")
        if time.monotonic() > until:
            raise AssertionError("the worker did not finish in time; see worker.log")
        quiet = quiet + 1 if is_quiet else 0
        time.sleep(POLL_SECONDS)
