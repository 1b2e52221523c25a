"""Which orders are there, for the buyer and for those who are paid?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from billing.orders.models import Order
from billing.orders.rules import (
    ChargeFacts,
    Obstacle,
    OrderState,
    costs_nothing,
    may_be_ordered,
    obstacle_to,
)
from billing.shares.reads import current_rule, vat_rate
from billing.shares.rules import take_out_tax
from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.i18n import N_
from kernel.money import Money, UnitPrice
from kernel.paging import Page, page_of
from kernel.rates import Rate
from licensing.applications.rules import Act
from licensing.entitlements.reads import facts_of
from licensing.entitlements.rules import UseRequest
from licensing.licences.reads import Licence, get_licence, licence_for_update
from licensing.licences.rules import PaymentTerms
from market.catalogue.listing import ProductId
from market.catalogue.prices import ChargeUnit, Price
from market.catalogue.reads import find_cap
from market.catalogue.rules import Purpose
from sandbox.policies.reads import find_policy

BUYER_PERMISSIONS = (
    Permission.PLACE_ORDER,
    Permission.APPLY_FOR_LICENCE,
    Permission.KEEP_BOOKS,
    Permission.READ_BOOKS,
)


@dataclass(frozen=True)
class OrderPreview:
    """What an order for a licence would be, before it binds anybody.

    obstacle: the rule that would forbid the charge; order_id: of the order that exists already.
    """

    licence: Licence
    terms: PaymentTerms
    tax_rate: Rate
    tax: Money
    obstacle: Obstacle | None
    is_shared: bool
    can_be_asked: bool
    order_id: str

    @property
    def may_be_placed(self) -> bool:
        return (
            self.obstacle is None
            and self.is_shared
            and self.can_be_asked
            and not self.order_id
            and may_be_ordered(self.licence.phase)
        )


class OrderNotFound(NotFound):
    """No such order, or the actor stands on no side of it."""

    code = "order-not-found"
    message = N_("没有这份订单，或它与贵单位无关。请从“账单”页的列表进入。")


def visible(actor: Actor) -> Select[Order]:
    """Buyers see what they ordered, those who are paid what was sold, the regulator all."""
    statement = select(Order)
    if actor.is_system or actor.may(Permission.SEE_TIMELINE):
        return statement
    mine = actor.organization_id or ""
    sides = []
    if any(actor.may(permission) for permission in BUYER_PERMISSIONS):
        sides.append(Order.buyer_id == mine)
    if actor.may(Permission.SEE_REVENUE):
        sides += [Order.supplier_id == mine, Order.bureau_id == mine]
    return statement.where(or_(False, *sides))


def get_order(session: Session, actor: Actor, order_id: str) -> Order:
    """Raises: OrderNotFound."""
    found = session.scalar(visible(actor).where(Order.id == order_id))
    if found is None:
        raise OrderNotFound
    return found


def order_for_update(session: Session, actor: Actor, order_id: str) -> Order:
    """Locked, as far as the actor may see it. Raises: OrderNotFound."""
    statement = visible(actor).where(Order.id == order_id).with_for_update()
    found = session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise OrderNotFound
    return found


def list_orders(
    session: Session, actor: Actor, state: OrderState | None = None, cursor: str = ""
) -> Page[Order]:
    """Newest first."""
    statement = visible(actor).order_by(Order.placed_at.desc(), Order.id)
    if state is not None:
        statement = statement.where(Order.state == state.value)
    return page_of(session, statement, cursor)


def list_to_pay(session: Session, actor: Actor) -> Sequence[Order]:
    """Orders of the actor's organisation that wait for its payment, the most urgent first."""
    return session.scalars(
        select(Order)
        .where(
            Order.buyer_id == (actor.organization_id or ""),
            Order.state == OrderState.PLACED.value,
            Order.on_account_on.is_(None),
        )
        .order_by(Order.due_on, Order.id)
        .limit(50)
    ).all()


def find_of_licence(session: Session, licence_id: str) -> Order | None:
    """The one order of a licence that is not cancelled."""
    return session.scalar(
        select(Order).where(
            Order.licence_id == licence_id, Order.state != OrderState.CANCELLED.value
        )
    )


def paid_orders_of_product(session: Session, product_id: str) -> Sequence[str]:
    """Ids of the orders of one product that were paid, for the room that values it."""
    return session.scalars(
        select(Order.id).where(
            Order.product_id == product_id,
            Order.state.in_([OrderState.PAID.value, OrderState.FULFILLED.value]),
        )
    ).all()


def ordered_licences(session: Session, licence_ids: Sequence[str]) -> set[str]:
    """Which of these licences have an order that is not cancelled."""
    rows = session.scalars(
        select(Order.licence_id).where(
            Order.licence_id.in_(licence_ids), Order.state != OrderState.CANCELLED.value
        )
    )
    return set(rows)


def list_overdue(session: Session, today: date, limit: int = 100) -> Sequence[Order]:
    """Unpaid orders whose last day is over (BL-03), locked, in id order."""
    return session.scalars(
        select(Order)
        .where(
            Order.state == OrderState.PLACED.value,
            Order.on_account_on.is_(None),
            Order.due_on < today,
        )
        .order_by(Order.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def preview(session: Session, actor: Actor, licence_id: str) -> OrderPreview:
    """What an order would be, and what stands in its way. Raises: LicenceNotFound."""
    licence = get_licence(session, actor, licence_id)
    rate = vat_rate()
    order = find_of_licence(session, licence.id)
    is_free = costs_nothing(PaymentTerms(licence.payment), licence.amount)
    return OrderPreview(
        licence=licence,
        terms=PaymentTerms(licence.payment),
        tax_rate=rate,
        tax=take_out_tax(licence.amount, rate).tax,
        obstacle=obstacle_to(charge_facts(session, actor, licence, rate)),
        is_shared=is_free or current_rule(session, licence.product_id) is not None,
        can_be_asked=can_be_asked(session, licence),
        order_id=order.id if order else "",
    )


def can_be_asked(session: Session, licence: Licence) -> bool:
    """BL-11: what is licensed for queries has a policy by which it can be asked."""
    is_for_queries = Act.QUERY.value in licence.acts
    return not is_for_queries or find_policy(session, licence.product_id) is not None


def still_waits(session: Session, order: Order) -> bool:
    """Whether money for this order may be taken: it waits, and its licence can still begin."""
    licence = licence_for_update(session, order.licence_id)
    return order.waits_for_payment and may_be_ordered(licence.phase)


def charge_facts(session: Session, actor: Actor, licence: Licence, tax_rate: Rate) -> ChargeFacts:
    """Everything a charge rests on, read now: authorisation, orders of the regulator, cap."""
    now = clock.now()
    request = UseRequest(
        organization_id=licence.buyer_id,
        act=Act(licence.acts[0]),
        purpose=Purpose(licence.purpose),
        at=now,
    )
    use = facts_of(session, actor, licence, request)
    unit = ChargeUnit(licence.unit)
    return ChargeFacts(
        is_authorised=use.is_authorised,
        is_ordered_off=use.is_ordered_off,
        is_on_sale=use.is_on_sale,
        price=Price(unit, UnitPrice(licence.unit_price), True, tax_rate),
        cap=find_cap(session, ProductId(licence.product_id), unit, now),
    )
