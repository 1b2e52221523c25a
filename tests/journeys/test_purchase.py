"""A whole purchase by pages alone: applied for, decided, signed, paid, queried, taken home."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page

from demo.payment_emulator import Running
from kernel import jobs
from kernel.db import transaction
from market.accounts.roles import Role
from tests.factories.sandbox import make_visits, run_sandbox_work
from tests.journeys.conftest import Site, enter, wait_for_notices
from tests.journeys.test_people_join import refused_by_policy

SCENARIO = "承保人员在报价前按城区统计到店记录，评估区域风险，不接触任何一家单位的明细。"


def open_desk(page: Page, site: Site, role: Role) -> None:
    enter(page, site, role)
    page.goto(f"{site.address}/desk")


def prepare(page: Page, site: Site) -> None:
    """What the bureau has to set before anybody can order: the policy, and who gets which part."""
    open_desk(page, site, Role.BUREAU_OFFICER)
    page.click("li:has-text('待设定隐私策略') >> a.btn")
    page.fill("#table", "visits")
    page.fill("textarea[name=domain-1]", "东城\n西城\n朝阳\n海淀")
    page.click("text=设为现行策略")
    page.wait_for_selector("text=隐私策略已生效")
    run_sandbox_work()
    open_desk(page, site, Role.BUREAU_APPROVER)
    page.click("li:has-text('待设定收益分配') >> a.btn")
    for place, percent in enumerate(("30", "60", "10")):
        page.fill(f"#parts-{place}-percent", percent)
    page.click("main button.btn-primary")
    page.wait_for_selector("text=收益分配已设定")


def apply_and_decide(page: Page, site: Site) -> None:
    """The analyst applies; two persons of the bureau decide."""
    open_desk(page, site, Role.ANALYST)
    page.click("text=到目录里找产品")
    page.click("text=到店统计")
    page.click("text=申请使用")
    page.fill("#scenario", SCENARIO)
    page.select_option("#purpose", "industry")
    page.fill("#units", "200")
    page.fill("#measures", "仅两人可见，内网保存，半年后删除")
    page.click("text=提交申请")
    page.wait_for_selector("text=申请已提交")
    for role, button in ((Role.BUREAU_OFFICER, "初审"), (Role.BUREAU_APPROVER, "批准")):
        open_desk(page, site, role)
        page.click(f"li:has-text('到店统计') >> a.btn:has-text('{button}')")
        page.fill("#reason", "场景具体，措施可行")
        page.click("button[value=true]")
        page.wait_for_selector("text=决定")


def sign(page: Page, site: Site) -> None:
    """The operator puts the terms into a licence; both sides sign it."""
    open_desk(page, site, Role.OPERATOR)
    page.click("li:has-text('待拟定许可合同') >> a.btn")
    page.fill("#epsilon", "2")
    page.click("text=发出合同")
    page.click("button:has-text('签署')")
    page.wait_for_selector("text=已代表本单位签署")
    open_desk(page, site, Role.PURCHASER)
    page.click("text=查看并签署")
    page.click("button:has-text('签署')")
    page.wait_for_selector("text=已签署，待付款")


def order_and_pay(page: Page) -> None:
    """The purchaser orders, pays at the provider's page, and is led back to a paid order."""
    page.click("text=核对并下单")
    page.fill("#purchase_number", "PO-2026-101")
    page.click("text=提交订单")
    page.click("text=去付款")
    page.wait_for_url("**/payments/pay_*")
    jobs.run_everything()
    page.click("text=前往付款页")
    page.check("input[value=alipay]")
    page.click("text=确认付款")
    wait_for_notices(page, 1)
    jobs.run_everything()
    page.wait_for_selector("text=已到账")
    page.click("text=查看订单")
    page.wait_for_selector("text=合同期满或提前终止时，订单即履行完毕")


def ask(page: Page, site: Site) -> list[list[str]]:
    """The analyst asks what is not allowed, then what is; the answer as a spreadsheet reads it."""
    enter(page, site, Role.ANALYST)
    page.reload()
    page.click("main >> text=去查询")
    page.fill("#sql", "SELECT * FROM visits")
    page.wait_for_selector("text=不能取出原始行")
    page.fill("#sql", "SELECT 区, COUNT(*) AS n FROM visits GROUP BY 区")
    page.wait_for_selector("#verdict >> text=可以执行")
    page.click("text=提问")
    page.wait_for_url("**/queries/qry_*")
    run_sandbox_work()
    with page.expect_download() as download:
        page.click("text=下载 CSV")
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.browser
def test_from_the_catalogue_to_the_answer(site: Site, emulator: Running, page: Page):
    assert emulator.api_key  # it stands in for the payment provider
    refused = refused_by_policy(page)
    page.on("dialog", lambda dialog: dialog.accept())
    with transaction() as session:
        make_visits(session)

    prepare(page, site)
    apply_and_decide(page, site)
    sign(page, site)
    order_and_pay(page)
    answer = ask(page, site)

    assert answer[0] == ["区", "n", "n low95", "n high95"]
    assert [row[0] for row in answer[1:]] == ["东城", "西城", "朝阳", "海淀"]
    assert refused == []
