"""Which attempts are watched, and by when must somebody answer?"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kernel.periods import Period
from kernel.workdays import state_council_calendar
from supervision.alerts import rules
from supervision.alerts.rules import (
    RULES,
    AnswerTime,
    Evidence,
    Grant,
    RefusedAct,
    Severity,
    UseOfData,
)
from supervision.audit.rules import SCOPES_OF_MONITORING_RULES

CALENDAR = state_council_calendar()


def refused(
    clause: str, organization_id: str | None = "org_1", code: str = "price-above-cap"
) -> RefusedAct:
    return RefusedAct(
        actor_id="usr_1",
        organization_id=organization_id,
        about_id="prd_1",
        act="pricing_api.set_price",
        code=code,
        clause=clause,
        reason="价格高于上限",
        occurred_at=datetime(2026, 11, 2, 17, 0, tzinfo=UTC),
        event_id="evt_1",
    )


@pytest.mark.parametrize(
    ("clause", "rule_id", "severity"),
    [
        ("PR-04", "SU-02", Severity.ORANGE),
        ("AO-07", "SU-01", Severity.RED),
        ("SU-25", "SU-25", Severity.BLUE),
        ("SU-31", "SU-31", Severity.YELLOW),
    ],
)
def test_a_refused_attempt_is_a_hit_of_its_rule(clause: str, rule_id: str, severity: Severity):
    hit = rules.hit_of_refusal(refused(clause))

    assert hit is not None
    assert (hit.rule_id, hit.subject_id, hit.object_id) == (rule_id, "org_1", "prd_1")
    assert RULES[rule_id].severity is severity
    assert Evidence("拒绝理由", "价格高于上限") in hit.evidence


@pytest.mark.parametrize("clause", ["", "LC-06", "PR-4", "PR-040"])
def test_other_refusals_are_no_hit(clause: str):
    assert rules.hit_of_refusal(refused(clause)) is None


@pytest.mark.parametrize(
    ("clause", "code"),
    [("PR-04", "cap-missing"), ("PR-04", "publication-blocked"), ("AO-07", "publication-blocked")],
)
def test_other_acts_that_the_same_clause_refuses_are_no_attempt(clause: str, code: str):
    assert rules.hit_of_refusal(refused(clause, code=code)) is None


def test_without_an_organisation_the_person_is_the_subject():
    hit = rules.hit_of_refusal(refused("PR-04", organization_id=None))

    assert hit is not None
    assert hit.subject_id == "usr_1"


def test_the_day_of_a_hit_is_the_civil_day():
    hit = rules.hit_of_refusal(refused("PR-04"))

    assert hit is not None
    assert hit.day == date(2026, 11, 3)  # 17:00 UTC is one o'clock in the morning


def test_a_red_alert_is_answered_within_24_hours():
    raised_at = datetime(2026, 10, 1, 3, 0, tzinfo=UTC)

    answer = rules.answer_time(Severity.RED, raised_at, CALENDAR)

    assert answer == AnswerTime(datetime(2026, 10, 2, 3, 0, tzinfo=UTC), False)


def test_an_orange_alert_before_the_holiday_is_answered_after_it():
    raised_at = datetime(2026, 9, 30, 3, 0, tzinfo=UTC)

    answer = rules.answer_time(Severity.ORANGE, raised_at, CALENDAR)

    # Two working days after 30 September: 8 and 9 October; the 9th ends at 16:00 UTC.
    assert answer == AnswerTime(datetime(2026, 10, 9, 16, 0, tzinfo=UTC), False)


def test_a_yellow_alert_beyond_the_calendar_is_provisional():
    raised_at = datetime(2026, 12, 28, 3, 0, tzinfo=UTC)

    answer = rules.answer_time(Severity.YELLOW, raised_at, CALENDAR)

    assert answer == AnswerTime(datetime(2027, 1, 4, 16, 0, tzinfo=UTC), True)


def test_a_blue_alert_has_no_deadline():
    answer = rules.answer_time(Severity.BLUE, datetime(2026, 1, 5, tzinfo=UTC), CALENDAR)

    assert answer == AnswerTime(None, False)


def test_every_rule_says_its_thresholds_with_unit_source_and_mark():
    for rule in RULES.values():
        assert rule.thresholds
        assert SCOPES_OF_MONITORING_RULES[rule.id]
        for setting in rule.thresholds.values():
            assert setting.unit
            assert setting.source


NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
USE = UseOfData("org_1", "prd_1", "lic_1", ("dst_1", "dst_2"), NOON, "evt_1")
GRANT = Grant(
    dataset_ids=frozenset({"dst_1", "dst_2"}),
    term=Period(date(2026, 7, 1), date(2029, 7, 1)),
    activated_at=datetime(2026, 7, 1, tzinfo=UTC),
    suspended_at=None,
    ended_at=None,
)


def test_a_use_under_an_agreement_in_force_is_no_hit():
    assert rules.hit_of_use(USE, [GRANT]) is None


def test_two_agreements_may_cover_a_use_together():
    parts = [replace(GRANT, dataset_ids=frozenset({item})) for item in ("dst_1", "dst_2")]

    assert rules.hit_of_use(USE, parts) is None
    hit = rules.hit_of_use(USE, parts[:1])
    assert hit is not None
    assert (hit.rule_id, hit.subject_id, hit.object_id) == ("SU-01", "org_1", "prd_1")
    assert hit.evidence[0].value == "dst_2"


@pytest.mark.parametrize(
    "changes",
    [
        {"activated_at": None},
        {"activated_at": NOON + timedelta(seconds=1)},
        {"suspended_at": NOON},
        {"ended_at": NOON},
        {"term": Period(date(2026, 7, 1), date(2026, 11, 2))},
        {"term": Period(date(2026, 11, 3), date(2029, 7, 1))},
    ],
)
def test_a_use_outside_the_time_of_its_agreement_is_a_hit(changes: dict[str, Any]):
    assert rules.hit_of_use(USE, [replace(GRANT, **changes)]) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"activated_at": NOON},
        {"suspended_at": NOON + timedelta(seconds=1)},
        {"ended_at": NOON + timedelta(seconds=1)},
        {"term": Period(date(2026, 7, 1), date(2026, 11, 3))},
        {"term": Period(date(2026, 11, 2), date(2029, 7, 1))},
    ],
)
def test_a_use_just_inside_it_is_none(changes: dict[str, Any]):
    assert rules.hit_of_use(USE, [replace(GRANT, **changes)]) is None


def test_without_any_agreement_every_use_is_a_hit():
    hit = rules.hit_of_use(USE, [])

    assert hit is not None
    assert hit.evidence[0].value == "dst_1、dst_2"
