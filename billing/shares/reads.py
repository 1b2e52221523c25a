"""Who gets which part of a product's revenue, and what did everybody get?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.shares.models import RevenueShare, ShareRule
from billing.shares.rules import VAT_RATE
from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.i18n import N_
from kernel.money import Money
from kernel.rates import Rate
from market.catalogue.reads import get_product, list_products
from market.catalogue.rules import ProductState

DESK_PAGES = 10


class ShareRuleNotFound(NotFound):
    """The product has no such rule, or it is not this organisation's business."""

    code = "share-rule-not-found"
    message = N_("没有这个产品的收益分配，或它与贵单位无关。请从“收入”页进入。")


@dataclass(frozen=True)
class ProductRevenue:
    """What one party got of one product in a span of time."""

    product_id: str
    title: str
    sales: int
    amount: Money


@dataclass(frozen=True)
class Unshared:
    """A product on sale for money whose revenue nobody may share yet."""

    product_id: str
    title: str


def vat_rate() -> Rate:
    """BL-01: the rate of today."""
    return Rate(VAT_RATE.at(clock.today()).value)


def current_rule(session: Session, product_id: str) -> ShareRule | None:
    """The newest version; None where the bureau has set none."""
    return session.scalar(
        select(ShareRule)
        .where(ShareRule.product_id == product_id)
        .order_by(ShareRule.version.desc())
        .limit(1)
    )


def get_rule(session: Session, product_id: str, version: int) -> ShareRule:
    """One version. Raises: ShareRuleNotFound."""
    found = session.get(ShareRule, (product_id, version))
    if found is None:
        raise ShareRuleNotFound
    return found


def list_versions(session: Session, actor: Actor, product_id: str) -> Sequence[ShareRule]:
    """Every version, newest first, for the product's own sides and the regulator.

    Raises: ProductNotFound, ShareRuleNotFound.
    """
    product = get_product(session, product_id)
    is_side = actor.may(Permission.SEE_REVENUE) and actor.organization_id in {
        product.bureau_id,
        product.operator_id,
    }
    if not (is_side or actor.is_system or actor.may(Permission.SEE_TIMELINE)):
        raise ShareRuleNotFound
    return session.scalars(
        select(ShareRule)
        .where(ShareRule.product_id == product_id)
        .order_by(ShareRule.version.desc())
    ).all()


def get_current_rule(session: Session, actor: Actor, product_id: str) -> ShareRule:
    """The rule that counts now, for those who may see it.

    Raises: ProductNotFound, ShareRuleNotFound.
    """
    versions = list_versions(session, actor, product_id)
    if not versions:
        raise ShareRuleNotFound
    return versions[0]


def list_unshared(session: Session, actor: Actor) -> list[Unshared]:
    """Products on sale of the actor's bureau that cost something and have no rule."""
    if not actor.may(Permission.SET_SHARES):
        return []
    found: list[Unshared] = []
    cursor = ""
    for _ in range(DESK_PAGES):
        page = list_products(session, actor, ProductState.ON_SALE, cursor)
        with_rule = _with_rule(session, [product.id for product in page.items])
        found += [
            Unshared(product.id, product.title)
            for product in page.items
            if product.bureau_id == actor.organization_id
            and product.id not in with_rule
            and not all(price.is_free for price in product.prices)
        ]
        cursor = page.next_cursor
        if not cursor:
            break
    return found


def revenue_by_product(
    session: Session, actor: Actor, since: date, until: date
) -> list[ProductRevenue]:
    """What the actor's organisation got in [since, until), before VAT, largest first.

    Raises: MissingPermission.
    """
    actor.require(Permission.SEE_REVENUE)
    total = func.sum(RevenueShare.amount_minor)
    rows = session.execute(
        select(RevenueShare.product_id, func.max(RevenueShare.title), func.count(), total)
        .where(
            RevenueShare.party == actor.organization_id,
            RevenueShare.shared_on >= since,
            RevenueShare.shared_on < until,
        )
        .group_by(RevenueShare.product_id)
        .order_by(total.desc(), RevenueShare.product_id)
    )
    return [
        ProductRevenue(product_id, title, sales, Money(int(amount)))
        for product_id, title, sales, amount in rows
    ]


def paid_by_party(session: Session, actor: Actor, since: date, until: date) -> dict[str, Money]:
    """Where the money went of all sales in which the actor's organisation had a part.

    Parties are organisations' ids, "platform" and "tax". Raises: MissingPermission.
    """
    actor.require(Permission.SEE_REVENUE)
    ours = (
        select(RevenueShare.order_id)
        .where(
            RevenueShare.party == actor.organization_id,
            RevenueShare.shared_on >= since,
            RevenueShare.shared_on < until,
        )
        .scalar_subquery()
    )
    total = func.sum(RevenueShare.amount_minor)
    rows = session.execute(
        select(RevenueShare.party, total)
        .where(RevenueShare.order_id.in_(ours))
        .group_by(RevenueShare.party)
        .order_by(total.desc(), RevenueShare.party)
    )
    return {party: Money(int(amount)) for party, amount in rows}


def shares_of_order(session: Session, order_id: str) -> Sequence[RevenueShare]:
    """What each party got of one sale, the largest part first; the caller has seen the order."""
    return session.scalars(
        select(RevenueShare)
        .where(RevenueShare.order_id == order_id)
        .order_by(RevenueShare.amount_minor.desc(), RevenueShare.party)
    ).all()


def _with_rule(session: Session, product_ids: Sequence[str]) -> set[str]:
    rows = session.scalars(
        select(ShareRule.product_id).where(ShareRule.product_id.in_(product_ids)).distinct()
    )
    return set(rows)
