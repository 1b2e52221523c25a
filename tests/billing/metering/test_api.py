"""A buyer reads what it used; nobody else does."""

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from billing.metering import actions
from billing.metering.rules import Use
from kernel import clock
from market.accounts.rules import Role
from tests.factories.billing import BUYER, HOUSE, make_licence
from tests.factories.market import actor_of, sign_in_as

USED_ON = date(2026, 3, 31)


@pytest.fixture
def licence_id(session: Session) -> str:
    """Three calls at 0.80 on the last day of March."""
    licence = make_licence(session)
    use = Use("evt_1", licence.id, "qry_1", 3, clock.day_start(USED_ON))
    actions.meter(session, HOUSE, use)
    session.commit()
    return licence.id


def test_the_uses_of_a_month_by_licence(client: FlaskClient, licence_id: str) -> None:
    sign_in_as(client, actor_of(Role.ANALYST, organization_id=BUYER))

    march = client.get("/api/usage?month_on=2026-03-01").get_json()
    april = client.get("/api/usage?month_on=2026-04-01").get_json()

    [usage] = march["items"]
    assert march["month_on"] == "2026-03-01"
    assert (usage["licence_id"], usage["uses"], usage["units"]) == (licence_id, 1, 3)
    assert usage["worth"] == {"amount": "2.40", "currency": "CNY"}
    assert april["items"] == []


def test_other_buyers_see_none_of_it_and_other_roles_nothing(
    client: FlaskClient, licence_id: str
) -> None:
    assert licence_id
    sign_in_as(client, actor_of(Role.ANALYST, organization_id="org_other", id="usr_other"))
    assert client.get("/api/usage?month_on=2026-03-01").get_json()["items"] == []

    sign_in_as(client, Role.BUREAU_OFFICER)

    assert client.get("/api/usage").get_json()["code"] == "missing-permission"


@pytest.mark.parametrize("month_on", ["2023-12-31", "9999-01-01", "March"])
def test_a_month_out_of_time_is_malformed(client: FlaskClient, month_on: str) -> None:
    sign_in_as(client, Role.ANALYST)

    assert client.get(f"/api/usage?month_on={month_on}").status_code == 422
