"""How are queries and their released answers kept?"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import APPEND_ONLY, Base
from sandbox.queries.endings import Ending
from sandbox.queries.rules import QueryId, QueryState, may_move


class Query(Base):
    """One question in SQL, its cost and its state.

    is_replay: answered from an earlier, equal question of the same buyer, free.
    drawn_calls: what the licence's allowance of calls was charged (to be given back on a refund).
    ending: why there is no answer.
    """

    __tablename__ = "queries"
    __table_args__ = (
        CheckConstraint(
            "state IN ('submitted', 'running', 'finished', 'released', 'refused')",
            name="state_known",
        ),
        CheckConstraint("cost_epsilon >= 0", name="cost_not_negative"),
        CheckConstraint("NOT is_replay OR cost_epsilon = 0", name="replays_are_free"),
        CheckConstraint("(state = 'refused') = (ending IS NOT NULL)", name="refused_says_why"),
        CheckConstraint(
            "(state IN ('released', 'refused')) = (ended_at IS NOT NULL)", name="ends_have_a_time"
        ),
        Index("ix_queries_buyer_id", "buyer_id", "submitted_at"),
        Index("ix_queries_licence_id", "licence_id", "submitted_at"),
        Index("ix_queries_product_id", "product_id", "submitted_at"),
        Index("ix_queries_spend_id", "spend_id"),
    )

    id: Mapped[QueryId] = mapped_column(Text, primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    licence_id: Mapped[str] = mapped_column(ForeignKey("licences.id"))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    policy_id: Mapped[str] = mapped_column(ForeignKey("privacy_policies.id"))
    extract_id: Mapped[str] = mapped_column(ForeignKey("extracts.id"))
    spend_id: Mapped[str] = mapped_column(ForeignKey("privacy_spends.id"))
    purpose: Mapped[str]
    sql: Mapped[str]
    question_sha256: Mapped[str]
    wished_epsilon: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    cost_epsilon: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    drawn_calls: Mapped[int] = mapped_column(default=0)
    is_replay: Mapped[bool]
    state: Mapped[QueryState] = mapped_column(Text)
    ending: Mapped[Ending | None] = mapped_column(Text)
    asked_by: Mapped[str]
    submitted_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    def move(self, after: QueryState) -> None:
        """Take the next state. A move that the rules do not know is our own mistake."""
        before = QueryState(self.state)
        if not may_move(before, after):
            raise RuntimeError(f"a query does not go from {before} to {after}")
        self.state = after

    @property
    def phase(self) -> QueryState:
        return QueryState(self.state)


class QueryResult(Base):
    """The released table of one query: noisy numbers with their error bars."""

    __tablename__ = "query_results"
    __table_args__ = ({"info": APPEND_ONLY},)

    query_id: Mapped[QueryId] = mapped_column(Text, ForeignKey("queries.id"), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    released_at: Mapped[datetime]
