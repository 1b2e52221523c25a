"""Data comes in, a product is drafted and priced, and the public finds it; by pages alone."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from kernel import jobs
from kernel.db import transaction
from market.accounts.roles import Role
from market.catalogue.models import Product
from market.catalogue.rules import VerdictKind, authorised_subject
from market.datasets.models import Dataset
from tests.factories.catalogue import push, set_cap
from tests.factories.market import actor_of, stored
from tests.journeys.conftest import Site, enter

DICTIONARY = """字段名\t中文名称\t类型\t必填\t主键\t单位\t说明\t敏感程度
code\t网点编号\tC\t是\t是\t\t网点编号\t可公开
name\t名称\tC\t是\t\t\t网点名称\t可公开
per_day\t日均办件\t数字\t是\t\t件\t近一年日均\t可公开"""
ROWS = "code,name,per_day\n" + "".join(f"YZ{n:03},第{n}便民网点,{n}\n" for n in range(300))


def register(page: Page, site: Site) -> None:
    """A dictionary is pasted; the line that cannot be read is named, and nothing typed is lost."""
    enter(page, site, Role.BUREAU_OFFICER)
    page.goto(f"{site.address}/desk")
    page.click("main >> text=登记数据集")
    page.fill("#title", "便民服务网点")
    page.fill("#abstract", "全市便民服务网点的名称与日均办件量。")
    page.select_option("#update_cycle", "monthly")
    page.fill("#dictionary", DICTIONARY)
    page.click("main button.btn-primary")
    assert "第 4 行的“类型”写的是“数字”" in page.inner_text(".notice-bad")
    assert page.input_value("#update_cycle") == "monthly"
    page.fill("#dictionary", page.input_value("#dictionary").replace("数字", "I"))
    page.click("main button.btn-primary")
    page.wait_for_selector("text=已登记。接下来交付第一版数据")


def deliver(page: Page, file: Path) -> None:
    """The encoding is recognised before loading; seen through another one it is damaged."""
    page.set_input_files("#file", file)
    page.fill("#declared_rows", "300")
    page.click("text=上传")
    page.wait_for_selector("text=识别为 GB18030")
    assert "第0便民网点" in page.inner_text("main table")
    page.select_option("select[name=encoding]", "utf-8")
    page.click("text=这样看看")
    page.wait_for_selector("text=现在按您选的 UTF-8 显示")
    page.wait_for_selector("text=请改选编码")
    page.select_option("select[name=encoding]", "gb18030")
    page.click("text=这样看看")
    page.click("text=就这样读，开始装载")
    page.wait_for_selector("text=排队等候装载")
    jobs.run_everything()
    page.click("text=质量报告")  # the page has changed by itself
    page.wait_for_selector("text=没有。每条规则都符合。")


def draft(page: Page, site: Site) -> None:
    enter(page, site, Role.OPERATOR)
    page.goto(f"{site.address}/desk")
    page.click("main >> text=起草产品")
    page.fill("#title_zh", "便民网点忙闲指数")
    page.fill("#title_en", "Busy index of service points")
    page.fill("#use_sentence", "选址和排班前看哪里忙。")
    page.fill("#description", "按网点统计日均办件量。")
    page.check("label:has-text('便民服务网点') >> input")
    page.check("label:has-text('城市治理') >> input")
    page.click("text=保存草稿")
    page.wait_for_selector("text=草稿已保存")


def price(page: Page) -> None:
    """A price one fen above the cap is refused where it was typed, and stays typed."""
    page.fill("#unit_price", "0.81")
    page.fill("#reason", "首次定价")
    page.fill("[name=tiers-0-from_units]", "1000")
    page.fill("[name=tiers-0-unit_price]", "0.5")
    page.click("text=保存价格")
    assert "价格 0.81 元/次 高于上限 0.80 元/次" in page.inner_text("#prices .notice-bad")
    assert page.input_value("#unit_price") == "0.81"
    assert page.input_value("[name=tiers-0-unit_price]") == "0.5"
    page.fill("#unit_price", "0.80")
    page.click("text=保存价格")
    page.wait_for_selector("text=价格已更新")
    page.click("text=提交审核")
    page.wait_for_selector("text=已提交审核")


@pytest.mark.browser
def test_from_the_file_to_the_shop_window(site: Site, page: Page, tmp_path: Path):
    file = tmp_path / "网点.csv"
    file.write_bytes(ROWS.encode("gb18030"))
    with transaction() as session:
        operator = stored(session, actor_of(Role.OPERATOR)).organization_id or ""

    register(page, site)
    deliver(page, file)
    with transaction() as session:
        dataset = session.query(Dataset).one()
        push(session, VerdictKind.AUTHORISED, authorised_subject(operator, dataset.id))
    draft(page, site)
    with transaction() as session:
        set_cap(session, session.query(Product).one())
    price(page)
    enter(page, site, Role.BUREAU_APPROVER)
    page.goto(f"{site.address}/desk")
    page.click("text=审核产品《便民网点忙闲指数》")
    page.click("text=批准上架")
    page.wait_for_selector("text=已上架，公众现在可以看到")
    jobs.run_everything()

    page.context.clear_cookies()
    page.goto(site.address)
    page.fill("input[name=q]", "网点忙闲")
    page.keyboard.press("Enter")
    page.click("main >> text=便民网点忙闲指数")

    assert "0.80 元/次" in page.inner_text("main")
