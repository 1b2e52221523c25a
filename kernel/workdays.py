"""Is this a working day, and when is a deadline of so many working days over?

Working days follow the State Council's yearly notices (kernel/data/README.md). Beyond the last
year of the calendar they follow the weekdays, and the result says that it is provisional.

Source: docs/rules/settled.md, "Time": the first day is not counted; a last day that is no working
day moves to the next one.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "working_days.csv"
_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkCalendar:
    """exceptions: the days that do not follow their weekday, and whether they are worked.

    first_year, last_year: the years for which the exceptions are known.
    """

    exceptions: Mapping[date, bool]
    first_year: int
    last_year: int

    def covers(self, day: date) -> bool:
        return self.first_year <= day.year <= self.last_year


@dataclass(frozen=True)
class Deadline:
    """The last day on which something may be done. Provisional: to be computed again."""

    due_on: date
    is_provisional: bool


@cache
def state_council_calendar() -> WorkCalendar:
    """The calendar that comes with the house."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    exceptions = {date.fromisoformat(row["date"]): row["is_working"] == "1" for row in rows}
    return WorkCalendar(exceptions, min(exceptions).year, max(exceptions).year)


def is_working_day(day: date, calendar: WorkCalendar) -> bool:
    """By the notice where there is one, by the weekday elsewhere."""
    return calendar.exceptions.get(day, day.weekday() < _SATURDAY)


def next_working_day(day: date, calendar: WorkCalendar) -> Deadline:
    """The day itself when it is worked, else the next day that is."""
    due_on = day
    while not is_working_day(due_on, calendar):
        due_on += _ONE_DAY
    return Deadline(due_on, is_provisional=not calendar.covers(due_on))


def add_working_days(start: date, days: int, calendar: WorkCalendar) -> Deadline:
    """The end of a deadline of so many working days; the start day is not counted.

    days: 0 or more; 0 is the start day, or the next working day.
    """
    if days < 0:
        raise ValueError("a deadline does not lie before its start")
    due_on = start
    for _ in range(days):
        due_on = next_working_day(due_on + _ONE_DAY, calendar).due_on
    return next_working_day(due_on, calendar)
