"""A data set of a bureau whose officer is signed in, on an empty store."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.datasets.models import Dataset
from tests.factories.data import make_dataset
from tests.factories.market import actor_of, sign_in_as


@pytest.fixture
def dataset(client: FlaskClient, session: Session) -> Dataset:
    sign_in_as(client, "bureau_officer")
    made = make_dataset(session, actor_of("bureau_officer"))
    session.commit()
    return made
