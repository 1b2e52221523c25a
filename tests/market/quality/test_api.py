"""Can a machine have a version checked and read its verdict?"""

import pytest

from tests.factories.data import make_dataset, make_verdict, make_version
from tests.factories.market import actor_of, sign_in_as


@pytest.fixture
def officer(client):
    sign_in_as(client, "bureau_officer")
    return client


@pytest.fixture
def version(session, officer):
    made = make_version(session, make_dataset(session, actor_of("bureau_officer")))
    session.commit()
    return made


def test_a_check_is_requested_and_read_back(officer, version):
    asked = officer.post("/api/quality/checks", json={"version_id": version.id})

    assert (asked.status_code, asked.json["state"]) == (202, "queued")
    read = officer.get(f"/api/quality/checks/{asked.json['id']}").json
    assert (read["version_id"], read["verdict"]) == (version.id, None)


def test_a_second_request_while_one_is_under_way_is_a_conflict(officer, version):
    officer.post("/api/quality/checks", json={"version_id": version.id})

    answer = officer.post("/api/quality/checks", json={"version_id": version.id})

    assert (answer.status_code, answer.json["code"]) == (409, "check-under-way")


def test_a_verdict_binds_version_and_suite_and_lists_its_findings(officer, session, version):
    run = make_verdict(session, version, failing_share=10)
    session.commit()

    verdict = officer.get(f"/api/quality/versions/{version.id}/verdict").json
    check = officer.get(f"/api/quality/checks/{run.id}").json
    suite = officer.get(f"/api/quality/checks/{run.id}/suite").json

    assert verdict["version_sha256"] == version.parquet_sha256
    assert verdict["suite_sha256"] == run.suite_sha256
    assert verdict["indicators"]["0201"] == [180, 200]
    filled = next(f for f in check["findings"] if f["indicator"] == "0201")
    assert (filled["rule"], filled["conforming"]) == ("“机构编码”是必填字段，每条记录都有值。", 90)
    assert suite["expectations"][0]["type"] == "expect_table_columns_to_match_set"


def test_findings_are_said_in_english_on_request(officer, session, version):
    run = make_verdict(session, version)
    session.commit()

    check = officer.get(f"/api/quality/checks/{run.id}?lang=en").json

    assert all("字段" not in finding["rule"] for finding in check["findings"])


def test_the_history_has_one_verdict_for_each_version(officer, session, version):
    make_verdict(session, version)
    session.commit()

    items = officer.get(f"/api/quality/datasets/{version.dataset_id}/verdicts").json["items"]

    assert [(item["number"], item["verdict"]["grade"]) for item in items] == [(1, "A")]


def test_without_a_verdict_there_is_none_to_read(officer, version):
    assert officer.get(f"/api/quality/versions/{version.id}/verdict").status_code == 404
    assert officer.get("/api/quality/checks/qlr_nothing").status_code == 404


def test_a_buyer_finds_nothing(client, session, bureau_officer):
    made = make_version(session, make_dataset(session, bureau_officer))
    session.commit()
    sign_in_as(client, "analyst")

    assert client.post("/api/quality/checks", json={"version_id": made.id}).status_code == 404
