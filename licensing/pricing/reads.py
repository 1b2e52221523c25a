"""What may an operator earn, and what may one unit cost at most?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.i18n import N_
from kernel.periods import Period
from licensing.pricing.models import PermittedRevenue, PriceCap
from licensing.pricing.rules import NEAR_CAP, PermittedRevenueId, forecast_revenue
from market.catalogue.prices import ChargeUnit, Price, exceeds_cap, share_of_cap
from market.catalogue.reads import list_operated, operator_ids
from market.catalogue.rules import ProductState
from market.organizations.reads import names_of


class RevenueNotFound(NotFound):
    """No permitted revenue covers this operator and day, or not for this person."""

    code = "permitted-revenue-not-found"
    message = N_("没有这个运营机构在该期间的最高准许收入。请先按批复文件录入。")


class CapNotFound(NotFound):
    """There is no such cap, or it stands no more."""

    code = "price-cap-not-found"
    message = N_("没有这项上限，或它已被新的核定取代。请从“价格”页进入。")


WAITING_FOR_A_CAP = (ProductState.DRAFT, ProductState.REVIEW, ProductState.SUSPENDED)


@dataclass(frozen=True)
class CapStanding:
    """A cap beside the price that is charged under it. share: of the cap; None without price."""

    cap: PriceCap
    product_title: str
    product_state: ProductState
    price: Price | None
    share: Decimal | None

    @property
    def is_near(self) -> bool:
        return self.share is not None and self.share >= NEAR_CAP

    @property
    def is_above(self) -> bool:
        return self.price is not None and exceeds_cap(self.price, self.cap.cap)


@dataclass(frozen=True)
class Uncapped:
    """A price for which nobody has set a cap yet."""

    product_id: str
    operator_id: str
    title: str
    unit: ChargeUnit


def may_read_prices(actor: Actor, operator_id: str) -> bool:
    """The authority and regulators read all, an operator its own."""
    reads_all = actor.is_system or any(
        actor.may(permission) for permission in (Permission.SET_CAP, Permission.SEE_TIMELINE)
    )
    return reads_all or actor.may(Permission.SET_PRICE, operator_id)


def list_priced(session: Session) -> list[tuple[str, str]]:
    """Operators that have products, or a permitted revenue, by name."""
    decided = select(PermittedRevenue.operator_id).distinct()
    operators = set(operator_ids(session)) | set(session.scalars(decided))
    names = names_of(session, operators)
    return sorted(names.items(), key=lambda pair: (pair[1], pair[0]))


def find_revenue(session: Session, operator_id: str, day: date) -> PermittedRevenue | None:
    """The permitted revenue that stands for this day."""
    return session.scalar(
        select(PermittedRevenue)
        .where(
            PermittedRevenue.operator_id == operator_id,
            PermittedRevenue.start_on <= day,
            PermittedRevenue.end_on > day,
            PermittedRevenue.replaced_at.is_(None),
        )
        .order_by(PermittedRevenue.start_on.desc())
        .limit(1)
    )


def revenue_for_update(session: Session, operator_id: str, day: date) -> PermittedRevenue | None:
    """The same, locked: caps under one revenue are decided one after the other."""
    found = find_revenue(session, operator_id, day)
    if found is None:
        return None
    return session.get(PermittedRevenue, found.id, with_for_update=True, populate_existing=True)


def revenues_overlapping(
    session: Session, operator_id: str, period: Period
) -> Sequence[PermittedRevenue]:
    """The standing decisions that speak of a day of this period, locked."""
    statement = (
        select(PermittedRevenue)
        .where(
            PermittedRevenue.operator_id == operator_id,
            PermittedRevenue.start_on < period.end_on,
            PermittedRevenue.end_on > period.start_on,
            PermittedRevenue.replaced_at.is_(None),
        )
        .order_by(PermittedRevenue.id)
        .with_for_update()
    )
    return session.scalars(statement).all()


def list_revenues(session: Session, actor: Actor, operator_id: str) -> Sequence[PermittedRevenue]:
    """All decisions about an operator, newest period first, for whom it concerns."""
    if not may_read_prices(actor, operator_id):
        return []
    statement = (
        select(PermittedRevenue)
        .where(PermittedRevenue.operator_id == operator_id)
        .order_by(PermittedRevenue.start_on.desc(), PermittedRevenue.decided_at.desc())
    )
    return session.scalars(statement).all()


def get_cap(session: Session, cap_id: str) -> PriceCap:
    """A standing cap, locked. Raises: CapNotFound."""
    cap = session.get(PriceCap, cap_id, with_for_update=True, populate_existing=True)
    if cap is None or cap.replaced_at is not None:
        raise CapNotFound
    return cap


def find_cap(session: Session, product_id: str, unit: str) -> PriceCap | None:
    """The standing cap of a product and unit, locked."""
    return session.scalar(
        select(PriceCap)
        .where(
            PriceCap.product_id == product_id,
            PriceCap.unit == unit,
            PriceCap.replaced_at.is_(None),
        )
        .with_for_update()
    )


def caps_under(session: Session, revenue_id: PermittedRevenueId) -> Sequence[PriceCap]:
    """The standing caps that were decided within a permitted revenue."""
    statement = select(PriceCap).where(
        PriceCap.permitted_revenue_id == revenue_id, PriceCap.replaced_at.is_(None)
    )
    return session.scalars(statement.order_by(PriceCap.id)).all()


def cap_history(session: Session, product_id: str) -> Sequence[PriceCap]:
    """Every cap a product ever had, newest first (PR-12: fees are published)."""
    statement = (
        select(PriceCap)
        .where(PriceCap.product_id == product_id)
        .order_by(
            PriceCap.set_at.desc(), PriceCap.replaced_at.desc().nulls_first(), PriceCap.id.desc()
        )
    )
    return session.scalars(statement).all()


def forecast_under(session: Session, revenue: PermittedRevenue) -> Decimal:
    """Σ cap × forecast within a permitted revenue, in yuan."""
    return forecast_revenue(cap.forecast for cap in caps_under(session, revenue.id))


def list_standings(session: Session, actor: Actor, operator_id: str) -> list[CapStanding]:
    """Each standing cap of an operator's products beside the price charged under it."""
    if not may_read_prices(actor, operator_id):
        return []
    products = {product.id: product for product in list_operated(session, operator_id)}
    caps = session.scalars(
        select(PriceCap)
        .where(PriceCap.product_id.in_(products), PriceCap.replaced_at.is_(None))
        .order_by(PriceCap.product_id, PriceCap.unit)
    )
    standings = []
    for cap in caps:
        product = products[cap.product_id]  # type: ignore[index]  # a ProductId in the database
        price = next((price for price in product.prices if price.unit == cap.unit), None)
        share = share_of_cap(price, cap.cap) if price else None
        state = ProductState(product.state)
        standings.append(CapStanding(cap, product.title, state, price, share))
    return standings


def list_uncapped(session: Session, actor: Actor) -> list[Uncapped]:
    """Priced products that cannot go on sale for want of a cap, by name (the authority's desk)."""
    if not actor.may(Permission.SET_CAP):
        return []
    standing = select(PriceCap).where(PriceCap.replaced_at.is_(None))
    capped = {(cap.product_id, cap.unit) for cap in session.scalars(standing)}
    wanting = [
        Uncapped(product.id, product.operator_id, product.title, price.unit)
        for operator_id in operator_ids(session)
        for product in list_operated(session, operator_id)
        if ProductState(product.state) in WAITING_FOR_A_CAP
        for price in product.prices
        if not price.is_free and (product.id, price.unit.value) not in capped
    ]
    return sorted(wanting, key=lambda one: (one.title, one.product_id))


def list_near_caps(session: Session, actor: Actor) -> list[CapStanding]:
    """Prices near their caps: the operator's own, for the authority everybody's."""
    if actor.may(Permission.SET_CAP):
        operators = list(operator_ids(session))
    elif actor.may(Permission.SET_PRICE, actor.organization_id):
        operators = [str(actor.organization_id)]
    else:
        return []
    standings = [row for each in operators for row in list_standings(session, actor, each)]
    return [standing for standing in standings if standing.is_near]


def is_current(cap: PriceCap) -> bool:
    """Whether the cap is valid today."""
    today = clock.today()
    return cap.start_on <= today and (cap.end_on is None or today < cap.end_on)
