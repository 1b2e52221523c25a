"""Does a waiver have a name, a reason and an end, and change nothing but what passes?"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import clock
from kernel.actor import MissingPermission, SecondPersonNeeded
from market.quality import reads, waivers
from market.quality.actions import begin_check, request_check, store_result
from market.quality.ahp import dimension_weights
from market.quality.rules import (
    Counting,
    Failing,
    Indicator,
    Outcome,
    Rule,
    Severity,
    judge,
    rule_key,
)
from market.quality.schemas import WaiverDraft
from tests.factories.data import SYSTEM, make_dataset, make_version
from tests.factories.market import actor_of, sign_in_as, stored


def found(indicator: Indicator, failing: int, name: str = "expect_something") -> Outcome:
    rule = Rule(name, {}, indicator, Severity.WARNING, Counting.VALUES, "一条规则")
    return Outcome(rule, failing == 0, elements=100, missing=0, unexpected=failing)


def test_a_waiver_changes_what_passes_and_neither_score_nor_grade():
    bad, good = found(Indicator.CONTENT, 90), found(Indicator.FORMAT, 0)
    weights = dimension_weights()

    without = judge([bad, good], weights)
    waived = judge([bad, good], weights, frozenset({rule_key(bad.rule)}))

    assert (without.has_passed, waived.has_passed) == (False, True)
    assert (without.score, without.grade) == (waived.score, waived.grade)


def test_the_security_rule_is_never_waived():
    leak, good = found(Indicator.SECURITY_RULE, 1), found(Indicator.FORMAT, 0)

    verdict = judge([leak, good], dimension_weights(), frozenset({rule_key(leak.rule)}))

    assert Failing.SECURITY_RULE in verdict.blockers


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6))
def test_waiving_all_rules_passes_nothing(failing):
    outcomes = [found(Indicator.CONTENT, one, f"r{n}") for n, one in enumerate(failing)]
    keys = frozenset(rule_key(one.rule) for one in outcomes)

    assert not judge(outcomes, dimension_weights(), keys).has_passed


@pytest.fixture
def approver(session):
    return stored(session, actor_of("bureau_approver"))


@pytest.fixture
def failing(session, bureau_officer):
    """A checked version in which a third of the scores lies below nought."""
    version = make_version(session, make_dataset(session, bureau_officer))
    return check_again(session, version)


def check_again(session, version):
    run = reads.find_under_way(session, version.id) or request_check(session, SYSTEM, version.id)
    check = begin_check(session, run.id)
    outcomes = [_outcome(rule) for rule in check.suite.rules]
    store_result(session, SYSTEM, check, outcomes)
    session.commit()
    session.expire_all()
    return reads.find_run(session, run.id)


def _outcome(rule: Rule) -> Outcome:
    is_bad = rule.indicator in {Indicator.CONTENT, Indicator.ELEMENT_COMPLETENESS}
    is_claim = rule.counting is Counting.STATEMENT
    failing = 80 if is_bad else 0
    return Outcome(
        rule, is_claim or not failing, elements=100, missing=0, unexpected=failing, rows=None
    )


def draft(days: int = 30, **changes: object) -> WaiverDraft:
    given = {
        "responsible": "王芳",
        "reason": "旧系统的负分，下月改正",
        "ends_on": clock.today() + timedelta(days=days),
    }
    return WaiverDraft.model_validate({**given, **changes})


def bad_positions(run) -> list[int]:
    return [one.position for one in run.findings if not one.holds]


def test_the_verdict_passes_under_the_waiver_and_ends_with_it(session, approver, failing):
    positions = bad_positions(failing)
    assert not failing.has_passed
    for position in positions:
        waivers.grant_waiver(session, approver, failing.id, position, draft())
    version = reads.datasets.find_version(session, failing.version_id)

    run = check_again(session, version)

    assert run.has_passed
    assert run.score == failing.score
    assert len(run.waivers) == len(positions)
    last = clock.today() + timedelta(days=31)
    assert run.valid_until == clock.day_start(last)


def test_after_its_last_day_a_waiver_counts_no_more(session, approver, failing):
    waiver = waivers.grant_waiver(
        session, approver, failing.id, bad_positions(failing)[0], draft(days=2)
    )

    assert waiver.stands(clock.today() + timedelta(days=2))
    assert not waiver.stands(clock.today() + timedelta(days=3))


@pytest.mark.parametrize(("days", "is_taken"), [(0, False), (1, True), (90, True), (91, False)])
def test_a_waiver_ends_within_ninety_days(session, approver, failing, days, is_taken):
    position = bad_positions(failing)[0]
    if is_taken:
        assert waivers.grant_waiver(session, approver, failing.id, position, draft(days=days))
    else:
        with pytest.raises(waivers.WaiverTooLong):
            waivers.grant_waiver(session, approver, failing.id, position, draft(days=days))


def test_a_rule_that_holds_needs_no_waiver(session, approver, failing):
    holding = next(one.position for one in failing.findings if one.holds)

    with pytest.raises(waivers.NothingToWaive):
        waivers.grant_waiver(session, approver, failing.id, holding, draft())


def test_whoever_delivered_does_not_waive_and_neither_does_a_clerk(
    session, approver, bureau_officer, failing
):
    position = bad_positions(failing)[0]
    version = reads.datasets.find_version(session, failing.version_id)
    with pytest.raises(MissingPermission):
        waivers.grant_waiver(session, bureau_officer, failing.id, position, draft())

    same = replace(approver, id=version.delivered_by)

    with pytest.raises(SecondPersonNeeded):
        waivers.grant_waiver(session, same, failing.id, position, draft())


def test_ended_early_the_rule_binds_again(session, approver, failing):
    granted = [
        waivers.grant_waiver(session, approver, failing.id, position, draft())
        for position in bad_positions(failing)
    ]
    version = reads.datasets.find_version(session, failing.version_id)
    assert check_again(session, version).has_passed

    for waiver in granted:
        waivers.end_waiver(session, approver, waiver.id)

    assert not check_again(session, version).has_passed


def test_the_approver_waives_on_the_page_with_name_reason_and_end(client, session, failing):
    sign_in_as(client, "bureau_approver")
    report = client.get(f"/quality/versions/{failing.version_id}").text
    address = f"/quality/checks/{failing.id}/findings/{bad_positions(failing)[0]}/waiver"
    assert address in report

    nameless = client.post(address, data={"reason": "下月改正旧系统", "ends_on": "2099-01-01"})
    day = (clock.today() + timedelta(days=9)).isoformat()
    done = client.post(
        address, data={"responsible": "王芳", "reason": "下月改正旧系统", "ends_on": day}
    )

    assert (nameless.status_code, done.status_code) == (422, 303)
    assert "王芳" in client.get(f"/quality/versions/{failing.version_id}").text
    listed = client.get(f"/api/quality/datasets/{failing.dataset_id}/waivers")
    assert [one["reason"] for one in listed.json["items"]] == ["下月改正旧系统"]
    assert "王芳" not in listed.text
