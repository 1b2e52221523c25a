"""Whoever is concerned finds the next step: after paying, and where a payment does not match."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from billing.orders import actions as orders
from billing.orders.models import Order
from billing.payments import actions as payments
from billing.payments.rules import PaymentState
from kernel.periods import last_day
from licensing.licences.reads import get_licence
from market.accounts.rules import Role
from tests.factories.billing import HOUSE, make_order, purchaser
from tests.factories.market import actor_of, sign_in_as


@pytest.fixture
def order(session: Session) -> Order:
    made = make_order(session)
    session.commit()
    return made


def test_a_payment_that_does_not_match_is_on_the_desks_of_both_sides_finance(
    client: FlaskClient, session: Session, order: Order
) -> None:
    buyer = purchaser(session, id=f"usr_of_{order.buyer_id}", organization_id=order.buyer_id)
    intent = payments.begin_payment(session, buyer, order.id)
    intent.become(PaymentState.MISMATCHED)
    session.commit()
    seller = actor_of(Role.FINANCE_CLERK, organization_id=order.supplier_id, id="usr_of_seller")
    stranger = actor_of(Role.FINANCE_CLERK, organization_id="org_other", id="usr_else")

    for actor in (buyer, seller):
        sign_in_as(client, actor)
        assert "金额不符的付款" in client.get("/desk").text
        assert client.get(f"/payments/{intent.id}").status_code == 200
    sign_in_as(client, stranger)
    assert "金额不符的付款" not in client.get("/desk").text
    assert client.get(f"/payments/{intent.id}").status_code == 404


def test_a_paid_order_leads_on_to_the_query_desk_and_says_when_it_is_fulfilled(
    client: FlaskClient, session: Session, order: Order
) -> None:
    licence = get_licence(session, HOUSE, order.licence_id)
    orders.mark_paid(session, HOUSE, order.id)
    session.commit()
    sign_in_as(client, actor_of(Role.ANALYST, organization_id=order.buyer_id))

    page = client.get(f"/orders/{order.id}").text

    assert f'href="/queries/desk/{licence.id}"' in page
    assert f"合同的最后一天是 {last_day(licence.ends_on)}" in page
