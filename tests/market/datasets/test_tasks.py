"""Does a delivered file become a version, or come back with a report, however often we try?"""

import pytest
from sqlalchemy import select

from kernel import clock
from kernel.events import EventLog
from kernel.jobs import Job
from kernel.objects import store as object_store
from market.datasets import reads, storage
from market.datasets.rules import VersionState
from market.datasets.tasks import give_up, load_version
from tests.factories.data import GOOD_CSV, make_dataset, make_delivery


@pytest.fixture
def delivered(session, store, bureau_officer):
    """Deliver bytes with a settled reading; commits, as the edge does."""

    def deliver(data: bytes = GOOD_CSV, **note: object):
        dataset = make_dataset(session, bureau_officer)
        version = make_delivery(
            session, dataset, bureau_officer, data=data, **{"encoding": "utf-8", **note}
        )
        session.commit()
        return version.id

    return deliver


def names(session) -> list[str]:
    return list(session.scalars(select(EventLog.name).order_by(EventLog.seq)))


def test_a_good_file_becomes_a_sealed_version_with_its_file_and_profile(session, delivered):
    version_id = delivered()

    load_version(version_id)

    session.expire_all()
    version = reads.find_version(session, version_id)
    assert version.state == VersionState.READY
    assert (version.rows, version.rows_read) == (3, 3)
    with storage.open_version(version) as path:
        assert path.stat().st_size == version.parquet_bytes
    score = version.profile[2]
    assert (score["filled"], score["smallest"], score["largest"]) == (2, "88", "95")
    assert names(session)[-1] == "market.version_arrived"


def test_loading_twice_changes_nothing_the_second_time(session, delivered):
    version_id = delivered()
    load_version(version_id)
    before = names(session)

    load_version(version_id)

    assert names(session) == before


def test_a_bad_file_comes_back_with_its_places_and_is_kept(session, delivered):
    data = b"code,name,score\n1,a,many\n"
    version_id = delivered(data)

    load_version(version_id)

    session.expire_all()
    version = reads.find_version(session, version_id)
    report = reads.problem_report(version)
    assert version.state == VersionState.REFUSED
    assert (report.fault, report.places[0].column) == ("wrong_types", "score")
    assert object_store().read(version.source_key) == data
    assert names(session)[-1] == "market.version_refused"


def test_a_text_in_gb18030_is_loaded_as_confirmed(session, delivered):
    version_id = delivered(GOOD_CSV.decode().encode("gb18030"), encoding="gb18030")

    load_version(version_id)

    session.expire_all()
    assert reads.find_version(session, version_id).state == VersionState.READY


def test_what_cannot_be_loaded_however_often_it_is_tried_comes_back(session, delivered):
    version_id = delivered()
    give_up()
    session.expire_all()
    assert reads.find_version(session, version_id).is_under_way

    job = session.scalars(select(Job).where(Job.task == "datasets.load_version")).one()
    job.failed_at = clock.now()
    session.commit()
    give_up()
    give_up()

    session.expire_all()
    version = reads.find_version(session, version_id)
    assert reads.problem_report(version).fault == "given_up"
    assert names(session).count("market.version_refused") == 1
