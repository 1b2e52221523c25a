"""Charge first, in one locked row per purse, then run; give back only what read no data."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import LimitReached
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from sandbox.policies.rules import Caps
from sandbox.privacy import reads
from sandbox.privacy.events import BudgetExhausted, BudgetOpened, BudgetRefunded, BudgetSpent
from sandbox.privacy.models import Budget, Spend, SpendId, SpendShare
from sandbox.privacy.reads import Holders
from sandbox.privacy.rules import Purse, SpendState, first_that_lacks


@dataclass(eq=False)
class BudgetLacking(LimitReached):
    """The cost does not fit one of the four purses; nothing was spent."""

    code = "privacy-budget-lacking"
    message = N_(
        "隐私预算不足：{purse}还剩 ε {left_epsilon}，这次需要 ε {cost_epsilon}。"
        "请减少统计的量、降低 ε，或使用已有的答案。"
    )
    clause = "SB-04"

    purse: Purse
    left_epsilon: Decimal
    cost_epsilon: Decimal


@dataclass(frozen=True)
class Charge:
    """What is to be paid for: one question on one extract.

    usual_epsilon: what a query usually costs, to tell when a purse is as good as empty.
    """

    holders: Holders
    caps: Caps | None
    extract_id: str
    question_key: str
    epsilon: Decimal
    usual_epsilon: Decimal


def open_budgets(
    session: Session, actor: Actor, *, product_id: str, family_id: str, caps: Caps, bureau_id: str
) -> list[Budget]:
    """Open the purses of a product and of its data, where they are not open yet.

    An open purse keeps its limit and what was spent, whatever the caps say now.
    Raises: MissingPermission.
    """
    actor.require(Permission.SET_PRIVACY_POLICY, bureau_id)
    wanted = [
        (Purse.PRODUCT, product_id, caps.product_epsilon),
        (Purse.FAMILY, family_id, caps.family_epsilon),
    ]
    return [budget for purse in wanted if (budget := _open(session, actor, *purse))]


def lock_purses(session: Session, actor: Actor, charge: Charge) -> Sequence[Budget]:
    """Open what is missing of the four purses and lock them all, in the order of their ids.

    Whoever holds the locks is alone with these purses: an equal question cannot slip past. What is
    free has no purse, so equal questions wait for each other by their key.
    """
    if charge.caps is None:
        key = func.hashtextextended(charge.question_key, 0)
        session.execute(select(func.pg_advisory_xact_lock(key)))
        return []
    for purse, holder_id, cap in sorted(charge.holders.purses(charge.caps)):
        _open(session, actor, purse, holder_id, cap)
    return reads.budgets_for_update(session, charge.holders, charge.caps)


def spend(session: Session, actor: Actor, charge: Charge, budgets: Sequence[Budget]) -> Spend:
    """Charge every locked purse at once.

    Raises: BudgetLacking, naming the first purse that the cost does not fit.
    """
    balances = [budget.balance for budget in budgets]
    if lacking := first_that_lacks(balances, charge.epsilon):
        raise BudgetLacking(lacking.purse, lacking.left_epsilon, charge.epsilon)
    made = _spend_row(actor, charge)
    session.add(made)
    session.flush()
    for budget in budgets:
        _book(session, made, budget, charge.epsilon)
    if budgets:
        _record_spending(session, actor, charge, made, budgets)
    return made


def answer(session: Session, spend_id: str, noisy: dict[str, Any]) -> Spend | None:
    """Keep the noisy answer beside its charge. None where it was settled before: the first counts.

    A run that was started twice draws noise twice; only one of the two answers is ever seen.
    """
    paid = reads.spend_for_update(session, spend_id)
    if paid.state != SpendState.CHARGED:
        return None
    paid.state = SpendState.ANSWERED
    paid.answer = noisy
    paid.settled_at = clock.now()
    return paid


def fail(session: Session, spend_id: str) -> Spend | None:
    """Close a charge whose run failed after data was read: the failure itself told something."""
    paid = reads.spend_for_update(session, spend_id)
    if paid.state != SpendState.CHARGED:
        return None
    paid.state = SpendState.FAILED
    paid.settled_at = clock.now()
    return paid


def refund(session: Session, actor: Actor, spend_id: str) -> Spend | None:
    """Give a charge back, once, to every purse it was taken from: no data was read.

    Purses are locked before the charge, as whoever charges does.
    """
    budgets = reads.budgets_of_spend_for_update(session, spend_id)
    paid = reads.spend_for_update(session, spend_id)
    if paid.state != SpendState.CHARGED:
        return None
    for budget in budgets:
        _book(session, paid, budget, -paid.epsilon)
    paid.state = SpendState.REFUNDED
    paid.settled_at = clock.now()
    record(session, actor, BudgetRefunded(paid.id, paid.product_id, paid.licence_id, paid.epsilon))
    return paid


def _open(
    session: Session, actor: Actor, purse: Purse, holder_id: str, limit: Decimal
) -> Budget | None:
    """The new budget, or None where that purse was open already."""
    opened = session.scalar(
        upsert(Budget)
        .values(
            id=new_id("bud"),
            purse=purse,
            holder_id=holder_id,
            limit_epsilon=limit,
            spent_epsilon=Decimal(0),
            opened_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(Budget)
    )
    if opened is not None:
        record(session, actor, BudgetOpened(opened.id, purse, holder_id, limit))
    return opened


def _spend_row(actor: Actor, charge: Charge) -> Spend:
    return Spend(
        id=SpendId(new_id("spn")),
        product_id=charge.holders.product_id,
        family_id=charge.holders.family_id,
        licence_id=charge.holders.licence_id,
        buyer_id=charge.holders.buyer_id,
        extract_id=charge.extract_id,
        question_key=charge.question_key,
        epsilon=charge.epsilon,
        state=SpendState.CHARGED,
        charged_at=clock.now(),
        charged_by=actor.id,
    )


def _book(session: Session, paid: Spend, budget: Budget, epsilon: Decimal) -> None:
    budget.spent_epsilon += epsilon
    session.add(
        SpendShare(
            id=new_id("shr"),
            spend_id=paid.id,
            budget_id=budget.id,
            epsilon=epsilon,
            booked_at=clock.now(),
        )
    )


def _record_spending(
    session: Session, actor: Actor, charge: Charge, made: Spend, budgets: Sequence[Budget]
) -> None:
    left = min(budget.balance.left_epsilon for budget in budgets)
    holders = charge.holders
    record(
        session,
        actor,
        BudgetSpent(
            made.id, holders.product_id, holders.licence_id, holders.buyer_id, charge.epsilon, left
        ),
    )
    for budget in budgets:
        after = budget.balance.left_epsilon
        if after < charge.usual_epsilon <= after + charge.epsilon:
            purse = Purse(budget.purse)
            record(session, actor, BudgetExhausted(budget.id, purse, budget.holder_id, after))
