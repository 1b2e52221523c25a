"""A client of the whole application, acting as whoever a test says."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.settings import Settings
from kernel.web import guard
from wsgi import create_app

ClientAs = Callable[[Actor | None], FlaskClient]


@pytest.fixture
def client_as(session: Session, settings: Settings) -> ClientAs:
    """client_as(actor): requests are the actor's; client_as(None): nobody is signed in."""
    app = create_app(settings, opens_process=False)

    def client(actor: Actor | None) -> FlaskClient:
        app.extensions[guard.EXTENSION] = lambda _: actor
        return app.test_client()

    return client
