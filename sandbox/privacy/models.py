"""How budgets, charges and the noisy answers beside them are kept."""

from datetime import datetime
from decimal import Decimal
from typing import Any, NewType

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import APPEND_ONLY, Base
from sandbox.privacy.rules import Balance, Purse, SpendState

BudgetId = NewType("BudgetId", str)
SpendId = NewType("SpendId", str)


class Budget(Base):
    """One purse of one holder. spent_epsilon falls only by a refund, never by time.

    holder_id: the licence, "buyer/family", the product or the family (its data set).
    """

    __tablename__ = "privacy_budgets"
    __table_args__ = (
        UniqueConstraint("purse", "holder_id", name="uq_privacy_budgets_holder"),
        CheckConstraint("purse IN ('licence', 'buyer', 'product', 'family')", name="purse_known"),
        CheckConstraint("limit_epsilon > 0", name="limit_positive"),
        CheckConstraint("spent_epsilon >= 0", name="spent_not_negative"),
        CheckConstraint("spent_epsilon <= limit_epsilon", name="never_overspent"),
    )

    id: Mapped[BudgetId] = mapped_column(Text, primary_key=True)
    purse: Mapped[Purse] = mapped_column(Text)
    holder_id: Mapped[str]
    limit_epsilon: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    spent_epsilon: Mapped[Decimal] = mapped_column(Numeric(12, 6), default=Decimal(0))
    opened_at: Mapped[datetime]

    @property
    def balance(self) -> Balance:
        return Balance(Purse(self.purse), self.limit_epsilon, self.spent_epsilon)


class Spend(Base):
    """One charge to every purse, and beside it the noisy answer that it paid for.

    No foreign keys to licences and products: what was learnt of people outlives them.
    question_key: equal for equal questions on one extract at one price; an equal question of the
        same buyer is answered from here.
    answer: noisy numbers and their scales, never exact ones.
    """

    __tablename__ = "privacy_spends"
    __table_args__ = (
        CheckConstraint("epsilon >= 0", name="epsilon_not_negative"),
        CheckConstraint(
            "state IN ('charged', 'answered', 'failed', 'refunded')", name="state_known"
        ),
        CheckConstraint("(state = 'answered') = (answer IS NOT NULL)", name="answers_are_kept"),
        CheckConstraint("(state = 'charged') = (settled_at IS NULL)", name="settled_has_moment"),
        Index(
            "uq_privacy_spends_question",
            "buyer_id",
            "question_key",
            unique=True,
            postgresql_where=text("state IN ('charged', 'answered')"),
        ),
        Index("ix_privacy_spends_product_id", "product_id", "charged_at"),
        Index("ix_privacy_spends_licence_id", "licence_id", "charged_at"),
    )

    id: Mapped[SpendId] = mapped_column(Text, primary_key=True)
    product_id: Mapped[str]
    family_id: Mapped[str]
    licence_id: Mapped[str]
    buyer_id: Mapped[str]
    extract_id: Mapped[str]
    question_key: Mapped[str]
    epsilon: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    state: Mapped[SpendState] = mapped_column(Text)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    charged_at: Mapped[datetime]
    charged_by: Mapped[str]
    settled_at: Mapped[datetime | None]

    @property
    def is_answered(self) -> bool:
        return self.state == SpendState.ANSWERED


class SpendShare(Base):
    """What one charge took from one purse; a negative amount gives it back."""

    __tablename__ = "privacy_spend_shares"
    __table_args__ = (
        CheckConstraint("epsilon <> 0", name="epsilon_not_zero"),
        UniqueConstraint("spend_id", "budget_id", "epsilon", name="uq_privacy_spend_shares_once"),
        Index("ix_privacy_spend_shares_budget_id", "budget_id"),
        {"info": APPEND_ONLY},
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    spend_id: Mapped[SpendId] = mapped_column(Text, ForeignKey("privacy_spends.id"))
    budget_id: Mapped[BudgetId] = mapped_column(Text, ForeignKey("privacy_budgets.id"))
    epsilon: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    booked_at: Mapped[datetime]
