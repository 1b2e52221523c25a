"""How does the book of privacy leave the house?"""

from datetime import datetime
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict

from sandbox.privacy.models import Budget, Spend
from sandbox.privacy.rules import Purse, SpendState


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class BudgetOut(Frozen):
    """One purse."""

    purse: Purse
    holder_id: str
    limit_epsilon: Decimal
    spent_epsilon: Decimal
    left_epsilon: Decimal

    @classmethod
    def of(cls, budget: Budget) -> Self:
        return cls(
            purse=Purse(budget.purse),
            holder_id=budget.holder_id,
            limit_epsilon=budget.limit_epsilon,
            spent_epsilon=budget.spent_epsilon,
            left_epsilon=budget.balance.left_epsilon,
        )


class SpendOut(Frozen):
    """One charge."""

    id: str
    licence_id: str
    buyer_id: str
    epsilon: Decimal
    state: SpendState
    charged_at: datetime

    @classmethod
    def of(cls, spend: Spend) -> Self:
        return cls(
            id=spend.id,
            licence_id=spend.licence_id,
            buyer_id=spend.buyer_id,
            epsilon=spend.epsilon,
            state=SpendState(spend.state),
            charged_at=spend.charged_at,
        )


class BookOut(Frozen):
    """The purses and charges of one product, as far as they are this reader's to see."""

    product_id: str
    budgets: tuple[BudgetOut, ...]
    spends: tuple[SpendOut, ...]
    spent_epsilon: Decimal
