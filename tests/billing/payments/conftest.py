"""The payment emulator and our gateway to it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from billing.orders.models import Order
from billing.payments.stripe_gateway import Gateway, open_gateway
from demo.payment_emulator import Running, run_in_thread
from kernel.settings import Settings
from kernel.settings import use as use_settings
from kernel.web.limits import limiter
from tests.factories.billing import (
    make_order,
)

SECRET = "whsec_for_tests"


@pytest.fixture
def emulator() -> Iterator[Running]:
    """The emulator on a free port of loopback; it delivers no webhooks by itself."""
    with run_in_thread("", SECRET) as running:
        yield running


@pytest.fixture
def settings(settings: Settings, emulator: Running) -> Settings:
    """The settings of this test, with the emulator as payment provider."""
    changed = settings.model_copy(
        update={
            "stripe_api_key": type(settings.stripe_api_key)(emulator.api_key),
            "stripe_api_base": emulator.api_base,
            "stripe_webhook_secret": type(settings.stripe_webhook_secret)(SECRET),
        }
    )
    use_settings(changed)
    return changed


@pytest.fixture
def gateway(settings: Settings) -> Gateway:
    return open_gateway(settings)


@pytest.fixture(autouse=True)
def _no_counts_of_earlier_tests(built_app: Flask) -> None:
    """Refusals are counted per process, once there is an application."""
    limiter.reset()


@pytest.fixture
def order(session: Session) -> Order:
    placed = make_order(session)
    session.commit()
    return placed
