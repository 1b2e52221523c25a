"""The product desk over HTTP: the pages, the machine interface, and what is refused."""

from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import transaction
from kernel.events import EventLog
from market.catalogue import reads
from market.catalogue.models import Product
from market.catalogue.remedies import REMEDIES
from market.catalogue.rules import Blocker, ProductState, VerdictKind, VerdictState
from tests.factories.catalogue import make_product, make_source, product_draft, push
from tests.factories.market import actor_of, sign_in_as, stored

DRAFT = {
    "title_zh": "餐饮卫生检查核验",
    "title_en": "Restaurant inspection check",
    "use_sentence": "查一家餐饮单位是否合格。",
    "description": "按单位和时间回答。",
    "form": "service",
    "scenarios": ["city"],
    "delivery_kinds": ["sandbox"],
    "level": "general",
}


def made(**changes: object) -> Product:
    with transaction() as session:
        return make_product(session, **changes)


def bureau_id() -> str:
    with transaction() as session:
        return str(stored(session, actor_of("bureau_approver")).organization_id)


def refusals(session: Session) -> list[EventLog]:
    statement = select(EventLog).where(EventLog.name == "kernel.act_refused")
    return list(session.scalars(statement.order_by(EventLog.seq)))


def test_an_empty_desk_says_what_to_do(client: FlaskClient) -> None:
    sign_in_as(client, "operator")

    page = client.get("/products").text

    assert "还没有产品" in page
    assert "起草产品" in page


def test_a_product_is_drafted_in_the_editor_and_led_to_its_page(
    client: FlaskClient, session: Session
) -> None:
    sign_in_as(client, "operator")
    with transaction() as writing:
        source = make_source(writing)
    form = {**DRAFT, "bureau_id": bureau_id(), "dataset_ids": source.id}

    assert source.title in client.get("/products/new").text
    answer = client.post("/products/new", data=form)

    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "餐饮卫生检查核验" in page
    assert "还没有价格" in page
    assert "AO-07" in page


def test_what_was_typed_stays_when_something_is_wrong(client: FlaskClient) -> None:
    sign_in_as(client, "operator")

    answer = client.post("/products/new", data={**DRAFT, "title_zh": "", "bureau_id": "x"})

    assert answer.status_code == 422
    assert "按单位和时间回答。" in answer.text
    assert "这一项必填" in answer.text


def test_the_same_form_sent_twice_drafts_once(client: FlaskClient, session: Session) -> None:
    sign_in_as(client, "operator")
    form = {**DRAFT, "bureau_id": bureau_id(), "submission_id": "once"}

    first = client.post("/products/new", data=form)
    second = client.post("/products/new", data=form)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(session.scalars(select(Product)).all()) == 1


def test_a_draft_is_edited_and_a_stale_form_keeps_its_text(client: FlaskClient) -> None:
    product = made(state=ProductState.DRAFT)
    sign_in_as(client, "operator")
    form = {**DRAFT, "bureau_id": str(product.bureau_id), "revision": str(product.revision)}

    assert product.title_zh in client.get(f"/products/{product.id}/edit").text
    assert client.post(f"/products/{product.id}/edit", data=form).status_code == 303
    stale = client.post(f"/products/{product.id}/edit", data={**form, "title_zh": "晚到的名字"})

    assert stale.status_code == 409
    assert "晚到的名字" in stale.text


def test_a_price_above_the_cap_is_refused_on_the_page_and_stands_in_the_record(
    client: FlaskClient, session: Session
) -> None:
    product = made(state=ProductState.DRAFT)
    sign_in_as(client, "operator")
    form = {"unit": "call", "unit_price": "0.81", "tax_rate": "0.06", "reason": "调价"}

    answer = client.post(f"/products/{product.id}/prices", data=form)

    assert answer.status_code == 409
    assert "PR-04" in answer.text
    assert "0.81" in answer.text
    (fact,) = refusals(session)
    assert fact.payload["clause"] == "PR-04"
    assert fact.subject_id == product.id
    assert reads.get_product(session, product.id).prices[0].unit_price.yuan == Decimal("0.80")


def test_a_tiered_price_is_set_from_the_form(client: FlaskClient, session: Session) -> None:
    product = made(state=ProductState.DRAFT)
    sign_in_as(client, "operator")
    form = {
        "unit": "call",
        "unit_price": "0.5",
        "tax_rate": "0.06",
        "is_tax_included": "true",
        "tiers-0-from_units": "1000000",
        "tiers-0-unit_price": "0.3",
        "reason": "阶梯",
    }

    answer = client.post(f"/products/{product.id}/prices", data=form)

    assert answer.status_code == 303
    (price,) = reads.get_product(session, product.id).prices
    assert [tier.from_units for tier in price.tiers] == [1_000_000]


def test_the_whole_way_from_draft_to_withdrawn_by_web_page(
    client: FlaskClient, session: Session
) -> None:
    product = made(state=ProductState.DRAFT)
    at = f"/products/{product.id}"

    sign_in_as(client, "operator")
    assert client.post(f"{at}/submission").status_code == 303
    sign_in_as(client, "bureau_approver")
    assert "批准上架" in client.get(at).text
    assert client.post(f"{at}/return", data={"reason": "请补充口径"}).status_code == 303
    sign_in_as(client, "operator")
    assert "请补充口径" in client.get(at).text
    assert client.post(f"{at}/submission").status_code == 303
    sign_in_as(client, "bureau_approver")
    assert client.post(f"{at}/publication").status_code == 303
    assert client.post(f"{at}/suspension", data={"reason": "核查"}).status_code == 303
    assert client.post(f"{at}/resumption").status_code == 303
    assert client.post(f"{at}/withdrawal", data={"reason": "停止供给"}).status_code == 303

    session.expire_all()
    assert reads.get_product(session, product.id).state == ProductState.WITHDRAWN


def test_a_blocked_publication_says_each_reason_on_the_page(
    client: FlaskClient, session: Session
) -> None:
    product = made(state=ProductState.REVIEW)
    with transaction() as writing:
        push(writing, VerdictKind.QUALITY, product.dataset_ids[0], state=VerdictState.FAILS)
    sign_in_as(client, "bureau_approver")

    answer = client.post(f"/products/{product.id}/publication")

    assert answer.status_code == 409
    assert Blocker.QUALITY_NOT_PASSED.label in answer.text
    assert refusals(session)[-1].payload["clause"] == "quality §2"


def test_a_reason_is_required(client: FlaskClient) -> None:
    product = made()
    sign_in_as(client, "bureau_approver")

    answer = client.post(f"/products/{product.id}/suspension", data={"reason": " "})

    assert answer.status_code == 422


def test_other_peoples_products_do_not_exist(client: FlaskClient) -> None:
    product = made(state=ProductState.DRAFT)
    sign_in_as(client, actor_of("operator", organization_id="org_other", id="usr_other"))

    for address in ("", "/edit"):
        assert client.get(f"/products/{product.id}{address}").status_code == 404
    assert client.post(f"/products/{product.id}/submission").status_code == 403


def test_the_desk_of_each_person_holds_what_waits_for_that_person(client: FlaskClient) -> None:
    waiting = made(state=ProductState.REVIEW)
    returned = made(state=ProductState.REVIEW)
    stopped = made(state=ProductState.SUSPENDED)
    sign_in_as(client, "bureau_approver")
    client.post(f"/products/{returned.id}/return", data={"reason": "请补充口径"})

    desk = client.get("/desk").text
    assert f"/products/{waiting.id}" in desk
    assert f"/products/{stopped.id}" in desk
    assert "请补充口径" not in desk
    sign_in_as(client, "operator")
    desk = client.get("/desk").text
    assert "请补充口径" in desk
    assert f"/products/{waiting.id}" not in desk


def test_every_blocker_has_a_remedy_in_words() -> None:
    assert set(REMEDIES) == set(Blocker)


@pytest.mark.parametrize("state", list(ProductState))
def test_the_page_of_every_state_can_be_shown_to_both_sides(
    client: FlaskClient, state: ProductState
) -> None:
    changes = {"state": ProductState.REVIEW} if state is ProductState.NOTICE else {"state": state}
    product = made(**changes)

    for role in ("operator", "bureau_approver", "bureau_officer"):
        sign_in_as(client, role)
        assert client.get(f"/products/{product.id}").status_code == 200
        assert client.get(f"/products/{product.id}?lang=en").status_code == 200


def test_machines_draft_price_and_publish(client: FlaskClient, session: Session) -> None:
    with transaction() as writing:
        source = make_source(writing)
    operator: Actor = sign_in_as(client, "operator")
    body = product_draft(source).model_dump(mode="json") | {"bureau_id": bureau_id()}

    drafted = client.post("/api/products", json=body)
    assert drafted.status_code == 201
    product_id = drafted.json["id"]
    assert drafted.json["operator_id"] == operator.organization_id
    price = client.post(
        f"/api/products/{product_id}/prices",
        json={"unit": "call", "unit_price": "0.8", "reason": "首次"},
    )
    assert (price.status_code, price.json["unit_price"]) == (201, "0.8")
    answer = client.get(f"/api/products/{product_id}/publication").json
    assert answer["may_be_published"] is False
    missing = {check["code"] for check in answer["checks"] if not check["is_met"]}
    assert missing == {"not-authorised", "quality-not-passed", "cap-missing"}
    assert client.post(f"/api/products/{product_id}/submission").status_code == 200
    sign_in_as(client, "bureau_approver")
    refused = client.post(f"/api/products/{product_id}/publication")
    assert refused.status_code == 409
    assert refused.json["code"] == "publication-blocked"
    assert refused.json["clause"] == "AO-07"
    assert set(refused.json["facts"]["blockers"]) == missing
    assert client.get("/api/products?state=review").json["items"][0]["id"] == product_id


def test_machines_are_refused_a_price_above_the_cap_with_its_clause(client: FlaskClient) -> None:
    product = made(state=ProductState.DRAFT)
    sign_in_as(client, "operator")

    refused = client.post(
        f"/api/products/{product.id}/prices",
        json={"unit": "call", "unit_price": "0.81", "reason": "调价"},
    )

    assert refused.status_code == 409
    assert (refused.json["code"], refused.json["clause"]) == ("price-above-cap", "PR-04")
    assert client.get(f"/api/products/{product.id}/prices").json["items"][0]["unit_price"] == "0.8"


def test_huge_negative_and_endless_prices_are_malformed(client: FlaskClient) -> None:
    product = made(state=ProductState.DRAFT)
    sign_in_as(client, "operator")

    for price in ("-0.01", "1e30", "0.0000001", "NaN", "一元"):
        refused = client.post(
            f"/api/products/{product.id}/prices",
            json={"unit": "call", "unit_price": price, "reason": "试"},
        )
        assert refused.status_code == 422, price
