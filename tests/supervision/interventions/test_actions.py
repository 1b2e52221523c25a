"""Does an order stop a product at once, and may only the right office give and lift it?"""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, MissingPermission
from kernel.errors import NotFound
from kernel.events import EventLog
from market.catalogue import actions as catalogue
from market.catalogue import reads as catalogue_reads
from market.catalogue.rules import ProductState, PublicationBlocked, VerdictKind, VerdictState
from supervision.interventions import actions, reads
from supervision.interventions.actions import AlreadyOrdered, NotStanding
from supervision.interventions.models import Intervention
from supervision.interventions.rules import Ground, GroundNotOpen, Measure, open_grounds
from supervision.interventions.schemas import InterventionFilter, InterventionOrder, Lifting
from tests.factories.catalogue import make_product
from tests.factories.market import actor_of

LIFTING = Lifting(reason="已整改，核查通过。")


def regulator(*scopes: str) -> Actor:
    return actor_of("regulator", scopes=scopes)


def wanted(product_id: str, ground: Ground = Ground.PRICE) -> InterventionOrder:
    return InterventionOrder(
        product_id=product_id, ground=ground, reason="实际收费高于上限，核查期间暂停。"
    )


def events_named(session: Session, name: str) -> int:
    statement = select(func.count()).select_from(EventLog).where(EventLog.name == name)
    return session.scalar(statement) or 0


def test_an_order_takes_the_product_off_sale_in_the_same_transaction(session: Session):
    product = make_product(session)

    found = actions.order(session, regulator("price"), wanted(product.id))

    verdict = catalogue_reads.find_verdict(session, VerdictKind.ORDERED, product.id)
    stopped = catalogue_reads.get_product(session, product.id)
    assert stopped.state == ProductState.SUSPENDED
    assert verdict is not None
    assert verdict.state is VerdictState.FAILS
    assert (found.state, found.title, found.office_id) == (
        "ordered",
        product.title,
        "org_regulator",
    )
    assert events_named(session, "supervision.intervention_ordered") == 1
    assert events_named(session, "market.product_suspended") == 1


def test_while_the_order_stands_the_product_cannot_come_back(session: Session):
    product = make_product(session)
    actions.order(session, regulator("price"), wanted(product.id))

    with pytest.raises(PublicationBlocked):
        catalogue.resume_product(session, actor_of("bureau_approver"), product.id)


def test_lifting_lets_the_product_come_back_when_the_bureau_says_so(session: Session):
    product = make_product(session)
    found = actions.order(session, regulator("price"), wanted(product.id))

    actions.lift(session, regulator("price"), found.id, LIFTING)

    assert catalogue_reads.get_product(session, product.id).state == ProductState.SUSPENDED
    catalogue.resume_product(session, actor_of("bureau_approver"), product.id)
    assert catalogue_reads.get_product(session, product.id).state == ProductState.ON_SALE
    assert (found.state, found.lifting_reason) == ("lifted", LIFTING.reason)
    assert events_named(session, "supervision.intervention_lifted") == 1


def test_the_same_measure_stands_once_and_is_lifted_once(session: Session):
    product = make_product(session)
    found = actions.order(session, regulator("price"), wanted(product.id))
    with pytest.raises(AlreadyOrdered):
        actions.order(session, regulator("price"), wanted(product.id))
    actions.lift(session, regulator("price"), found.id, LIFTING)

    with pytest.raises(NotStanding):
        actions.lift(session, regulator("price"), found.id, LIFTING)
    assert actions.order(session, regulator("price"), wanted(product.id)).id != found.id


@pytest.mark.parametrize(
    ("scope", "grounds"),
    [
        ("data", {Ground.AUTHORIZATION, Ground.SECURITY}),
        ("price", {Ground.PRICE}),
        ("cyberspace", {Ground.SECURITY, Ground.PERSONAL}),
        ("finance", set()),
    ],
)
def test_each_office_has_its_own_grounds(scope: str, grounds: set[Ground]):
    assert set(open_grounds(frozenset({scope}))) == grounds


def test_an_office_neither_orders_nor_lifts_on_anothers_ground(session: Session):
    product = make_product(session)
    with pytest.raises(GroundNotOpen):
        actions.order(session, regulator("finance"), wanted(product.id))
    found = actions.order(session, regulator("price"), wanted(product.id))

    with pytest.raises(GroundNotOpen):
        actions.lift(session, regulator("data"), found.id, LIFTING)


def test_nobody_but_regulators_orders_or_reads_measures(session: Session):
    product = make_product(session)
    for role in ("bureau_approver", "operator", "price_authority"):
        with pytest.raises(MissingPermission):
            actions.order(session, actor_of(role), wanted(product.id))
        with pytest.raises(MissingPermission):
            reads.list_interventions(session, actor_of(role), InterventionFilter())


def test_unknown_products_and_measures_are_not_found(session: Session):
    with pytest.raises(NotFound):
        actions.order(session, regulator("price"), wanted("prd_unknown"))
    with pytest.raises(NotFound):
        reads.get_case(session, regulator("price"), "itv_unknown")


def test_the_database_keeps_one_standing_measure_per_product(session: Session):
    product = make_product(session)
    found = actions.order(session, regulator("price"), wanted(product.id))
    session.add(
        Intervention(
            id="itv_2",
            measure=Measure.SUSPEND_PRODUCT,
            state="ordered",
            product_id=found.product_id,
            title="x",
            ground=Ground.PRICE,
            reason="x",
            alert_id=None,
            ordered_by="usr_1",
            office_id=None,
            ordered_at=clock.now(),
        )
    )

    with pytest.raises(IntegrityError, match="uq_interventions_standing"):
        session.flush()
