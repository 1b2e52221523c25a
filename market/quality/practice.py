"""How does a version fare by the five indicators that government practice names? Pure.

Four are dimensions of GB/T 36344 under the same name. The fifth, synchrony, says how many
deliveries came within the promised cycle of the one before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from kernel.i18n import N_, Labelled
from market.datasets.rules import UpdateCycle
from market.quality.rules import QualityDimension, fresh_until


class Practice(Labelled):
    """The five indicators, in the order in which practice names them."""

    ACCURACY = "accuracy", N_("准确性")
    COMPLETENESS = "completeness", N_("完整性")
    TIMELINESS = "timeliness", N_("及时性")
    NORMATIVITY = "normativity", N_("规范性")
    SYNCHRONY = "synchrony", N_("同步性")


SAME_AS = {
    Practice.ACCURACY: QualityDimension.ACCURACY,
    Practice.COMPLETENESS: QualityDimension.COMPLETENESS,
    Practice.TIMELINESS: QualityDimension.TIMELINESS,
    Practice.NORMATIVITY: QualityDimension.NORMATIVITY,
}
NOT_PROMISED = N_("没有承诺更新周期。在数据集的说明里选择更新周期。")
TOO_EARLY = N_("只交付过一版，下一版还没有到期。")
DIMENSION_EMPTY = N_("同名维度没有一项指标能够计量，原因见各项指标。")


@dataclass(frozen=True)
class PracticeScore:
    """One of the five: its share, or why there is none."""

    practice: Practice
    share: Fraction | None
    gap: str = ""


def practice_scores(
    dimensions: Mapping[QualityDimension, Fraction],
    cycle: UpdateCycle,
    deliveries: Sequence[datetime],
    now: datetime,
) -> list[PracticeScore]:
    """All five. deliveries: of the versions so far, oldest first."""
    found = []
    for practice in Practice:
        if practice in SAME_AS:
            share = dimensions.get(SAME_AS[practice])
            found.append(
                PracticeScore(practice, share, "" if share is not None else DIMENSION_EMPTY)
            )
        else:
            found.append(_synchrony(cycle, deliveries, now))
    return found


def _synchrony(cycle: UpdateCycle, deliveries: Sequence[datetime], now: datetime) -> PracticeScore:
    """Deliveries in time, out of those that were due; a running delay counts as a miss."""
    due = [fresh_until(cycle, moment) for moment in deliveries]
    limits = [moment for moment in due if moment is not None]
    if not limits:
        return PracticeScore(Practice.SYNCHRONY, None, NOT_PROMISED)
    kept = [arrived <= limit for arrived, limit in zip(deliveries[1:], limits, strict=False)]
    if now > limits[-1]:
        kept.append(False)
    if not kept:
        return PracticeScore(Practice.SYNCHRONY, None, TOO_EARLY)
    return PracticeScore(Practice.SYNCHRONY, Fraction(sum(kept), len(kept)))
