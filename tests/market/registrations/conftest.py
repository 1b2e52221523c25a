"""The day on which registrations are tested."""

import pytest

from kernel import clock
from tests.factories.registrations import MONDAY


@pytest.fixture
def on_a_monday():
    with clock.frozen_at(MONDAY):
        yield
