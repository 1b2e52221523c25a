"""Completeness, stages and the clock of an application."""

from datetime import date

import pytest

from licensing.applications.rules import (
    ApplicationState,
    Missing,
    Stage,
    completeness,
    has_lapsed,
    stage_of,
)
from market.catalogue.rules import Purpose

SCENARIO = "承保人员在报价前核对被保险餐饮单位所在区域的检查结果分布"


def test_a_complete_application_misses_nothing() -> None:
    assert completeness(SCENARIO, "仅两人可见", Purpose.INDUSTRY, "").is_complete


@pytest.mark.parametrize(
    ("scenario", "measures", "purpose", "proof", "missing"),
    [
        ("分析", "仅两人可见", Purpose.INDUSTRY, "", Missing.SCENARIO),
        (SCENARIO, "  ", Purpose.INDUSTRY, "", Missing.MEASURES),
        (SCENARIO, "仅两人可见", Purpose.PUBLIC_INTEREST, "", Missing.PROOF),
        (SCENARIO, "仅两人可见", Purpose.GOVERNANCE, " ", Missing.PROOF),
    ],
)
def test_what_is_missing_is_named(
    scenario: str, measures: str, purpose: Purpose, proof: str, missing: Missing
) -> None:
    assert completeness(scenario, measures, purpose, proof).missing == (missing,)


def test_two_stages_follow_each_other_and_then_none() -> None:
    assert [stage_of(state) for state in ApplicationState] == [
        Stage.REVIEW,
        Stage.APPROVAL,
        None,
        None,
        None,
        None,
    ]


def test_an_application_lapses_after_its_last_day_not_on_it() -> None:
    due_on = date(2026, 3, 12)

    assert not has_lapsed(ApplicationState.SUBMITTED, due_on, date(2026, 3, 12))
    assert has_lapsed(ApplicationState.REVIEWED, due_on, date(2026, 3, 13))
    assert not has_lapsed(ApplicationState.APPROVED, due_on, date(2026, 3, 13))
