"""Does a regulator order a measure on a page, and see what stands?"""

from sqlalchemy.orm import Session

from tests.factories.catalogue import make_product
from tests.factories.market import actor_of, stored

PRICE = actor_of("regulator", scopes=("price",))
REASON = "实际收费高于上限，核查期间暂停。"


def test_a_regulator_orders_and_lifts_a_measure(client_as, session: Session):
    stored(session, PRICE)
    product = make_product(session)
    session.commit()
    client = client_as(PRICE)

    ordered = client.post(
        "/interventions/new",
        data={"product_id": product.id, "ground": "price", "reason": REASON},
        follow_redirects=True,
    )
    listed = client.get("/interventions?state=ordered")
    identifier = listed.text.split("/interventions/itv_")[1].split('"')[0]
    lifted = client.post(
        f"/interventions/itv_{identifier}/lifting",
        data={"reason": "已整改，核查通过。"},
        follow_redirects=True,
    )

    assert "已下达，立即生效。" in ordered.text
    assert REASON in ordered.text
    assert product.title in listed.text
    assert "已整改，核查通过。" in lifted.text
    assert product.title not in client.get("/interventions?state=ordered").text


def test_the_form_offers_the_offices_own_grounds_and_keeps_what_was_typed(client_as):
    client = client_as(PRICE)

    form = client.get("/interventions/new?product_id=prd_7&alert_id=alt_1")
    refused = client.post("/interventions/new", data={"product_id": "prd_7", "reason": REASON})

    assert 'value="prd_7"' in form.text
    assert "价格法" in form.text
    assert "个人信息保护法" not in form.text
    assert refused.status_code == 422
    assert REASON in refused.text


def test_an_unknown_product_is_refused_beside_the_form(client_as):
    page = client_as(PRICE).post(
        "/interventions/new", data={"product_id": "prd_7", "ground": "price", "reason": REASON}
    )

    assert page.status_code == 404
    assert REASON in page.text


def test_an_office_without_ground_is_told_so(client_as):
    page = client_as(actor_of("regulator", scopes=("finance",))).get("/interventions/new")

    assert "贵部门没有可用的依据" in page.text


def test_measures_are_for_regulators(client_as):
    operator = actor_of("operator")

    assert client_as(operator).get("/interventions").status_code == 403
    assert client_as(operator).get("/interventions/new").status_code == 403
    assert client_as(None).post("/api/interventions", json={}).status_code == 401


def test_an_empty_list_says_what_a_measure_does(client_as):
    assert "没有监管措施" in client_as(PRICE).get("/interventions").text


def test_machines_order_list_and_lift(client_as, session: Session):
    product = make_product(session)
    session.commit()
    client = client_as(PRICE)
    body = {"product_id": product.id, "ground": "price", "reason": REASON}

    made = client.post("/api/interventions", json=body)
    again = client.post("/api/interventions", json=body)
    listed = client.get("/api/interventions").get_json()
    lifted = client.post(
        f"/api/interventions/{made.get_json()['id']}/lifting", json={"reason": "核查通过了。"}
    ).get_json()

    assert made.status_code == 201
    assert (again.status_code, again.get_json()["code"]) == (409, "intervention-already-ordered")
    assert [item["product_id"] for item in listed["items"]] == [product.id]
    assert lifted["state"] == "lifted"


def test_the_desk_shows_what_stands(client_as, session: Session):
    product = make_product(session)
    session.commit()
    client = client_as(PRICE)
    client.post(
        "/api/interventions", json={"product_id": product.id, "ground": "price", "reason": REASON}
    )

    assert "执行中的监管措施" in client.get("/desk").text
