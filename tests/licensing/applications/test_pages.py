"""What a buyer may ask for stands on the form; the form keeps what was typed."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from licensing.applications import actions
from licensing.applications.actions import ActNotOffered
from licensing.applications.rules import Act, acts_offered
from market.accounts.roles import Role
from market.catalogue.listing import DeliveryKind
from market.catalogue.rules import ProductState
from tests.factories.catalogue import make_product
from tests.factories.licences import application_draft, make_authorised_product
from tests.factories.market import actor_of, sign_in_as, stored


def test_every_way_of_delivery_lets_a_buyer_do_something() -> None:
    assert acts_offered(DeliveryKind) == tuple(Act)
    assert acts_offered([DeliveryKind.REPORT]) == (Act.DOWNLOAD,)


def test_what_the_product_does_not_deliver_cannot_be_applied_for(session: Session) -> None:
    product = make_authorised_product(session, delivery_kinds=["report"])
    analyst = stored(session, actor_of(Role.ANALYST))

    with pytest.raises(ActNotOffered) as refused:
        actions.submit_application(session, analyst, application_draft(product))

    assert refused.value.offered == (Act.DOWNLOAD,)
    actions.submit_application(session, analyst, application_draft(product, acts=["download"]))


def test_the_form_offers_what_is_delivered_and_no_purpose_by_itself(
    client: FlaskClient, session: Session
) -> None:
    product = make_authorised_product(session, delivery_kinds=["report"])
    session.commit()
    sign_in_as(client, Role.ANALYST)

    page = client.get(f"/applications/new/{product.id}").text

    assert 'value="download" checked' in page
    assert 'value="query"' not in page
    assert '<option value="">请选择</option>' in page


def test_a_draft_of_somebody_else_is_not_found(client: FlaskClient, session: Session) -> None:
    product = make_product(session, state=ProductState.DRAFT)
    session.commit()
    sign_in_as(client, Role.ANALYST)

    page = client.get(f"/applications/new/{product.id}")

    assert page.status_code == 404
    assert product.title not in page.text
