"""Who may not pay, and what is not charged?"""

import pytest
from sqlalchemy.orm import Session

from billing.orders import actions as orders
from billing.orders.models import Order
from billing.payments import actions, reads
from kernel.actor import MissingPermission, OrganizationUnverified
from market.accounts.rules import Role
from tests.billing.payments.paying import begun, choose, look, opened
from tests.factories.billing import (
    make_licence,
    make_order,
    purchaser,
    sold_product,
)
from tests.factories.catalogue import set_cap
from tests.factories.market import actor_of, stored

pytestmark = pytest.mark.usefixtures("settings")


def test_a_price_above_todays_cap_is_refused_at_the_charge(session: Session) -> None:
    product = sold_product(session)
    order = make_order(session, make_licence(session, product.id))
    set_cap(session, product, "0.79")

    with pytest.raises(orders.ChargeForbidden) as refusal:
        actions.begin_payment(session, purchaser(session), order.id)
    assert refusal.value.clause == "PR-04"


def test_only_the_buyers_verified_purchaser_pays(session: Session, order: Order) -> None:
    for role in (Role.ANALYST, Role.OPERATOR, Role.BUREAU_APPROVER):
        with pytest.raises(MissingPermission):
            actions.begin_payment(session, stored(session, actor_of(role)), order.id)
    with pytest.raises(OrganizationUnverified):
        actions.begin_payment(session, actor_of(Role.PURCHASER, verified=False), order.id)
    stranger = actor_of(Role.PURCHASER, organization_id="org_other", id="usr_other")
    with pytest.raises(orders.reads.OrderNotFound):
        actions.begin_payment(session, stranger, order.id)


def test_others_payments_do_not_exist(session: Session, order: Order) -> None:
    intent = begun(session, order)
    others = [
        actor_of(Role.PURCHASER, organization_id="org_other", id="usr_other"),
        actor_of(Role.OPERATOR),
        actor_of(Role.BUREAU_APPROVER),
    ]

    for actor in others:
        with pytest.raises(reads.PaymentNotFound):
            reads.get_payment(session, actor, intent.id)
        with pytest.raises(reads.PaymentNotFound):
            actions.abandon(session, actor, intent.id)
    assert reads.get_payment(session, stored(session, actor_of(Role.ANALYST)), intent.id)
    with pytest.raises(MissingPermission):
        actions.abandon(session, actor_of(Role.ANALYST), intent.id)


def test_what_is_paid_cannot_be_paid_or_given_up_again(session: Session, order: Order) -> None:
    intent = opened(session, order)
    choose(intent, "paid")
    look(session, intent)

    with pytest.raises(orders.OrderStateForbids):
        actions.begin_payment(session, purchaser(session), order.id)
    with pytest.raises(actions.PaymentStateForbids):
        actions.abandon(session, purchaser(session), intent.id)
