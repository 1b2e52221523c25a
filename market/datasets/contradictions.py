"""Does a corrected dictionary contradict versions loaded by the one before? Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kernel.i18n import N_, Labelled
from market.datasets.rules import ColumnSpec, Sensitivity


class CorrectionFault(Labelled):
    """What a correction may not change once versions were loaded by the dictionary."""

    COLUMN_ADDED = "column_added", N_("新增了字段")
    COLUMN_REMOVED = "column_removed", N_("少了字段")
    TYPE_CHANGED = "type_changed", N_("改了类型")
    DEMAND_CHANGED = "demand_changed", N_("改了主键、必填、代码表、取值范围、长度或格式")
    SENSITIVITY_LOWERED = "sensitivity_lowered", N_("放宽了敏感程度")
    UNIT_OR_TIME_CHANGED = "unit_or_time_changed", N_("改了保护单元或时间字段")


@dataclass(frozen=True)
class Contradiction:
    """One thing that loaded versions forbid, and the column it is in (empty for all)."""

    fault: CorrectionFault
    column: str = ""


def contradictions(
    before: Sequence[ColumnSpec], after: Sequence[ColumnSpec]
) -> list[Contradiction]:
    """Where a corrected dictionary contradicts versions that were loaded by the one before.

    Meaning (title, description), unit and a stricter sensitivity contradict nothing.
    """
    declared = {column.name: column for column in before}
    found = [
        Contradiction(fault, column.name)
        for column in after
        for fault in _contradiction(declared.get(column.name), column)
    ]
    gone = declared.keys() - {column.name for column in after}
    return found + [
        Contradiction(CorrectionFault.COLUMN_REMOVED, name) for name in declared if name in gone
    ]


def _contradiction(before: ColumnSpec | None, after: ColumnSpec) -> Iterable[CorrectionFault]:
    if before is None:
        yield CorrectionFault.COLUMN_ADDED
        return
    if before.type is not after.type:
        yield CorrectionFault.TYPE_CHANGED
    elif _demands(before) != _demands(after):
        yield CorrectionFault.DEMAND_CHANGED
    strictness = list(Sensitivity)
    if strictness.index(after.sensitivity) < strictness.index(before.sensitivity):
        yield CorrectionFault.SENSITIVITY_LOWERED


def _demands(column: ColumnSpec) -> tuple[object, ...]:
    """What was asked of each value."""
    return (
        column.is_key,
        column.is_required,
        column.codes,
        column.minimum,
        column.maximum,
        column.longest,
        column.format,
    )
