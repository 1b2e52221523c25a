"""Are deadlines counted as the State Council's calendar says?"""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.workdays import (
    Deadline,
    add_working_days,
    is_working_day,
    next_working_day,
    state_council_calendar,
)

CITY_CALENDAR = Path(__file__).parents[2] / "demo" / "data" / "cn_holiday_calendar.csv"
DAYS = st.dates(date(2004, 1, 1), date(2030, 12, 31))


def test_every_day_of_twenty_three_years_agrees_with_the_published_calendar():
    calendar = state_council_calendar()
    with CITY_CALENDAR.open(encoding="utf-8", newline="") as file:
        published = {row["date"]: row["is_workday"] == "1" for row in csv.DictReader(file)}

    ours = {day: is_working_day(date.fromisoformat(day), calendar) for day in published}

    assert len(published) == 8401
    assert ours == published


def test_a_shifted_weekend_is_worked_and_a_holiday_on_a_weekday_is_not():
    calendar = state_council_calendar()

    assert is_working_day(date(2026, 10, 10), calendar)  # a Saturday, worked for National Day
    assert not is_working_day(date(2026, 10, 1), calendar)  # a Thursday


def test_a_deadline_runs_over_the_national_day_week():
    calendar = state_council_calendar()

    deadline = add_working_days(date(2026, 9, 30), 2, calendar)

    assert deadline == Deadline(date(2026, 10, 9), is_provisional=False)


def test_a_last_day_on_a_holiday_moves_to_the_next_working_day():
    calendar = state_council_calendar()

    assert next_working_day(date(2026, 10, 3), calendar).due_on == date(2026, 10, 8)
    assert next_working_day(date(2026, 10, 8), calendar).due_on == date(2026, 10, 8)
    assert add_working_days(date(2026, 10, 3), 0, calendar).due_on == date(2026, 10, 8)


def test_a_deadline_inside_the_last_known_year_is_firm_and_one_day_later_provisional():
    calendar = state_council_calendar()

    assert add_working_days(date(2026, 12, 30), 1, calendar) == Deadline(
        date(2026, 12, 31), is_provisional=False
    )
    assert add_working_days(date(2026, 12, 30), 2, calendar) == Deadline(
        date(2027, 1, 1), is_provisional=True
    )


@given(DAYS, st.integers(min_value=1, max_value=60))
def test_a_deadline_spans_exactly_its_number_of_working_days(start: date, days: int):
    calendar = state_council_calendar()

    due_on = add_working_days(start, days, calendar).due_on

    span = [start + timedelta(days=n) for n in range(1, (due_on - start).days + 1)]
    assert sum(is_working_day(day, calendar) for day in span) == days
    assert is_working_day(due_on, calendar)


def test_a_deadline_of_a_negative_number_of_days_is_our_mistake():
    with pytest.raises(ValueError, match="before its start"):
        add_working_days(date(2026, 1, 5), -1, state_council_calendar())
