"""What happened to the privacy budgets?"""

from dataclasses import dataclass
from decimal import Decimal

from kernel.events import Event
from kernel.i18n import N_
from sandbox.privacy.purses import Purse


@dataclass(frozen=True)
class BudgetOpened(Event):
    """A purse was opened. It never refills."""

    name = "sandbox.budget_opened"
    sentence = N_("开立隐私预算（{purse}），上限 ε {limit_epsilon}")

    budget_id: str
    purse: Purse
    holder_id: str
    limit_epsilon: Decimal


@dataclass(frozen=True)
class BudgetSpent(Event):
    """One charge was made to every purse at once, before the run."""

    name = "sandbox.budget_spent"
    sentence = N_("扣除隐私预算 ε {epsilon}，其中最紧的一级还剩 ε {left_epsilon}")

    spend_id: str
    product_id: str
    licence_id: str
    buyer_id: str
    epsilon: Decimal
    left_epsilon: Decimal


@dataclass(frozen=True)
class BudgetRefunded(Event):
    """A charge was given back: the run failed before any data was read."""

    name = "sandbox.budget_refunded"
    sentence = N_("退回隐私预算 ε {epsilon}：未读取任何数据即失败")

    spend_id: str
    product_id: str
    licence_id: str
    epsilon: Decimal


@dataclass(frozen=True)
class BudgetExhausted(Event):
    """What is left of a purse is not enough for a usual query."""

    name = "sandbox.budget_exhausted"
    sentence = N_("隐私预算（{purse}）只剩 ε {left_epsilon}，不足一次通常查询")

    budget_id: str
    purse: Purse
    holder_id: str
    left_epsilon: Decimal
