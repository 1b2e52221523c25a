"""A client of the whole application, acting as whoever a test says."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.web import guard
from tests.factories.market import keep

ClientAs = Callable[[Actor | None], FlaskClient]


@pytest.fixture
def client_as(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> ClientAs:
    """client_as(actor): requests are the actor's; client_as(None): nobody is signed in."""

    def client(actor: Actor | None) -> FlaskClient:
        if actor is not None:
            keep(session, actor)
            session.commit()
        monkeypatch.setitem(app.extensions, guard.EXTENSION, lambda _: actor)
        return app.test_client()

    return client
