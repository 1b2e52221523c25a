"""Periods, civil days, ids in order, and numbers of the law by their first day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import clock
from kernel.ids import new_id
from kernel.parameters import Mark, Parameter, Setting
from kernel.periods import (
    Period,
    add_months,
    add_years,
    civil_day,
    last_day,
    last_day_of_month,
    months_between,
)

DAYS = st.dates(date(1990, 1, 1), date(2150, 12, 31))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(DAYS, st.integers(1, 4000), DAYS)
def test_a_day_is_in_a_period_from_its_start_until_before_its_end(start, length, day):
    period = Period(start, start + timedelta(days=length))

    assert (day in period) == (0 <= (day - start).days < period.days)
    assert period.start_on in period
    assert period.end_on not in period


@given(DAYS, st.integers(1, 400), DAYS, st.integers(1, 400))
def test_periods_overlap_exactly_when_they_share_a_day(start, length, other_start, other_length):
    one = Period(start, start + timedelta(days=length))
    other = Period(other_start, other_start + timedelta(days=other_length))
    shared = min(one.end_on, other.end_on) - max(one.start_on, other.start_on)

    assert one.overlaps(other) == other.overlaps(one) == (shared > timedelta(0))
    assert one.covers(other) == (other.start_on in one and other.end_on <= one.end_on)


def test_periods_that_touch_do_not_overlap_and_empty_ones_do_not_exist():
    january = Period(date(2026, 1, 1), date(2026, 2, 1))
    february = Period(date(2026, 2, 1), date(2026, 3, 1))

    assert not january.overlaps(february)
    assert list(january.months()) == [date(2026, 1, 1)]
    with pytest.raises(ValueError, match="ends after"):
        Period(date(2026, 1, 1), date(2026, 1, 1))


@given(DAYS, st.integers(-600, 600))
def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month(day, months):
    later = add_months(day, months)

    assert months_between(day, later) == months
    assert later.day == min(day.day, last_day_of_month(later).day)


def test_a_leap_day_has_its_anniversary_on_the_28th():
    assert add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_a_civil_day_begins_at_four_in_the_afternoon_of_london():
    assert civil_day(datetime(2026, 5, 31, 15, 59, 59, tzinfo=UTC)) == date(2026, 5, 31)
    assert civil_day(datetime(2026, 5, 31, 16, 0, 0, tzinfo=UTC)) == date(2026, 6, 1)


@given(DAYS)
def test_the_start_of_a_day_falls_on_that_day_and_a_moment_before_on_the_day_before(day):
    start = clock.day_start(day)

    assert civil_day(start) == day
    assert civil_day(start - timedelta(microseconds=1)) == day - timedelta(days=1)


def test_a_frozen_clock_stands_and_goes_on_afterwards():
    moment = datetime(2026, 6, 1, tzinfo=UTC)
    with clock.frozen_at(moment):
        assert clock.now() == clock.now() == moment
    assert clock.now() > moment


@given(MOMENTS, MOMENTS)
def test_ids_of_later_milliseconds_sort_later(first, second):
    with clock.frozen_at(first):
        one = new_id("prd")
    with clock.frozen_at(second):
        other = new_id("prd")

    milliseconds = [int(moment.timestamp() * 1000) for moment in (first, second)]
    if milliseconds[0] != milliseconds[1]:
        assert (one < other) == (milliseconds[0] < milliseconds[1])
    assert one != other


def test_an_id_is_safe_in_an_address_and_says_what_it_names():
    made = {new_id("prd") for _ in range(1000)}

    assert len(made) == 1000
    assert all(name.startswith("prd_") and name[4:].isalnum() and len(name) == 30 for name in made)


def setting(value: str, since: date, jurisdiction: str = "national") -> Setting[Decimal]:
    return Setting(Decimal(value), "source", Mark.CONFIRMED, since, jurisdiction)


CAP = Parameter(
    "XX-01",
    "yuan",
    (
        setting("1", date(2025, 3, 1)),
        setting("2", date(2026, 1, 1)),
        setting("9", date(2026, 6, 1), "hainan"),
    ),
)


@pytest.mark.parametrize(
    ("day", "jurisdiction", "value"),
    [
        (date(2025, 12, 31), "national", 1),
        (date(2026, 1, 1), "national", 2),
        (date(2026, 5, 31), "hainan", 2),
        (date(2026, 6, 1), "hainan", 9),
        (date(2026, 6, 1), "guangdong", 2),
    ],
)
def test_the_value_in_force_is_the_latest_one_of_ones_own_place_before_the_nation(
    day, jurisdiction, value
):
    assert CAP.at(day, jurisdiction).value == value


def test_before_its_first_day_a_number_of_the_law_has_no_value():
    with pytest.raises(LookupError, match="XX-01"):
        CAP.at(date(2025, 2, 28))


def test_the_last_day_is_the_one_before_the_end_also_of_a_moment_of_the_civil_clock():
    ends_on = date(2029, 11, 4)

    assert last_day(ends_on) == date(2029, 11, 3)
    assert last_day(clock.day_start(ends_on)) == date(2029, 11, 3)
    assert last_day(clock.day_start(ends_on) + timedelta(seconds=1)) == ends_on
