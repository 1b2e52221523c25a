"""What does a badge say?"""

import hashlib
from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from kernel.i18n import N_, Labelled
from market.quality.rules import Grade


class BadgeState(Labelled):
    """What the badge says of the version in service."""

    PASSED = "passed", N_("合格")
    FAILED = "failed", N_("未通过")
    STALE = "stale", N_("已过有效期")
    OTHER = "other", N_("不是现用的版本或规则")
    UNCHECKED = "unchecked", N_("未检查")


class BadgeQuery(BaseModel):
    """Hashes that a page was written for; where others are in service, the badge says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = ""
    suite: str = ""


class BadgeOut(BaseModel):
    """The badge of a data set, bound to a version and to the suite that checked it."""

    model_config = ConfigDict(frozen=True)

    dataset_id: str
    title: str
    state: BadgeState
    version_number: int | None
    grade: Grade | None
    score: Decimal | None
    version_sha256: str
    suite_sha256: str
    run_id: str
    checked_at: datetime | None
    valid_until: datetime | None

    def tag(self, language: str) -> str:
        """Changes with everything that the badge shows."""
        return hashlib.sha256(f"{language} {self.model_dump_json()}".encode()).hexdigest()[:32]
