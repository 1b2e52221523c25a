"""Does the quality report say what was found, why, and what was not measured?"""

import re
from decimal import Decimal

import pytest

from market.quality.printed import percent
from tests.factories.data import make_dataset, make_verdict, make_version
from tests.factories.market import actor_of, sign_in_as


@pytest.fixture
def officer(client):
    sign_in_as(client, "bureau_officer")
    return client


@pytest.fixture
def version(session, officer):
    dataset = make_dataset(session, actor_of("bureau_officer"), update_cycle="monthly")
    made = make_version(session, dataset)
    session.commit()
    return made


def test_without_a_version_the_page_says_what_will_happen(officer, session):
    dataset = make_dataset(session, actor_of("bureau_officer"))
    session.commit()

    page = officer.get(f"/quality/datasets/{dataset.id}").text

    assert "还没有可以检查的版本" in page


def test_a_passing_verdict_is_shown_with_grade_score_and_evidence(officer, session, version):
    run = make_verdict(session, version)
    session.commit()

    page = officer.get(f"/quality/datasets/{version.dataset_id}").text

    assert "A 级" in page
    assert "100.00 %" in page
    assert "没有。每条规则都符合。" in page
    assert run.suite_sha256 in page
    assert version.parquet_sha256 in page


def test_every_rule_is_said_in_words_and_what_is_not_measured_too(officer, session, version):
    make_verdict(session, version, failing_share=10)
    session.commit()

    page = officer.get(f"/quality/versions/{version.id}").text

    assert "“机构编码”是必填字段，每条记录都有值。" in page
    assert "90 / 100" in page
    assert len(re.findall("未测量", page)) > 5  # consistency, accessibility and single indicators


def test_a_failing_verdict_says_why_it_blocks_and_stands_on_the_desk(officer, session, version):
    make_verdict(session, version, failing_share=40)
    session.commit()

    page = officer.get(f"/quality/versions/{version.id}").text
    desk = officer.get("/desk").text

    assert "总分低于 B 级门槛 85 分" in page
    assert "《餐饮卫生检查》第 1 版质量未通过" in desk


def test_the_desk_lists_the_newest_verdicts_or_says_that_there_is_none(officer, session, version):
    assert "还没有质量结论" in officer.get("/desk").text

    make_verdict(session, version)
    session.commit()

    assert "《餐饮卫生检查》第 1 版质量合格" in officer.get("/desk").text


def test_a_share_just_below_the_whole_is_never_shown_as_the_whole():
    assert percent(Decimal("0.99999")) == "99.99 %"
    assert percent(Decimal(1)) == "100.00 %"


def test_a_check_is_asked_for_and_followed(officer, session, version):
    asked = officer.post(f"/quality/versions/{version.id}/checks")

    page = officer.get(asked.location).text
    assert asked.status_code == 303
    assert "排队等候检查" in page
    again = officer.post(f"/quality/versions/{version.id}/checks")
    assert again.status_code == 409


def test_the_trend_is_shown_with_its_table(officer, session, version):
    make_verdict(session, version, failing_share=20)
    dataset = make_dataset(session, actor_of("bureau_officer"), title="另一个")
    first, second = make_version(session, dataset), make_version(session, dataset)
    make_verdict(session, first, failing_share=20)
    make_verdict(session, second)
    session.commit()

    page = officer.get(f"/quality/datasets/{dataset.id}").text

    assert 'id="trend"' in page
    assert "echarts" in page
    assert "echarts" not in officer.get(f"/quality/versions/{version.id}").text


def test_an_operator_reads_the_report_and_may_not_ask_for_a_check(client, session, bureau_officer):
    version = make_version(session, make_dataset(session, bureau_officer))
    make_verdict(session, version)
    session.commit()
    sign_in_as(client, "operator")

    page = client.get(f"/quality/versions/{version.id}")

    assert page.status_code == 200
    assert "重新检查" not in page.text
    assert client.post(f"/quality/versions/{version.id}/checks").status_code == 403


def test_for_a_buyer_the_report_does_not_exist_here(client, session, bureau_officer):
    version = make_version(session, make_dataset(session, bureau_officer))
    session.commit()
    sign_in_as(client, "analyst")

    assert client.get(f"/quality/versions/{version.id}").status_code == 404
