"""Is what is out of the ordinary noticed once, by history and season, with its threshold?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from kernel import clock
from kernel.events import EventLog
from market.quality.rules import FRESH_FOR
from market.watches import actions
from market.watches.models import QualityNotice
from market.watches.rules import Basis, Snapshot, Watched, figures_of, readings
from market.watches.tasks import look_at_the_clock
from tests.factories.data import SYSTEM, make_dataset, make_version
from tests.factories.market import sign_in_as

START = datetime(2022, 1, 15, tzinfo=UTC)
VOLUME = (Watched.VOLUME, "")


def snapshots(*volumes: float, days: int = 30) -> list[Snapshot]:
    return [
        Snapshot(place + 1, START + timedelta(days=days * place), {VOLUME: volume})
        for place, volume in enumerate(volumes)
    ]


def newest(*volumes: float, days: int = 30):
    return readings(snapshots(*volumes, days=days))[0]


def test_with_too_little_history_nothing_is_said():
    assert newest(100, 100, 100, 5).basis is Basis.TOO_FEW
    assert not newest(100, 100, 100, 5).is_anomaly
    assert newest(100, 100, 100, 100, 5).is_anomaly


@pytest.mark.parametrize(
    ("volume", "is_anomaly"), [(120, False), (121, True), (80, False), (79, True)]
)
def test_the_floor_of_a_quiet_history_is_a_fifth_of_it(volume, is_anomaly):
    assert newest(100, 100, 100, 100, volume).is_anomaly is is_anomaly


def test_a_restless_history_reaches_further():
    assert not newest(60, 140, 80, 120, 100, 150).is_anomaly
    assert newest(100, 101, 99, 100, 100, 150).is_anomaly


def test_the_season_is_compared_with_the_same_month_of_earlier_years():
    quiet, busy = [100.0] * 11, 300.0
    years = [busy, *quiet] * 3

    reading = newest(*years, busy, days=30.4375)

    assert reading.basis is Basis.SEASON
    assert reading.expected == busy
    assert not reading.is_anomaly


@given(st.lists(st.integers(1, 10**9), min_size=4, max_size=30))
def test_what_is_usual_is_never_an_anomaly(volumes):
    usual = newest(*volumes, 1).expected

    assert not newest(*volumes, usual).is_anomaly


def test_the_figures_of_a_version_come_from_its_profile():
    profile = [
        {"name": "a", "sampled": 10, "filled": 5, "distinct": 1, "mean": "2.5"},
        {"name": "b", "sampled": 10, "filled": 0, "distinct": 0, "mean": ""},
        {"name": "c", "sampled": 0, "filled": 0, "distinct": 0, "mean": ""},
    ]

    assert figures_of(7, profile) == {
        VOLUME: 7.0,
        (Watched.FILLED, "a"): 0.5,
        (Watched.DISTINCT, "a"): 0.2,
        (Watched.MEAN, "a"): 2.5,
        (Watched.FILLED, "b"): 0.0,
    }


@pytest.fixture
def shrunk(session, bureau_officer):
    """A data set whose fifth version has lost half of its records."""
    dataset = make_dataset(session, bureau_officer, update_cycle="weekly")
    versions = [make_version(session, dataset, rows=rows) for rows in (100, 100, 100, 100, 50)]
    session.commit()
    return dataset, versions[-1]


def test_an_anomaly_is_told_once_with_its_threshold(session, shrunk):
    _, version = shrunk

    first = actions.notice_anomalies(session, SYSTEM, version.id)
    second = actions.notice_anomalies(session, SYSTEM, version.id)

    assert (first, second) == (1, 0)
    event = session.scalars(select(EventLog).where(EventLog.name == "market.anomaly_noticed")).one()
    assert (event.payload["value"], event.payload["low"], event.payload["high"]) == (
        "50",
        "80",
        "120",
    )


def test_the_page_and_the_desk_show_it_with_the_threshold(client, session, shrunk):
    dataset, version = shrunk
    actions.notice_anomalies(session, SYSTEM, version.id)
    session.commit()
    sign_in_as(client, "bureau_officer")

    page = client.get(f"/quality/datasets/{dataset.id}/watch").text
    read = client.get(f"/api/quality/datasets/{dataset.id}/watch").json

    assert "80 – 120" in page
    assert "《餐饮卫生检查》记录数异常" in client.get("/desk").text
    assert read["readings"][0]["is_anomaly"]
    assert read["freshness"] == "fresh"


def test_lateness_is_told_after_one_miss_and_after_two_and_each_once(session, shrunk):
    dataset, version = shrunk
    promised = FRESH_FOR["weekly"]

    def told_at(moment: datetime) -> list[str]:
        with clock.frozen_at(moment):
            look_at_the_clock()
            look_at_the_clock()
        session.expire_all()
        kinds = select(QualityNotice.watched).where(QualityNotice.dataset_id == dataset.id)
        return sorted(session.scalars(kinds))

    due = version.delivered_at + promised
    second = timedelta(seconds=1)
    assert told_at(due) == []
    assert told_at(due + second) == ["stale"]
    assert told_at(due + promised) == ["stale"]
    assert told_at(due + promised + second) == ["overdue", "stale"]


def test_without_data_the_page_says_when_it_begins(client, session, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    session.commit()
    sign_in_as(client, "bureau_officer")

    assert "还没有可以监测的版本" in client.get(f"/quality/datasets/{dataset.id}/watch").text
