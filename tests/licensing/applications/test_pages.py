"""What a buyer may ask for stands on the form; the form keeps what was typed."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from licensing.applications import actions
from licensing.applications.actions import ActNotOffered, SameApplicationOpen
from licensing.applications.rules import Act, acts_offered
from market.accounts.roles import Role
from market.catalogue.listing import DeliveryKind
from market.catalogue.rules import ProductState
from tests.factories.catalogue import make_product
from tests.factories.licences import (
    NO,
    application_draft,
    make_application,
    make_authorised_product,
)
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


@pytest.mark.parametrize("decisions", [0, 1])
def test_an_equal_application_that_is_still_open_is_not_made_twice(
    session: Session, decisions: int
) -> None:
    product = make_authorised_product(session)
    first = make_application(session, product, decisions=decisions)
    purchaser = stored(session, actor_of(Role.PURCHASER))

    with pytest.raises(SameApplicationOpen) as refused:
        actions.submit_application(session, purchaser, application_draft(product))

    assert refused.value.application_id == first.id
    another = application_draft(
        product, scenario="理赔人员核对出险餐饮单位在事故前的检查结果和得分"
    )
    assert actions.submit_application(session, purchaser, another).id != first.id


def test_after_a_decision_the_same_may_be_asked_again(session: Session) -> None:
    product = make_authorised_product(session)
    first = make_application(session, product)
    officer = stored(session, actor_of(Role.BUREAU_OFFICER))
    actions.decide_application(session, officer, first.id, NO)

    assert make_application(session, product).id != first.id


def test_going_back_and_sending_again_leads_to_the_first_application(
    client: FlaskClient, session: Session
) -> None:
    product = make_authorised_product(session)
    first = make_application(session, product)
    session.commit()
    sign_in_as(client, Role.ANALYST)
    draft = application_draft(product).model_dump(mode="json")

    page = client.post(f"/applications/new/{product.id}", data=draft)
    told = client.post("/api/applications", json=draft)

    assert page.status_code == 409
    assert f'href="/applications/{first.id}"' in page.text
    assert (told.status_code, told.json["facts"]["application_id"]) == (409, first.id)
