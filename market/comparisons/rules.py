"""What is different between two versions, and does it break what was built on the earlier one?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NewType

from kernel.i18n import N_, Labelled
from market.datasets.rules import ColumnSpec

VersionComparisonId = NewType("VersionComparisonId", str)


class ChangeKind(Labelled):
    """What may happen to a column between two versions."""

    ADDED = "added", N_("新增字段")
    REMOVED = "removed", N_("删除字段")
    RETYPED = "retyped", N_("数据类型变化")
    UNIT = "unit", N_("单位变化")
    KEY = "key", N_("主键变化")
    LOOSENED = "loosened", N_("必填改为可空")
    TIGHTENED = "tightened", N_("可空改为必填")
    NEW_CODES = "new_codes", N_("代码表放宽取值")
    DROPPED_CODES = "dropped_codes", N_("代码表收窄取值")
    MEANING = "meaning", N_("名称或说明变化")
    SENSITIVITY = "sensitivity", N_("敏感程度变化")

    @property
    def is_breaking(self) -> bool:
        """Whether a program that reads the earlier version may fail or mislead on the later."""
        return self in BREAKING


BREAKING = frozenset(
    {
        ChangeKind.REMOVED,
        ChangeKind.RETYPED,
        ChangeKind.UNIT,
        ChangeKind.KEY,
        ChangeKind.LOOSENED,
        ChangeKind.NEW_CODES,
    }
)


class Basis(Labelled):
    """How rows of two versions are recognised as the same."""

    KEY = "key", N_("按主键逐行比较")
    ROWS = "rows", N_("按整行比较")


@dataclass(frozen=True)
class ColumnChange:
    """One difference. before, after: words of the dictionary, "" where there is nothing."""

    kind: ChangeKind
    column: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class RowDifference:
    """How many rows came, went, changed and stayed. changed_cells: column -> changed rows.

    By whole rows nothing counts as changed: it went and came.
    """

    basis: Basis
    added: int
    removed: int
    changed: int
    unchanged: int
    changed_cells: dict[str, int]


def compare_dictionaries(
    earlier: Sequence[ColumnSpec], later: Sequence[ColumnSpec]
) -> list[ColumnChange]:
    """Every difference of two dictionaries, columns in the order of the earlier, new ones last."""
    known = {column.name: column for column in earlier}
    coming = {column.name: column for column in later}
    found: list[ColumnChange] = []
    for name, before in known.items():
        after = coming.get(name)
        if after is None:
            found.append(ColumnChange(ChangeKind.REMOVED, name, before.type.label))
        else:
            found.extend(_column_changes(before, after))
    found += [
        ColumnChange(ChangeKind.ADDED, name, "", column.type.label)
        for name, column in coming.items()
        if name not in known
    ]
    return found


def _column_changes(before: ColumnSpec, after: ColumnSpec) -> Iterator[ColumnChange]:
    name = before.name
    if before.type is not after.type:
        yield ColumnChange(ChangeKind.RETYPED, name, before.type.label, after.type.label)
    if before.unit != after.unit:
        yield ColumnChange(ChangeKind.UNIT, name, before.unit, after.unit)
    if before.is_key is not after.is_key:
        yield ColumnChange(ChangeKind.KEY, name)
    if before.is_required is not after.is_required:
        kind = ChangeKind.LOOSENED if before.is_required else ChangeKind.TIGHTENED
        yield ColumnChange(kind, name)
    yield from _code_changes(before, after)
    if (before.title, before.description) != (after.title, after.description):
        yield ColumnChange(ChangeKind.MEANING, name, before.title, after.title)
    if before.sensitivity is not after.sensitivity:
        words = before.sensitivity.label, after.sensitivity.label
        yield ColumnChange(ChangeKind.SENSITIVITY, name, *words)


def _code_changes(before: ColumnSpec, after: ColumnSpec) -> Iterator[ColumnChange]:
    """No code table at all allows every value."""
    new, gone = set(after.codes) - set(before.codes), set(before.codes) - set(after.codes)
    if before.codes and (new or not after.codes):
        yield ColumnChange(ChangeKind.NEW_CODES, before.name, "", "、".join(sorted(new)))
    if after.codes and (gone or not before.codes):
        yield ColumnChange(ChangeKind.DROPPED_CODES, before.name, "、".join(sorted(gone)))


def is_breaking(changes: Sequence[ColumnChange]) -> bool:
    """Whether any change breaks what was built on the earlier version."""
    return any(change.kind.is_breaking for change in changes)
