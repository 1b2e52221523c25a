"""Two tabs, two clicks, somebody else's address; and the regulator who sees what was tried."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest
from playwright.sync_api import Page

from kernel import jobs
from kernel.db import transaction
from licensing.applications.models import Application
from licensing.licences.rules import LicenceState
from market.accounts.roles import Role
from market.catalogue.rules import ProductState
from supervision.transparency import tasks as log_tasks
from tests.factories.catalogue import make_product
from tests.factories.licences import make_authorised_product, make_licence
from tests.factories.market import actor_of
from tests.journeys.conftest import Site, enter

STRANGER = actor_of(Role.PURCHASER, organization_id="org_stranger", id="usr_stranger")
REGULATOR = actor_of(Role.REGULATOR, scopes=("data", "price"))


@pytest.mark.browser
def test_the_second_of_two_tabs_is_told_and_keeps_what_was_typed(site: Site, page: Page):
    with transaction() as session:
        product_id = make_product(session, state=ProductState.DRAFT).id
    enter(page, site, Role.OPERATOR)
    second = page.context.new_page()
    for tab in (page, second):
        tab.goto(f"{site.address}/products/{product_id}/edit")

    page.fill("#use_sentence", "第一处改的用途")
    page.click("text=保存草稿")
    page.wait_for_selector("text=修改已保存")
    second.fill("#use_sentence", "第二处改的用途")
    second.click("text=保存草稿")

    told = second.inner_text(".notice-bad")
    assert "已被" in told or "已经" in told
    assert second.input_value("#use_sentence") == "第二处改的用途"
    page.reload()
    assert "第一处改的用途" in page.inner_text("main")


@pytest.mark.browser
def test_a_form_sent_twice_counts_once_and_leads_to_its_result(site: Site, page: Page):
    with transaction() as session:
        product_id = make_authorised_product(session).id
    enter(page, site, Role.ANALYST)
    page.goto(f"{site.address}/applications/new/{product_id}")
    page.fill("#scenario", "承保人员在报价前核对被保险餐饮单位所在区域的检查结果分布")
    page.select_option("#purpose", "industry")
    page.fill("#units", "10")
    page.fill("#measures", "仅两人可见，内网保存")

    page.dblclick("text=提交申请")

    page.wait_for_url("**/applications/app_*")
    with transaction() as session:
        assert session.query(Application).count() == 1


@pytest.mark.browser
def test_an_address_of_another_organisation_opens_nothing_and_tells_nothing(site: Site, page: Page):
    with transaction() as session:
        licence = make_licence(session, state=LicenceState.SIGNED)
        draft = make_product(session, state=ProductState.DRAFT, title_zh="还没公开的产品")
        secrets = (licence.title, licence.terms["buyer_name"], "还没公开的产品")
        addresses = (
            f"/licences/{licence.id}",
            f"/orders/new/{licence.id}",
            f"/queries/desk/{licence.id}",
            f"/applications/{licence.application_id}",
            f"/applications/new/{draft.id}",
            f"/products/{draft.id}",
            f"/catalogue/{draft.id}",
            f"/revenue/products/{draft.id}",
            f"/policies/{draft.id}",
        )
    enter(page, site, STRANGER)

    for address in addresses:
        answer = page.goto(f"{site.address}{address}")
        assert answer is not None
        assert answer.status in {403, 404}, address
        assert not [word for word in secrets if word in page.inner_text("main")], address


@pytest.mark.browser
def test_an_alert_is_worked_and_closed_and_its_proof_taken_home(site: Site, page: Page):
    with transaction() as session:
        product_id = make_product(session).id
    enter(page, site, Role.OPERATOR)
    page.goto(f"{site.address}/products/{product_id}")
    page.fill("#unit_price", "0.81")
    page.fill("#reason", "试图提价")
    page.click("text=保存价格")
    page.wait_for_selector("text=高于上限")
    jobs.run_everything()
    log_tasks.extend_log()

    enter(page, site, REGULATOR)
    page.goto(f"{site.address}/desk")
    page.click("text=橙色预警：价格高于上限收费标准")
    assert "设定价格" in page.inner_text("main")
    page.click("main >> button:has-text('接办')")
    page.click("main >> button:has-text('办结')")  # nothing chosen yet: the browser keeps it
    page.select_option("#outcome", "confirmed")
    page.fill("#reason", "已约谈运营机构，维持 0.80 元/次。")
    page.click("main >> button:has-text('办结')")
    page.wait_for_selector("text=情况属实，已处理")
    page.click("text=拒绝了一次操作")
    with page.expect_download() as download:
        page.click("text=下载证明")

    bundle = json.loads(Path(download.value.path()).read_text())
    assert (
        "价格 0.81 元/次 高于上限 0.80 元/次"
        in urlsafe_b64decode(bundle["entry_bytes"] + "==").decode()
    )
