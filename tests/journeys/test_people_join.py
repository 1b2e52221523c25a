"""A newcomer founds an organisation, invites a colleague, and both leave again, in a browser."""

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.factories.market import make_credit_code
from tests.journeys.conftest import PEOPLE, Site, sign_in

ANA, BO = PEOPLE


def refused_by_policy(page: Page) -> list[str]:
    """What the content security policy of a page refused, as the browser reports it."""
    heard: list[str] = []
    page.on(
        "console",
        lambda line: heard.append(line.text) if "Content Security Policy" in line.text else None,
    )
    return heard


@pytest.mark.browser
def test_found_invite_join_and_sign_out(site: Site, page: Page):
    refused = refused_by_policy(page)
    sign_in(page, site, ANA)
    assert page.url.endswith("/welcome")

    page.click("main a.btn-primary")
    page.click('a[href$="kind=enterprise"].btn')
    page.fill("#name", "广州某某科技有限公司")
    page.fill("#credit_code", make_credit_code(11))
    page.check('input[value="purchaser"]')
    page.click("main button.btn-primary")
    page.wait_for_url("**/organization")
    assert "未通过身份审核" in page.inner_text("main")

    page.fill("#email", BO.email)
    page.check('input[value="analyst"]')
    page.click("text=发出邀请")
    page.wait_for_selector("text=已邀请")

    page.click("a.who")
    page.click("text=退出登录")
    page.wait_for_url("**/signed-out?state=*")
    assert "本站和统一身份平台" in page.inner_text("main")
    page.goto(f"{site.address}/organization")
    assert "/sign-in?next=" in page.url

    sign_in(page, site, BO)
    page.click("text=接受邀请")
    page.wait_for_url("**/desk")
    page.goto(f"{site.address}/organization")
    members = page.inner_text("main table")
    assert ANA.name in members
    assert BO.name in members
    assert refused == []


@pytest.mark.browser
def test_a_form_typed_before_the_sign_in_ended_is_sent_after_it(site: Site, page: Page):
    context: BrowserContext = page.context
    sign_in(page, site, ANA)
    page.goto(f"{site.address}/organizations/new?kind=enterprise")
    page.fill("#name", "广州某某科技有限公司")
    page.fill("#credit_code", make_credit_code(12))
    context.clear_cookies(name="market_session")

    page.click("main button.btn-primary")

    page.wait_for_selector("text=登录已过期")
    second = context.new_page()
    sign_in(second, site, ANA)
    second.close()
    page.click("text=第二步：继续提交")
    page.wait_for_url("**/organization")
    assert "广州某某科技有限公司" in page.inner_text("main")
