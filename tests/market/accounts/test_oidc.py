"""Does signing in prove who it is, and does every way it can go wrong end in clear words?"""

from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import select

import wsgi
from demo.identity import running
from kernel.web.limits import limiter
from market.accounts.models import LoginSession, User
from market.accounts.rules import SESSION_COOKIE
from tests.factories.market import make_membership, make_organization, make_user
from tests.market.accounts.conftest import PEOPLE


def begin(browser: FlaskClient, target: str = "") -> str:
    """The provider's address that the browser is led to."""
    answer = browser.get("/sign-in/start", query_string={"next": target} if target else {})
    assert answer.status_code == 302, answer.text
    return answer.location


def agree(address: str, subject: str) -> str:
    """What a person does at the provider; gives the way back to us, with the code."""
    answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    way_back = urlsplit(answer.headers["Location"])
    return f"{way_back.path}?{way_back.query}"


def sign_in(browser: FlaskClient, subject: str = "ana", target: str = ""):
    return browser.get(agree(begin(browser, target), subject))


def with_query(address: str, **changes: str) -> str:
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query)) | changes
    return urlunsplit(parts._replace(query=urlencode(query)))


def test_the_request_carries_state_nonce_and_a_pkce_challenge(browser):
    asked = parse_qs(urlsplit(begin(browser)).query)

    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://localhost/sign-in/callback"]
    assert len(asked["state"][0]) >= 16
    assert len(asked["nonce"][0]) >= 16
    assert "code_verifier" not in asked


def test_a_person_without_organisation_is_led_to_the_welcome_page(browser, session):
    answer = sign_in(browser)

    assert (answer.status_code, answer.location) == (303, "/welcome")
    user = session.scalars(select(User)).one()
    assert (user.subject, user.name, user.email) == ("ana", "安娜", "ana@demo.invalid")
    assert browser.get("/welcome").status_code == 200


def test_a_member_is_led_to_where_they_wanted_to_go(browser, session):
    make_membership(
        session, make_user(session, subject="ana"), make_organization(session), ["analyst"]
    )

    answer = sign_in(browser, target="/me?tab=1")

    assert (answer.status_code, answer.location) == (303, "/me?tab=1")
    assert "安娜" in browser.get("/me").text


def test_nobody_is_led_to_another_site(browser, session):
    make_membership(
        session, make_user(session, subject="ana"), make_organization(session), ["analyst"]
    )

    assert sign_in(browser, target="https://evil.example/").location == "/desk"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser):
    answer = sign_in(browser)

    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith(SESSION_COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires" not in cookie


def test_each_sign_in_is_a_new_session(browser, session):
    sign_in(browser)
    first = browser.get_cookie(SESSION_COOKIE)
    sign_in(browser)
    second = browser.get_cookie(SESSION_COOKIE)

    assert first is not None
    assert second is not None
    assert first.value != second.value
    assert len(session.scalars(select(LoginSession)).all()) == 2


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(browser, real_app):
    way_back = agree(begin(browser), "ana")
    other_browser = real_app.test_client()

    answer = other_browser.get(way_back)

    assert answer.status_code == 409
    assert "请重新登录" in answer.text
    assert other_browser.get_cookie(SESSION_COOKIE) is None


def test_an_answer_works_once(browser):
    way_back = agree(begin(browser), "ana")
    browser.get(way_back)

    assert browser.get(way_back).status_code == 409


def test_a_changed_state_is_refused(browser):
    way_back = with_query(agree(begin(browser), "ana"), state="x" * 30)

    assert browser.get(way_back).status_code == 409


def test_a_made_up_code_is_refused(browser):
    way_back = with_query(agree(begin(browser), "ana"), code="made-up")

    assert browser.get(way_back).status_code == 409
    assert browser.get_cookie(SESSION_COOKIE) is None


def test_a_code_asked_for_with_another_verifier_is_refused(browser):
    """The provider checks PKCE: a code stolen from one browser is of no use in another."""
    stolen = parse_qs(urlsplit(agree(begin(browser), "ana")).query)["code"][0]
    way_back = with_query(agree(begin(browser), "bo"), code=stolen)

    assert browser.get(way_back).status_code == 409
    assert browser.get_cookie(SESSION_COOKIE) is None


def test_an_id_token_with_another_nonce_is_refused(browser, session):
    address = begin(browser)

    answer = browser.get(agree(with_query(address, nonce="n" * 20), "ana"))

    assert answer.status_code == 403
    assert "未通过验证" in answer.text
    assert session.scalars(select(User)).all() == []


def test_saying_no_at_the_provider_is_not_an_error(browser):
    address = begin(browser)
    answer = requests.post(address, data={"action": "deny"}, allow_redirects=False, timeout=10)
    way_back = urlsplit(answer.headers["Location"])

    page = browser.get(f"{way_back.path}?{way_back.query}")

    assert page.status_code == 409
    assert "取消了登录" in page.text


def test_a_provider_that_is_down_is_said_and_nothing_is_lost(store, settings, connection):
    with running(PEOPLE, "marketplace", "marketplace") as issuer:
        configured = settings.model_copy(update={"oidc_issuer": issuer})
        browser = wsgi.create_app(configured, opens_process=False).test_client()
        way_back = agree(begin(browser, "/me"), "ana")

    during = browser.get(way_back)

    assert during.status_code == 503
    assert "统一身份平台暂时没有响应" in during.text
    with browser.session_transaction() as kept:
        assert kept["next"] == "/me"


def test_a_provider_that_never_was_there_is_said(store, settings, connection):
    configured = settings.model_copy(update={"oidc_issuer": "http://localhost:9"})
    browser = wsgi.create_app(configured, opens_process=False).test_client()

    answer = browser.get("/sign-in/start")

    assert answer.status_code == 503
    assert "统一身份平台暂时没有响应" in answer.text


def test_without_a_provider_the_sign_in_page_says_so(client):
    assert "尚未配置统一身份平台" in client.get("/sign-in").text
    assert client.get("/sign-in/start").status_code == 503


def test_a_document_that_speaks_of_another_issuer_is_refused(issuer, settings, store, connection):
    another = issuer.replace("localhost", "127.0.0.1")
    configured = settings.model_copy(update={"oidc_issuer": another})
    app = wsgi.create_app(configured, opens_process=False)
    app.extensions["marketplace_identity_provider"].server_metadata["issuer"] = issuer
    app.extensions["marketplace_identity_provider"].server_metadata["_loaded_at"] = 1

    assert app.test_client().get("/sign-in/start").status_code == 403


def test_the_sign_in_begins_at_the_public_address(browser):
    answer = browser.get("/sign-in/start?next=/me", headers={"Host": "127.0.0.1:8000"})

    assert answer.location == "http://localhost/sign-in/start?next=/me"


def test_signing_out_ends_the_session_here_and_leads_on_to_the_provider(browser, session, issuer):
    sign_in(browser)

    page = browser.post("/sign-out")

    assert page.status_code == 200
    onward = page.text.split('http-equiv="refresh" content="0; url=')[1].split('"')[0]
    address = onward.replace("&amp;", "&")
    asked = parse_qs(urlsplit(address).query)
    assert address.startswith(issuer)
    assert asked["post_logout_redirect_uri"] == ["http://localhost/signed-out"]
    assert asked["id_token_hint"][0].count(".") == 2
    assert browser.get("/me").status_code == 302
    assert session.scalars(select(LoginSession)).one().ended_at is not None
    back = requests.get(address, allow_redirects=False, timeout=10).headers["Location"]
    assert "本站和统一身份平台" in browser.get(back.removeprefix("http://localhost")).text


def test_signing_out_works_while_the_provider_is_down(store, settings, connection, session):
    with running(PEOPLE, "marketplace", "marketplace") as issuer:
        configured = settings.model_copy(update={"oidc_issuer": issuer})
        app = wsgi.create_app(configured, opens_process=False)
        browser = app.test_client()
        sign_in(browser)
    metadata = app.extensions["marketplace_identity_provider"].server_metadata
    metadata.clear()

    page = browser.post("/sign-out")

    assert page.status_code == 200
    assert "可能仍是登录状态" in page.text
    assert session.scalars(select(LoginSession)).one().ended_at is not None


def test_a_cookie_of_before_the_sign_out_opens_nothing(browser):
    sign_in(browser)
    kept = browser.get_cookie(SESSION_COOKIE)
    assert kept is not None
    browser.post("/sign-out")

    browser.set_cookie(SESSION_COOKIE, kept.value)

    assert browser.get("/me").status_code == 302


def test_sign_ins_begun_and_left_do_not_fill_the_cookie(browser):
    for _ in range(12):
        begin(browser)

    answer = sign_in(browser)

    assert answer.status_code == 303
    cookie = browser.get_cookie("market_flow")
    assert cookie is None or len(cookie.value) < 2500


@pytest.mark.parametrize("address", ["/sign-in/start", "/sign-in/callback?code=x&state=y"])
def test_knocking_too_often_is_refused_with_the_seconds_to_wait(browser, address):
    statuses = [browser.get(address).status_code for _ in range(30)]
    answer = browser.get(address)
    limiter.reset()

    assert 429 not in statuses
    assert answer.status_code == 429
    assert "秒后重试" in answer.text
