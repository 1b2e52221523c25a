"""Do machines of those who earn see their revenue by product?"""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from billing.shares import actions
from market.accounts.rules import Role
from tests.billing.shares.test_actions import approver, sale, sold
from tests.factories.described import as_described
from tests.factories.market import sign_in_as


def test_revenue_by_product_is_for_those_who_earn(client: FlaskClient, session: Session) -> None:
    product = sold(session)
    actions.share_revenue(session, approver(session), sale(product.id))
    session.commit()
    sign_in_as(client, Role.ANALYST)
    assert as_described(client, client.get("/api/revenue")).status_code == 403
    sign_in_as(client, Role.OPERATOR)

    answer = as_described(client, client.get("/api/revenue?span=this-month"))
    before = as_described(client, client.get("/api/revenue?span=last-year"))
    wrong = as_described(client, client.get("/api/revenue?span=ever"))

    [row] = answer.json["items"]
    assert (row["product_id"], row["sales"]) == (product.id, 1)
    assert row["amount"] == {"amount": "226.42", "currency": "CNY"}
    assert (before.json["items"], wrong.status_code) == ([], 422)
