"""What a rule refuses: said on the page and to a program, recorded, and nothing changed by it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.orders.models import Order
from billing.orders.reads import get_order
from billing.orders.rules import OrderState
from billing.payments.models import PaymentIntent
from kernel import clock
from kernel.events import ActRefused, EventLog
from licensing.applications.models import Application
from market.accounts.roles import Role
from market.catalogue import reads as catalogue
from market.catalogue.models import Product
from market.catalogue.rules import ProductState
from market.organizations.reads import get_organization
from tests.bad_input.words import both_languages, text_of
from tests.factories.billing import HOUSE, make_order, purchaser
from tests.factories.catalogue import make_product
from tests.factories.market import sign_in_as

UNVERIFIED = (
    "贵单位尚未通过身份审核，可以浏览，暂不能申请或购买。请先在“单位”页提交证明材料。",
    "Your organisation is not verified yet: you may look, but not apply or buy. Submit proof",
)


def refused_clauses(session: Session) -> list[str]:
    rows = session.scalars(select(EventLog).where(EventLog.name == ActRefused.name))
    return [row.payload["clause"] for row in rows]


@pytest.fixture
def product(session: Session) -> Product:
    made = make_product(session, state=ProductState.DRAFT)
    session.commit()
    return made


@both_languages(
    "价格 0.81 元/次 高于上限 0.80 元/次。请改低价格，或先请价格主管部门调整上限。",
    "The price of 0.81 yuan per call is above the cap of 0.80 yuan per call. Lower it, or ask",
)
def test_a_price_above_the_cap_stays_typed_and_the_old_price_stands(
    client: FlaskClient, session: Session, product: Product, language: str, words: str
) -> None:
    sign_in_as(client, Role.OPERATOR)
    draft = {"unit": "call", "unit_price": "0.81", "tax_rate": "0.06", "reason": "成本上升"}

    page = client.post(f"/products/{product.id}/prices?lang={language}", data=draft)
    program = client.post(f"/api/products/{product.id}/prices?lang={language}", json=draft)

    for answer in (page, program):
        assert answer.status_code == 409
        assert words in text_of(answer)
    assert 'value="0.81"' in page.text
    assert "成本上升" in page.text
    session.expire_all()
    [price] = catalogue.get_product(session, product.id).prices
    assert price.unit_price.yuan == Decimal("0.80")
    assert refused_clauses(session) == ["PR-04", "PR-04"]


@pytest.fixture
def order(session: Session) -> Order:
    """An order of a buyer whose verification has run out since."""
    made = make_order(session)
    buyer = get_organization(session, str(purchaser(session).organization_id))
    buyer.verified_until_on = clock.today() - timedelta(days=1)
    session.commit()
    return made


@both_languages(*UNVERIFIED)
def test_an_unverified_buyer_keeps_the_order_and_pays_nothing(
    client: FlaskClient, session: Session, order: Order, language: str, words: str
) -> None:
    sign_in_as(client, Role.PURCHASER)

    page = client.post(f"/payments/for-order/{order.id}?lang={language}")
    program = client.post(f"/api/payments?lang={language}", json={"order_id": order.id})

    for answer in (page, program):
        assert answer.status_code == 403
        assert words in text_of(answer)
    assert session.query(PaymentIntent).count() == 0
    assert get_order(session, HOUSE, order.id).phase is OrderState.PLACED
    assert refused_clauses(session) == ["SU-25", "SU-25"]


@both_languages(*UNVERIFIED)
def test_an_unverified_buyer_keeps_the_application_as_typed(
    client: FlaskClient, session: Session, order: Order, language: str, words: str
) -> None:
    earlier = session.query(Application).count()
    [product] = session.query(Product).all()
    sign_in_as(client, Role.ANALYST)
    form = {
        "product_id": product.id,
        "scenario": "评估门店选址的卫生风险，仅供内部研判。",
        "purpose": "industry",
        "acts": ["query"],
        "term_months": "12",
        "unit": "call",
        "units": "100",
        "measures": "结果存放于内网，仅两人可见。",
    }

    answer = client.post(f"/applications/new/{product.id}?lang={language}", data=form)

    assert answer.status_code == 403
    page = text_of(answer)
    assert words in page
    assert "评估门店选址的卫生风险，仅供内部研判。" in page
    assert session.query(Application).count() == earlier
