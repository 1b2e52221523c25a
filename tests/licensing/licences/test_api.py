"""Do machines suspend, resume and end a licence, as far as their person may?"""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from licensing.licences.rules import LicenceState
from market.accounts.roles import Role
from tests.factories.described import as_described
from tests.factories.licences import make_licence
from tests.factories.market import sign_in_as


def test_a_suspended_licence_is_resumed_and_then_ended(
    client: FlaskClient, session: Session
) -> None:
    licence = make_licence(session, state=LicenceState.SUSPENDED)
    session.commit()
    address = f"/api/licences/{licence.id}"
    why = {"reason": "双方解除"}
    sign_in_as(client, Role.ANALYST)
    assert as_described(client, client.post(f"{address}/resumption")).status_code == 403
    assert as_described(client, client.post(f"{address}/end", json=why)).status_code == 403
    sign_in_as(client, Role.OPERATOR)

    resumed = as_described(client, client.post(f"{address}/resumption"))
    again = as_described(client, client.post(f"{address}/resumption"))
    ended = as_described(client, client.post(f"{address}/end", json=why))

    assert (resumed.json["state"], again.status_code) == ("active", 409)
    assert ended.json["state"] == "ended"
