"""An identity provider that really answers, for this slice's tests."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

import wsgi
from demo.identity import Person, running
from kernel.settings import Settings
from kernel.web.limits import limiter

PEOPLE = (
    Person("ana", "安娜", "Ana@demo.invalid"),
    Person("bo", "博", "bo@demo.invalid"),
)


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    with running(PEOPLE, "marketplace", "marketplace") as address:
        yield address


@pytest.fixture
def real_app(connection: object, store: object, settings: Settings, issuer: str) -> Flask:
    """The application with an identity provider configured."""
    configured = settings.model_copy(update={"oidc_issuer": issuer})
    made = wsgi.create_app(configured, opens_process=False)
    made.testing = True
    limiter.reset()
    return made


@pytest.fixture
def browser(real_app: Flask) -> FlaskClient:
    return real_app.test_client()
