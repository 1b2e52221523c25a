"""Each side sees on its desk, and on the licence, whose step is next."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel.periods import last_day
from licensing.licences.rules import LicenceState
from market.accounts.roles import Role
from tests.factories.licences import make_application, make_licence
from tests.factories.market import sign_in_as


def test_an_approved_application_waits_on_the_operators_desk(
    client: FlaskClient, session: Session
) -> None:
    application = make_application(session, decisions=2)
    session.commit()
    sign_in_as(client, Role.OPERATOR)

    desk = client.get("/desk").text
    client.post(f"/licences/new/{application.id}", data={"starts_on": "2026-12-01", "epsilon": "1"})

    assert "待拟定许可合同" in desk
    assert f'href="/licences/new/{application.id}"' in desk
    assert "待拟定许可合同" not in client.get("/desk").text


def test_the_licence_says_who_has_not_signed_yet_and_its_last_day(
    client: FlaskClient, session: Session
) -> None:
    licence = make_licence(session, state=LicenceState.OFFERED)
    session.commit()
    sign_in_as(client, Role.OPERATOR)
    before = client.get(f"/licences/{licence.id}").text

    client.post(f"/licences/{licence.id}/signature")

    after = client.get(f"/licences/{licence.id}").text
    supplier, buyer = licence.terms["supplier_name"], licence.terms["buyer_name"]
    assert f"<strong>{supplier}、{buyer}</strong>" in before
    assert f"<strong>{buyer}</strong>" in after
    assert f"{licence.starts_on} – {last_day(licence.ends_on)}" in after


def test_a_signed_licence_has_one_button_to_order_it_for_who_may(
    client: FlaskClient, session: Session
) -> None:
    licence = make_licence(session, state=LicenceState.SIGNED)
    session.commit()

    sign_in_as(client, Role.PURCHASER)
    assert client.get(f"/licences/{licence.id}").text.count("btn btn-primary") == 1
    sign_in_as(client, Role.ANALYST)
    assert client.get(f"/licences/{licence.id}").text.count("btn btn-primary") == 0
