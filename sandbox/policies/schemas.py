"""How does a privacy policy leave the house?"""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from sandbox.policies.models import PolicyRevision
from sandbox.policies.rules import PrivacyPolicy


class PolicyOut(BaseModel):
    """The policy in force: what may be asked of a product."""

    model_config = ConfigDict(frozen=True)

    product_id: str
    number: int
    policy: PrivacyPolicy
    set_at: datetime

    @classmethod
    def of(cls, revision: PolicyRevision) -> Self:
        return cls(
            product_id=revision.product_id,
            number=revision.number,
            policy=revision.policy,
            set_at=revision.set_at,
        )
