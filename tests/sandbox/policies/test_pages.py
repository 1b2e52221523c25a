"""Whoever must set a policy is told so, before anybody pays for queries."""

from sqlalchemy.orm import Session

from kernel.actor import Actor
from market.catalogue.listing import DeliveryKind
from tests.factories.catalogue import make_product
from tests.factories.sandbox import make_queryable
from tests.sandbox.conftest import ClientAs


def test_a_product_sold_for_queries_without_a_policy_waits_on_the_bureaus_desk(
    client_as: ClientAs, session: Session, bureau_officer: Actor
) -> None:
    product = make_product(session)
    make_product(session, delivery_kinds=[DeliveryKind.REPORT])
    session.commit()

    desk = client_as(bureau_officer).get("/desk").text

    assert desk.count("待设定隐私策略") == 1
    assert f'href="/policies/{product.id}/edit"' in desk
    page = client_as(bureau_officer).get(f"/products/{product.id}").text
    assert f'href="/policies/{product.id}"' in page


def test_with_a_policy_nothing_waits(
    client_as: ClientAs, session: Session, store: object, bureau_officer: Actor
) -> None:
    del store
    make_queryable(session)

    assert "待设定隐私策略" not in client_as(bureau_officer).get("/desk").text
