"""How are checks and verdicts shown?"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from kernel.i18n import say
from market.quality.models import QualityFinding, QualityRun, QualityWaiver
from market.quality.rules import (
    Failing,
    Grade,
    Indicator,
    QualityDimension,
    RunState,
    Severity,
)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class CheckRequest(BaseModel):
    """Which version is to be checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version_id: str


class WaiverDraft(BaseModel):
    """Who answers for a failing rule, why, and until which day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    responsible: str = Field(min_length=1, max_length=60)
    reason: str = Field(min_length=5, max_length=500)
    ends_on: date


class WaiverOut(_Frozen):
    """One waiver, without the name of the person: that stands on the page of those who keep it."""

    id: str
    dataset_id: str
    rule: str
    reason: str
    ends_on: date
    ended_at: datetime | None

    @classmethod
    def of(cls, waiver: QualityWaiver) -> "WaiverOut":
        return cls(
            id=waiver.id,
            dataset_id=waiver.dataset_id,
            rule=said(waiver.sentence, waiver.facts),
            reason=waiver.reason,
            ends_on=waiver.ends_on,
            ended_at=waiver.ended_at,
        )


class WaiverList(_Frozen):
    """The waivers of a data set that stand."""

    items: tuple[WaiverOut, ...]


class FindingOut(_Frozen):
    """One rule in words, with its counts. conforming, total: absent where nothing was measured."""

    position: int
    indicator: Indicator
    dimension: QualityDimension
    column: str
    rule: str
    severity: Severity
    holds: bool
    failed_to_run: bool
    unexpected: int | None
    conforming: int | None
    total: int | None

    @classmethod
    def of(cls, finding: QualityFinding) -> "FindingOut":
        indicator = Indicator(finding.indicator)
        return cls(
            position=finding.position,
            indicator=indicator,
            dimension=indicator.dimension,
            column=finding.column,
            rule=said_rule(finding),
            severity=Severity(finding.severity),
            holds=finding.holds,
            failed_to_run=finding.failed_to_run,
            unexpected=finding.unexpected,
            conforming=finding.conforming,
            total=finding.total,
        )


class VerdictOut(_Frozen):
    """The verdict of one run. What was not measured is absent from indicators and dimensions."""

    run_id: str
    dataset_id: str
    version_id: str
    version_sha256: str
    suite_sha256: str
    has_passed: bool
    grade: Grade | None
    score: Decimal | None
    dimensions: dict[QualityDimension, Decimal]
    indicators: dict[Indicator, tuple[int, int]]
    blockers: tuple[Failing, ...]
    checked_at: datetime
    valid_until: datetime | None

    @classmethod
    def of(cls, run: QualityRun) -> "VerdictOut":
        return cls.model_validate(
            {
                "run_id": run.id,
                "dataset_id": run.dataset_id,
                "version_id": run.version_id,
                "version_sha256": run.version_sha256,
                "suite_sha256": run.suite_sha256,
                "has_passed": run.has_passed,
                "grade": run.grade,
                "score": run.score,
                "dimensions": run.dimensions,
                "indicators": run.indicators,
                "blockers": run.blockers,
                "checked_at": run.ended_at,
                "valid_until": run.valid_until,
            }
        )


class RunOut(_Frozen):
    """One check: its progress, and when it is finished its verdict and findings."""

    id: str
    version_id: str
    state: RunState
    rules_done: int
    rules_total: int
    requested_at: datetime
    verdict: VerdictOut | None
    findings: tuple[FindingOut, ...]

    @classmethod
    def of(cls, run: QualityRun, findings: tuple[FindingOut, ...] = ()) -> "RunOut":
        return cls(
            id=run.id,
            version_id=run.version_id,
            state=RunState(run.state),
            rules_done=run.rules_done,
            rules_total=run.rules_total,
            requested_at=run.requested_at,
            verdict=None if run.is_under_way else VerdictOut.of(run),
            findings=findings,
        )


class VerdictOfVersion(_Frozen):
    """A verdict with the number of its version, for a trend."""

    number: int
    verdict: VerdictOut


class VerdictHistory(_Frozen):
    """The verdicts of a data set, oldest version first."""

    items: tuple[VerdictOfVersion, ...]


def said_rule(finding: QualityFinding) -> str:
    """A rule as a sentence in the reader's language."""
    return said(finding.sentence, finding.facts)


def said(sentence: str, facts: Mapping[str, Any]) -> str:
    """A sentence with its stored facts, in the reader's language."""
    return say(sentence, **{name: _fact(fact) for name, fact in facts.items()})


def _fact(fact: Any) -> Any:
    """A label is kept as its Chinese text, which is its message id."""
    return fact["label"] if isinstance(fact, Mapping) else fact
