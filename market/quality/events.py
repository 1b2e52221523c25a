"""What was found about the quality of data?"""

from dataclasses import dataclass
from datetime import date, datetime

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class QualityChecked(Event):
    """A version was checked; the verdict stands until valid_until (None: without end)."""

    name = "market.quality_checked"
    sentence = N_("《{title}》第 {number} 版质量检查：{grade} 级，得分 {score}，通过：{has_passed}")

    run_id: str
    version_id: str
    dataset_id: str
    title: str
    number: int
    has_passed: bool
    grade: str
    score: str
    valid_until: datetime | None = None


@dataclass(frozen=True)
class SuiteSaved(Event):
    """A new version of a data set's own rules; every later check uses it."""

    name = "market.suite_saved"
    sentence = N_("《{title}》保存第 {number} 版质量规则，共 {rules} 条")

    suite_id: str
    dataset_id: str
    title: str
    number: int
    rules: int
    sha256: str


@dataclass(frozen=True)
class WaiverGranted(Event):
    """Somebody answers for a failing rule until a day; who, stands in the record's actor."""

    name = "market.waiver_granted"
    sentence = N_("《{title}》豁免至 {ends_on}：{rule}理由：{reason}")

    waiver_id: str
    dataset_id: str
    title: str
    rule: str
    reason: str
    ends_on: date


@dataclass(frozen=True)
class WaiverEnded(Event):
    name = "market.waiver_ended"
    sentence = N_("《{title}》的一项质量豁免提前结束")

    waiver_id: str
    dataset_id: str
    title: str
