import io

import pyarrow.parquet as pq
from sqlalchemy import select

from kernel.events import EventLog
from market.datasets.events import VersionArrived
from market.datasets.reads import find_dataset, latest_version
from sandbox.extracts import reads, tasks
from sandbox.extracts.models import Extract
from sandbox.extracts.rules import ExtractState
from sandbox.policies.rules import ColumnKind, ColumnRule
from tests.factories.sandbox import (
    deliver_visits,
    make_policy,
    make_queryable,
    make_visits,
    run_sandbox_work,
    set_up_queries,
)


def names(session) -> list[str]:
    return list(session.scalars(select(EventLog.name).order_by(EventLog.seq)))


def test_setting_a_policy_prepares_the_newest_version(session, store):
    product = make_queryable(session)

    (extract,) = reads.list_extracts(session, product.id)

    assert extract.state == ExtractState.READY
    assert (extract.version_number, extract.version_rows) == (1, 400)
    assert extract.facts["rows_read"] == 400
    assert extract.facts["rows_kept"] < 400
    assert store.read(extract.object_key)[:4] == b"PAR1"
    assert "sandbox.extract_ready" in names(session)


def test_a_new_version_is_prepared_under_the_policy_in_force(session, store):
    product = make_queryable(session)
    dataset_id = product.dataset_ids[0]
    policy = reads.list_extracts(session, product.id)[0].policy_id

    deliver_visits(session, find_dataset(session, dataset_id))
    session.commit()
    run_sandbox_work()

    session.expire_all()
    found = reads.find_ready(session, policy)
    assert found.version_number == 2
    assert found.version_id == latest_version(session, dataset_id).id


def test_a_new_policy_prepares_the_version_anew(session, store):
    product = make_queryable(session)

    revision = set_up_queries(session, product, make_policy(rows_per_unit=3, rows_per_cell=1))

    assert reads.find_ready(session, revision.id).facts["rows_kept"] < 100
    assert len(reads.list_extracts(session, product.id)) == 2


def test_telling_or_writing_twice_changes_nothing_the_second_time(session, store):
    product = make_queryable(session)
    (extract,) = reads.list_extracts(session, product.id)
    version = latest_version(session, product.dataset_ids[0])
    arrived = VersionArrived(version.id, version.dataset_id, "", 1, 400, "0" * 64)
    before = names(session)

    tasks.prepare_version(session, arrived, None)
    session.commit()
    tasks.write(extract.id)

    assert names(session) == before
    assert session.scalars(select(Extract)).all() == [extract]


def test_a_version_without_a_column_of_the_policy_says_which(session, store):
    product = make_visits(session)
    missing = ColumnRule(name="ok", kind=ColumnKind.TRUTH, is_filter=True)
    policy = make_policy(columns=(*make_policy().columns[:-2], missing))
    key = latest_version(session, product.dataset_ids[0]).parquet_key
    sink = io.BytesIO()
    pq.write_table(pq.read_table(io.BytesIO(store.read(key))).drop_columns(["ok"]), sink)
    store.put(key, io.BytesIO(sink.getvalue()))

    set_up_queries(session, product, policy)

    (extract,) = reads.list_extracts(session, product.id)
    assert extract.state == ExtractState.FAILED
    assert extract.problem == "新版本缺少策略里的列：ok"
    assert "sandbox.extract_failed" in names(session)
