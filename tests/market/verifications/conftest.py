"""Who hands in papers."""

import pytest

from tests.factories.market import actor_of, stored


@pytest.fixture
def applicant(session):
    """The administrator of an enterprise that nobody has verified."""
    return stored(session, actor_of("administrator", verified=False))
