"""Does a demand move only as it may, and is its deadline counted in working days?"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.parameters import Mark
from kernel.workdays import add_working_days, is_working_day, state_council_calendar
from market.demands import rules
from market.demands.rules import ANSWER_WITHIN, JOINABLE, OPEN, DemandState

CALENDAR = state_council_calendar()
DAYS = st.dates(date(2015, 1, 1), date(2027, 12, 31))
STATES = st.sampled_from(DemandState)


def reachable_from(state: DemandState) -> set[DemandState]:
    found: set[DemandState] = set()
    queue = [state]
    while queue:
        here = queue.pop()
        further = {after for after in DemandState if rules.may_move(here, after)} - found
        found |= further
        queue += further
    return found


@given(STATES, STATES)
def test_an_ended_demand_never_moves_and_an_open_one_can_always_end(before, after):
    if before not in OPEN:
        assert not rules.may_move(before, after)
    else:
        assert DemandState.WITHDRAWN in reachable_from(before)


def test_every_state_is_reached_from_the_first_one():
    assert reachable_from(DemandState.SUBMITTED) == set(DemandState)


def test_a_demand_is_answered_with_a_plan_or_product_only_after_it_was_published():
    ahead = {
        before
        for before in DemandState
        for after in (DemandState.PLANNED, DemandState.FULFILLED)
        if rules.may_move(before, after)
    }

    assert ahead == JOINABLE


@given(STATES, DAYS, DAYS)
def test_dm_02_a_demand_is_joined_to_its_last_day_while_it_is_public_and_open(state, until, today):
    allowed = rules.may_be_joined(state, until, today)

    assert allowed == (state in JOINABLE and today <= until)


def test_dm_02_the_last_day_from_both_sides():
    last = date(2026, 3, 2)

    assert rules.may_be_joined(DemandState.PUBLISHED, last, last)
    assert not rules.may_be_joined(DemandState.PUBLISHED, last, last + timedelta(days=1))


@given(st.dates(date(2025, 8, 1), date(2027, 12, 1)))
def test_dm_04_an_answer_is_due_after_that_many_working_days(asked_on):
    due_on = rules.answer_due(asked_on, CALENDAR).due_on

    assert is_working_day(due_on, CALENDAR)
    assert rules.working_days_between(asked_on, due_on, CALENDAR) == 10


def test_dm_04_the_number_is_configuration_that_says_it_is_not_confirmed():
    setting = ANSWER_WITHIN.at(date(2026, 3, 2))

    assert setting.mark is Mark.UNCONFIRMED
    assert setting.source


@given(DAYS, st.integers(0, 60))
def test_counting_working_days_undoes_adding_them(start, days):
    due_on = add_working_days(start, days, CALENDAR).due_on

    counted = rules.working_days_between(start, due_on, CALENDAR)

    assert counted == (days if days else int(due_on != start))


@given(DAYS, st.integers(0, 90), st.integers(0, 90))
def test_working_days_of_two_spans_add_up(start, first, second):
    middle = start + timedelta(days=first)
    end = middle + timedelta(days=second)

    parts = [
        rules.working_days_between(*span, CALENDAR) for span in [(start, middle), (middle, end)]
    ]

    assert sum(parts) == rules.working_days_between(start, end, CALENDAR)


def test_the_median_of_answers_is_none_before_the_first():
    monday = date(2026, 3, 2)
    answered = [(monday, monday), (monday, date(2026, 3, 3)), (monday, date(2026, 3, 9))]

    assert rules.median_days([], CALENDAR) is None
    assert rules.median_days(answered, CALENDAR) == Decimal(1)
    assert rules.median_days(answered[1:], CALENDAR) == Decimal(3)


@pytest.mark.parametrize(
    "text",
    [
        "电话13812345678",
        "身份证11010519491231002X。",
        "写信到 someone@example.org",
        "１ 13912345678",
    ],
)
def test_dm_03_what_belongs_to_a_person_is_found_in_a_text(text):
    assert rules.tells_of_a_person(text)


@pytest.mark.parametrize("text", ["2026年3月使用次数", "编号 138123456789012", "字段：街道、日期"])
def test_dm_03_ordinary_numbers_are_left_alone(text):
    assert not rules.tells_of_a_person(text)
