"""How much is left, who has spent what, and was this asked before?"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from market.catalogue import reads as catalogue
from sandbox.policies.rules import Caps
from sandbox.privacy.models import Budget, Spend, SpendShare
from sandbox.privacy.rules import Balance, Purse, SpendState

MOST_SHOWN = 500


@dataclass(frozen=True)
class Holders:
    """Whose four purses a query is charged to. family_id: the data set that all rows come from."""

    licence_id: str
    buyer_id: str
    product_id: str
    family_id: str

    def purses(self, caps: Caps) -> list[tuple[Purse, str, Decimal]]:
        """Each purse with its holder and the cap it is opened with."""
        return [
            (Purse.LICENCE, self.licence_id, caps.licence_epsilon),
            (Purse.BUYER, f"{self.buyer_id}/{self.family_id}", caps.buyer_epsilon),
            (Purse.PRODUCT, self.product_id, caps.product_epsilon),
            (Purse.FAMILY, self.family_id, caps.family_epsilon),
        ]


def balances(session: Session, holders: Holders, caps: Caps) -> list[Balance]:
    """All four purses as they stand; one that nobody opened yet is full."""
    wanted = holders.purses(caps)
    found = {
        (budget.purse, budget.holder_id): budget.balance
        for budget in session.scalars(_budgets_of([(p, holder) for p, holder, _ in wanted]))
    }
    return [
        found.get((purse, holder), Balance(purse, cap, Decimal(0))) for purse, holder, cap in wanted
    ]


def budgets_for_update(session: Session, holders: Holders, caps: Caps) -> Sequence[Budget]:
    """All four purses, locked in the order of their ids: no two charges wait for each other."""
    keys = [(purse, holder) for purse, holder, _ in holders.purses(caps)]
    return session.scalars(_budgets_of(keys).order_by(Budget.id).with_for_update()).all()


def budgets_of_spend_for_update(session: Session, spend_id: str) -> Sequence[Budget]:
    """The purses that one charge was made to, locked in the order of their ids."""
    taken = select(SpendShare.budget_id).where(
        SpendShare.spend_id == spend_id, SpendShare.epsilon > 0
    )
    statement = select(Budget).where(Budget.id.in_(taken)).order_by(Budget.id).with_for_update()
    return session.scalars(statement).all()


def product_budgets(session: Session, product_id: str, *family_ids: str) -> Sequence[Budget]:
    """The purses that outlive every licence."""
    keys = [(Purse.PRODUCT, product_id), *((Purse.FAMILY, family) for family in family_ids)]
    return session.scalars(_budgets_of(keys).order_by(Budget.purse.desc())).all()


def find_equal(session: Session, buyer_id: str, question_key: str) -> Spend | None:
    """The charge that pays for an equal question of this buyer, answered or under way."""
    return session.scalar(
        select(Spend).where(
            Spend.buyer_id == buyer_id,
            Spend.question_key == question_key,
            Spend.state.in_([SpendState.CHARGED, SpendState.ANSWERED]),
        )
    )


def find_equal_for_update(session: Session, buyer_id: str, question_key: str) -> Spend | None:
    """The same, locked: its answer cannot arrive unseen while an equal question joins it."""
    found = find_equal(session, buyer_id, question_key)
    if found is None:
        return None
    locked = spend_for_update(session, found.id)
    is_alive = locked.state in (SpendState.CHARGED, SpendState.ANSWERED)
    return locked if is_alive else None


def get_spend(session: Session, spend_id: str) -> Spend:
    return session.get_one(Spend, spend_id)


def spend_for_update(session: Session, spend_id: str) -> Spend:
    return session.get_one(Spend, spend_id, with_for_update=True)


def list_spends(session: Session, product_id: str, buyer_id: str = "") -> Sequence[Spend]:
    """The newest charges of a product, or of one buyer on it; oldest of them first."""
    newest_first = (Spend.charged_at.desc(), Spend.id.desc())
    statement = select(Spend).where(*_in_book(product_id, buyer_id)).order_by(*newest_first)
    return session.scalars(statement.limit(MOST_SHOWN)).all()[::-1]


def _in_book(product_id: str, buyer_id: str) -> list[ColumnElement[bool]]:
    of_product = [Spend.product_id == product_id]
    return [*of_product, Spend.buyer_id == buyer_id] if buyer_id else of_product


def _budgets_of(keys: list[tuple[Purse, str]]) -> Select[Budget]:
    return select(Budget).where(tuple_(Budget.purse, Budget.holder_id).in_(keys))


@dataclass(frozen=True)
class Book:
    """What one reader may see of a product's privacy: all of it, or a buyer's own part.

    spends: the newest; charges and spent_epsilon count every one, refunded ones without their cost.
    """

    product_id: str
    title: str
    budgets: Sequence[Budget]
    spends: Sequence[Spend]
    charges: int
    spent_epsilon: Decimal
    is_whole: bool


def get_book(session: Session, actor: Actor, product_id: str) -> Book:
    """Bureau, operator and regulator read the whole book of a product, a buyer its own part.

    Raises: ProductNotFound, MissingPermission.
    """
    product = catalogue.get_visible_product(session, actor, product_id)
    sides = {product.bureau_id, product.operator_id}
    is_whole = (
        actor.is_system
        or actor.may(Permission.SEE_TIMELINE)
        or (actor.may(Permission.SEE_PRIVACY_BUDGET) and actor.organization_id in sides)
    )
    if not is_whole:
        actor.require(Permission.SEE_PRIVACY_BUDGET)
    buyer_id = "" if is_whole else actor.organization_id or "nobody"
    spends = list_spends(session, product.id, buyer_id)
    kept = func.sum(Spend.epsilon).filter(Spend.state != SpendState.REFUNDED)
    totals = select(func.count(), func.coalesce(kept, Decimal(0)))
    charges, spent = session.execute(totals.where(*_in_book(product.id, buyer_id))).one()
    families = product.dataset_ids[:1] if is_whole else []
    budgets = [
        *product_budgets(session, product.id, *families),
        *_own_budgets(session, spends, actor, is_whole=is_whole),
    ]
    return Book(product.id, product.title, budgets, spends, charges, spent, is_whole)


def _own_budgets(
    session: Session, spends: Sequence[Spend], actor: Actor, *, is_whole: bool
) -> Sequence[Budget]:
    """A buyer's own purses: its licences, and all of them together."""
    if is_whole:
        return []
    keys = {(Purse.LICENCE, spend.licence_id) for spend in spends}
    keys |= {(Purse.BUYER, f"{actor.organization_id}/{spend.family_id}") for spend in spends}
    return session.scalars(_budgets_of(sorted(keys)).order_by(Budget.purse)).all() if keys else []
