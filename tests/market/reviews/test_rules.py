"""Is the score the Bayesian mean, and does the work on a bad rating end only by a re-check?"""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.parameters import Mark
from kernel.workdays import is_working_day, state_council_calendar
from market.reviews import rules
from market.reviews.rules import CONTACT_WITHIN, RECTIFY_WITHIN, RectificationState, product_score

CALENDAR = state_council_calendar()
LEVELS = st.lists(st.integers(1, 5), max_size=60)
DAYS = st.dates(date(2025, 8, 1), date(2027, 12, 1))


def test_the_vector_of_the_domain_text():
    assert product_score(10, 5) == Decimal("3.467")


@given(LEVELS)
def test_a_score_lies_between_the_prior_and_the_plain_mean(levels):
    score = product_score(sum(levels), len(levels))
    ends = [rules.PRIOR_LEVEL, Decimal(sum(levels)) / len(levels) if levels else rules.PRIOR_LEVEL]

    assert min(ends) - rules.THOUSANDTH <= score <= max(ends) + rules.THOUSANDTH


@given(LEVELS, st.integers(1, 4))
def test_a_better_rating_never_lowers_a_score(levels, level):
    worse = product_score(sum(levels) + level, len(levels) + 1)

    assert product_score(sum(levels) + level + 1, len(levels) + 1) > worse


@given(LEVELS)
def test_one_rating_never_moves_a_score_by_more_than_its_weight(levels):
    before = product_score(sum(levels), len(levels))
    for level in (1, 5):
        after = product_score(sum(levels) + level, len(levels) + 1)

        assert abs(after - before) <= Decimal(4) / (rules.PRIOR_WEIGHT + 1) + rules.THOUSANDTH


@pytest.mark.parametrize(("level", "bad"), [(1, True), (2, True), (3, False), (5, False)])
def test_one_and_two_stars_are_bad(level, bad):
    assert rules.is_bad(level) == bad


def test_the_work_ends_only_after_a_re_check_and_every_step_leads_there():
    states = list(RectificationState)
    before_the_end = [s for s in states if rules.may_move(s, RectificationState.CLOSED)]

    assert before_the_end == [RectificationState.RECHECK]
    assert not any(rules.may_move(RectificationState.CLOSED, after) for after in states)
    for state in set(states) - {RectificationState.CLOSED}:
        assert any(rules.may_move(state, after) for after in states)


@given(DAYS)
def test_deadlines_are_working_days_and_contact_comes_first(day):
    contact, rectify = rules.contact_due(day, CALENDAR), rules.rectify_due(day, CALENDAR)

    assert day < contact < rectify
    assert is_working_day(contact, CALENDAR)
    assert is_working_day(rectify, CALENDAR)


def test_deadlines_from_both_sides_of_a_weekend():
    friday, monday = date(2026, 3, 6), date(2026, 3, 9)

    assert rules.contact_due(friday, CALENDAR) == monday
    assert rules.contact_due(monday, CALENDAR) == date(2026, 3, 10)
    assert rules.rectify_due(monday, CALENDAR) == date(2026, 3, 30)


@pytest.mark.parametrize("number", [CONTACT_WITHIN, RECTIFY_WITHIN])
def test_the_numbers_say_that_they_are_not_confirmed(number):
    assert number.at(date(2026, 3, 2)).mark is Mark.UNCONFIRMED
