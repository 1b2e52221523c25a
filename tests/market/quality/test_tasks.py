"""From a delivered file to a stored verdict: the whole way, on a real file."""

import pytest
from sqlalchemy import select

from kernel import clock, jobs
from kernel.events import EventLog
from market.datasets import reads as datasets
from market.datasets import tasks as dataset_tasks
from market.datasets.schemas import ColumnDraft
from market.quality import actions, reads
from market.quality import tasks as quality_tasks
from market.quality.rules import Grade, RunState
from market.quality.tasks import give_up, run_check
from tests.factories.data import SYSTEM, make_dataset, make_delivery, make_version

COLUMNS = (ColumnDraft(name="region", title="区划", format="region", description="行政区划代码"),)


def vector_q1() -> bytes:
    """Ten thousand rows of one column: 300 empty, 97 malformed, 50 in repeated sets."""
    good = [str(number) for number in range(100_000, 999_999)]
    values = good[: 10_000 - 300 - 97 - 25] + good[:0]
    repeated = values[:25]  # 25 pairs are 50 members
    malformed = [f"x{number}" for number in range(97)]
    empty = ['""'] * 300
    return ("region\n" + "\n".join([*values, *repeated, *malformed, *empty]) + "\n").encode()


@pytest.fixture
def loaded(session, store, bureau_officer):
    """A delivered file that the worker has loaded and checked."""

    def load(data: bytes, **changes: object):
        dataset = make_dataset(session, bureau_officer, columns=COLUMNS, **changes)
        make_delivery(session, dataset, bureau_officer, data=data, encoding="utf-8")
        session.commit()
        jobs.run_everything()
        session.expire_all()
        return datasets.latest_version(session, dataset.id)

    return load


def test_every_version_that_arrives_is_checked_by_itself(session, loaded):
    version = loaded(vector_q1())

    run = reads.latest_verdict(session, version.id)

    assert run.state == RunState.FINISHED
    assert run.rules_done == run.rules_total
    names = session.scalars(select(EventLog.name).order_by(EventLog.seq)).all()
    arrived = names.index("market.version_arrived")
    assert "market.quality_checked" in names[arrived:]  # the catalogue may add what it concludes
    assert dataset_tasks.LOADER.is_system
    assert quality_tasks.CHECKER.is_system


def test_vector_q1_from_the_file_to_the_stored_score(session, loaded):
    version = loaded(vector_q1())

    run = reads.latest_verdict(session, version.id)

    assert version.rows == 10_000
    assert run.indicators["0302"] == [9603, 9700]  # 99.00 %
    assert run.indicators["0303"] == [9950, 10_000]  # 99.50 %
    assert "0201" not in run.indicators  # the column is not declared required
    assert run.has_passed
    assert run.grade == Grade.A


def test_running_a_check_twice_changes_nothing_the_second_time(session, loaded):
    version = loaded(vector_q1())
    run = reads.latest_verdict(session, version.id)
    before = session.scalars(select(EventLog.id)).all()

    run_check(run.id)

    session.expire_all()
    assert session.scalars(select(EventLog.id)).all() == before


def test_personal_numbers_in_an_undeclared_column_block_the_verdict(session, store, bureau_officer):
    dataset = make_dataset(
        session, bureau_officer, columns=(ColumnDraft(name="note", title="备注"),)
    )
    data = "note\n联系人 13800138000\n正常\n".encode()
    make_delivery(session, dataset, bureau_officer, data=data, encoding="utf-8")
    session.commit()
    jobs.run_everything()
    session.expire_all()

    run = reads.latest_verdict(session, datasets.latest_version(session, dataset.id).id)

    assert run.indicators["0106"] == [1, 2]
    assert run.blockers[-1] == "security_rule"
    assert "13800138000" not in str([f.facts for f in reads.find_run(session, run.id).findings])


def test_a_check_that_fails_however_often_it_is_tried_ends_unpassed(session, bureau_officer):
    version = make_version(session, make_dataset(session, bureau_officer))
    run = actions.request_check(session, SYSTEM, version.id)
    job = session.scalars(select(jobs.Job).where(jobs.Job.task == "quality.run_check")).one()
    job.failed_at = clock.now()
    session.commit()

    give_up()
    give_up()

    session.expire_all()
    ended = reads.find_run(session, run.id)
    assert not ended.has_passed
    assert "rule_not_run" in ended.blockers
    assert reads.find_under_way(session, version.id) is None
