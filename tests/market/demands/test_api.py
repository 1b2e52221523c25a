"""Programs ask, join, answer and count as pages do."""

from market.demands.rules import DemandState
from tests.factories.catalogue import make_product
from tests.factories.demands import answer_plan, company, demand_draft, make_demand
from tests.factories.market import sign_in_as


def test_the_whole_life_of_a_demand_by_the_api(client, session, analyst, bureau_officer):
    product = make_product(session)
    joiner = company(session, "b")
    sign_in_as(client, analyst)
    asked = client.post("/api/demands", json=demand_draft().model_dump(mode="json"))
    assert asked.status_code == 201
    address = f"/api/demands/{asked.json['id']}"
    assert client.get(address).status_code == 404
    sign_in_as(client, bureau_officer)
    assert [one["id"] for one in client.get("/api/demands/waiting").json["demands"]] == [
        asked.json["id"]
    ]
    client.post(f"{address}/publication")
    sign_in_as(client, joiner)
    assert client.post(f"{address}/joining", json={"is_named": True}).status_code == 200
    again = client.post(f"{address}/joining", json={})
    assert (again.status_code, again.json["code"]) == (409, "demand-joined-already")
    sign_in_as(client, bureau_officer)
    assert len(client.get(f"{address}/askers").json["askers"]) == 2
    client.post(f"{address}/plan", json=answer_plan().model_dump(mode="json"))

    done = client.post(f"{address}/product", json={"product_id": product.id})

    assert done.json["state"] == "fulfilled"
    client.delete_cookie("market_session")
    public = client.get(address).json
    assert (public["product_id"], public["askers"], len(public["named"])) == (product.id, 2, 1)
    assert "organization_id" not in public
    assert [one["id"] for one in client.get("/api/demands").json["items"]] == [public["id"]]


def test_a_program_mends_withdraws_and_reads_its_own(client, session, analyst):
    demand = make_demand(session, DemandState.RETURNED)
    sign_in_as(client, analyst)
    address = f"/api/demands/{demand.id}"
    assert client.get(f"{address}/case").json["return_reason"]

    mended = client.put(address, json=demand_draft(title="改好的需求").model_dump(mode="json"))

    assert (mended.json["state"], mended.json["title"]) == ("submitted", "改好的需求")
    assert client.post(f"{address}/withdrawal").json["state"] == "withdrawn"
    assert [one["state"] for one in client.get("/api/demands/mine").json["demands"]] == [
        "withdrawn"
    ]


def test_the_bureau_gives_back_refuses_and_counts(client, session, bureau_officer):
    returned, refused = make_demand(session, DemandState.SUBMITTED), make_demand(session)
    sign_in_as(client, bureau_officer)

    for demand, act in ((returned, "return"), (refused, "refusal")):
        body = {"reason": "数据尚未采集，没有条件。"}
        assert client.post(f"/api/demands/{demand.id}/{act}", json=body).status_code == 200

    figures = client.get("/api/demands/statistics").json
    assert {row["state"]: row["demands"] for row in figures["by_state"]} == {
        "returned": 1,
        "refused": 1,
    }
    assert figures["median_working_days"] == "0"


def test_an_asker_reads_no_names_of_others_and_no_figures(client, session):
    demand = make_demand(session)
    sign_in_as(client, company(session, "b"))

    assert client.get(f"/api/demands/{demand.id}/case").status_code == 404
    assert client.get(f"/api/demands/{demand.id}/askers").status_code == 404
    assert client.get("/api/demands/statistics").status_code == 403
