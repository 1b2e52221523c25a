"""A purchaser reviews, orders, is declined once and pays by WeChat, in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from pydantic import SecretStr

from billing.orders.models import Order
from billing.orders.rules import OrderState
from billing.payments import tasks
from billing.payments.models import WebhookReceipt
from demo.payment_emulator import Running, run_in_thread
from kernel import jobs, settings
from kernel.db import transaction
from licensing.licences.models import Licence
from licensing.licences.rules import LicenceState
from market.accounts.roles import Role
from market.accounts.rules import SESSION_COOKIE
from tests.factories.billing import make_licence
from tests.factories.market import sign_in_as
from tests.journeys.conftest import Site
from tests.journeys.test_people_join import refused_by_policy

SECRET = "whsec_journey"


@pytest.fixture
def emulator(site: Site) -> Iterator[Running]:
    """The payment emulator, which tells the served application what happened."""
    with run_in_thread(f"{site.address}/webhooks/stripe", SECRET) as running:
        changes = {
            "stripe_api_key": SecretStr(running.api_key),
            "stripe_api_base": running.api_base,
            "stripe_webhook_secret": SecretStr(SECRET),
        }
        settings.use(settings.in_use().model_copy(update=changes))
        assert tasks.HOUSE.is_system  # the tasks are loaded, as in a worker
        yield running


def sign_in(page: Page, site: Site, role: Role) -> None:
    """Let the browser be signed in; how people sign in has a journey of its own."""
    client = site.app.test_client()
    sign_in_as(client, role)
    cookie = client.get_cookie(SESSION_COOKIE)
    assert cookie is not None
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": cookie.value, "url": site.address}])


def wait_for_notices(page: Page, number: int) -> None:
    for _ in range(200):
        with transaction() as session:
            if session.query(WebhookReceipt).count() >= number:
                return
        page.wait_for_timeout(50)
    raise AssertionError("the emulator's notices did not arrive")


@pytest.mark.browser
def test_review_order_pay_and_use(site: Site, emulator: Running, page: Page):
    refused = refused_by_policy(page)
    with transaction() as session:
        licence_id = make_licence(session).id
    sign_in(page, site, Role.PURCHASER)

    page.goto(f"{site.address}/desk")
    page.click("text=核对并下单")
    page.fill("#purchase_number", "PO-2026-088")
    page.click("text=提交订单")
    page.wait_for_url("**/orders/ord_*")
    page.click("text=去付款")
    assert "正在向支付服务申请付款页" in page.inner_text("main")

    jobs.run_everything()
    page.click("text=前往付款页")  # the page has changed by itself
    assert "支付仿真器" in page.inner_text("body")
    page.check("input[value=card]")
    page.click("text=模拟付款被拒")
    page.check("input[value=wechat_pay]")
    page.click("text=确认付款")
    page.wait_for_url(f"{site.address}/payments/pay_*")
    wait_for_notices(page, 3)
    jobs.run_everything()
    page.wait_for_selector("text=已到账")
    page.click("text=查看订单")

    assert "已付款" in page.inner_text(".object-head")
    assert refused == []
    with transaction() as session:
        order = session.query(Order).one()
        assert (order.phase, order.purchase_number) == (OrderState.PAID, "PO-2026-088")
        assert session.get_one(Licence, licence_id).phase is LicenceState.ACTIVE
