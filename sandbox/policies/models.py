"""How are privacy policies kept? One row per revision; a row never changes."""

from datetime import datetime
from typing import Any, NewType

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import APPEND_ONLY, Base
from sandbox.policies.rules import PrivacyPolicy

PolicyId = NewType("PolicyId", str)


class PolicyRevision(Base):
    """One privacy policy of one product. dataset_id: the data set its rows come from."""

    __tablename__ = "privacy_policies"
    __table_args__ = (
        UniqueConstraint("product_id", "number", name="uq_privacy_policies_number"),
        CheckConstraint("number > 0", name="number_counts"),
        {"info": APPEND_ONLY},
    )

    id: Mapped[PolicyId] = mapped_column(Text, primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    dataset_id: Mapped[str] = mapped_column(ForeignKey("datasets.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    set_by: Mapped[str]
    set_at: Mapped[datetime]

    @property
    def policy(self) -> PrivacyPolicy:
        """The policy as a value that rules understand."""
        return PrivacyPolicy.model_validate(self.content)
