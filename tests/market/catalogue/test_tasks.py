"""Verdicts on quality arrive, run out and stop products, however often a task is called."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from kernel import clock, relay
from kernel.actor import Actor
from kernel.db import transaction
from kernel.events import record
from market.catalogue import actions, reads, tasks
from market.catalogue.rules import ProductState, Verdict, VerdictKind, VerdictState
from market.quality.events import QualityChecked
from tests.factories.catalogue import HOUSE, make_product, make_source, push

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
PASSED = QualityChecked(
    run_id="qrn_1",
    version_id="dsv_1",
    dataset_id="dst_1",
    title="餐饮卫生检查",
    number=1,
    has_passed=True,
    grade="A",
    score="0.97",
    valid_until=NOON + timedelta(days=35),
)
FAILED = replace(PASSED, run_id="qrn_2", version_id="dsv_2", number=2, has_passed=False, grade="D")


def keep(session: Session, checked: QualityChecked) -> Verdict:
    actions.keep_quality(session, HOUSE, checked, "evt_1")
    found = reads.find_verdict(session, VerdictKind.QUALITY, checked.dataset_id)
    assert found is not None
    return found


def test_a_passed_check_stands_until_the_data_is_stale(session: Session) -> None:
    with clock.frozen_at(NOON):
        verdict = keep(session, PASSED)

    assert verdict.state is VerdictState.HOLDS
    assert verdict.valid_until == NOON + timedelta(days=35)
    assert verdict.facts["version_id"] == "dsv_1"
    assert verdict.event_id == "evt_1"


def test_a_later_version_that_fails_leaves_the_good_one_in_service(session: Session) -> None:
    with clock.frozen_at(NOON):
        keep(session, PASSED)
        verdict = keep(session, FAILED)

    assert verdict.facts["version_id"] == "dsv_1"
    assert verdict.state is VerdictState.HOLDS


def test_a_later_version_that_fails_counts_once_the_good_one_is_stale(session: Session) -> None:
    with clock.frozen_at(NOON):
        keep(session, PASSED)
    with clock.frozen_at(NOON + timedelta(days=35)):
        verdict = keep(session, FAILED)

    assert verdict.facts["version_id"] == "dsv_2"
    assert verdict.state is VerdictState.FAILS


def test_the_good_version_itself_falls_when_it_fails_a_new_check(session: Session) -> None:
    with clock.frozen_at(NOON):
        keep(session, PASSED)
        verdict = keep(session, replace(FAILED, version_id="dsv_1"))

    assert verdict.state is VerdictState.FAILS


def test_a_check_that_failed_first_is_no_verdict_that_holds(session: Session) -> None:
    with clock.frozen_at(NOON):
        assert keep(session, FAILED).state is VerdictState.FAILS
        assert keep(session, PASSED).state is VerdictState.HOLDS


def test_the_relay_brings_the_verdict_once(connection: Connection, session: Session) -> None:
    name = f"{tasks.__name__}.keep_quality"
    with transaction() as writing:
        source = make_source(writing)
        record(writing, Actor.system("tests"), replace(PASSED, dataset_id=source.id))

    relay.deliver(name)
    relay.deliver(name)

    found = reads.find_verdict(session, VerdictKind.QUALITY, source.id)
    assert found is not None
    assert found.facts["grade"] == "A"


def test_lapsed_products_are_stopped_and_a_second_run_changes_nothing(
    connection: Connection, session: Session
) -> None:
    with clock.frozen_at(NOON), transaction() as writing:
        product = make_product(writing)
        end = NOON + timedelta(hours=1)
        push(writing, VerdictKind.QUALITY, product.dataset_ids[0], valid_until=end)
    with clock.frozen_at(NOON + timedelta(hours=1)):
        tasks.suspend_lapsed()
        revision = reads.get_product(session, product.id).revision
        tasks.suspend_lapsed()

    again = reads.get_product(session, product.id)
    assert again.state == ProductState.SUSPENDED
    assert again.revision == revision


def test_a_notice_that_is_over_puts_the_product_on_sale_once(
    connection: Connection, session: Session
) -> None:
    with clock.frozen_at(NOON), transaction() as writing:
        source = make_source(writing)
        push(writing, VerdictKind.REGISTERED, source.id)
        product = make_product(writing, source, state=ProductState.REVIEW, jurisdiction="hainan")
        push(writing, VerdictKind.REGISTERED, product.id)
    with clock.frozen_at(NOON), transaction() as writing:
        approver = Actor.system("another person")
        actions.publish_product(writing, approver, product.id)
    with clock.frozen_at(NOON + timedelta(days=4)):
        tasks.end_notices()
        tasks.end_notices()

    assert reads.get_product(session, product.id).state == ProductState.ON_SALE
