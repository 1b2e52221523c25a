"""A price above the cap is tried, refused, seen, answered and proved: the regulator's story."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from demo import proof
from kernel import relay
from market.catalogue import reads as catalogue
from supervision.alerts import tasks as alert_tasks  # noqa: F401 - subscribes to refusals
from supervision.transparency import tasks as log_tasks
from tests.factories.catalogue import make_product
from tests.factories.market import actor_of, sign_in_as

REGULATOR = actor_of("regulator", scopes=("data", "price", "cyberspace", "finance"))
TOO_MUCH = {"unit": "call", "unit_price": "0.81", "reason": "试图提价"}


@pytest.fixture
def product_id(session: Session) -> str:
    """On sale at 0.80 under a cap of 0.80."""
    made = make_product(session)
    session.commit()
    return str(made.id)


def test_a_refused_price_is_a_fact_an_alert_and_a_proof(
    client: FlaskClient, session: Session, product_id: str
):
    sign_in_as(client, "operator")
    refused = client.post(f"/api/products/{product_id}/prices", json=TOO_MUCH)
    again = client.post(f"/api/products/{product_id}/prices", json=TOO_MUCH)
    relay.deliver_everything()
    log_tasks.extend_log()

    assert (refused.status_code, again.status_code) == (409, 409)
    assert refused.get_json()["clause"] == "PR-04"
    (price,) = catalogue.get_product(session, product_id).prices
    assert str(price.unit_price.yuan) in {"0.8", "0.80", "0.800000"}

    sign_in_as(client, REGULATOR)
    desk, timeline = client.get("/desk"), client.get("/timeline?refusals=true")
    (alert,) = client.get("/api/alerts?rule=SU-02").get_json()["items"]
    assert "橙色预警：价格高于上限收费标准" in desk.text
    assert timeline.text.count("价格 0.81 元/次 高于上限 0.80 元/次") >= 2
    assert (alert["hits"], alert["object_id"], alert["state"]) == (2, product_id, "open")

    client.post(f"/alerts/{alert['id']}/taking")
    client.post(
        f"/alerts/{alert['id']}/closing",
        data={"outcome": "confirmed", "reason": "已约谈运营机构，维持 0.80 元/次。"},
    )
    closed = client.get(f"/api/alerts/{alert['id']}").get_json()
    assert (closed["state"], closed["outcome"]) == ("closed", "confirmed")

    bundle = client.get(f"/api/audit/events/{alert['event_id']}/bundle").text
    key = client.get("/log/key").text
    if not (proof.VERIFIER / "aics_tlog").is_dir():
        pytest.skip("aics-tlog is not here: run `make verifier`")
    assert proof.check(bundle, key).is_accepted
    assert not proof.check(bundle.replace('"index":', '"index":1'), key).is_accepted
