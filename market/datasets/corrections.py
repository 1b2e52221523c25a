"""How is what was declared of a data set put right, without contradicting loaded versions?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.errors import Conflict, NotFound
from kernel.events import record
from kernel.i18n import N_
from market.datasets import reads
from market.datasets.actions import (
    ClassificationContradicts,
    ColumnUnknown,
    column_of,
    require_usable,
    spec_of,
)
from market.datasets.classification import classification_faults
from market.datasets.contradictions import Contradiction, CorrectionFault, contradictions
from market.datasets.events import ColumnReclassified, DictionaryCorrected
from market.datasets.models import Column, Dataset
from market.datasets.rules import ColumnSpec, Sensitivity
from market.datasets.schemas import ColumnDraft, ColumnOut, DictionaryCorrection, Reclassification


@dataclass(eq=False)
class CorrectionContradicts(Conflict):
    """Versions were loaded by this dictionary; the correction would belie them."""

    code = "correction-contradicts"
    message = N_(
        "第 {number} 版已按现行字典入库，这样更正会与它矛盾：{faults}（字段：{columns}）。"
        "现在只能更正中文名称、说明、单位，或调严敏感程度；结构不同的数据请另行登记为新数据集。"
    )

    number: int
    faults: list[CorrectionFault]
    columns: list[str]


@dataclass(eq=False)
class LoadingUnderWay(Conflict):
    """A delivery is being loaded by the dictionary that is to be corrected."""

    code = "loading-under-way"
    message = N_("第 {number} 版正在按现行字典装载。请等装载结束（入库或退回）后再更正。")

    number: int


@dataclass(eq=False)
class DictionaryUnchanged(Conflict):
    """The correction changes nothing."""

    code = "dictionary-unchanged"
    message = N_("提交的字典与现行字典相同，没有更正。请改好要更正的字段后再提交。")


def correct_dictionary(
    session: Session, actor: Actor, dataset_id: str, correction: DictionaryCorrection
) -> Dataset:
    """Put a declared dictionary right: wholly before the first version, afterwards only in
    what contradicts none. Versions keep the dictionary they were loaded by.

    Raises: NotFound, MissingPermission, DictionaryUnusable, BoundUnreadable, ColumnUnknown,
        ClassificationContradicts, LoadingUnderWay, CorrectionContradicts, DictionaryUnchanged.
    """
    dataset = _kept_by(session, actor, dataset_id)
    specs = [spec_of(column) for column in correction.columns]
    require_usable(specs, (correction.time_column, correction.protected_unit))
    faults = classification_faults(dataset.classification, specs)
    if faults:
        raise ClassificationContradicts(faults)
    _require_no_contradiction(session, dataset, specs, correction)
    changed = _changed(dataset, correction)
    dataset.time_column = correction.time_column
    dataset.protected_unit = correction.protected_unit
    dataset = _rewrite(session, dataset, correction.columns)
    event = DictionaryCorrected(dataset.id, dataset.title, "、".join(changed), correction.reason)
    record(session, actor, event)
    return dataset


def _kept_by(session: Session, actor: Actor, dataset_id: str) -> Dataset:
    dataset = reads.dataset_for_update(session, dataset_id)
    if dataset is None or not reads.may_see(actor):
        raise NotFound
    actor.require(Permission.REGISTER_DATASET, dataset.organization_id)
    return dataset


def _require_no_contradiction(
    session: Session,
    dataset: Dataset,
    specs: Sequence[ColumnSpec],
    correction: DictionaryCorrection,
) -> None:
    if under_way := reads.find_version_under_way(session, dataset.id):
        raise LoadingUnderWay(under_way.number)
    latest = reads.latest_version(session, dataset.id)
    if latest is None:
        return
    found = contradictions([column.spec() for column in dataset.columns], specs)
    special = (correction.time_column, correction.protected_unit)
    if special != (dataset.time_column, dataset.protected_unit):
        found.append(Contradiction(CorrectionFault.UNIT_OR_TIME_CHANGED))
    if found:
        faults = list(dict.fromkeys(one.fault for one in found))
        columns = list(dict.fromkeys(one.column for one in found if one.column))
        raise CorrectionContradicts(latest.number, faults, columns)


def _changed(dataset: Dataset, correction: DictionaryCorrection) -> list[str]:
    """Names of the columns that are not as before. Raises: DictionaryUnchanged."""
    before = {c.name: ColumnOut.of(c).model_dump() for c in dataset.columns}
    after = {c.name: c.model_dump() for c in correction.columns}
    changed = [n for n in (before | after) if before.get(n) != after.get(n)]
    for was, now in (
        (dataset.time_column, correction.time_column),
        (dataset.protected_unit, correction.protected_unit),
    ):
        changed += [name for name in (was, now) if name and was != now]
    if not changed and list(before) == list(after):
        raise DictionaryUnchanged
    return list(dict.fromkeys(changed)) or list(after)


def _rewrite(session: Session, dataset: Dataset, columns: Sequence[ColumnDraft]) -> Dataset:
    session.flush()
    session.execute(delete(Column).where(Column.dataset_id == dataset.id))
    session.expire(dataset)
    emptied = reads.dataset_for_update(session, dataset.id)
    assert emptied is not None
    emptied.columns = [column_of(place, draft) for place, draft in enumerate(columns, start=1)]
    session.flush()
    return emptied


def reclassify_column(
    session: Session, actor: Actor, dataset_id: str, name: str, change: Reclassification
) -> Column:
    """Change how sensitive a column is, with a reason.

    Versions keep the dictionary they were loaded by. Raises: NotFound, MissingPermission,
        ColumnUnknown, ClassificationContradicts.
    """
    dataset = _kept_by(session, actor, dataset_id)
    column = next((column for column in dataset.columns if column.name == name), None)
    if column is None:
        raise ColumnUnknown(name)
    before, column.sensitivity = Sensitivity(column.sensitivity), change.sensitivity
    faults = classification_faults(dataset.classification, [c.spec() for c in dataset.columns])
    if faults:
        raise ClassificationContradicts(faults)
    session.flush()
    event = ColumnReclassified(
        dataset.id, dataset.title, name, before.label, change.sensitivity.label, change.reason
    )
    record(session, actor, event)
    return column
