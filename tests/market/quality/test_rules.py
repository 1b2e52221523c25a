"""Is a score a share of elements, and does the grade follow from the unrounded score?"""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.datasets.rules import UpdateCycle
from market.quality.ahp import dimension_weights
from market.quality.rules import (
    Counting,
    Failing,
    Freshness,
    Grade,
    Indicator,
    Outcome,
    QualityDimension,
    Rule,
    Severity,
    Share,
    dimension_scores,
    fresh_until,
    freshness,
    grade_of,
    indicator_shares,
    judge,
    listed_until,
    measured_share,
    total_score,
)

DELIVERED = datetime(2026, 11, 1, tzinfo=UTC)


def rule(
    indicator: Indicator = Indicator.CONTENT,
    counting: Counting = Counting.VALUES,
    expected_rows: int = 0,
) -> Rule:
    return Rule(
        "expect_something",
        {},
        indicator,
        Severity.WARNING,
        counting,
        "一条规则",
        expected_rows=expected_rows,
    )


def outcome(
    indicator: Indicator = Indicator.CONTENT,
    counting: Counting = Counting.VALUES,
    elements: int | None = 100,
    missing: int | None = 0,
    unexpected: int | None = 0,
    **changes: object,
) -> Outcome:
    return Outcome(
        rule(indicator, counting),
        **{
            "holds": unexpected == 0,
            "elements": elements,
            "missing": missing,
            "unexpected": unexpected,
            **changes,
        },
    )


def test_vector_q1_empty_values_count_only_against_completeness():
    filled = outcome(Indicator.ELEMENT_COMPLETENESS, Counting.FILLED, 10_000, None, 300)
    formed = outcome(Indicator.FORMAT, Counting.VALUES, 10_000, 300, 97)
    repeated = outcome(Indicator.DUPLICATES, Counting.RECORDS, 10_000, 0, 50)

    assert measured_share(filled).ratio == Fraction(97, 100)
    assert measured_share(formed).ratio == Fraction(99, 100)
    assert measured_share(repeated).ratio == Fraction(9950, 10_000)


def test_a_rule_that_holds_with_exceptions_still_scores_below_one():
    """`mostly` may turn the flag green; the score remains the share."""
    tolerated = outcome(unexpected=4, holds=True)

    assert measured_share(tolerated) == Share(96, 100)


def test_a_column_without_any_value_is_not_measured():
    empty = outcome(elements=100, missing=100, unexpected=0)

    assert measured_share(empty) is None
    assert indicator_shares([empty]) == {}


def test_a_rule_that_did_not_run_is_not_measured_and_blocks():
    broken = outcome(elements=None, missing=None, unexpected=None, holds=False, failed_to_run=True)

    verdict = judge([broken, outcome()], dimension_weights())

    assert measured_share(broken) is None
    assert Failing.RULE_NOT_RUN in verdict.blockers


@pytest.mark.parametrize(
    ("rows", "share"), [(99, Share(99, 100)), (100, Share(100, 100)), (120, Share(100, 100))]
)
def test_record_completeness_is_capped_at_one(rows, share):
    counted = Outcome(
        rule(Indicator.RECORD_COMPLETENESS, Counting.ROW_NUMBER, expected_rows=100),
        holds=rows == 100,
        rows=rows,
    )

    assert measured_share(counted) == share


def test_elements_of_one_indicator_are_pooled():
    shares = indicator_shares(
        [outcome(elements=10, unexpected=5), outcome(elements=90, unexpected=0)]
    )

    assert shares == {Indicator.CONTENT: Share(95, 100)}


def test_a_group_is_the_mean_of_its_measured_indicators():
    scores = dimension_scores({Indicator.CONTENT: Share(1, 2), Indicator.FORMAT: Share(1, 1)})

    assert scores == {QualityDimension.ACCURACY: Fraction(3, 4)}


def test_weights_of_groups_not_measured_are_spread_over_the_others():
    weights = dimension_weights()
    scores = {QualityDimension.ACCURACY: Fraction(1), QualityDimension.TIMELINESS: Fraction(0)}

    accuracy, timeliness = weights[QualityDimension.ACCURACY], weights[QualityDimension.TIMELINESS]
    assert total_score(scores, weights) == accuracy / (accuracy + timeliness)


def test_nothing_measured_gives_no_score_and_does_not_pass():
    verdict = judge([], dimension_weights())

    assert verdict.score is None
    assert verdict.grade is None
    assert verdict.blockers == (Failing.NOTHING_MEASURED,)


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (Fraction(1), Grade.A),
        (Fraction(95, 100), Grade.A),
        (Fraction(95, 100) - Fraction(1, 10**12), Grade.B),
        (Fraction(85, 100), Grade.B),
        (Fraction(85, 100) - Fraction(1, 10**12), Grade.C),
        (Fraction(70, 100), Grade.C),
        (Fraction(70, 100) - Fraction(1, 10**12), Grade.D),
        (Fraction(0), Grade.D),
    ],
)
def test_the_grade_is_read_from_the_unrounded_score(score, grade):
    assert grade_of(score) is grade


@pytest.mark.parametrize(("failing", "passes"), [(15, True), (16, False)])
def test_a_version_passes_from_exactly_grade_b(failing, passes):
    verdict = judge([outcome(elements=100, unexpected=failing)], dimension_weights())

    assert verdict.has_passed is passes


def test_one_leaked_number_blocks_whatever_the_score():
    leaked = outcome(Indicator.SECURITY_RULE, elements=1_000_000, unexpected=1)

    verdict = judge([leaked], dimension_weights())

    assert verdict.grade is Grade.A
    assert verdict.blockers == (Failing.SECURITY_RULE,)


def test_every_indicator_belongs_to_the_group_of_its_code():
    groups = {indicator.value[:2]: indicator.dimension for indicator in Indicator}

    assert groups == {
        "01": QualityDimension.NORMATIVITY,
        "02": QualityDimension.COMPLETENESS,
        "03": QualityDimension.ACCURACY,
        "04": QualityDimension.CONSISTENCY,
        "05": QualityDimension.TIMELINESS,
        "06": QualityDimension.ACCESSIBILITY,
    }


@given(
    st.dictionaries(
        st.sampled_from(list(Indicator)),
        st.integers(1, 10**9).flatmap(
            lambda total: st.integers(0, total).map(lambda good: Share(good, total))
        ),
        min_size=1,
    )
)
def test_a_score_lies_between_the_worst_and_the_best_group(shares):
    scores = dimension_scores(shares)

    score = total_score(scores, dimension_weights())

    assert min(scores.values()) <= score <= max(scores.values())


@pytest.mark.parametrize(
    ("cycle", "days"),
    [
        (UpdateCycle.WEEKLY, 8),
        (UpdateCycle.MONTHLY, 35),
        (UpdateCycle.QUARTERLY, 100),
        (UpdateCycle.YEARLY, 380),
    ],
)
def test_a_version_is_fresh_to_the_last_moment_and_overdue_after_twice_that(cycle, days):
    second = timedelta(seconds=1)
    stale_after = DELIVERED + timedelta(days=days)
    overdue_after = DELIVERED + timedelta(days=2 * days)

    assert fresh_until(cycle, DELIVERED) == stale_after
    assert listed_until(cycle, DELIVERED) == overdue_after
    assert freshness(cycle, DELIVERED, stale_after) is Freshness.FRESH
    assert freshness(cycle, DELIVERED, stale_after + second) is Freshness.STALE
    assert freshness(cycle, DELIVERED, overdue_after) is Freshness.STALE
    assert freshness(cycle, DELIVERED, overdue_after + second) is Freshness.OVERDUE


@pytest.mark.parametrize(("cycle", "hours"), [(UpdateCycle.REAL_TIME, 1), (UpdateCycle.DAILY, 36)])
def test_short_cycles_are_counted_in_hours(cycle, hours):
    assert fresh_until(cycle, DELIVERED) == DELIVERED + timedelta(hours=hours)


def test_without_a_promised_cycle_nothing_goes_stale():
    assert fresh_until(UpdateCycle.OTHER, DELIVERED) is None
    assert listed_until(UpdateCycle.OTHER, DELIVERED) is None
    far_off = DELIVERED + timedelta(days=10_000)
    assert freshness(UpdateCycle.OTHER, DELIVERED, far_off) is Freshness.NOT_PROMISED
