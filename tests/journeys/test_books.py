"""Finance enters costs, walks the recognition test and books; two appraisers sign; by pages."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from kernel import clock
from kernel.db import transaction
from market.accounts.roles import Role
from tests.factories.catalogue import make_product
from tests.factories.market import actor_of, stored
from tests.journeys.conftest import Site, enter

CLERK = actor_of(Role.FINANCE_CLERK, organization_id="org_operator")
FIRST = actor_of(Role.APPRAISER, organization_id="org_operator", id="usr_first")
SECOND = actor_of(Role.APPRAISER, organization_id="org_operator", id="usr_second")
TODAY = clock.today()
SPENT_ON, MET_ON = TODAY - timedelta(days=1), TODAY - timedelta(days=3)


def record_cost(page: Page, paper: Path) -> None:
    """A cost without proof waits on the desk until its paper is attached."""
    page.click("main >> text=登记成本")
    page.select_option("#product_id", label="餐饮卫生检查核验")
    page.select_option("#component", "cleaning")
    page.select_option("#stage", "development")
    page.fill("#incurred_on", SPENT_ON.isoformat())
    page.fill("#document", "发票 9001")
    page.fill("#amount", "三万")
    page.click("main button.btn-primary")
    assert page.inner_text("#amount-problem") == "请填数字。"
    page.fill("#amount", "30000")
    page.click("main button.btn-primary")
    page.wait_for_selector("text=成本已登记")
    page.click("nav >> text=待办")
    page.click("text=补凭据")
    page.click("main table a")
    page.set_input_files("#evidence", paper)
    page.click("text=附上凭据")
    page.wait_for_selector("text=凭据已附上")


def walk(page: Page, site: Site) -> None:
    """Seven questions; an amount that is not the cost is refused with everything kept."""
    page.goto(f"{site.address}/assets")
    page.click("text=自有产品入表 >> nth=0")
    page.select_option("#product_id", label="餐饮卫生检查核验")
    page.fill("#started_on", (TODAY - timedelta(days=9)).isoformat())
    page.click("text=开始判断")
    for place in range(7):
        page.fill(f"#answers-{place}-reason", f"理由{place}")
        page.fill(f"#answers-{place}-evidence", f"文件{place}")
    for yes in page.locator("input[type=radio][value=true]").all():
        yes.check()
    page.select_option("#purpose", "service")
    page.select_option("#origin", "development")
    for place in range(5):
        page.fill(f"[name=criteria-{place}-document]", "立项批复")
        page.fill(f"[name=criteria-{place}-met_on]", MET_ON.isoformat())
        page.fill(f"[name=criteria-{place}-approver]", "总经理办公会")
    page.fill("#booked_amount", "990000")
    page.click("text=得出结论并记账")
    page.wait_for_selector(".notice-bad >> text=不按评估值入账")
    assert page.input_value("#answers-6-reason") == "理由6"
    page.fill("#booked_amount", "30000")
    page.click("text=得出结论并记账")
    page.wait_for_selector("text=资本化为开发支出")


def put_into_use(page: Page) -> None:
    """The card leads on: ready for use, then a schedule of charges."""
    page.click("nav.tabs >> text=卡片")
    page.click("a.btn:has-text('达到预定用途')")
    page.select_option("#use", "service")
    page.fill("#life_months", "24")
    page.fill("#reason", "业务模式支持两年")
    page.click("main button:has-text('确认')")
    page.wait_for_selector("text=已记为投入使用")
    assert "1,250.00" in page.inner_text("main")


def appraise(page: Page, site: Site) -> None:
    """Choosing the product fills in its costs; the weights must fit the methods used."""
    enter(page, site, FIRST)
    page.goto(f"{site.address}/desk")
    page.click("main >> text=新编评估")
    page.select_option("select[name=product_id] >> nth=0", label="餐饮卫生检查核验")
    page.click("text=带入成本和质量得分")
    assert page.input_value("tr:has-text('加工成本') >> input[name$=value]") == "30000.00"
    for label, value in (("合理利润率", "0.08"), ("质量系数", "1"), ("场景系数", "1"),
                         ("剩余年限", "2"), ("总年限", "4")):  # fmt: skip
        row = f"table >> nth=0 >> tr:has(label:text-is('{label}'))"
        page.fill(f"{row} >> input[name$=value]", value)
        page.fill(f"{row} >> input[name$=source]", "评估人判断")
    page.select_option("#purpose", "pricing")
    page.check("[name=without_income]")
    page.fill("#reason", "只有成本法有依据")
    page.click("text=计算并保存为内部测算")
    page.wait_for_selector(".notice-bad >> text=收益法")
    page.fill("#cost_weight", "1")
    page.fill("#income_weight", "0")
    page.click("text=计算并保存为内部测算")
    page.wait_for_selector("text=内部测算已完成")


@pytest.mark.browser
def test_from_the_invoice_to_the_disclosure_and_two_signatures(
    site: Site, page: Page, tmp_path: Path
):
    page.on("dialog", lambda dialog: dialog.accept())
    paper = tmp_path / "发票.pdf"
    paper.write_bytes(b"%PDF-1.4\n")
    with transaction() as session:
        make_product(session)
        for person in (CLERK, FIRST, SECOND):
            stored(session, person)

    enter(page, site, CLERK)
    page.goto(f"{site.address}/books/new")
    page.fill("#title", "江城数据运营公司")
    page.click("main button.btn-primary")
    page.goto(f"{site.address}/desk")
    record_cost(page, paper)
    walk(page, site)
    put_into_use(page)
    page.goto(f"{site.address}/statements")
    assert "勾稽全部相符" in page.inner_text("main")
    assert "30,000.00" in page.inner_text("main")
    appraise(page, site)
    page.click("button:has-text('签署')")
    page.wait_for_selector("text=还需另一位评估人签署")
    enter(page, site, SECOND)
    page.goto(f"{site.address}/desk")
    page.click("text=查看并签署")
    page.click("button:has-text('签署')")
    page.wait_for_selector("text=两位评估人已签署，评估生效")
