"""How are proposals and saved suites written and shown?"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from kernel.i18n import say
from market.proposals.models import SuiteProposal
from market.proposals.rules import ProposalState
from market.quality.models import QualitySuite
from market.quality.written import MOST_RULES


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class SuiteDraft(BaseModel):
    """The rules of a suite in Great Expectations' format: what its `expectations` hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expectations: list[dict[str, Any]] = Field(max_length=MOST_RULES)


class ProposedRuleOut(_Frozen):
    """One proposed rule, why, and what it finds in the version it was proposed for."""

    expectation: dict[str, Any]
    reason: str
    is_ticked: bool
    holds: bool
    unexpected: int | None


class ProposalOut(_Frozen):
    """One proposal: its state, and when it is ready its rules."""

    id: str
    dataset_id: str
    version_id: str
    state: ProposalState
    requested_at: datetime
    rules: tuple[ProposedRuleOut, ...]

    @classmethod
    def of(cls, proposal: SuiteProposal) -> "ProposalOut":
        return cls(
            id=proposal.id,
            dataset_id=proposal.dataset_id,
            version_id=proposal.version_id,
            state=ProposalState(proposal.state),
            requested_at=proposal.requested_at,
            rules=tuple(
                ProposedRuleOut(
                    expectation=item["rule"],
                    reason=said_reason(item),
                    is_ticked=item["is_ticked"],
                    holds=item["holds"],
                    unexpected=item["unexpected"],
                )
                for item in proposal.items or ()
            ),
        )


class SuiteOut(_Frozen):
    """One saved suite. expectations: empty in lists."""

    id: str
    dataset_id: str
    number: int
    sha256: str
    saved_at: datetime
    rules: int
    expectations: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, suite: QualitySuite, *, with_rules: bool) -> "SuiteOut":
        return cls(
            id=suite.id,
            dataset_id=suite.dataset_id,
            number=suite.number,
            sha256=suite.sha256,
            saved_at=suite.saved_at,
            rules=len(suite.rules),
            expectations=tuple(suite.rules) if with_rules else (),
        )


class SuiteList(_Frozen):
    """The saved suites of a data set, newest first."""

    items: tuple[SuiteOut, ...]


def said_reason(item: dict[str, Any]) -> str:
    """Why a rule is proposed, in the reader's language."""
    return say(item["reason"], **item["facts"])
