"""Browsers of different people, and a licence to ask."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.web import guard
from licensing.entitlements.actions import grant_allowance
from licensing.entitlements.kinds import AllowanceKind
from licensing.licences.models import Licence
from market.catalogue.models import Product
from tests.factories.licences import make_licence
from tests.factories.sandbox import make_queryable

HOUSE = Actor.system("test")
ClientAs = Callable[[Actor | None], FlaskClient]


@pytest.fixture
def client_as(app: Flask, monkeypatch: pytest.MonkeyPatch) -> ClientAs:
    """client_as(actor): requests are the actor's; client_as(None): nobody is signed in."""

    def client(actor: Actor | None) -> FlaskClient:
        monkeypatch.setitem(app.extensions, guard.EXTENSION, lambda _: actor)
        return app.test_client()

    return client


@pytest.fixture
def product(session: Session, store: object) -> Product:
    """Visits, with a policy in force and their extract written."""
    return make_queryable(session)


@pytest.fixture
def licence(session: Session, product: Product) -> Licence:
    """An active licence to ask, with epsilon 2."""
    return licensed(session, product)


def licensed(session: Session, product: Product, epsilon: str = "2", **changes: object) -> Licence:
    """An active licence with an allowance of epsilon and of a hundred calls; commits."""
    made = make_licence(session, product, epsilon=epsilon, **changes)
    for kind, amount in ((AllowanceKind.EPSILON, epsilon), (AllowanceKind.CALLS, "100")):
        grant_allowance(session, HOUSE, made.id, kind, Decimal(amount), made.id)
    session.commit()
    return made
