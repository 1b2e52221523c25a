"""Is a version checked once at a time, judged by its counts, and told about?"""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from kernel.actor import MissingPermission
from kernel.errors import NotFound
from kernel.events import EventLog
from kernel.jobs import Job
from market.datasets.rules import TypeCode
from market.datasets.schemas import ColumnDraft
from market.quality import actions, reads
from market.quality.actions import CheckUnderWay, VersionNotReady
from market.quality.models import QualityRun
from market.quality.rules import Failing, Grade, RunState
from tests.factories.data import make_dataset, make_delivery, make_verdict, make_version
from tests.factories.market import actor_of, stored


@pytest.fixture
def version(session, bureau_officer):
    return make_version(session, make_dataset(session, bureau_officer, update_cycle="monthly"))


def checked(session) -> list[dict]:
    rows = session.scalars(select(EventLog).where(EventLog.name == "market.quality_checked"))
    return [row.payload for row in rows]


def test_a_check_is_queued_for_a_ready_version(session, version, bureau_officer):
    run = actions.request_check(session, bureau_officer, version.id)

    assert run.state == RunState.QUEUED
    assert run.version_sha256 == version.parquet_sha256
    tasks = session.scalars(select(Job.task)).all()
    assert tasks[-1] == "quality.run_check"


def test_a_version_that_is_not_loaded_cannot_be_checked(session, store, bureau_officer):
    version = make_delivery(session, make_dataset(session, bureau_officer), bureau_officer)

    with pytest.raises(VersionNotReady):
        actions.request_check(session, bureau_officer, version.id)


def test_a_second_check_waits_for_the_first(session, version, bureau_officer):
    first = actions.request_check(session, bureau_officer, version.id)

    with pytest.raises(CheckUnderWay) as refused:
        actions.request_check(session, bureau_officer, version.id)

    assert refused.value.run_id == first.id


def test_another_organisation_may_not_have_it_checked(session, version):
    stranger = stored(session, actor_of("source_department"))

    with pytest.raises(MissingPermission):
        actions.request_check(session, stranger, version.id)


def test_for_a_buyer_the_version_does_not_exist(session, version, analyst):
    with pytest.raises(NotFound):
        actions.request_check(session, analyst, version.id)


def test_a_flawless_version_passes_with_grade_a_and_is_told(session, version):
    run = make_verdict(session, version)

    assert (run.has_passed, run.grade, run.score) == (True, Grade.A, Decimal(1))
    assert run.valid_until == version.delivered_at + timedelta(days=70)
    told = checked(session)[0]
    assert (told["version_id"], told["has_passed"], told["grade"]) == (version.id, True, "A")
    assert told["valid_until"] == run.valid_until.isoformat().replace("+00:00", "Z")


def test_a_version_with_one_leak_does_not_pass_whatever_its_score(session, version):
    run = make_verdict(session, version, failing_share=1)

    assert run.grade is Grade.A
    assert not run.has_passed
    assert run.blockers == [Failing.SECURITY_RULE]


def test_a_bad_version_is_graded_and_blocked(session, version):
    run = make_verdict(session, version, failing_share=40)

    assert run.grade is Grade.D or run.grade is Grade.C
    assert Failing.BELOW_GRADE_B in run.blockers


def test_only_counts_are_kept_of_each_rule(session, version):
    run = make_verdict(session, version, failing_share=10)

    stored_run = reads.find_run(session, run.id)
    finding = next(f for f in stored_run.findings if f.indicator == "0201")
    assert (finding.conforming, finding.total) == (90, 100)
    assert finding.facts == {"column": "机构编码"}
    kinds = {type(value) for f in stored_run.findings for value in (f.elements, f.unexpected)}
    assert kinds <= {int, type(None)}


def test_the_verdict_keeps_the_suite_it_was_reached_by(session, version):
    run = make_verdict(session, version)

    assert len(run.suite["expectations"]) == run.rules_total - 1  # one is read off the dictionary
    assert len(run.suite_sha256) == 64


def test_storing_a_result_twice_keeps_the_first(session, version, bureau_officer):
    run = make_verdict(session, version)

    assert actions.begin_check(session, run.id) is None
    assert len(checked(session)) == 1


def test_a_cycle_that_promises_nothing_gives_a_verdict_without_end(session, bureau_officer):
    version = make_version(session, make_dataset(session, bureau_officer))

    assert make_verdict(session, version).valid_until is None


def test_the_newest_verdict_counts_and_the_history_has_one_for_each_version(
    session, bureau_officer
):
    dataset = make_dataset(session, bureau_officer)
    first, second = make_version(session, dataset), make_version(session, dataset)
    make_verdict(session, first, failing_share=20)
    again = make_verdict(session, first)
    latest = make_verdict(session, second)

    assert reads.latest_verdict(session, first.id) is again
    assert [(n, run.id) for n, run in reads.history(session, dataset.id)] == [
        (1, again.id),
        (2, latest.id),
    ]


def test_progress_is_noted_while_a_check_runs(session, version, bureau_officer):
    run = actions.request_check(session, bureau_officer, version.id)
    actions.begin_check(session, run.id)
    session.flush()

    actions.note_progress(session, run.id, 3)

    session.expire(run)
    assert run.rules_done == 3


def test_findings_are_never_changed(session, version):
    make_verdict(session, version)

    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("UPDATE quality_findings SET unexpected = 0"))


def test_the_database_holds_one_unfinished_check_a_version(session, version, bureau_officer):
    run = actions.request_check(session, bureau_officer, version.id)
    facts = {c.name: getattr(run, c.name) for c in QualityRun.__table__.columns}

    session.add(QualityRun(**{**facts, "id": "qlr_second"}))
    with pytest.raises(IntegrityError):
        session.flush()


def test_the_dictionary_that_counts_is_the_version_s_own(session, bureau_officer):
    columns = (ColumnDraft(name="n", title="数", type=TypeCode.INTEGER, is_required=True),)
    version = make_version(session, make_dataset(session, bureau_officer, columns=columns))
    run = actions.request_check(session, bureau_officer, version.id)

    check = actions.begin_check(session, run.id)

    assert [rule.indicator.value for rule in check.suite.rules] == [
        "0102",
        "0102",
        "0201",
        "0303",
    ]
