"""How are the right to rate, ratings and the work on bad ones kept?"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Choice
from kernel.errors import Conflict
from kernel.i18n import N_
from market.catalogue.listing import ProductId
from market.organizations.rules import OrganizationId
from market.reviews.rules import RectificationState, ReviewId, may_move


@dataclass(eq=False)
class RectificationStepWrong(Conflict):
    """The work on a bad rating is at another step."""

    code = "rectification-step-wrong"
    message = N_("差评现在“{state}”，不能这样做。请刷新页面，看它的下一步。")
    clause = "supervision §5"

    review_id: str
    state: RectificationState


class ReviewRight(Base):
    """A licence that was activated, paid or free by law: its buyer may rate the product once."""

    __tablename__ = "review_rights"
    __table_args__ = (
        CheckConstraint("buyer_id <> supplier_id", name="not_of_oneself"),
        Index("ix_review_rights_buyer_id", "buyer_id", "opened_at"),
    )

    licence_id: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[ProductId] = mapped_column(Text, ForeignKey("products.id"))
    buyer_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    supplier_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    opened_at: Mapped[datetime]


class Review(Base):
    """One rating of one activated licence; the supplier cannot remove it.

    level and the five items: 1 to 5. addition: what the buyer added later, once.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 5", name="level_is_known"),
        CheckConstraint(
            "match BETWEEN 1 AND 5 AND quality BETWEEN 1 AND 5 AND speed BETWEEN 1 AND 5"
            " AND support BETWEEN 1 AND 5 AND price_clarity BETWEEN 1 AND 5",
            name="items_are_known",
        ),
        CheckConstraint("(addition = '') = (added_at IS NULL)", name="additions_have_a_time"),
        CheckConstraint("(reply = '') = (replied_at IS NULL)", name="replies_have_a_time"),
        CheckConstraint("replied_by <> reviewer_id", name="replied_by_another"),
        Index("ix_reviews_product_id", "product_id", "submitted_at"),
    )

    id: Mapped[ReviewId] = mapped_column(Text, primary_key=True)
    licence_id: Mapped[str] = mapped_column(ForeignKey("review_rights.licence_id"), unique=True)
    product_id: Mapped[ProductId] = mapped_column(Text, ForeignKey("products.id"))
    buyer_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    supplier_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    reviewer_id: Mapped[str]
    level: Mapped[int]
    match: Mapped[int]
    quality: Mapped[int]
    speed: Mapped[int]
    support: Mapped[int]
    price_clarity: Mapped[int]
    words: Mapped[str]
    submitted_at: Mapped[datetime]
    addition: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime | None]
    reply: Mapped[str] = mapped_column(default="")
    replied_at: Mapped[datetime | None]
    replied_by: Mapped[str | None]


class Rectification(Base):
    """The work that a bad rating calls for: contact, verify, rectify, reply, re-check.

    escalated_at: when a deadline was missed and the bureau was told.
    """

    __tablename__ = "rectifications"
    __table_args__ = (
        CheckConstraint(
            "state IN ('contact', 'verify', 'rectify', 'reply', 'recheck', 'closed')",
            name="state_is_known",
        ),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_a_time"),
        CheckConstraint("state = 'contact' OR contact_words <> ''", name="buyers_are_contacted"),
        CheckConstraint(
            "state IN ('contact', 'verify') OR is_founded IS NOT NULL", name="ratings_are_verified"
        ),
        Index("ix_rectifications_state", "state", "rectify_due_on"),
    )

    review_id: Mapped[ReviewId] = mapped_column(Text, ForeignKey("reviews.id"), primary_key=True)
    state: Mapped[RectificationState] = mapped_column(Choice(RectificationState))
    contact_due_on: Mapped[date]
    rectify_due_on: Mapped[date]
    contact_words: Mapped[str] = mapped_column(default="")
    is_founded: Mapped[bool | None]
    verify_words: Mapped[str] = mapped_column(default="")
    rectify_words: Mapped[str] = mapped_column(default="")
    recheck_words: Mapped[str] = mapped_column(default="")
    escalated_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def due_on(self) -> date | None:
        """The day by which the supplier's step is due; None when it is not the supplier's."""
        if self.state is RectificationState.CONTACT:
            return self.contact_due_on
        at_the_bureau = {RectificationState.RECHECK, RectificationState.CLOSED}
        return None if self.state in at_the_bureau else self.rectify_due_on

    def move(self, before: RectificationState, after: RectificationState) -> None:
        """Take the one step that this is for. Raises: RectificationStepWrong."""
        if self.state != before or not may_move(before, after):
            raise RectificationStepWrong(self.review_id, self.state)
        self.state = after
