from collections.abc import Iterator

import pytest
from sqlalchemy import select

from kernel.events import EventLog
from sandbox.privacy import reads as privacy_reads
from sandbox.queries import runner
from tests.factories.market import actor_of
from tests.factories.sandbox import run_sandbox_work

ANALYST = actor_of("analyst")
COUNT = "SELECT 区, COUNT(*) AS n FROM visits GROUP BY 区"


@pytest.fixture(autouse=True, scope="module")
def _no_spare_left() -> Iterator[None]:
    yield
    runner.cool_down()


@pytest.fixture
def analyst(client_as):
    return client_as(ANALYST)


def test_a_machine_asks_waits_and_reads_the_answer(analyst, licence):
    asked = analyst.post("/api/queries", json={"licence_id": licence.id, "sql": COUNT})
    assert asked.status_code == 202
    assert (asked.json["state"], asked.json["cost_epsilon"]) == ("submitted", "0.500000")
    address = f"/api/queries/{asked.json['id']}"
    assert analyst.get(f"{address}/result").json["code"] == "result-missing"

    run_sandbox_work()

    assert analyst.get(address).json["state"] == "released"
    result = analyst.get(f"{address}/result").json
    assert [column["name"] for column in result["columns"]] == ["区", "n"]
    name, cell = result["rows"][0]
    assert name == "东城"
    error = result["columns"][1]["error95"]
    # noise may carry the count of eight people below nothing; the interval it never may
    assert cell["low"] == max(cell["value"] - error, 0)
    assert cell["high"] == max(cell["value"] + error, 0)
    assert [item["id"] for item in analyst.get("/api/queries").json["items"]] == [asked.json["id"]]


def test_a_refused_text_is_answered_with_reason_place_and_advice(session, analyst, licence):
    refused = analyst.post(
        "/api/queries", json={"licence_id": licence.id, "sql": "SELECT * FROM visits"}
    )

    assert refused.status_code == 422
    assert (refused.json["code"], refused.json["clause"]) == ("question-refused", "SB-05")
    assert (refused.json["facts"]["start"], refused.json["facts"]["end"]) == (7, 8)
    assert "不能取出原始行" in refused.json["detail"]
    fact = session.scalars(select(EventLog).where(EventLog.name == "kernel.act_refused")).one()
    assert fact.payload["clause"] == "SB-05"
    assert "visits" not in str(fact.payload)


def test_an_explanation_costs_nothing_and_says_everything(analyst, licence):
    found = analyst.post(
        "/api/queries/explanation",
        json={"licence_id": licence.id, "sql": "SELECT COUNT(*), AVG(score) FROM visits"},
    ).json

    assert found["accepted"]
    assert (found["cost_epsilon"], found["cost_rho"]) == ("0.500000", "0.125000")
    assert [column["name"] for column in found["columns"]] == ["COUNT(*)", "AVG(score)"]
    assert found["columns"][0]["error95"] == 144  # 8 rows, a third of epsilon 0.5
    assert found["answers_left"] == 4
    assert {p["purse"]: p["left_epsilon"] for p in found["purses"]}["licence"] == "2"
    assert len(found["words"]) == 3


def test_what_is_shown_before_is_what_is_charged(analyst, licence):
    question = {"licence_id": licence.id, "sql": COUNT, "epsilon": "0.123456"}

    shown = analyst.post("/api/queries/explanation", json=question).json["cost_epsilon"]
    charged = analyst.post("/api/queries", json=question).json["cost_epsilon"]
    again = analyst.post("/api/queries/explanation", json=question).json

    assert shown == charged == "0.123456"
    assert again["is_replay"]
    assert again["cost_epsilon"] == "0"


def test_a_refused_explanation_names_the_place(analyst, licence):
    found = analyst.post(
        "/api/queries/explanation",
        json={"licence_id": licence.id, "sql": "SELECT MAX(score) FROM visits"},
    ).json

    assert not found["accepted"]
    assert (found["code"], found["start"], found["end"]) == ("extreme", 7, 10)
    assert found["instead"]


def test_people_of_other_organisations_get_nothing(client_as, analyst, licence):
    asked = analyst.post("/api/queries", json={"licence_id": licence.id, "sql": COUNT}).json

    stranger = client_as(actor_of("analyst", organization_id="org_stranger"))

    assert stranger.get(f"/api/queries/{asked['id']}").status_code == 404
    assert stranger.get(f"/api/queries/{asked['id']}/result").status_code == 404
    question = {"licence_id": licence.id, "sql": COUNT}
    assert stranger.post("/api/queries", json=question).status_code == 404
    assert stranger.post("/api/queries/explanation", json=question).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sql": COUNT},
        {"licence_id": "x", "sql": COUNT, "epsilon": "0"},
        {"licence_id": "x", "sql": COUNT, "epsilon": "-1"},
        {"licence_id": "x", "sql": COUNT, "epsilon": "0.0000001"},
        {"licence_id": "x", "sql": COUNT, "epsilon": "NaN"},
        {"licence_id": "x", "sql": "x" * 100_001},
        {"licence_id": "x", "sql": COUNT, "free": True},
    ],
)
def test_malformed_requests_are_refused_by_field(analyst, body):
    assert analyst.post("/api/queries", json=body).status_code == 422


@pytest.mark.parametrize("sql", ["(" * 100_000, "\x00", "''" * 50_000, "SELECT " + "1," * 40_000])
def test_any_text_is_answered_by_the_language_and_never_by_an_engine(analyst, licence, sql):
    found = analyst.post("/api/queries/explanation", json={"licence_id": licence.id, "sql": sql})

    assert found.status_code == 200
    assert not found.json["accepted"]


def test_the_budget_says_which_purse_is_empty(analyst, licence):
    for number in range(4):
        sql = f"SELECT COUNT(*) FROM visits WHERE score > {number}"
        analyst.post("/api/queries", json={"licence_id": licence.id, "sql": sql})

    refused = analyst.post("/api/queries", json={"licence_id": licence.id, "sql": COUNT})

    assert refused.status_code == 429
    assert refused.json["clause"] in {"SB-04", "LC-06"}


def test_the_book_is_whole_for_its_keepers_and_own_for_a_buyer(
    client_as, analyst, licence, product
):
    analyst.post("/api/queries", json={"licence_id": licence.id, "sql": COUNT})
    own = analyst.get(f"/api/privacy/{product.id}").json
    whole = client_as(actor_of("bureau_officer")).get(f"/api/privacy/{product.id}").json
    watched = client_as(actor_of("regulator")).get(f"/api/privacy/{product.id}").json
    stranger = client_as(actor_of("analyst", organization_id="org_x"))

    assert {b["purse"] for b in own["budgets"]} == {"product", "licence", "buyer"}
    assert {b["purse"] for b in whole["budgets"]} == {"product", "family"}
    assert own["spent_epsilon"] == whole["spent_epsilon"] == watched["spent_epsilon"] == "0.500000"
    assert stranger.get(f"/api/privacy/{product.id}").json["spends"] == []
    assert client_as(actor_of("purchaser")).get(f"/api/privacy/{product.id}").status_code == 403


def test_a_long_book_shows_the_newest_charges_and_counts_all_of_them(
    analyst, licence, product, client_as, monkeypatch
):
    monkeypatch.setattr(privacy_reads, "MOST_SHOWN", 1)
    asked = [
        analyst.post("/api/queries", json={"licence_id": licence.id, "sql": sql}).json
        for sql in (COUNT, f"{COUNT} WHERE score > 1")
    ]
    assert all("id" in query for query in asked)

    for reader in (analyst, client_as(actor_of("bureau_officer"))):
        book = reader.get(f"/api/privacy/{product.id}").json
        page = reader.get(f"/privacy/{product.id}").text
        assert len(book["spends"]) == 1
        assert book["spent_epsilon"] == "1.000000"
        assert "共 2 笔，合计 ε 1。" in page
        assert "下表是最近 1 笔。" in page


def test_a_policy_is_read_by_buyers_and_set_by_the_bureau(client_as, analyst, product):
    address = f"/api/policies/{product.id}"
    shown = analyst.get(address).json
    bureau = client_as(actor_of("bureau_officer"))
    policy = {**shown["policy"], "rows_per_cell": 1}

    assert shown["number"] == 1
    assert bureau.put(address, json=policy).json["number"] == 2
    assert bureau.get(f"{address}/proposal").json["unit"]["column"] == "shop"
    refused = bureau.put(address, json={**policy, "rows_per_unit": 0})
    assert refused.json["code"] == "privacy-policy-contradicts"
    assert client_as(ANALYST).put(address, json=policy).status_code == 403


def test_the_command_prints_one_line_of_json(app, product):
    runner_of_commands = app.test_cli_runner()

    for name in (product.id, "visits"):
        done = runner_of_commands.invoke(args=["queries", "explain", name, COUNT])
        found = app.json.loads(done.stdout)
        assert done.exit_code == 0
        assert (found["accepted"], found["cost_epsilon"]) == (True, "0.500000")
        assert found["columns"][1] == {"name": "n", "kind": "count", "error95": 48}
    refused = runner_of_commands.invoke(
        args=["queries", "explain", "visits", "SELECT * FROM visits"]
    )
    assert app.json.loads(refused.stdout)["code"] == "star"
    unknown = runner_of_commands.invoke(args=["queries", "explain", "nothing", COUNT])
    assert app.json.loads(unknown.stdout)["code"] == "privacy-policy-missing"
