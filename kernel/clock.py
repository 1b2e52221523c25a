"""What time is it? The only source of time in the house."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time

from kernel.i18n import CIVIL_ZONE
from kernel.periods import civil_day

__all__ = ["civil_day", "day_start", "frozen_at", "now", "today", "told_by"]
_source: ContextVar[Callable[[], datetime] | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The present moment, aware, UTC."""
    source = _source.get()
    return source() if source else datetime.now(UTC)


def today() -> date:
    """The civil day in Asia/Shanghai."""
    return civil_day(now())


def day_start(day: date) -> datetime:
    """The moment at which a civil day begins in Asia/Shanghai, in UTC."""
    return datetime.combine(day, time.min, CIVIL_ZONE).astimezone(UTC)


@contextmanager
def frozen_at(moment: datetime) -> Iterator[None]:
    """Stop the clock of this context at one moment."""
    with told_by(lambda: moment):
        yield


@contextmanager
def told_by(source: Callable[[], datetime]) -> Iterator[None]:
    """Take the time of this context from an injected clock."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)
