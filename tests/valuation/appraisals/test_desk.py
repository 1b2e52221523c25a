"""An appraiser finds a way in: a desk that says what stands, a form that fills itself in."""

import re

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts.roles import Role
from tests.factories.catalogue import make_product
from tests.factories.market import sign_in_as


def test_an_appraiser_with_nothing_to_sign_is_shown_where_to_begin(client: FlaskClient) -> None:
    sign_in_as(client, Role.APPRAISER)

    desk = client.get("/desk").text

    assert 'href="/appraisals/new"' in desk
    assert "还没有评估" in desk


def test_choosing_the_product_first_fills_in_what_is_known(
    client: FlaskClient, session: Session
) -> None:
    product = make_product(session)
    session.commit()
    sign_in_as(client, Role.APPRAISER)

    blank = client.get("/appraisals/new").text
    chosen = client.get(f"/appraisals/new?product_id={product.id}").text

    assert (
        f'<option value="{product.id}">'
        in re.search(r"<form method=.get.*?</form>", blank, re.S)[0]
    )
    assert f'<option value="{product.id}" selected>' in chosen
