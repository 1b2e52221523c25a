"""From when until when? Half-open civil periods and the law's way of counting them.

Source: docs/rules/settled.md, "Time" (civil code articles 201-203).
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kernel.i18n import CIVIL_ZONE


@dataclass(frozen=True)
class Period:
    """Half-open [start_on, end_on): the end day is outside."""

    start_on: date
    end_on: date

    def __post_init__(self) -> None:
        if self.end_on <= self.start_on:
            raise ValueError("a period ends after it starts")

    def __contains__(self, day: date) -> bool:
        return self.start_on <= day < self.end_on

    @property
    def days(self) -> int:
        return (self.end_on - self.start_on).days

    def overlaps(self, other: "Period") -> bool:
        return self.start_on < other.end_on and other.start_on < self.end_on

    def covers(self, other: "Period") -> bool:
        return self.start_on <= other.start_on and other.end_on <= self.end_on

    def months(self) -> Iterator[date]:
        """The first day of each calendar month that the period touches."""
        month = self.start_on.replace(day=1)
        while month < self.end_on:
            yield month
            month = add_months(month, 1)


def civil_day(moment: datetime) -> date:
    """The day in Asia/Shanghai on which a moment falls."""
    return moment.astimezone(CIVIL_ZONE).date()


def add_months(day: date, months: int) -> date:
    """The corresponding day, or the month's last day where there is none."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def add_years(day: date, years: int) -> date:
    """29 February + 1 year = 28 February."""
    return add_months(day, 12 * years)


def last_day(end: date | datetime) -> date:
    """The last day inside a period. end: the day, or the moment, at which it is over already.

    People are told this day; what is stored and compared is always the end.
    """
    if isinstance(end, datetime):
        return civil_day(end - timedelta(microseconds=1))
    return end - timedelta(days=1)


def last_day_of_month(day: date) -> date:
    return add_months(day.replace(day=1), 1) - timedelta(days=1)


def months_between(start_on: date, end_on: date) -> int:
    """Whole calendar-month steps from the month of one day to the month of another."""
    return (end_on.year - start_on.year) * 12 + end_on.month - start_on.month
