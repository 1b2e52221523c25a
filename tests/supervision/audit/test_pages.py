"""Does the regulator's page show, filter and hand out what happened?"""

import csv
import io
import json

import pytest
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.events import ActRefused, EventLog, record
from kernel.settings import Settings
from supervision.transparency import actions as log
from tests.factories.described import as_described
from tests.factories.market import actor_of

HOUSE = Actor.system("test")
PRICE = actor_of("regulator", scopes=("price",))


@pytest.fixture
def refused(session: Session, settings: Settings) -> EventLog:
    fact = ActRefused(
        "prd_1", "pricing.set_price", "price-above-cap", "PR-04", "=价格 0.81 高于上限"
    )
    row = record(session, actor_of("operator"), fact)
    record(session, HOUSE, ActRefused("qry_1", "queries.submit", "x", "SB-05", "不能导出原始行"))
    session.flush()
    log.extend_log(session, HOUSE, log.log_key(settings))
    session.commit()
    return row


def test_the_timeline_tells_each_fact_with_its_proof(client_as, refused: EventLog):
    page = client_as(PRICE).get("/timeline")

    assert page.status_code == 200
    assert "高于上限" in page.text
    assert "PR-04" in page.text
    assert f"/timeline/{refused.id}/bundle" in page.text
    assert "不能导出原始行" not in page.text


def test_an_empty_timeline_teaches_what_will_stand_there(client_as):
    page = client_as(PRICE).get("/timeline?about=prd_nothing")

    assert "没有符合条件的记录" in page.text


def test_filters_stand_in_the_address_and_in_the_form(client_as, refused: EventLog):
    page = client_as(PRICE).get("/timeline?about=prd_1&refusals=true")

    assert "高于上限" in page.text
    assert 'value="prd_1"' in page.text


@pytest.mark.parametrize(
    "query", ["since_on=yesterday", "since_on=2026-02-01&until_on=2026-01-01", "cursor=nonsense"]
)
def test_filters_that_make_no_sense_are_refused_in_words(client_as, query: str):
    page = client_as(PRICE).get(f"/timeline?{query}")

    assert page.status_code == 422


def test_a_fact_has_a_page_with_its_text_and_its_downloads(client_as, refused: EventLog):
    page = client_as(PRICE).get(f"/timeline/{refused.id}")

    assert page.status_code == 200
    assert "这次操作被拒绝" in page.text
    assert "&#34;clause&#34;:&#34;PR-04&#34;" in page.text
    assert f"/api/log/proof/{refused.id}.tlog-proof" in page.text


def test_a_fact_of_another_office_is_not_found(client_as, session: Session, refused: EventLog):
    other = session.query(EventLog).filter(EventLog.subject_id == "qry_1").one()

    assert client_as(PRICE).get(f"/timeline/{other.id}").status_code == 404
    assert client_as(PRICE).get(f"/timeline/{other.id}/bundle").status_code == 404
    assert client_as(PRICE).get(f"/api/audit/events/{other.id}/bundle").status_code == 404


def test_the_timeline_is_for_regulators(client_as, refused: EventLog):
    assert client_as(actor_of("operator")).get("/timeline").status_code == 403
    assert client_as(actor_of("operator")).get(f"/timeline/{refused.id}/bundle").status_code == 403
    assert client_as(None).get("/api/audit/events").status_code == 401
    assert client_as(None).get("/timeline").status_code == 302


def test_the_bundle_has_exactly_the_members_that_foreign_tools_read(client_as, refused: EventLog):
    answer = client_as(PRICE).get(f"/timeline/{refused.id}/bundle")

    assert list(json.loads(answer.text)) == [
        "entry_bytes",
        "index",
        "inclusion_proof",
        "checkpoint_note",
        "envelope",
        "body_or_ct",
    ]
    assert f'filename="{refused.id}.json"' in answer.headers["Content-Disposition"]


def test_a_spreadsheet_gets_the_facts_and_calculates_nothing(client_as, refused: EventLog):
    answer = client_as(PRICE).post("/timeline/export/csv", data={"refusals": "true"})

    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert answer.text.startswith("\ufeff")
    assert [row["条款"] for row in rows] == ["PR-04"]
    assert all(not cell.startswith(("=", "+", "-", "@")) for cell in rows[0].values())


def test_an_export_in_json_holds_the_same_facts(client_as, refused: EventLog):
    answer = client_as(PRICE).post("/timeline/export/json", data={"about": "prd_1"})

    (row,) = json.loads(answer.text)
    assert (row["event_id"], row["log_index"]) == (refused.id, 0)
    assert client_as(PRICE).post("/timeline/export/xml").status_code in {404, 405}


def test_machines_read_the_timeline_page_by_page(client_as, session: Session, refused: EventLog):
    for number in range(60):
        record(session, HOUSE, ActRefused(f"prd_{number}", "a", "c", "PR-04", "r"))
    session.commit()
    client = client_as(PRICE)

    first = client.get("/api/audit/events").get_json()
    second = client.get(f"/api/audit/events?cursor={first['next_cursor']}").get_json()

    seen = [item["event_id"] for item in first["items"] + second["items"]]
    assert len(seen) == len(set(seen)) == 61
    assert seen[-1] == refused.id


def test_a_regulators_desk_shows_what_happened_last(client_as, refused: EventLog):
    page = client_as(PRICE).get("/desk")

    assert "最近发生" in page.text
    assert "高于上限" in page.text


def test_nobody_elses_desk_shows_the_timeline(client_as, refused: EventLog):
    assert "最近发生" not in client_as(actor_of("operator")).get("/desk").text


def test_the_log_page_is_open_to_everybody(client_as, refused: EventLog):
    page = client_as(None).get("/log")

    assert page.status_code == 200
    assert "public-data-marketplace.example/log" in page.text


def test_the_log_page_before_the_first_signature_says_what_will_come(client_as):
    assert "日志还没有签过名" in client_as(None).get("/log").text


def test_a_proof_is_found_by_the_id_of_a_fact(client_as, refused: EventLog):
    answer = client_as(None).get(f"/log/find?event_id={refused.id}", follow_redirects=True)

    assert answer.text.startswith("c2sp.org/tlog-proof@v1\nindex 0\n")
    assert client_as(None).get("/log/find").status_code == 302


def test_a_fact_says_its_kind_and_what_was_tried_in_words(client_as, session: Session):
    fact = ActRefused("prd_1", "pricing_api.set_cap", "x", "PR-04", "太高")
    row = record(session, actor_of("operator"), fact)
    session.commit()

    page = client_as(PRICE).get(f"/timeline/{row.id}").text.split("<pre")[0]

    assert "核定上限" in page
    assert "拒绝了一次操作：…" in page
    assert "kernel.act_refused" not in page


def test_machines_take_a_part_of_the_timeline_home_and_that_is_a_fact(client_as, refused: EventLog):
    stranger = client_as(actor_of("operator"))
    told = as_described(stranger, stranger.post("/api/audit/exports", json={}))
    assert told.status_code == 403
    client = client_as(PRICE)

    answer = as_described(client, client.post("/api/audit/exports", json={"about": "prd_1"}))

    assert [row["event_id"] for row in answer.json["items"]] == [refused.id]
    newest = client.get("/api/audit/events?event=supervision.timeline_exported").json["items"]
    assert len(newest) == 1
