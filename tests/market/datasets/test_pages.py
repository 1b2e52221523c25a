"""Can a clerk register, deliver, confirm and understand, without losing what was typed?"""

import io

import pytest

from kernel import jobs
from market.datasets import reads, tasks
from market.datasets.dictionaries import template
from tests.factories.data import GOOD_CSV, make_dataset, make_delivery, make_version
from tests.factories.market import actor_of, sign_in_as

FILLED = {
    "title": "餐饮卫生检查",
    "abstract": "餐饮单位卫生检查结果。",
    "dictionary": template(),
    "level": "general",
    "personal_data": "none",
    "sharing": "1",
    "openness": "3",
    "update_cycle": "monthly",
}


@pytest.fixture
def officer(client):
    sign_in_as(client, "bureau_officer")
    return client


@pytest.fixture
def dataset(session, officer):
    made = make_dataset(session, actor_of("bureau_officer"))
    session.commit()
    return made


def upload(client, dataset, data: bytes = GOOD_CSV, name: str = "数据.csv", **fields: str):
    return client.post(
        f"/datasets/{dataset.id}/deliver", data={"file": (io.BytesIO(data), name), **fields}
    )


def test_an_empty_desk_says_what_will_stand_there_and_offers_the_first_step(officer):
    page = officer.get("/datasets").text

    assert "还没有登记数据集" in page
    assert "/datasets/new" in page


def test_a_data_set_is_registered_from_a_pasted_dictionary(officer, session):
    answer = officer.post("/datasets/new", data=FILLED)

    assert answer.status_code == 303
    assert answer.location.endswith("/deliver")
    dataset_id = answer.location.split("/")[2]
    assert [c.name for c in reads.find_dataset(session, dataset_id).columns] == ["code", "score"]


def test_what_was_typed_is_kept_when_the_dictionary_is_wrong(officer):
    wrong = {**FILLED, "dictionary": "字段名\t中文名称\t类型\na\t甲\t什么\n"}

    answer = officer.post("/datasets/new", data=wrong)

    assert answer.status_code == 422
    assert "第 2 行的“类型”写的是“什么”" in answer.text
    assert "餐饮单位卫生检查结果。" in answer.text
    assert "a\t甲\t什么" in answer.text


def test_fields_left_out_are_marked_beside_the_field(officer):
    answer = officer.post("/datasets/new", data={**FILLED, "title": ""})

    assert answer.status_code == 422
    assert 'id="title-problem"' in answer.text


def test_whoever_may_not_register_is_refused(client):
    sign_in_as(client, "analyst")

    assert client.get("/datasets/new").status_code == 403


def test_the_dictionary_is_shown_with_what_is_asked_of_each_column(officer, dataset):
    page = officer.get(f"/datasets/{dataset.id}").text

    assert "数据字典（3 个字段）" in page
    assert "主键" in page
    assert "0 – …" in page


def test_an_uploaded_text_file_is_shown_before_it_is_loaded(officer, dataset):
    answer = upload(officer, dataset, GOOD_CSV.decode().encode("gb18030"))

    page = officer.get(answer.location).text
    assert answer.status_code == 303
    assert "识别为 GB18030" in page
    assert "第一食堂" in page
    assert "就这样读，开始装载" in page


def test_an_unsure_encoding_is_asked_about(officer, dataset):
    data = "code,name,score\n1,臺北國民小學,5\n".encode("big5")

    page = officer.get(upload(officer, dataset, data).location).text

    assert "编码没有把握" in page


def test_a_wrong_reading_shows_its_damage_and_what_the_header_lacks(officer, dataset):
    address = upload(officer, dataset, GOOD_CSV.decode().encode("gb18030")).location

    page = officer.get(f"{address}?encoding=utf-8&delimiter=tab").text

    assert "有些字节读不出来" in page
    assert "缺少：code、name、score" in page


def test_a_confirmed_file_is_loaded_with_live_progress(officer, dataset):
    address = upload(officer, dataset).location

    confirmed = officer.post(f"{address}/reading", data={"encoding": "utf-8", "delimiter": ","})

    assert confirmed.status_code == 303
    assert "排队等候装载" in officer.get(address).text
    assert "HX-Refresh" not in officer.get(f"{address}/progress").headers
    jobs.run_everything()
    assert officer.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    page = officer.get(address).text
    assert "已入库" in page
    assert "内容概貌" in page
    assert tasks.LOADER.is_system


def test_a_refused_file_says_why_and_where(officer, dataset):
    address = upload(officer, dataset, b"code,name,score\n1,a,many\n").location
    officer.post(f"{address}/reading", data={"encoding": "utf-8", "delimiter": ","})
    jobs.run_everything()

    page = officer.get(address).text

    assert "有 1 个值与字典声明的类型不符" in page
    assert "many" in page
    assert "重新交付" in page


def test_no_file_and_an_empty_file_are_refused_on_the_form(officer, dataset):
    for answer in (
        officer.post(f"/datasets/{dataset.id}/deliver", data={"declared_rows": "7"}),
        upload(officer, dataset, b"", declared_rows="7"),
    ):
        assert answer.status_code == 422
        assert "文件是空的" in answer.text
        assert 'value="7"' in answer.text


def test_the_same_form_sent_twice_delivers_once(officer, dataset, session):
    first = upload(officer, dataset, submission_id="abc")
    second = upload(officer, dataset, submission_id="abc")

    assert (first.status_code, second.status_code) == (303, 409)
    assert len(reads.list_versions(session, dataset.id)) == 1


def test_the_desk_waits_for_the_reading_to_be_confirmed(officer, dataset):
    upload(officer, dataset)

    page = officer.get("/desk").text

    assert "确认《餐饮卫生检查》第 1 版怎么读" in page


def test_what_was_given_back_waits_on_the_desk_until_something_newer_comes(
    officer, dataset, session
):
    upload(officer, dataset, b"code,name,score\n1,a,many\n", encoding="utf-8")
    (version,) = reads.list_versions(session, dataset.id)
    tasks.load_version(version.id)
    assert "《餐饮卫生检查》第 1 版已退回，请更正后重新交付" in officer.get("/desk").text

    upload(officer, dataset, b"code,name,score\n1,a,7\n")

    page = officer.get("/desk").text
    assert "第 1 版已退回" not in page
    assert "确认《餐饮卫生检查》第 2 版怎么读" in page


def test_versions_of_other_bodies_are_seen_without_preview_or_report(
    client, session, store, bureau_officer
):
    dataset = make_dataset(session, bureau_officer)
    version = make_delivery(session, dataset, bureau_officer)
    session.commit()
    sign_in_as(client, "operator")

    page = client.get(f"/datasets/{dataset.id}/versions/{version.id}")

    assert page.status_code == 200
    assert "第一食堂" not in page.text
    assert client.get(f"/datasets/{dataset.id}/deliver").status_code == 403


def test_a_column_is_reclassified_on_its_page(officer, dataset, session):
    address = f"/datasets/{dataset.id}/columns/name"

    shown = officer.get(address)
    answer = officer.post(address, data={"sensitivity": "internal", "reason": "仅供内部"})

    assert shown.status_code == 200
    assert answer.status_code == 303
    assert "已调整" in officer.get(answer.location).text


def test_versions_are_listed_newest_first(officer, dataset, session):
    make_version(session, dataset)
    make_version(session, dataset, rows=12_345)
    session.commit()

    page = officer.get(f"/datasets/{dataset.id}/versions").text

    assert page.index("第 2 版") < page.index("第 1 版")
    assert "12,345" in page


def test_pages_speak_english_on_request(officer, dataset):
    page = officer.get(f"/datasets/{dataset.id}?lang=en").text

    assert "Data dictionary (3 columns)" in page
