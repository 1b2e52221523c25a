"""How much is left, who has spent what, and was this asked before?"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from sandbox.policies.rules import Caps
from sandbox.privacy.models import Budget, Spend, SpendShare
from sandbox.privacy.rules import Balance, Purse, SpendState


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


def product_budgets(session: Session, product_id: str, family_id: str) -> Sequence[Budget]:
    """The two purses that outlive every licence."""
    keys = [(Purse.PRODUCT, product_id), (Purse.FAMILY, family_id)]
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


def list_spends(
    session: Session, *, product_id: str = "", licence_id: str = "", limit: int = 500
) -> Sequence[Spend]:
    """Charges, oldest first, of one product or one licence."""
    statement = select(Spend).order_by(Spend.charged_at, Spend.id).limit(limit)
    if product_id:
        statement = statement.where(Spend.product_id == product_id)
    if licence_id:
        statement = statement.where(Spend.licence_id == licence_id)
    return session.scalars(statement).all()


def _budgets_of(keys: list[tuple[Purse, str]]) -> Select[Budget]:
    return select(Budget).where(tuple_(Budget.purse, Budget.holder_id).in_(keys))
