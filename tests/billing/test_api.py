"""Machines order, pay and look through /api, under the same rules as people."""

from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from billing.invoices import actions as invoices
from billing.orders.actions import mark_paid
from billing.orders.models import Order
from billing.payments.models import PaymentIntent
from kernel import clock
from licensing.licences.models import Licence
from licensing.licences.rules import PaymentTerms
from market.accounts.rules import Role
from tests.factories.billing import (
    BUREAU,
    HOUSE,
    OPERATOR,
    first_of_next_month,
    make_licence,
    make_order,
    sold_product,
)
from tests.factories.market import actor_of, sign_in_as


@pytest.fixture
def licence(session: Session) -> Licence:
    made = make_licence(session)
    session.commit()
    return made


def test_an_order_is_placed_read_and_cancelled(client: FlaskClient, licence: Licence) -> None:
    sign_in_as(client, Role.PURCHASER)
    body = {"licence_id": licence.id, "purchase_number": "PO-1"}

    placed = client.post("/api/orders", json=body)

    order = placed.get_json()
    assert placed.status_code == 201
    assert order["amount"] == {"amount": "800.00", "currency": "CNY"}
    assert (order["tax"]["amount"], order["tax_rate"], order["state"]) == (
        "45.28",
        "0.06",
        "placed",
    )
    assert client.get(f"/api/orders/{order['id']}").get_json() == order
    assert [row["id"] for row in client.get("/api/orders?state=placed").get_json()["items"]] == [
        order["id"]
    ]
    cancelled = client.post(f"/api/orders/{order['id']}/cancellation", json={"reason": "不需要"})
    assert cancelled.get_json()["state"] == "cancelled"


def test_the_same_idempotency_key_places_one_order(
    client: FlaskClient, session: Session, licence: Licence
) -> None:
    sign_in_as(client, Role.PURCHASER)
    body = {"licence_id": licence.id, "purchase_number": "PO-1"}

    answers = [
        client.post("/api/orders", json=body, headers={"Idempotency-Key": "k"}) for _ in range(3)
    ]

    assert [answer.status_code for answer in answers] == [201, 409, 409]
    assert answers[1].get_json()["code"] == "already-submitted"
    location = answers[1].get_json()["facts"]["location"]
    assert client.get(location).get_json()["id"] == answers[0].get_json()["id"]
    assert session.query(Order).count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"purchase_number": "PO-1"}, "licence_id"),
        ({"licence_id": "lic_1", "purchase_number": ""}, "purchase_number"),
        ({"licence_id": "lic_1", "purchase_number": "x" * 65}, "purchase_number"),
        ({"licence_id": "lic_1", "purchase_number": "PO", "amount": "1"}, "amount"),
    ],
)
def test_malformed_orders_are_named_by_field(
    client: FlaskClient, body: dict[str, str], field: str
) -> None:
    sign_in_as(client, Role.PURCHASER)

    answer = client.post("/api/orders", json=body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]


def test_unknown_and_other_peoples_ids_are_not_found(
    client: FlaskClient, session: Session, licence: Licence
) -> None:
    order = make_order(session, licence)
    session.commit()
    sign_in_as(client, actor_of(Role.PURCHASER, organization_id="org_other", id="usr_other"))

    for address in (f"/api/orders/{order.id}", "/api/orders/ord_1", "/api/invoices/inv_1"):
        assert client.get(address).status_code == 404
    assert client.post("/api/payments", json={"order_id": order.id}).status_code == 404
    assert (
        client.post(
            "/api/orders", json={"licence_id": licence.id, "purchase_number": "1"}
        ).status_code
        == 404
    )
    assert client.get("/api/orders").get_json()["items"] == []


def test_a_payment_is_begun_read_and_given_up(
    client: FlaskClient, session: Session, licence: Licence
) -> None:
    order = make_order(session, licence)
    session.commit()
    sign_in_as(client, Role.PURCHASER)

    begun = client.post("/api/payments", json={"order_id": order.id})

    payment = begun.get_json()
    assert (begun.status_code, payment["state"]) == (201, "requested")
    assert payment["amount"]["amount"] == "800.00"
    again = client.post("/api/payments", json={"order_id": order.id}).get_json()
    assert again["id"] == payment["id"]
    address = f"/api/payments/{payment['id']}"
    assert client.get(address).get_json() == payment
    assert client.post(f"{address}/abandonment").get_json()["state"] == "failed"
    assert session.query(PaymentIntent).count() == 1


@pytest.mark.parametrize("body", [{}, {"order_id": "a", "invoice_id": "b"}])
def test_a_payment_is_for_one_thing(client: FlaskClient, body: dict[str, str]) -> None:
    sign_in_as(client, Role.PURCHASER)

    assert client.post("/api/payments", json=body).status_code == 422


def test_an_invoice_is_read_with_its_lines(client: FlaskClient, session: Session) -> None:
    make_order(session, payment=PaymentTerms.INVOICE.value)
    with clock.frozen_at(clock.day_start(first_of_next_month(clock.today()))):
        [invoice] = invoices.issue_past_months(session, HOUSE)
    session.commit()
    sign_in_as(client, Role.PURCHASER)

    [listed] = client.get("/api/invoices").get_json()["items"]
    shown = client.get(f"/api/invoices/{invoice.id}").get_json()

    assert listed["number"] == shown["number"] == invoice.number
    [line] = shown["lines"]
    assert (line["net"]["amount"], line["tax"]["amount"]) == ("754.72", "45.28")


def test_the_statement_holds_each_partys_entries_and_nobody_elses(
    client: FlaskClient, session: Session, licence: Licence
) -> None:
    order = make_order(session, licence)
    mark_paid(session, HOUSE, order.id)
    session.commit()

    owed = {}
    for role in (Role.BUREAU_APPROVER, Role.OPERATOR):
        sign_in_as(client, role)
        statement = client.get("/api/ledger/statement").get_json()
        [entry] = statement["items"]
        assert (entry["kind"], entry["subject_id"]) == ("payment", order.id)
        assert entry["amount"] == statement["owed"]
        owed[role] = Decimal(entry["amount"]["amount"])
    sign_in_as(client, Role.PURCHASER)

    assert owed == {Role.BUREAU_APPROVER: Decimal("452.83"), Role.OPERATOR: Decimal("226.42")}
    assert client.get("/api/ledger/statement").status_code == 403


def test_shares_are_put_and_read(client: FlaskClient, session: Session) -> None:
    product = sold_product(session, is_shared=False)
    session.commit()
    address = f"/api/shares/{product.id}"
    body = {
        "parts": [
            {"party": BUREAU, "fraction": "0.6"},
            {"party": OPERATOR, "fraction": "0.3"},
            {"party": "platform", "fraction": "0.1"},
        ]
    }
    sign_in_as(client, Role.BUREAU_APPROVER)
    assert client.get(address).status_code == 404

    put = client.put(address, json=body)

    assert (put.status_code, put.get_json()["version"]) == (200, 1)
    assert client.put(address, json=body).get_json()["version"] == 1
    body["parts"][0]["fraction"] = "0.7"
    assert client.put(address, json=body).get_json()["code"] == "shares-unsound"
    sign_in_as(client, Role.OPERATOR)
    assert client.get(address).get_json()["version"] == 1
    assert client.put(address, json=body).status_code == 403
