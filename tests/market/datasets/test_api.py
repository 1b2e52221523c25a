"""Can a machine register, deliver, preview, confirm and follow a version?"""

import base64
import hashlib

import pytest

from kernel import jobs
from market.datasets import tasks
from market.datasets.rules import VersionState
from tests.factories.data import COLUMNS, GOOD_CSV, make_dataset, make_dataset_draft
from tests.factories.market import actor_of, sign_in_as


@pytest.fixture
def officer(client):
    sign_in_as(client, "bureau_officer")
    return client


@pytest.fixture
def dataset_id(session, officer):
    dataset = make_dataset(session, actor_of("bureau_officer"))
    session.commit()
    return dataset.id


def versions_address(dataset_id: str, **query: str) -> str:
    return f"/api/datasets/{dataset_id}/versions?" + "&".join(f"{k}={v}" for k, v in query.items())


def test_a_data_set_is_registered_and_read_back(officer):
    draft = make_dataset_draft().model_dump(mode="json")

    made = officer.post("/api/datasets", json=draft)

    assert made.status_code == 201
    read = officer.get(f"/api/datasets/{made.json['id']}")
    assert read.json == made.json
    assert [column["name"] for column in read.json["columns"]] == [c.name for c in COLUMNS]


def test_a_dictionary_that_contradicts_itself_is_a_problem_in_words(officer):
    draft = make_dataset_draft().model_dump(mode="json")
    draft["columns"][1]["name"] = "CODE"

    answer = officer.post("/api/datasets", json=draft)

    assert (answer.status_code, answer.json["code"]) == (422, "dictionary-unusable")
    assert "字段名重复" in answer.json["detail"]


def test_a_malformed_draft_names_its_fields(officer):
    answer = officer.post("/api/datasets", json={"title": "x"})

    assert answer.status_code == 422
    assert {error["field"] for error in answer.json["errors"]} == {"title", "abstract", "columns"}


def test_a_buyer_may_not_register(client):
    sign_in_as(client, "analyst")

    answer = client.post("/api/datasets", json=make_dataset_draft().model_dump(mode="json"))

    assert answer.status_code == 403


def test_data_sets_are_listed_by_words(officer, dataset_id):
    assert [item["id"] for item in officer.get("/api/datasets?words=餐饮").json["items"]] == [
        dataset_id
    ]
    assert officer.get("/api/datasets?words=航班").json["items"] == []


def test_a_delivered_text_file_waits_and_is_previewed_before_it_is_loaded(officer, dataset_id):
    data = GOOD_CSV.decode().replace(",", ";").encode("gb18030")

    delivered = officer.post(versions_address(dataset_id, name="a.csv"), data=data)

    assert delivered.status_code == 202
    assert (delivered.json["state"], delivered.json["encoding"]) == ("delivered", "gb18030")
    address = f"/api/datasets/{dataset_id}/versions/{delivered.json['id']}"
    shown = officer.get(f"{address}/preview").json
    assert (shown["delimiter"], shown["header"]) == (";", ["code", "name", "score"])
    assert shown["rows"][0] == ["001", "第一食堂", "95"]
    wrong = officer.get(f"{address}/preview?encoding=utf-8").json
    assert wrong["has_damage"]


def test_a_confirmed_reading_is_loaded_and_followed_to_its_end(officer, dataset_id):
    delivered = officer.post(versions_address(dataset_id), data=GOOD_CSV).json
    address = f"/api/datasets/{dataset_id}/versions/{delivered['id']}"

    confirmed = officer.post(f"{address}/reading", json={"encoding": "utf-8"})

    assert (confirmed.status_code, confirmed.json["state"]) == (202, "queued")
    jobs.run_everything()
    ended = officer.get(address).json
    assert (ended["state"], ended["rows"]) == ("ready", 3)
    assert tasks.LOADER.is_system


def test_a_refused_file_comes_with_its_report(officer, dataset_id):
    data = b"code,name,score\n1,a,b\n"
    delivered = officer.post(versions_address(dataset_id, encoding="utf-8"), data=data).json
    jobs.run_everything()

    ended = officer.get(f"/api/datasets/{dataset_id}/versions/{delivered['id']}").json

    assert ended["state"] == VersionState.REFUSED
    assert ended["report"]["places"] == [{"row": 1, "column": "score", "found": "b"}]


def test_another_body_sees_the_refusal_but_not_the_report(client, session, store, dataset_id):
    client.post(versions_address(dataset_id, encoding="utf-8"), data=b"code,name,score\n1,a,b\n")
    jobs.run_everything()
    sign_in_as(client, "operator")

    found = client.get(f"/api/datasets/{dataset_id}/versions").json["items"][0]

    read = client.get(f"/api/datasets/{dataset_id}/versions/{found['id']}")
    assert (read.json["state"], read.json["report"]) == ("refused", None)
    preview = client.get(f"/api/datasets/{dataset_id}/versions/{found['id']}/preview")
    assert preview.status_code == 404


def test_a_file_of_two_gigabytes_is_refused_by_its_size_before_it_is_read(officer, dataset_id):
    answer = officer.post(
        versions_address(dataset_id), environ_overrides={"CONTENT_LENGTH": str(2 * 10**9)}
    )

    assert (answer.status_code, answer.json["code"]) == (429, "upload-too-large")


def test_an_upload_cut_in_the_middle_is_refused(officer, dataset_id):
    answer = officer.post(
        versions_address(dataset_id),
        data=GOOD_CSV[:20],
        environ_overrides={"CONTENT_LENGTH": str(len(GOOD_CSV))},
    )

    assert answer.status_code == 400
    assert "传输中断开" in answer.json["detail"]
    assert officer.get(versions_address(dataset_id)).json["items"] == []


def test_an_upload_that_does_not_match_its_digest_is_refused(officer, dataset_id):
    digest = base64.b64encode(hashlib.sha256(b"other").digest()).decode()

    answer = officer.post(
        versions_address(dataset_id),
        data=GOOD_CSV,
        headers={"Content-Digest": f"sha-256=:{digest}:"},
    )

    assert (answer.status_code, answer.json["code"]) == (422, "upload-altered")


def test_the_same_file_twice_is_a_conflict_that_names_the_first(officer, dataset_id):
    first = officer.post(versions_address(dataset_id), data=GOOD_CSV).json

    answer = officer.post(versions_address(dataset_id), data=GOOD_CSV)

    assert (answer.status_code, answer.json["code"]) == (409, "delivered-twice")
    assert answer.json["facts"]["version_id"] == first["id"]


def test_nobody_delivers_to_the_data_set_of_another_body(client, session, dataset_id):
    sign_in_as(client, "source_department")

    answer = client.post(versions_address(dataset_id), data=GOOD_CSV)

    assert answer.status_code == 403


def test_unknown_data_sets_and_versions_are_not_found(officer, dataset_id):
    assert officer.get("/api/datasets/dst_nothing").status_code == 404
    assert officer.get(f"/api/datasets/{dataset_id}/versions/dsv_nothing").status_code == 404
    assert officer.post(versions_address("dst_nothing"), data=GOOD_CSV).status_code == 404


def test_a_column_is_reclassified_with_a_reason(officer, dataset_id):
    address = f"/api/datasets/{dataset_id}/columns/name/sensitivity"

    answer = officer.put(address, json={"sensitivity": "internal", "reason": "仅供内部使用"})

    assert answer.json["sensitivity"] == "internal"
    assert officer.put(address, json={"sensitivity": "internal"}).status_code == 422
