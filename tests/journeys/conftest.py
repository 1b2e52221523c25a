"""A served application, an identity provider and a real browser, for whole stories."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Engine
from werkzeug.serving import WSGIRequestHandler, make_server

import wsgi
from demo.identity import Person, running
from kernel import objects
from kernel.settings import Settings
from kernel.settings import use as use_settings
from kernel.web.limits import limiter

pytest.register_assert_rewrite("tests.journeys.by_api")
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
        settings = Settings(
            data_folder=tmp_path, database_url="unused", public_url=address, oidc_issuer=issuer
        )
        use_settings(settings)
        objects.use(objects.open_store(settings))
        app = wsgi.create_app(settings, opens_process=False)
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


def sign_in(page: Page, site: Site, person: Person) -> None:
    """What a person does: press sign in, choose their name at the provider."""
    page.goto(f"{site.address}/sign-in")
    page.click("main a.btn-primary")
    page.click(f"text={person.name}")
    page.wait_for_url(f"{site.address}/**")
