"""Step 7: valued by two methods and two people, booked at cost, amortised, disclosed.

The buyer's paid order meanwhile waits in the buyer's own books.
"""

from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from demo.chapters.assets import COSTS, LIFE_MONTHS, PREPARED_DAYS, REASONS
from kernel.periods import add_months
from tests.journeys.by_api import callers
from tests.journeys.by_api.buying import AMOUNT, NET
from tests.journeys.by_api.callers import Json
from tests.journeys.by_api.city import City
from tests.journeys.by_api.offering import SOLD
from valuation.assets.rules import next_uncharged_after
from valuation.costs.rules import Stage
from valuation.recognitions.rules import Criterion

CAPITALISED = sum(
    Decimal(yuan)
    for component, stage, _, yuan, *_ in COSTS
    if stage is Stage.DEVELOPMENT and component.value != "training"
)
RATES = {
    "risk_free_rate": "0.02",
    "management_premium": "0.055",
    "circulation_premium": "0.035",
    "security_premium": "0.02",
    "tax_rate": "0.25",
}
FORECAST = {
    "revenue": ["880000", "1150000", "1300000", "1300000"],
    "operating_cost": ["520000", "560000", "600000", "620000"],
}


def play(city: City) -> None:
    record_costs(city)
    appraise(city)
    book(city)
    amortise(city)
    find_purchase(city)


def record_costs(city: City) -> None:
    """Each cost with its proof, whose SHA-256 the record keeps."""
    finance = city.programs["finance"]
    for component, stage, days, yuan, vat, paid_from, document in COSTS:
        draft = {
            "product_id": city.ids[f"product:{SOLD}"],
            "stage": stage.value,
            "component": component.value,
            "incurred_on": str(_began_on(city) + timedelta(days=days)),
            "amount": str(yuan),
            "vat": str(vat),
            "paid_from": paid_from.value,
            "document": document,
        }
        cost = finance.post("/api/costs", draft)
        proof = finance.send(
            "PUT",
            f"/api/costs/{cost['id']}/evidence",
            params={"filename": f"{document}.pdf"},
            data=b"%PDF-1.7 " + document.encode(),
        )
        assert len(callers.told(proof)["evidence_sha256"]) == 64


def appraise(city: City) -> None:
    """Cost and income are reconciled, the market refuses; an estimate until two have signed."""
    appraiser, second = city.programs["appraiser"], city.programs["appraiser2"]
    facts = appraiser.get("/api/appraisals/facts", product_id=city.ids[f"product:{SOLD}"])
    assert (facts["trade"]["orders"], Decimal(facts["trade"]["revenue"])) == (1, NET)
    assert facts["trade"]["uses"] == 1
    made = appraiser.post("/api/appraisals", _appraisal(city, facts["figures"]))
    cost, income, market = made["methods"]
    assert Decimal(cost["amount"]) > 0
    assert Decimal(income["amount"]) > 0
    assert market["amount"] is None
    assert "不足三宗" in market["rejected_reason"]
    assert made["is_internal_estimate"] is True
    address = f"/api/appraisals/{made['id']}"
    assert appraiser.post(f"{address}/signature")["is_internal_estimate"] is True
    in_person = callers.sign_in(city.door, "appraiser")  # a program and its person are one
    assert in_person.refused(f"{address}/signature")["code"] == "appraisal-signed-by-you"
    signed = second.post(f"{address}/signature")
    assert (signed["state"], signed["is_internal_estimate"]) == ("signed", False)
    again = appraiser.get(f"{address}/recomputation")
    assert (again["is_equal"], again["is_sealed"]) == (True, True)
    city.figures["value"] = signed["value"]


def _appraisal(city: City, known: list[Json]) -> Json:
    today = city.today()
    days_left = (date.fromisoformat(_agreement(city)["end_on"]) - today).days
    years = (Decimal(days_left) / Decimal("365.25")).quantize(Decimal("0.01"), rounding=ROUND_DOWN)
    own = {"profit_rate": "0.08", "scenario_factor": "1.05", "remaining_life": str(years)}
    lives = {"authorisation_life": str(years), "economic_life": "4"}
    return {
        "product_id": city.ids[f"product:{SOLD}"],
        "base_on": str(today),
        "purpose": "pricing",
        "cost": {"figures": [*known, *_figures(own | {"total_life": "4"})]},
        "income": {
            "figures": _figures(lives | RATES),
            "series": [
                {"key": key, "values": values, "source": "运营预测"}
                for key, values in FORECAST.items()
            ],
        },
        "cost_weight": "0.4",
        "income_weight": "0.6",
        "reason": "收益有许可合同支持，取六成；成本有凭据，取四成；没有三宗干净的可比成交。",
    }


def _figures(values: dict[str, str]) -> list[Json]:
    return [{"key": key, "value": value, "source": "台账"} for key, value in values.items()]


def book(city: City) -> None:
    """The walk ends in development; booked at cost, and never at the appraised value (DA-02)."""
    finance = city.programs["finance"]
    entity = finance.post("/api/books", {"title": "云州数据运营有限公司"})
    candidate = {
        "entity_id": entity["id"],
        "product_id": city.ids[f"product:{SOLD}"],
        "started_on": str(_began_on(city) - timedelta(days=10)),
    }
    asset = finance.post("/api/recognitions", candidate)
    city.ids["entity"], city.ids["asset"] = entity["id"], asset["id"]
    address = f"/api/recognitions/{asset['id']}"
    decision = _decision(city)
    refused = finance.refused(address, decision | {"booked_amount": city.figures["value"]})
    assert (refused["code"], refused["clause"]) == ("asset-not-at-cost", "DA-02")
    assert finance.post(address, decision)["outcome"] == "development"
    assert Decimal(_asset(city)["gross"]) == CAPITALISED


def _decision(city: City) -> Json:
    met_on = str(_began_on(city) + timedelta(days=2))
    return {
        "purpose": "service",
        "origin": "development",
        "answers": [
            {"node": node.value, "reason": reason, "evidence": evidence}
            for node, (reason, evidence) in REASONS.items()
        ],
        "criteria": [
            {
                "criterion": one.value,
                "document": "云数运〔2026〕12号 立项批复",
                "met_on": met_on,
                "approver": "总经理办公会",
            }
            for one in Criterion
        ],
    }


def amortise(city: City) -> None:
    """In use, not to be written up, charged to the month that is over, and disclosed."""
    finance, address = city.programs["finance"], f"/api/assets/{city.ids['asset']}"
    use = {
        "ready_on": str(_began_on(city) + timedelta(days=PREPARED_DAYS)),
        "use": "service",
        "life_months": LIFE_MONTHS,
        "right_ends_on": _agreement(city)["end_on"],
        "reason": "不超过授权剩余期限",
    }
    finance.post(f"{address}/use", use)
    wish = {"on": str(city.today()), "carrying": "9000000", "reason": "评估增值"}
    assert finance.refused(f"{address}/write-up", wish)["code"] == "asset-valuation-gain"
    month_on = add_months(next_uncharged_after(city.today()), -1)
    month = {"entity_id": city.ids["entity"], "month_on": str(month_on)}
    charged = finance.post("/api/assets/month-ends", month)["charged"]
    assert 1 <= charged <= 3
    schedule = finance.get(f"{address}/schedule")["lines"]
    posted = [line for line in schedule if line["voucher_id"]]
    assert len(posted) == charged
    asset = _asset(city)
    assert Decimal(asset["amortised"]) == sum(Decimal(line["charge"]) for line in posted)
    assert Decimal(asset["carrying"]) == CAPITALISED - Decimal(asset["amortised"])
    city.figures["carrying"] = asset["carrying"]
    _read_table(city)


def _read_table(city: City) -> None:
    wanted = {"entity_id": city.ids["entity"], "year": str(city.today().year)}
    found = city.programs["finance"].get("/api/statements", **wanted)
    assert found["all_hold"] is True
    assert found["lines"]["intangible"] == city.figures["carrying"]
    assert found["intangible"]["columns"]


def find_purchase(city: City) -> None:
    """The paid order waits in the buyer's books, for the buyer's clerk and nobody else's."""
    clerk = city.programs["buyerfinance"]
    [entity] = clerk.get("/api/books")["items"]
    assert entity["organization_id"] == city.ids["buyer"]
    waiting = clerk.get("/api/assets", entity_id=entity["id"], state="candidate")["items"]
    [bought] = [one for one in waiting if one["order_id"] == city.ids[f"order:{SOLD}"]]
    assert (bought["route"], bought["state"]) == ("purchased", "candidate")
    assert bought["product_id"] == city.ids[f"product:{SOLD}"]
    order = clerk.get(f"/api/orders/{bought['order_id']}")
    assert Decimal(order["amount"]["amount"]) == AMOUNT
    foreign = city.programs["finance"].send("GET", f"/api/assets/{bought['id']}")
    assert foreign.status_code == 404


def _agreement(city: City) -> Json:
    return city.programs["operator"].get(f"/api/authorizations/{city.ids['agreement']}")


def _began_on(city: City) -> date:
    return date.fromisoformat(_agreement(city)["start_on"])


def _asset(city: City) -> Json:
    return city.programs["finance"].get(f"/api/assets/{city.ids['asset']}")
