"""Are the records that fail set aside, all of them, and for those who keep the data only?"""

import duckdb
import pytest
from sqlalchemy import select

from kernel import jobs
from kernel.events import EventLog
from market.datasets import reads as datasets
from market.datasets import tasks as loading
from market.datasets.rules import ColumnSpec, TypeCode
from market.quality import reads as quality
from market.quality import tasks as checking
from market.quality.expectations import SUPPORTED
from market.quality.rules import Counting
from market.quality.written import read_saved
from market.quarantines import actions, reads
from market.quarantines import tasks as sifting
from market.quarantines.conditions import failing
from market.quarantines.rules import mark_for
from market.quarantines.sifting import set_aside
from tests.factories.data import SYSTEM, make_dataset, make_delivery
from tests.factories.market import sign_in_as
from tests.market.quality.contract import on_duckdb
from tests.market.quality.contract_rules import RULES
from tests.market.quality.test_engine_contract import tables  # noqa: F401 - a fixture

QUEUES = (loading.LOADER, checking.CHECKER, sifting.SIFTER)
DATA = "code,name,score\n001,甲,5\n002,乙,-3\n002,丙,-4\n003,丁,\n".encode()


@pytest.fixture
def run(session, store, bureau_officer):
    """A finished check that found two negative scores and two equal keys."""
    dataset = make_dataset(session, bureau_officer)
    make_delivery(session, dataset, bureau_officer, data=DATA, encoding="utf-8")
    session.commit()
    jobs.run_everything()
    session.expire_all()
    return quality.latest_verdict(session, datasets.latest_version(session, dataset.id).id)


def records(store, key: str) -> list[tuple]:
    with store.local_file(key) as path:
        return duckdb.sql(f"FROM '{path}' ORDER BY name").fetchall()


def test_failing_records_are_set_aside_with_the_rules_they_fail(session, store, run):
    asked = actions.request_quarantine(session, SYSTEM, run.id)
    session.commit()
    jobs.run_everything()
    session.expire_all()

    found = reads.find_of_run(session, run.id)

    assert found.id == asked.id
    assert found.rows == 2
    rows = records(store, found.file_key)
    assert [row[1] for row in rows] == ["丙", "乙"]
    unexpected = {f.position for f in quality.find_run(session, run.id).findings if f.unexpected}
    assert set(rows[0][-1]) <= unexpected
    assert len(rows[0][-1]) == 2  # its score, and its key
    assert "market.records_set_aside" in session.scalars(select(EventLog.name)).all()


def test_asked_twice_it_is_the_same_file(session, run):
    first = actions.request_quarantine(session, SYSTEM, run.id)

    assert actions.request_quarantine(session, SYSTEM, run.id).id == first.id


def test_only_who_keeps_the_data_fetches_it_and_that_is_recorded(client, session, run):
    sign_in_as(client, "bureau_officer")
    address = f"/quality/checks/{run.id}/quarantine"
    assert "另存不符的记录" in client.get(address).text
    client.post(address)
    early = client.post(f"{address}/file")
    jobs.run_everything()
    assert "取走文件" in client.get(address).text

    fetched = client.post(f"{address}/file")
    file = client.get(fetched.location)

    assert (early.status_code, fetched.status_code, file.status_code) == (409, 303, 200)
    assert file.data.startswith(b"PAR1")
    assert "market.quarantine_fetched" in session.scalars(select(EventLog.name)).all()
    for stranger in ("operator", "analyst", "regulator"):
        sign_in_as(client, stranger)
        assert client.get(address).status_code == 404
        assert client.post(f"{address}/file").status_code == 404


def test_machines_have_them_set_aside_too(client, run):
    sign_in_as(client, "bureau_officer")
    address = f"/api/quality/checks/{run.id}/quarantine"
    before = client.get(address)
    asked = client.post(address, json={})
    jobs.run_everything()

    ready = client.get(address)

    assert (before.status_code, asked.status_code) == (404, 202)
    assert (ready.json["state"], ready.json["rows"]) == ("ready", 2)
    sign_in_as(client, "operator")
    assert client.get(address).status_code == 404


def test_a_check_without_failures_has_nothing_to_set_aside(session, store, bureau_officer):
    dataset = make_dataset(session, bureau_officer)
    make_delivery(session, dataset, bureau_officer, encoding="utf-8")
    session.commit()
    jobs.run_everything()
    session.expire_all()
    good = quality.latest_verdict(session, datasets.latest_version(session, dataset.id).id)

    with pytest.raises(actions.NothingToSetAside):
        actions.request_quarantine(session, SYSTEM, good.id)


SIFTED = [one for one in RULES if failing(one) is not None and "ignore_row_if" not in one.arguments]


# A gap counts as unexpected here, but is no failing record to mend.
GAPS_FAIL = {"expect_multicolumn_sum_to_equal", "expect_column_pair_values_to_be_equal"}


def test_as_many_records_are_set_aside_as_the_check_counts(tmp_path, tables):  # noqa: F811
    outcomes = on_duckdb(SIFTED, tables["faulty"])

    def aside(rule) -> int:
        return set_aside(tables["faulty"], {7: rule}, "failing_rules", tmp_path / "aside.parquet")

    found = [(outcome, aside(outcome.rule)) for outcome in outcomes]
    differing = {
        f"{outcome.rule.expectation} {dict(outcome.rule.arguments)}": (outcome.unexpected, rows)
        for outcome, rows in found
        if rows != outcome.unexpected
        and not (outcome.rule.expectation in GAPS_FAIL and 0 < rows <= outcome.unexpected)
    }
    assert differing == {}
    assert len(found) > 40


def test_rules_about_the_table_blame_no_record():
    columns = [ColumnSpec("a", "甲", TypeCode.INTEGER)]
    written = [{"type": "expect_table_row_count_to_equal", "kwargs": {"value": 1}}]

    assert failing(read_saved(written, columns)[0]) is None
    for kind in SUPPORTED.values():
        if kind.counting is Counting.STATEMENT:
            one = next(rule for rule in RULES if rule.expectation == kind.type)
            assert failing(one) is None


def test_the_marking_column_never_hides_one_of_the_data():
    assert mark_for(["a"]) == "failing_rules"
    assert mark_for(["Failing_Rules", "failing_rules_"]) == "failing_rules__"
