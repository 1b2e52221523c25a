"""The price desk by web page and by machine."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import transaction
from market.catalogue import reads
from market.catalogue.models import Product
from market.catalogue.rules import ProductState
from tests.factories.catalogue import make_product
from tests.factories.market import actor_of, sign_in_as

YEAR = clock.today().year
REVENUE = {
    "operator_id": "org_operator",
    "start_on": f"{YEAR}-01-01",
    "end_on": f"{YEAR + 1}-01-01",
    "gross_cost": "8000000",
    "subsidy": "1000000",
    "profit_base": "cost",
    "profit_rate": "0.06",
    "tax": "450000",
    "document": "发改价格〔2026〕8号",
}


def made(**changes: object) -> Product:
    with transaction() as session:
        return make_product(session, **changes)


def cap_of(product: Product, **changes: str) -> dict[str, str]:
    given = {
        "product_id": product.id,
        "unit": "call",
        "unit_price": "0.80",
        "is_tax_included": "true",
        "forecast_units": "4000000",
        "document": "数价〔2026〕1号",
    }
    return given | changes


def test_p1_is_entered_and_shown_and_0_81_is_refused(client: FlaskClient) -> None:
    product = made(state=ProductState.DRAFT, unit_price="0.10")
    sign_in_as(client, "price_authority")

    assert client.post("/pricing/revenues/new", data=REVENUE).status_code == 303
    page = client.get("/pricing/").text
    assert "7,870,000.00" in page
    capped = client.post("/pricing/caps/new/org_operator", data=cap_of(product))
    assert capped.status_code == 303
    assert "3,200,000.00" in client.get("/pricing/").text
    sign_in_as(client, "operator")
    refused = client.post(
        f"/api/products/{product.id}/prices",
        json={"unit": "call", "unit_price": "0.81", "reason": "试价"},
    )

    assert refused.json["clause"] == "PR-04"
    assert "0.80" in client.get("/pricing/").text


def test_more_subsidy_than_cost_keeps_what_was_typed(client: FlaskClient) -> None:
    made()
    sign_in_as(client, "price_authority")

    refused = client.post("/pricing/revenues/new", data=REVENUE | {"subsidy": "9000000"})

    assert refused.status_code == 409
    assert "PR-06" in refused.text
    assert "9000000" in refused.text
    assert "发改价格〔2026〕8号" in refused.text


def test_caps_beyond_the_permitted_revenue_are_refused_with_both_figures(
    client: FlaskClient,
) -> None:
    product = made()
    sign_in_as(client, "price_authority")
    client.post("/pricing/revenues/new", data=REVENUE)

    form = cap_of(product, forecast_units="9837501")
    refused = client.post("/pricing/caps/new/org_operator", data=form)

    assert refused.status_code == 409
    assert "7,870,000.80" in refused.text
    assert "7,870,000.00" in refused.text


def test_a_cap_is_taken_back_with_a_reason_and_the_product_stops(
    client: FlaskClient, session: Session
) -> None:
    product = made()
    sign_in_as(client, "price_authority")
    body = cap_of(product) | {"is_trial": True, "forecast_units": 10, "is_tax_included": True}
    cap = client.post("/api/pricing/caps", json=body)
    assert cap.status_code == 201

    assert client.post(f"/pricing/caps/{cap.json['id']}/end", data={}).status_code == 422
    ended = client.post(f"/pricing/caps/{cap.json['id']}/end", data={"reason": "重新核定"})

    assert ended.status_code == 303
    session.expire_all()
    assert reads.get_product(session, product.id).state == ProductState.SUSPENDED


@pytest.mark.parametrize("role", ["operator", "bureau_approver", "analyst"])
def test_nobody_else_permits_revenue_or_sets_caps(client: FlaskClient, role: str) -> None:
    product = made()
    sign_in_as(client, role)

    assert client.post("/pricing/revenues/new", data=REVENUE).status_code == 403
    assert client.post("/pricing/caps/new/org_operator", data=cap_of(product)).status_code == 403


def test_the_operators_desk_names_prices_near_their_caps(client: FlaskClient) -> None:
    product = made(unit_price="0.80")
    sign_in_as(client, "price_authority")
    client.post("/pricing/revenues/new", data=REVENUE)
    client.post("/pricing/caps/new/org_operator", data=cap_of(product))
    sign_in_as(client, "operator")

    assert "价格接近上限" in client.get("/desk").text


def test_a_priced_product_without_a_cap_waits_on_the_authoritys_desk(client: FlaskClient) -> None:
    product = made(state=ProductState.DRAFT)
    sign_in_as(client, "price_authority")
    page = client.get("/desk").text
    address = f"/pricing/caps/new/org_operator?product={product.id}&amp;unit=call"
    client.post("/pricing/revenues/new", data=REVENUE)
    client.post("/pricing/caps/new/org_operator", data=cap_of(product))

    assert "待核定上限" in page
    assert address in page
    assert "待核定上限" not in client.get("/desk").text


def test_before_there_is_any_product_the_page_says_what_will_stand_here(
    client: FlaskClient,
) -> None:
    sign_in_as(client, "price_authority")

    page = client.get("/pricing/")

    assert page.status_code == 200
    assert "还没有要定价的产品" in page.text


def test_an_operator_does_not_see_what_another_one_may_earn(client: FlaskClient) -> None:
    made()
    other = actor_of("operator", organization_id="org_other", id="usr_other")
    sign_in_as(client, other)
    sign_in_as(client, "price_authority")
    client.post("/pricing/revenues/new", data=REVENUE)
    theirs = REVENUE | {"operator_id": "org_other", "gross_cost": "9000000"}
    client.post("/pricing/revenues/new", data=theirs)
    sign_in_as(client, other)

    page = client.get("/pricing/?operator=org_operator")

    assert (page.status_code, "7,870,000" in page.text) == (404, False)
    assert "8,930,000.00" in client.get("/pricing/").text
