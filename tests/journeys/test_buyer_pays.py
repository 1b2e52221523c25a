"""A purchaser reviews, orders, is declined once and pays by WeChat, in a browser."""

import pytest
from playwright.sync_api import Page

from billing.orders.models import Order
from billing.orders.rules import OrderState
from demo.payment_emulator import Running
from kernel import jobs
from kernel.db import transaction
from licensing.licences.models import Licence
from licensing.licences.rules import LicenceState
from market.accounts.roles import Role
from tests.factories.billing import make_licence
from tests.journeys.conftest import Site, enter, wait_for_notices
from tests.journeys.test_people_join import refused_by_policy


@pytest.mark.browser
def test_review_order_pay_and_use(site: Site, emulator: Running, page: Page):
    refused = refused_by_policy(page)
    with transaction() as session:
        licence_id = make_licence(session).id
    enter(page, site, Role.PURCHASER)

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
