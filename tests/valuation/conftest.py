"""A client of the whole application, acting as whoever a test says."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.web import guard
from tests.factories.books import make_books
from valuation.books.models import AccountingEntity

ClientAs = Callable[[Actor], FlaskClient]


@pytest.fixture
def client_as(app: Flask, monkeypatch: pytest.MonkeyPatch) -> ClientAs:
    """client_as(actor): every request is that actor's."""

    def client(actor: Actor) -> FlaskClient:
        monkeypatch.setitem(app.extensions, guard.EXTENSION, lambda _: actor)
        return app.test_client()

    return client


@pytest.fixture
def entity(session: Session, finance_clerk: Actor) -> AccountingEntity:
    """The books of the operator, kept by the finance clerk."""
    made = make_books(session, finance_clerk)
    session.commit()
    return made
