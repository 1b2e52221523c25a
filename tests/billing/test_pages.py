"""A buyer reviews, orders and pays in a browser; those who are paid see what came in."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from billing.invoices import actions as invoices
from billing.orders import actions as orders
from billing.orders.models import Order
from billing.payments import actions as payments
from billing.payments.models import PaymentIntent
from billing.payments.rules import CheckoutFacts, CheckoutStatus, PayMethod, Trouble
from kernel import clock
from kernel.actor import Actor
from kernel.events import ActRefused, EventLog
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
    make_shares,
    purchaser,
    sold_product,
)
from tests.factories.catalogue import set_cap
from tests.factories.market import actor_of, sign_in_as


@pytest.fixture
def licence(session: Session) -> Licence:
    made = make_licence(session)
    session.commit()
    return made


@pytest.fixture
def order(session: Session, licence: Licence) -> Order:
    made = make_order(session, licence)
    session.commit()
    return made


def as_buyer(client: FlaskClient) -> Actor:
    return sign_in_as(client, Role.PURCHASER)


def form_of(page: str, **fields: str) -> dict[str, str]:
    """The form's own submission number with what a person types."""
    found = re.search(r'name="submission_id" value="([^"]+)"', page)
    assert found
    return {"submission_id": found[1], **fields}


def test_the_review_page_shows_what_will_bind(client: FlaskClient, licence: Licence) -> None:
    as_buyer(client)

    page = client.get(f"/orders/new/{licence.id}").text

    for words in ("800.00", "45.28", "1,000 次", "提交订单", "支付宝"):
        assert words in page
    assert "disabled" not in page


def test_ordering_leads_to_the_order_and_a_second_sending_to_the_same_one(
    client: FlaskClient, session: Session, licence: Licence
) -> None:
    as_buyer(client)
    page = client.get(f"/orders/new/{licence.id}").text
    form = form_of(page, licence_id=licence.id, purchase_number="PO-9")

    first = client.post(f"/orders/new/{licence.id}", data=form)
    again = client.post(f"/orders/new/{licence.id}", data=form)

    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    assert session.query(Order).count() == 1
    shown = client.get(first.headers["Location"]).text
    assert "PO-9" in shown
    assert "去付款" in shown
    assert "待付款" in shown


def test_a_form_without_a_number_keeps_what_was_typed(
    client: FlaskClient, licence: Licence
) -> None:
    as_buyer(client)
    page = client.get(f"/orders/new/{licence.id}").text

    answer = client.post(
        f"/orders/new/{licence.id}",
        data=form_of(page, licence_id=licence.id, purchase_number="  "),
    )

    assert answer.status_code == 422
    assert "这一项必填" in answer.text


def test_a_missing_share_rule_says_who_must_set_it(client: FlaskClient, session: Session) -> None:
    product = sold_product(session, is_shared=False)
    licence = make_licence(session, product.id)
    session.commit()
    as_buyer(client)

    page = client.get(f"/orders/new/{licence.id}").text
    answer = client.post(
        f"/orders/new/{licence.id}",
        data=form_of(page, licence_id=licence.id, purchase_number="PO-9"),
    )

    assert "还没有设定这个产品的收益分配" in page
    assert answer.status_code == 409
    assert "测试数据管理部门" in answer.text or "收益分配" in answer.text
    assert 'value="PO-9"' in answer.text
    refusals = session.query(EventLog).filter_by(name=ActRefused.name).all()
    assert [row.payload["clause"] for row in refusals] == ["BL-04"]


def test_a_price_above_the_cap_is_refused_and_recorded(
    client: FlaskClient, session: Session
) -> None:
    product = sold_product(session)
    order = make_order(session, make_licence(session, product.id))
    set_cap(session, product, "0.79")
    session.commit()
    as_buyer(client)

    answer = client.post(f"/payments/for-order/{order.id}")

    assert answer.status_code == 409
    assert "PR-04" in answer.text
    refusal = session.query(EventLog).filter_by(name=ActRefused.name).one()
    assert refusal.payload["clause"] == "PR-04"


def test_paying_twice_by_a_double_click_is_one_payment(
    client: FlaskClient, session: Session, order: Order
) -> None:
    as_buyer(client)

    first = client.post(f"/payments/for-order/{order.id}")
    again = client.post(f"/payments/for-order/{order.id}")

    assert first.headers["Location"] == again.headers["Location"]
    assert session.query(PaymentIntent).count() == 1
    page = client.get(first.headers["Location"]).text
    assert "正在向支付服务申请付款页" in page
    assert "every 1s" in page


def begun(session: Session, order: Order) -> PaymentIntent:
    intent = payments.begin_payment(session, purchaser(session), order.id)
    session.commit()
    return intent


def facts(intent: PaymentIntent, status: CheckoutStatus, **changes: object) -> CheckoutFacts:
    given: dict[str, object] = {
        "id": "cs_1",
        "status": status,
        "is_paid": status is CheckoutStatus.COMPLETE,
        "amount_minor": intent.amount_minor,
        "currency": "cny",
        "address": "http://127.0.0.1:9/checkout/cs_1",
        "payment_reference": "pi_1",
        "method": PayMethod.ALIPAY,
    }
    return CheckoutFacts(**(given | changes))  # type: ignore[arg-type]


def test_the_waiting_page_links_out_and_then_says_that_the_money_is_there(
    client: FlaskClient, session: Session, order: Order
) -> None:
    intent = begun(session, order)
    as_buyer(client)
    payments.note_checkout(session, HOUSE, intent.id, facts(intent, CheckoutStatus.OPEN))
    session.commit()

    page = client.get(f"/payments/{intent.id}")
    assert 'href="http://127.0.0.1:9/checkout/cs_1"' in page.text
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]

    payments.settle(session, HOUSE, intent.id, facts(intent, CheckoutStatus.COMPLETE))
    session.commit()
    progress = client.get(f"/payments/{intent.id}/progress").text
    assert "已到账" in progress
    assert "every 1s" not in progress
    assert "已付款" in client.get(f"/orders/{order.id}").text


def test_the_page_asks_on_and_is_told_nothing_while_nothing_changes(
    client: FlaskClient, session: Session, order: Order
) -> None:
    intent = begun(session, order)
    as_buyer(client)
    address = f"/payments/{intent.id}/progress"
    assert f"{address}?seen=requested-" in client.get(f"/payments/{intent.id}").text

    assert client.get(f"{address}?seen=requested-").status_code == 204
    payments.note_service_down(session, HOUSE, intent.id)
    session.commit()
    assert client.get(f"{address}?seen=requested-").status_code == 200


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (Trouble.SERVICE_DOWN, "支付服务暂时没有响应，系统会自动重试"),
        (Trouble.AMOUNT_TOO_LARGE, "单笔上限"),
    ],
)
def test_the_page_says_what_is_wrong_at_the_provider(
    client: FlaskClient, session: Session, order: Order, trouble: Trouble, words: str
) -> None:
    intent = begun(session, order)
    as_buyer(client)
    if trouble is Trouble.SERVICE_DOWN:
        payments.note_service_down(session, HOUSE, intent.id)
    else:
        payments.note_refused(session, HOUSE, intent.id, trouble)
    session.commit()

    assert words in client.get(f"/payments/{intent.id}").text


def test_cancelling_asks_for_a_reason_and_keeps_it(
    client: FlaskClient, session: Session, order: Order
) -> None:
    as_buyer(client)
    page = client.get(f"/orders/{order.id}").text

    without = client.post(f"/orders/{order.id}/cancellation", data=form_of(page))
    done = client.post(
        f"/orders/{order.id}/cancellation", data=form_of(page, reason="采购计划变更")
    )

    assert without.status_code == 422
    assert done.status_code == 303
    assert "采购计划变更" in client.get(f"/orders/{order.id}").text


PLACES = ("/orders/{order}", "/payments/of/{order}", "/invoices/of/{order}", "/orders/of/{licence}")


@pytest.mark.parametrize("place", PLACES)
def test_other_peoples_ids_do_not_exist(
    client: FlaskClient, session: Session, order: Order, place: str
) -> None:
    address = place.format(order=order.id, licence=order.licence_id)
    stranger = actor_of(Role.PURCHASER, organization_id="org_other", id="usr_other")
    sign_in_as(client, stranger)

    assert client.get(address).status_code == 404
    assert client.get(place.format(order="ord_unknown", licence="lic_unknown")).status_code == 404


def test_nobody_sees_anything_without_signing_in(client: FlaskClient, order: Order) -> None:
    for address in (f"/orders/{order.id}", "/orders/", "/invoices/", "/revenue/"):
        assert "/sign-in" in client.get(address).headers["Location"]


def test_an_unverified_buyer_may_look_and_not_pay(
    client: FlaskClient, session: Session, order: Order
) -> None:
    organization = purchaser(session).organization_id
    from market.organizations.reads import get_organization  # noqa: PLC0415

    get_organization(session, str(organization)).verified_until_on = clock.today() - timedelta(1)
    session.commit()
    sign_in_as(client, Role.PURCHASER)

    assert client.get(f"/orders/{order.id}").status_code == 200
    answer = client.post(f"/payments/for-order/{order.id}")
    assert answer.status_code == 403
    assert "身份审核" in answer.text


def test_the_desk_says_what_to_order_and_what_to_pay(
    client: FlaskClient, session: Session, licence: Licence
) -> None:
    as_buyer(client)
    assert "待下单" in client.get("/desk").text

    orders.place(session, purchaser(session), draft(licence))
    session.commit()

    desk = client.get("/desk").text
    assert "订单待付款" in desk
    assert "待下单" not in desk


def draft(licence: Licence) -> object:
    from tests.factories.billing import order_draft  # noqa: PLC0415

    return order_draft(licence.id)


def test_an_invoice_is_shown_ready_to_print_and_to_pay(
    client: FlaskClient, session: Session
) -> None:
    owed = make_order(session, payment=PaymentTerms.INVOICE.value)
    session.commit()
    as_buyer(client)
    assert "尚未开具" in client.get(f"/invoices/of/{owed.id}").text

    first = first_of_next_month(clock.today())
    with clock.frozen_at(clock.day_start(first)):
        [invoice] = invoices.issue_past_months(session, HOUSE)
    session.commit()

    page = client.get(f"/invoices/of/{owed.id}", follow_redirects=True).text
    for words in (invoice.number, "754.72", "45.28", "800.00", "本账单不是发票", "去付款"):
        assert words in page
    assert invoice.number in client.get("/invoices/").text
    assert "账单待付款" in client.get("/desk").text
    assert client.post(f"/payments/for-invoice/{invoice.id}").status_code == 303


def test_the_revenue_page_shows_where_the_money_went(
    client: FlaskClient, session: Session, order: Order
) -> None:
    orders.mark_paid(session, HOUSE, order.id)
    session.commit()
    sign_in_as(client, Role.OPERATOR)

    page = client.get("/revenue/").text

    for words in ("226.42", "452.83", "75.47", "45.28", "800.00", "<svg", "国库"):
        assert words in page
    assert "226.42" in client.get("/revenue/statement").text
    assert "各方所得" in client.get(f"/orders/{order.id}").text


def test_the_buyer_sees_no_shares_of_others(
    client: FlaskClient, session: Session, order: Order
) -> None:
    orders.mark_paid(session, HOUSE, order.id)
    session.commit()
    as_buyer(client)

    assert "各方所得" not in client.get(f"/orders/{order.id}").text
    assert client.get("/revenue/").status_code == 403
    assert client.get("/revenue/statement").status_code == 403


def test_the_bureaus_approver_sets_shares_on_a_page(client: FlaskClient, session: Session) -> None:
    product = sold_product(session, is_shared=False)
    session.commit()
    sign_in_as(client, Role.BUREAU_APPROVER)
    assert "待设定收益分配" in client.get("/desk").text
    assert "本月还没有收入" in client.get("/desk").text
    address = f"/revenue/products/{product.id}"
    page = client.get(address).text
    parts = {
        "parts-0-party": BUREAU,
        "parts-0-percent": "60",
        "parts-1-party": OPERATOR,
        "parts-1-percent": "30.5",
        "parts-2-party": "platform",
        "parts-2-percent": "9",
    }

    wrong = client.post(address, data=form_of(page, **parts))
    right = client.post(address, data=form_of(page, **(parts | {"parts-2-percent": "9.5"})))

    assert wrong.status_code == 422
    assert "正好为 100%" in wrong.text
    assert 'value="30.5"' in wrong.text
    assert right.status_code == 303
    shown = client.get(address).text
    assert "30.50" in shown
    assert "0.0566" in shown


def test_only_the_sides_read_the_rule(client: FlaskClient, session: Session) -> None:
    product = sold_product(session, is_shared=False)
    make_shares(session, product.id)
    session.commit()
    address = f"/revenue/products/{product.id}"
    for role, status in [
        (Role.OPERATOR, 200),
        (Role.BUREAU_OFFICER, 200),
        (Role.REGULATOR, 200),
        (Role.PURCHASER, 404),
        (Role.APPRAISER, 404),
    ]:
        sign_in_as(client, role)
        assert client.get(address).status_code == status, role


def test_english_pages_leave_no_chinese_of_ours(
    client: FlaskClient, session: Session, order: Order
) -> None:
    as_buyer(client)

    page = client.get(f"/orders/{order.id}?lang=en").text

    assert "Waiting for payment" in page
    assert "采购编号" not in page
