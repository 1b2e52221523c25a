"""Steps 4 to 6: applied for, licensed, paid, asked within a privacy budget, metered."""

import time
from decimal import Decimal

import requests

from demo.chapters.licences import CALLS, EPSILON, MEASURES, SCENARIO
from demo.chapters.queries import INSPECTIONS, QUESTIONS, RAW
from tests.journeys.by_api import callers
from tests.journeys.by_api.callers import PATIENCE_SECONDS, Json
from tests.journeys.by_api.city import City
from tests.journeys.by_api.offering import FREE, OFFERS, SOLD

FREE_CALLS = 100
WAIT_SECONDS = 20
QUESTION = next(sql for key, sql in QUESTIONS if key == SOLD)
PARTS = {"bureau": "0.30", "operator": "0.60", "platform": "0.10"}
AMOUNT = OFFERS[SOLD].price * CALLS
NET = round(AMOUNT / Decimal("1.06"), 2)  # yuan before 6 % VAT


def play(city: City) -> None:
    set_policy(city)
    license_products(city)
    pay(city)
    ask(city)


def set_policy(city: City) -> None:
    """The bureau says whom the answers protect; each version's rows are bounded in a worker."""
    address = f"/api/policies/{city.ids[f'product:{SOLD}']}"
    kept = city.programs["approver"].put(address, INSPECTIONS.model_dump(mode="json"))
    assert kept["product_id"] == city.ids[f"product:{SOLD}"]
    city.settle()


def license_products(city: City) -> None:
    """Step 4: two persons decide, both sides sign the same bytes; active once paid or free."""
    city.programs["buyer"] = callers.granted(city.door, city.clients["buyer"])
    sold = _license(city, SOLD, "industry", CALLS)
    free = _license(city, FREE, "public_interest", FREE_CALLS)
    assert (sold["state"], free["state"]) == ("signed", "signed")
    assert (Decimal(sold["amount"]), Decimal(free["amount"])) == (AMOUNT, 0)


def _license(city: City, key: str, purpose: str, units: int) -> Json:
    buyer, operator = city.programs["buyer"], city.programs["operator"]
    application = buyer.post("/api/applications", _application(city, key, purpose, units))
    _decide_twice(city, f"/api/applications/{application['id']}/decisions")
    offer = {
        "starts_on": str(city.today()),
        "epsilon": str(EPSILON) if key == SOLD else "0",
    }
    licence = operator.post(f"/api/licences/for/{application['id']}", offer)
    address = f"/api/licences/{licence['id']}"
    city.ids[f"licence:{key}"] = licence["id"]
    assert operator.post(f"{address}/signatures")["state"] == "offered"
    return buyer.post(f"{address}/signatures")


def _application(city: City, key: str, purpose: str, units: int) -> Json:
    return {
        "product_id": city.ids[f"product:{key}"],
        "scenario": SCENARIO,
        "purpose": purpose,
        "acts": ["query" if key == SOLD else "download"],
        "term_months": 12,
        "unit": "call",
        "units": units,
        "measures": MEASURES,
        "proof": "" if key == SOLD else "防汛公益项目，批文 云民函〔2026〕5号",
    }


def _decide_twice(city: City, address: str) -> None:
    """First the officer, who may do no more than review, then the approver."""
    decision = {"permits": True, "reason": "场景具体，用途在授权范围内，措施可行。"}
    officer, approver = city.programs["officer"], city.programs["approver"]
    assert officer.post(address, decision)["state"] == "reviewed"
    assert officer.refused(address, decision)["code"] == "missing-permission"
    assert approver.post(address, decision)["state"] == "approved"


def pay(city: City) -> None:
    """Step 5: Stripe's client, the provider's page, a signed notice, the split."""
    for key in OFFERS:
        _set_shares(city, key)
    buyer = city.programs["buyer"]
    order = _order(city, SOLD, "PO-2026-001")
    assert order["amount"] == {"amount": f"{AMOUNT:.2f}", "currency": "CNY"}
    payment = buyer.post("/api/payments", {"order_id": order["id"]})
    city.settle()
    opened = buyer.get(f"/api/payments/{payment['id']}")
    assert opened["state"] == "open"
    _choose_alipay(opened["checkout_address"])
    _wait_until_paid(city, order["id"])
    assert buyer.get(f"/api/payments/{payment['id']}")["state"] == "succeeded"
    assert _order(city, FREE, "PO-2026-002")["state"] == "paid"  # nothing to pay (PR-01)
    for key in OFFERS:
        licence = buyer.get(f"/api/licences/{city.ids[f'licence:{key}']}")
        assert licence["state"] == "active"
    city.settle()
    _read_statements(city, order["id"])


def _set_shares(city: City, key: str) -> None:
    parts = [
        {"party": city.ids.get(party, party), "fraction": fraction}
        for party, fraction in PARTS.items()
    ]
    address = f"/api/shares/{city.ids[f'product:{key}']}"
    assert city.programs["approver"].put(address, {"parts": parts})["version"] == 1


def _order(city: City, key: str, number: str) -> Json:
    draft = {"licence_id": city.ids[f"licence:{key}"], "purchase_number": number}
    order = city.programs["buyer"].post("/api/orders", draft)
    city.ids[f"order:{key}"] = order["id"]
    return order


def _choose_alipay(address: str) -> None:
    """What a person does on the provider's page."""
    choice = {"method": "alipay", "outcome": "paid"}
    answer = requests.post(address, data=choice, timeout=PATIENCE_SECONDS, allow_redirects=False)
    assert answer.status_code == 303, answer.text


def _wait_until_paid(city: City, order_id: str) -> None:
    """The signed notice comes over HTTP by itself; a worker applies it."""
    until = time.monotonic() + WAIT_SECONDS
    while city.programs["buyer"].get(f"/api/orders/{order_id}")["state"] != "paid":
        assert time.monotonic() < until, "no notice settled the order"
        time.sleep(0.05)
        city.settle()


def _read_statements(city: City, order_id: str) -> None:
    """Bureau and operator each find their part; the buyer finds the ledger closed."""
    for caller, party in (("approver", "bureau"), ("operator", "operator")):
        statement = city.programs[caller].get("/api/ledger/statement")
        [entry] = statement["items"]
        part = NET * Decimal(PARTS[party])
        assert entry["subject_id"] == order_id
        assert abs(Decimal(entry["amount"]["amount"]) - part) <= Decimal("0.01")
    assert city.programs["buyer"].send("GET", "/api/ledger/statement").status_code == 403


def ask(city: City) -> None:
    """Step 6: no raw rows, but counts with an error bar, a budget that falls, a use that counts."""
    buyer, licence_id = city.programs["buyer"], city.ids[f"licence:{SOLD}"]
    refused = buyer.refused("/api/queries", {"licence_id": licence_id, "sql": RAW})
    assert (refused["code"], refused["clause"]) == ("question-refused", "SB-05")
    assert refused["detail"]
    question = {"licence_id": licence_id, "sql": QUESTION}
    explained = buyer.post("/api/queries/explanation", question)
    assert explained["accepted"] is True
    asked = buyer.post("/api/queries", question)
    city.settle()
    address = f"/api/queries/{asked['id']}"
    assert buyer.get(address)["state"] == "released"
    cells = [row[1] for row in buyer.get(f"{address}/result")["rows"]]
    assert len(cells) == 20
    for cell in cells:  # a noisy count may fall below nothing, its interval may not
        assert cell["value"] is None or cell["low"] <= max(cell["value"], 0) <= cell["high"]
    _read_budget_and_use(city, Decimal(str(explained["cost_epsilon"])))


def _read_budget_and_use(city: City, cost: Decimal) -> None:
    buyer = city.programs["buyer"]
    book = buyer.get(f"/api/privacy/{city.ids[f'product:{SOLD}']}")
    assert Decimal(str(book["spent_epsilon"])) == cost
    [mine] = [one for one in book["budgets"] if one["purse"] == "licence"]
    assert Decimal(str(mine["left_epsilon"])) == EPSILON - cost
    [use] = buyer.get("/api/usage")["items"]
    assert (use["licence_id"], use["uses"]) == (city.ids[f"licence:{SOLD}"], 1)
    left = buyer.post(
        "/api/entitlements/decision",
        {"licence_id": city.ids[f"licence:{SOLD}"], "act": "query"},
    )
    assert left["permitted"] is True
    calls = next(one for one in left["allowances"] if one["kind"] == "calls")
    assert (Decimal(calls["granted"]), Decimal(calls["left"])) == (CALLS, CALLS - 1)
