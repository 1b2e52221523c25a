"""Step 8: the regulator reads, answers an alert, and takes proofs to a tool that is not ours."""

from demo import proof
from tests.journeys.by_api.callers import Json
from tests.journeys.by_api.city import City
from tests.journeys.by_api.offering import SOLD

ABOVE_CAP, WATCHED = "PR-04", "SU-02"


def play(city: City) -> None:
    city.extend_log()
    attempt = _find_attempt(city)
    _answer_alert(city, attempt)
    city.extend_log()
    _read_timeline(city)
    _take_proof(city, attempt)


def _find_attempt(city: City) -> Json:
    """The price was not set, yet the attempt stands as a fact: who, what, and which clause."""
    regulator = city.programs["regulator"]
    facts = regulator.get("/api/audit/events", refusals="true")["items"]
    [attempt] = [one for one in facts if one["clause"] == ABOVE_CAP]
    assert "0.81" in attempt["sentence"]
    assert attempt["organization"] == "云州数据运营有限公司"
    product = city.programs["operator"].get(f"/api/products/{city.ids[f'product:{SOLD}']}")
    assert [price["unit_price"] for price in product["prices"]] == ["0.6"]
    return attempt


def _answer_alert(city: City, attempt: Json) -> None:
    regulator = city.programs["regulator"]
    [alert] = regulator.get("/api/alerts", rule=WATCHED)["items"]
    assert alert["event_id"] == attempt["event_id"]
    address = f"/api/alerts/{alert['id']}"
    regulator.post(f"{address}/taking")
    closing = {"outcome": "confirmed", "reason": "已约谈运营机构，维持 0.60 元/次。"}
    assert regulator.post(f"{address}/closing", closing)["state"] == "closed"


def _read_timeline(city: City) -> None:
    """Every fact of the story, in plain sentences, each with its place in the log."""
    regulator, cursor = city.programs["regulator"], ""
    told: list[Json] = []
    while True:
        page = regulator.get("/api/audit/events", cursor=cursor)
        told += page["items"]
        if not (cursor := page["next_cursor"]):
            break
    names = {one["name"] for one in told}
    assert names >= STEPS, STEPS - names
    assert all(one["sentence"] for one in told)
    assert sorted(one["log_index"] for one in told) == list(range(len(told)))


STEPS = {
    "licensing.plan_approved",
    "licensing.authorization_signed",
    "market.dataset_registered",
    "market.quality_checked",
    "market.product_published",
    "licensing.licence_signed",
    "billing.order_paid",
    "sandbox.query_released",
    "valuation.appraisal_signed",
}


def _take_proof(city: City, attempt: Json) -> None:
    """A checkpoint that anybody may fetch signs what the proof counts up to."""
    regulator = city.programs["regulator"]
    checkpoint = regulator.text("/log/checkpoint")
    city.figures["checkpoint_size"] = checkpoint.splitlines()[1]
    inclusion = regulator.get(f"/api/log/proof/{attempt['event_id']}")
    assert inclusion["checkpoint"].split("\n\n")[0] == checkpoint.split("\n\n")[0]
    assert inclusion["index"] == attempt["log_index"]
    city.bundle = regulator.text(f"/api/audit/events/{attempt['event_id']}/bundle")
    city.key = regulator.text("/log/key")


def is_verifier_here() -> bool:
    return (proof.VERIFIER / "aics_tlog").is_dir()
