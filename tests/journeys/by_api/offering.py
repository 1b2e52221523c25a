"""Steps 0 to 3: authorised, registered, delivered, checked, capped, priced, published, found."""

import base64
import hashlib
from datetime import timedelta

from demo.chapters.authorization import BODY, CONSULTATION_DAYS, PARTS, SELECTION_DAYS
from demo.chapters.products import TOO_MUCH
from demo.city import CITY, Offer
from kernel.periods import add_years
from licensing.authorizations.rules import AgreementPart
from licensing.plans.rules import PlanPart
from tests.journeys.by_api import callers
from tests.journeys.by_api.callers import Json
from tests.journeys.by_api.city import City

# One with a protected unit, sold; one with Chinese text in another encoding, free for the public.
SOLD, FREE = "inspections", "divisions"
OFFERS = {offer.key: offer for offer in CITY if offer.key in {SOLD, FREE}}
DOCUMENT = "云发改价格〔2026〕12号"


def register(city: City) -> None:
    """The officer declares dictionary and classification before any file comes."""
    for key, offer in OFFERS.items():
        draft = offer.dataset.model_copy(update={"provider_id": city.ids["health"]})
        made = city.programs["officer"].post("/api/datasets", draft.model_dump(mode="json"))
        city.ids[f"dataset:{key}"] = made["id"]


def authorise(city: City) -> None:
    """Step 0, with the waits that the procedure asks for; without consent nobody signs (AO-13)."""
    city.ids["plan"] = _approve_plan(city)
    city.clock.pass_days(SELECTION_DAYS)
    agreement_id = city.ids["agreement"] = _approve_agreement(city)
    address = f"/api/authorizations/{agreement_id}"
    approver, operator = city.programs["approver"], city.programs["operator"]
    assert operator.refused(f"{address}/signatures")["clause"] == "AO-13"
    letter = {"statement": "同意进入授权运营，用途以协议为限。", "document": "云市监函〔2026〕21号"}
    for key in OFFERS:
        city.programs["source"].post(f"{address}/consents/{city.ids[f'dataset:{key}']}", letter)
    for side in (approver, operator):
        side.post(f"{address}/signatures")
    city.settle()
    assert operator.get(address)["state"] == "active"


def _approve_plan(city: City) -> str:
    officer, approver = city.programs["officer"], city.programs["approver"]
    draft = {
        "title": "云州市公共数据授权运营实施方案",
        "mode": "whole",
        "dataset_ids": _dataset_ids(city),
        "parts": {part.value: PARTS[PlanPart] for part in PlanPart},
    }
    plan_id: str = officer.post("/api/authorization-plans", draft)["id"]
    address = f"/api/authorization-plans/{plan_id}"
    officer.post(f"{address}/consultation", {"consultation": "征求意见期间无反对意见。"})
    city.clock.pass_days(CONSULTATION_DAYS)
    decided = approver.post(f"{address}/approval", _decision(city, "云数办纪〔2026〕3号"))
    assert decided["state"] == "plan_approved"
    return plan_id


def _approve_agreement(city: City) -> str:
    start_on = city.today()
    draft = {
        "plan_id": city.ids["plan"],
        "operator_id": city.ids["operator"],
        "title": "云州市公共数据授权运营协议",
        "selection_method": "public_bidding",
        "selection_evidence": "公开招标中标通知书 YZ-2026-017",
        "selected_on": str(start_on - timedelta(days=5)),
        "start_on": str(start_on),
        "end_on": str(add_years(start_on, 3)),
        "purposes": ["governance", "public_interest", "industry"],
        "dataset_ids": _dataset_ids(city),
        "parts": {part.value: PARTS[AgreementPart] for part in AgreementPart},
    }
    agreement_id: str = city.programs["officer"].post("/api/authorizations", draft)["id"]
    decision = _decision(city, "云数办纪〔2026〕7号")
    city.programs["approver"].post(f"/api/authorizations/{agreement_id}/approval", decision)
    return agreement_id


def deliver(city: City) -> None:
    """Steps 1 and 2: one file says its encoding, the other is guessed, shown and confirmed."""
    sold = _send(city, SOLD, OFFERS[SOLD].path.read_bytes(), {"encoding": "utf-8"})
    assert sold["state"] == "queued"
    free = OFFERS[FREE].path.read_text(encoding="utf-8").encode("gb18030")
    _confirm_reading(city, _send(city, FREE, free, {}))
    city.settle()
    officer = city.programs["officer"]
    for key in OFFERS:
        version = officer.get(f"{_versions(city, key)}/{city.ids[f'version:{key}']}")
        verdict = officer.get(f"/api/quality/versions/{version['id']}/verdict")
        assert (version["state"], verdict["has_passed"]) == ("ready", True)
        assert verdict["version_sha256"] == version["parquet_sha256"]
        assert {"accuracy", "completeness"} <= set(verdict["dimensions"])
        city.rows += version["rows"]


def _send(city: City, key: str, content: bytes, reading: dict[str, str]) -> Json:
    """The body of the request is the file; its digest goes before it."""
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    answer = city.programs["officer"].send(
        "POST",
        _versions(city, key),
        params={"name": OFFERS[key].file, **reading},
        data=content,
        headers={"Content-Digest": f"sha-256=:{digest}:"},
    )
    version = callers.told(answer)
    assert version["source_sha256"] == hashlib.sha256(content).hexdigest()
    city.ids[f"version:{key}"] = version["id"]
    return version


def _confirm_reading(city: City, version: Json) -> None:
    officer = city.programs["officer"]
    address = f"{_versions(city, FREE)}/{version['id']}"
    shown = officer.get(f"{address}/preview")
    assert (shown["encoding"], shown["has_damage"]) == ("gb18030", False)
    assert any("区" in cell for row in shown["rows"] for cell in row)
    choice = {"encoding": shown["encoding"], "delimiter": shown["delimiter"]}
    officer.post(f"{address}/reading", choice)


def publish(city: City) -> None:
    """Step 3: under the authority's cap, by a second person, and found in Chinese."""
    _permit_revenue(city)
    for key, offer in OFFERS.items():
        _draft_and_cap(city, offer)
        if key == SOLD:
            _try_too_much(city, offer)
        _price_and_publish(city, offer)
    city.settle()
    for words in ("餐饮卫生", "canyin"):
        found = city.programs["regulator"].get("/api/storefront/products", q=words)["cards"]
        assert [card["product_id"] for card in found] == [city.ids[f"product:{SOLD}"]]


def _permit_revenue(city: City) -> None:
    """P1 of docs/rules/price.md: 7.87 million yuan."""
    start_on = city.today().replace(month=1, day=1)
    draft = {
        "operator_id": city.ids["operator"],
        "start_on": str(start_on),
        "end_on": str(add_years(start_on, 1)),
        "gross_cost": "8000000",
        "subsidy": "1000000",
        "profit_base": "cost",
        "profit_rate": "0.06",
        "tax": "450000",
        "document": DOCUMENT,
    }
    permitted = city.programs["pricing"].post("/api/pricing/revenues", draft)["permitted"]
    assert permitted == {"amount": "7870000.00", "currency": "CNY"}


def _draft_and_cap(city: City, offer: Offer) -> None:
    draft = {
        "title_zh": offer.dataset.title,
        "title_en": offer.title_en,
        "use_sentence": offer.use,
        "description": offer.dataset.abstract,
        "form": offer.form.value,
        "scenarios": [one.value for one in offer.scenarios],
        "delivery_kinds": [one.value for one in offer.delivery],
        "dataset_ids": [city.ids[f"dataset:{offer.key}"]],
        "level": offer.dataset.level.value,
        "legal_basis": "不含个人信息；经营单位按受保护单位处理",
        "is_sample": True,
        "sample_origin": offer.dataset.sample_origin,
        "bureau_id": city.ids["bureau"],
    }
    product = city.programs["operator"].post("/api/products", draft)
    city.ids[f"product:{offer.key}"] = product["id"]
    cap = {
        "product_id": product["id"],
        "unit": offer.unit.value,
        "unit_price": str(offer.cap),
        "forecast_units": offer.forecast,
        "document": DOCUMENT,
    }
    city.programs["pricing"].post("/api/pricing/caps", cap)


def _try_too_much(city: City, offer: Offer) -> None:
    address = f"/api/products/{city.ids[f'product:{offer.key}']}/prices"
    wish = {"unit": offer.unit.value, "unit_price": str(TOO_MUCH), "reason": "试图提价"}
    refused = city.programs["operator"].refused(address, wish)
    assert (refused["status"], refused["clause"]) == (409, "PR-04")


def _price_and_publish(city: City, offer: Offer) -> None:
    operator, approver = city.programs["operator"], city.programs["approver"]
    address = f"/api/products/{city.ids[f'product:{offer.key}']}"
    price = {"unit": offer.unit.value, "unit_price": str(offer.price), "reason": "首次定价"}
    operator.post(f"{address}/prices", price)
    operator.post(f"{address}/submission")
    assert operator.refused(f"{address}/publication")["code"] == "missing-permission"
    assert approver.get(f"{address}/publication")["may_be_published"] is True
    assert approver.post(f"{address}/publication")["state"] == "on_sale"


def _decision(city: City, number: str) -> dict[str, str]:
    return {"body": BODY, "number": number, "decided_on": str(city.today())}


def _dataset_ids(city: City) -> list[str]:
    return [city.ids[f"dataset:{key}"] for key in OFFERS]


def _versions(city: City, key: str) -> str:
    return f"/api/datasets/{city.ids[f'dataset:{key}']}/versions"
