"""The shop window over HTTP, without signing in."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel import clock, relay
from kernel.actor import Actor
from kernel.db import transaction
from market.catalogue.models import Product
from market.catalogue.rules import ProductState
from market.organizations.actions import mark_verified
from market.organizations.models import Organization
from market.organizations.rules import OrganizationId
from market.storefront import tasks
from market.storefront.actions import put_in_window
from market.storefront.pages import TABS
from tests.factories.catalogue import make_product
from tests.factories.market import actor_of, sign_in_as


def shown(**changes: object) -> Product:
    with transaction() as session:
        product = make_product(session, **changes)
        put_in_window(session, product.id)
        return product


def test_an_empty_market_says_what_will_stand_here(client: FlaskClient) -> None:
    answer = client.get("/")

    assert answer.status_code == 200
    assert "还没有在售的产品" in answer.text


def test_anybody_sees_what_is_for_sale(client: FlaskClient) -> None:
    shown(title_zh="餐饮卫生检查核验")

    for address in ("/", "/catalogue", "/catalogue?q=weisheng", "/catalogue?q=衛生"):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "餐饮卫生检查核验" in answer.text, address


def test_a_change_of_the_window_is_seen_by_the_next_visitor(client: FlaskClient) -> None:
    product = shown(title_zh="餐饮卫生检查核验")
    assert "餐饮卫生检查核验" in client.get("/").text

    with transaction() as session:
        session.get_one(Product, product.id).title_zh = "餐饮卫生检查新核验"
    with transaction() as session:
        put_in_window(session, product.id)

    for address in ("/", "/catalogue", f"/catalogue/{product.id}"):
        assert "餐饮卫生检查新核验" in client.get(address).text, address


def test_a_search_without_result_says_what_to_try(client: FlaskClient) -> None:
    shown()

    answer = client.get("/catalogue?q=卫星遥感")

    assert answer.status_code == 200
    assert "没有找到产品" in answer.text
    assert "卫星遥感" in answer.text


def test_a_malformed_question_is_refused_in_words(client: FlaskClient) -> None:
    assert client.get("/catalogue?form=nonsense").status_code == 422
    assert client.get("/catalogue?page=0").status_code == 422


@pytest.mark.parametrize("tab", [name for name, _ in TABS])
def test_each_tab_of_a_product_is_a_page(client: FlaskClient, tab: str) -> None:
    product = shown()

    answer = client.get(f"/catalogue/{product.id}?tab={tab}")

    assert answer.status_code == 200
    assert "餐饮卫生检查核验" in answer.text
    assert "在售" in answer.text


def test_the_calculator_reckons_on_the_page(client: FlaskClient) -> None:
    product = shown(unit_price="0.80")

    answer = client.get(f"/catalogue/{product.id}?tab=price&units=1500")

    assert "1,200.00" in answer.text
    assert "PR-01" in answer.text
    assert client.get(f"/catalogue/{product.id}?tab=price&units=-1").status_code == 422


def test_sample_data_says_so_with_its_origin(client: FlaskClient) -> None:
    product = shown(is_sample=True, sample_origin="Anchorage 餐饮检查，MIT")

    page = client.get(f"/catalogue/{product.id}").text

    assert "样例数据" in page
    assert "Anchorage 餐饮检查，MIT" in page


def test_a_draft_does_not_exist_for_the_public(client: FlaskClient) -> None:
    product = shown(state=ProductState.DRAFT)

    answer = client.get(f"/catalogue/{product.id}")

    assert answer.status_code == 404
    assert client.get(f"/catalogue/{product.id}/preview").status_code == 302


def test_its_own_people_preview_a_draft(client: FlaskClient, session: Session) -> None:
    product = shown(state=ProductState.DRAFT)
    sign_in_as(client, "operator")

    answer = client.get(f"/catalogue/{product.id}/preview?tab=terms")

    assert answer.status_code == 200
    assert "这是预览" in answer.text
    sign_in_as(client, actor_of("operator", organization_id="org_other", id="usr_other"))
    assert client.get(f"/catalogue/{product.id}/preview").status_code == 404


def test_a_suspended_product_says_why_and_cannot_be_applied_for(client: FlaskClient) -> None:
    product = shown(state=ProductState.SUSPENDED)

    page = client.get(f"/catalogue/{product.id}").text

    assert "核查中" in page
    assert "申请使用" not in page


def test_text_of_people_is_never_markup(client: FlaskClient) -> None:
    product = shown(description="<script>alert(1)</script>", title_zh="卫生<b>核验</b>")

    for address in (f"/catalogue/{product.id}", "/catalogue?q=<img src=x>", "/"):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "<b>核验" not in page
        assert "<img src=x" not in page


def test_the_page_speaks_english(client: FlaskClient) -> None:
    product = shown()

    page = client.get(f"/catalogue/{product.id}?lang=en").text

    assert "Restaurant inspection check" in page
    assert "On sale" in page


def test_machines_search_and_read_the_same(client: FlaskClient) -> None:
    product = shown()

    found = client.get("/api/storefront/products?q=餐饮")
    sheet = client.get(f"/api/storefront/products/{product.id}")
    missing = client.get("/api/storefront/products/prd_nowhere")

    assert [card["product_id"] for card in found.json["cards"]] == [product.id]
    assert sheet.json["prices"][0]["unit_price"] == "0.800000"
    assert (missing.status_code, missing.json["code"]) == (404, "product-not-found")


def test_an_address_may_name_the_language_beside_any_question(client: FlaskClient) -> None:
    shown()

    answer = client.get("/catalogue?order=newest&lang=en")

    assert answer.status_code == 200
    assert "Catalogue" in answer.text


def test_the_mark_of_a_verified_operator_ends_and_comes_back(client: FlaskClient) -> None:
    product = shown()
    with transaction() as session:
        operator = session.get_one(Organization, product.operator_id)
        operator.verified_until_on = clock.today()
        put_in_window(session, product.id)
    address = f"/catalogue/{product.id}"
    assert "已核验" in client.get(address).text

    with clock.frozen_at(clock.now() + timedelta(days=1)):
        assert "已核验" not in client.get(address).text
        renewed = clock.today() + timedelta(days=365)
        with transaction() as session:
            mark_verified(
                session,
                Actor.system("tests"),
                OrganizationId(product.operator_id),
                verification_id="vrf_2",
                until_on=renewed,
            )
        assert relay.deliver(f"{tasks.__name__}.{tasks.follow_operator.__qualname__}") == 1
        assert "已核验" in client.get(address).text
