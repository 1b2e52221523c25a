"""A served application, an identity provider and a real browser, for whole stories."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from pydantic import SecretStr
from sqlalchemy import Engine
from werkzeug.serving import WSGIRequestHandler, make_server

import worker
import wsgi
from billing.payments.models import WebhookReceipt
from demo.identity import Person, running
from demo.payment_emulator import Running, run_in_thread
from kernel import objects, settings
from kernel.actor import Actor
from kernel.db import transaction
from kernel.settings import Settings
from kernel.settings import use as use_settings
from kernel.web.limits import limiter
from market.accounts.roles import Role
from market.accounts.rules import SESSION_COOKIE
from tests.factories.market import sign_in_as

pytest.register_assert_rewrite("tests.journeys.by_api")
SECRET = "whsec_journey"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PEOPLE = (
    Person("ana", "安娜", "ana@demo.invalid"),
    Person("bo", "博文", "bo@demo.invalid"),
)


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None: ...


@dataclass(frozen=True)
class Site:
    """Where the application is served; its threads share a database of this test's own."""

    address: str
    app: Flask


@pytest.fixture
def site(own_database: Engine, tmp_path: Path) -> Iterator[Site]:
    """The application on a free port, with a provider at which PEOPLE sign in with one click."""
    del own_database  # connected: transaction() draws from it
    with running(PEOPLE, "marketplace", "marketplace") as issuer:
        server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=_Quiet)
        address = f"http://127.0.0.1:{server.server_port}"
        made = Settings(
            data_folder=tmp_path, database_url="unused", public_url=address, oidc_issuer=issuer
        )
        use_settings(made)
        worker.load_tasks()
        objects.use(objects.open_store(made))
        app = wsgi.create_app(made, opens_process=False)
        limiter.reset()
        server.app = app
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield Site(address, app)
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real browser; without one the test says how to get it."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        pytest.skip("no Chromium found: `make browser` installs one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh browser window without cookies."""
    context = chromium.new_context(locale="zh-CN")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


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
        yield running


def enter(page: Page, site: Site, who: Actor | Role) -> None:
    """Let the browser be signed in as a holder of a role; signing in has a journey of its own."""
    client = site.app.test_client()
    sign_in_as(client, who)
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


def sign_in(page: Page, site: Site, person: Person) -> None:
    """What a person does: press sign in, choose their name at the provider."""
    page.goto(f"{site.address}/sign-in")
    page.click("main a.btn-primary")
    page.click(f"text={person.name}")
    page.wait_for_url(f"{site.address}/**")
