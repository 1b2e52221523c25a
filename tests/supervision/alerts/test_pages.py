"""Does a regulator find an alert, see why, and bring it to an end?"""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.events import ActRefused, EventLog, record
from supervision.alerts import actions
from supervision.alerts.models import Alert
from supervision.alerts.rules import Evidence, Hit
from tests.factories.market import actor_of, make_organization, stored

HOUSE = Actor.system("test")
NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
PRICE = actor_of("regulator", scopes=("price",))


@pytest.fixture
def fact(session: Session) -> EventLog:
    row = record(
        session,
        HOUSE,
        ActRefused("prd_1", "pricing", "price-above-cap", "PR-04", "价格 0.81 高于上限 0.80"),
    )
    session.flush()
    return row


@pytest.fixture
def alert(session: Session, fact: EventLog) -> Alert:
    stored(session, PRICE)
    body = make_organization(session, "operator", name="江城数据运营公司")
    evidence = (
        Evidence("拒绝理由", "价格 0.81 高于上限 0.80"),
        Evidence("拒绝条款", "PR-04"),
        Evidence("操作", "catalogue_api.set_price"),
    )
    with clock.frozen_at(NOON):
        made = actions.raise_alert(
            session, HOUSE, Hit("SU-02", body.id, "prd_1", NOON, fact.id, evidence)
        )
    session.commit()
    return made


def test_alerts_are_listed_with_severity_party_and_deadline(client_as, alert: Alert):
    page = client_as(PRICE).get("/alerts")

    assert page.status_code == 200
    for words in ("橙色", "价格高于上限收费标准", "江城数据运营公司", "2026-11-04", "待处理"):
        assert words in page.text


def test_an_empty_list_says_what_will_appear(client_as):
    assert "没有符合条件的预警" in client_as(PRICE).get("/alerts").text


def test_filters_narrow_the_list(client_as, alert: Alert):
    client = client_as(PRICE)

    assert "江城数据运营公司" in client.get("/alerts?state=open&severity=orange").text
    assert "江城数据运营公司" not in client.get("/alerts?state=closed").text
    assert client.get("/alerts?state=nonsense").status_code == 422


def test_the_case_shows_the_rule_the_facts_and_the_event(client_as, alert: Alert, fact: EventLog):
    page = client_as(PRICE).get(f"/alerts/{alert.id}")

    for words in ("价格 0.81 高于上限 0.80", "SU-02", "发改价格〔2025〕65号", "PR-04", "接办"):
        assert words in page.text
    assert f"/timeline/{fact.id}" in page.text


def test_a_regulator_takes_and_closes_the_case(client_as, alert: Alert, session: Session):
    client = client_as(PRICE)

    taken = client.post(f"/alerts/{alert.id}/taking", follow_redirects=True)
    closed = client.post(
        f"/alerts/{alert.id}/closing",
        data={"outcome": "confirmed", "reason": "已约谈，价格改为 0.80。"},
        follow_redirects=True,
    )

    assert "核实情况与处理结果" in taken.text
    assert "情况属实，已处理" in closed.text
    assert "已约谈，价格改为 0.80。" in closed.text


def test_closing_without_a_reason_keeps_what_was_typed(client_as, alert: Alert):
    client = client_as(PRICE)
    client.post(f"/alerts/{alert.id}/taking")

    page = client.post(f"/alerts/{alert.id}/closing", data={"outcome": "mistaken", "reason": "短"})

    assert page.status_code == 422
    assert "太短了" in page.text
    assert ">短</textarea>" in page.text
    assert 'value="mistaken" selected' in page.text


def test_a_case_in_other_hands_is_not_closed(client_as, alert: Alert):
    client_as(PRICE).post(f"/alerts/{alert.id}/taking")
    other = actor_of("regulator", scopes=("price",), id="usr_other")

    again = client_as(other).post(f"/alerts/{alert.id}/taking")
    page = client_as(other).post(
        f"/alerts/{alert.id}/closing", data={"outcome": "mistaken", "reason": "看错了数字。"}
    )

    assert again.status_code == 409
    assert page.status_code == 409
    assert "先接办" in page.text


def test_a_case_of_another_office_is_not_found(client_as, alert: Alert):
    finance = actor_of("regulator", scopes=("finance",))

    assert client_as(finance).get(f"/alerts/{alert.id}").status_code == 404
    assert client_as(finance).post(f"/alerts/{alert.id}/taking").status_code == 404
    assert client_as(finance).get(f"/api/alerts/{alert.id}").status_code == 404


def test_alerts_are_for_regulators(client_as, alert: Alert):
    assert client_as(actor_of("operator")).get("/alerts").status_code == 403
    assert client_as(None).get("/api/alerts").status_code == 401


def test_machines_list_take_and_close(client_as, alert: Alert):
    client = client_as(PRICE)

    listed = client.get("/api/alerts?severity=orange").get_json()
    taken = client.post(f"/api/alerts/{alert.id}/taking").get_json()
    refused = client.post(f"/api/alerts/{alert.id}/closing", json={"outcome": "mistaken"})
    closed = client.post(
        f"/api/alerts/{alert.id}/closing",
        json={"outcome": "explained", "reason": "已补充定价依据。"},
    ).get_json()

    assert [item["id"] for item in listed["items"]] == [alert.id]
    assert taken["state"] == "in_progress"
    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "reason")
    assert (closed["state"], closed["outcome"]) == ("closed", "explained")


def test_the_desk_lists_what_waits_with_its_deadline(client_as, alert: Alert):
    page = client_as(PRICE).get("/desk")

    assert "橙色预警：价格高于上限收费标准" in page.text
    assert "2026-11-04" in page.text
    assert "预警：" not in client_as(actor_of("regulator", scopes=("finance",))).get("/desk").text


def test_the_desk_drops_what_a_colleague_has_in_hand(client_as, alert: Alert):
    client_as(PRICE).post(f"/alerts/{alert.id}/taking")
    other = actor_of("regulator", scopes=("price",), id="usr_other")

    assert "橙色预警：" in client_as(PRICE).get("/desk").text.split("最近发生")[0]
    assert "橙色预警：" not in client_as(other).get("/desk").text.split("最近发生")[0]


def test_the_case_says_what_was_tried_in_words_of_both_languages(client_as, alert: Alert):
    client = client_as(PRICE)

    chinese, english = (client.get(f"/alerts/{alert.id}?lang={one}").text for one in ("zh", "en"))

    assert "set_price" not in chinese + english
    assert "设定价格" in chinese
    assert "Set a price" in english
