"""What was found about the quality of data?"""

from dataclasses import dataclass
from datetime import datetime

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
