"""Does a machine of an appraiser learn what the house knows, in the shape of a draft?"""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from kernel.actor import Actor
from tests.factories.appraisals import BASE_ON, appraisal_json
from tests.factories.books import ensure_product, make_cost, on_day
from tests.factories.market import actor_of
from tests.factories.valuation import V1, without
from tests.valuation.conftest import ClientAs
from valuation.costs.rules import CostComponent

ADDRESS = "/api/appraisals/facts?product_id=prd_own&base_on=2026-01-01"


@pytest.fixture(autouse=True)
def _cleaning_cost(session: Session, appraiser: Actor, finance_clerk: Actor) -> Iterator[None]:
    """450,000 yuan of cleaning for a product of one's own."""
    with on_day(BASE_ON):
        assert appraiser.organization_id is not None
        ensure_product(session, "prd_own", appraiser.organization_id)
        make_cost(session, finance_clerk, 450_000, CostComponent.CLEANING)
        session.commit()
        yield


def test_known_figures_stand_in_a_draft_as_they_come(client_as: ClientAs, appraiser: Actor) -> None:
    client = client_as(appraiser)

    facts = client.get(ADDRESS).json

    [figure] = facts["figures"]
    assert (figure["key"], float(figure["value"])) == ("processing_cost", 450_000)
    assert "2026-01-01" in figure["source"]
    assert facts["trade"] == {"orders": 0, "revenue": "0.00", "uses": 0}
    draft = appraisal_json()
    others = [one for one in draft["cost"]["figures"] if one["key"] != figure["key"]]
    assert len(others) == len(without(V1, figure["key"]))
    draft["cost"] = {"figures": [figure, *others]}
    made = client.post("/api/appraisals", json=draft)
    assert (made.status_code, made.json["value"]) == (201, "2011834.72")


def test_without_a_day_the_facts_are_todays(client_as: ClientAs, appraiser: Actor) -> None:
    facts = client_as(appraiser).get("/api/appraisals/facts?product_id=prd_own").json

    assert facts["base_on"] == BASE_ON.isoformat()


def test_facts_are_for_appraisers_and_of_known_products(
    client_as: ClientAs, appraiser: Actor
) -> None:
    assert client_as(actor_of("analyst")).get(ADDRESS).status_code == 403
    unknown = client_as(appraiser).get("/api/appraisals/facts?product_id=prd_unknown")
    timeless = client_as(appraiser).get(f"{ADDRESS.partition('&')[0]}&base_on=9999-12-31")

    assert (unknown.status_code, timeless.status_code) == (404, 422)
