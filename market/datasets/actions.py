"""How does data enter the catalogue: registered, delivered, read, loaded or refused?"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, Invalid, NotFound
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.jobs import enqueue
from kernel.objects import StoredObject
from market.datasets import reads
from market.datasets.classification import ClassificationFault, classification_faults
from market.datasets.encodings import Encoding, FileKind
from market.datasets.events import (
    DatasetRegistered,
    VersionArrived,
    VersionDelivered,
    VersionRefused,
)
from market.datasets.files import FileProblem
from market.datasets.models import Column, Dataset, DatasetVersion
from market.datasets.rules import (
    ColumnId,
    ColumnProfile,
    ColumnSpec,
    DatasetId,
    DatasetVersionId,
    DictionaryFault,
    DictionaryProblem,
    VersionState,
    dictionary_problems,
)
from market.datasets.schemas import (
    ColumnDraft,
    DatasetDraft,
    DeliveryNote,
    ReadingChoice,
    kept_dictionary,
)
from market.datasets.storage import Upload
from market.organizations.reads import get_organization
from market.organizations.rules import OrganizationId

LOAD = "datasets.load_version"


@dataclass(eq=False)
class DictionaryUnusable(Invalid):
    """The declared dictionary contradicts itself."""

    code = "dictionary-unusable"
    message = N_("数据字典不能用：{faults}（字段：{columns}）。请修改后重新提交。")

    faults: list[DictionaryFault]
    columns: list[str]


@dataclass(eq=False)
class BoundUnreadable(Invalid):
    """A bound is neither a number nor a day."""

    code = "bound-unreadable"
    message = N_(
        "字段“{column}”的取值范围写错了。数值字段填数字，日期字段填 2026-01-31 这样的日期。"
    )

    column: str


@dataclass(eq=False)
class ClassificationContradicts(Invalid):
    """Level, sharing, openness and personal data do not go together."""

    code = "classification-contradicts"
    message = N_("分类分级和共享开放的填写相互矛盾：{faults}。")

    faults: list[ClassificationFault]


@dataclass(eq=False)
class ColumnUnknown(Invalid):
    """A column is named that the dictionary does not declare."""

    code = "column-unknown"
    message = N_("数据字典里没有字段“{column}”。请从已声明的字段中选择。")

    column: str


@dataclass(eq=False)
class DeliveredTwice(Conflict):
    """The very same file was delivered before."""

    code = "delivered-twice"
    message = N_(
        "这个文件与第 {number} 版逐字节相同，没有重复入库。如数据已更新，请检查导出是否成功。"
    )

    version_id: DatasetVersionId
    number: int


@dataclass(eq=False)
class ReadingSettled(Conflict):
    """The reading of this delivery was confirmed before."""

    code = "reading-settled"
    message = N_("这次交付的读法已经确认（现状态：{state}）。请刷新页面查看进度。")

    version_id: DatasetVersionId
    state: VersionState


def register_dataset(session: Session, actor: Actor, draft: DatasetDraft) -> Dataset:
    """Put a data set with its declared dictionary and classification into the catalogue.

    Raises: MissingPermission, NotFound, DictionaryUnusable, BoundUnreadable, ColumnUnknown,
        ClassificationContradicts.
    """
    actor.require(Permission.REGISTER_DATASET)
    keeper = OrganizationId(actor.organization_id or draft.provider_id)
    provider = get_organization(session, draft.provider_id or keeper)
    specs = [spec_of(column) for column in draft.columns]
    require_usable(specs, (draft.time_column, draft.protected_unit))
    faults = classification_faults(draft.classification, specs)
    if draft.is_sample and not (draft.sample_origin and draft.sample_licence):
        faults.append(ClassificationFault.SAMPLE_ORIGIN)
    if faults:
        raise ClassificationContradicts(faults)
    columns = {"columns", "provider_id"}
    dataset = Dataset(
        id=DatasetId(new_id("dst")),
        organization_id=keeper,
        provider_id=provider.id,
        registered_at=clock.now(),
        registered_by=actor.id,
        **{
            name: list(value) if isinstance(value, tuple) else value
            for name, value in draft
            if name not in columns
        },
    )
    dataset.columns = [
        column_of(place, column) for place, column in enumerate(draft.columns, start=1)
    ]
    session.add(dataset)
    session.flush()
    event = DatasetRegistered(dataset.id, dataset.title, draft.level.label, len(specs))
    record(session, actor, event)
    return dataset


def spec_of(column: ColumnDraft) -> ColumnSpec:
    """A declared column as a value that rules understand. Raises: BoundUnreadable."""
    try:
        return column.spec()
    except ValueError as error:
        raise BoundUnreadable(column.name) from error


def require_usable(specs: Sequence[ColumnSpec], special: Sequence[str]) -> None:
    """A dictionary contradicts itself nowhere, and declares the special columns.

    Raises: DictionaryUnusable, ColumnUnknown.
    """
    if problems := dictionary_problems(specs):
        raise dictionary_unusable(problems)
    names = {spec.name for spec in specs}
    for chosen in special:
        if chosen and chosen not in names:
            raise ColumnUnknown(chosen)


def dictionary_unusable(problems: Sequence[DictionaryProblem]) -> DictionaryUnusable:
    """All faults in one refusal, each named once."""
    faults = list(dict.fromkeys(problem.fault for problem in problems))
    columns = list(dict.fromkeys(problem.column for problem in problems if problem.column))
    return DictionaryUnusable(faults, columns)


def column_of(place: int, draft: ColumnDraft) -> Column:
    """A declared column as it is kept."""
    values = {n: list(v) if isinstance(v, tuple) else v for n, v in draft}
    return Column(id=ColumnId(new_id("col")), position=place, **values)


def require_deliverable(session: Session, actor: Actor, dataset_id: str) -> Dataset:
    """The data set, if this actor may deliver to it; asked before an upload is read.

    Raises: NotFound, MissingPermission.
    """
    dataset = reads.get_dataset(session, actor, dataset_id)
    keeps = actor.organization_id in {dataset.organization_id, dataset.provider_id}
    actor.require(
        Permission.DELIVER_VERSION, actor.organization_id if keeps else dataset.organization_id
    )
    return dataset


def deliver(
    session: Session, actor: Actor, dataset_id: str, upload: Upload, note: DeliveryNote
) -> DatasetVersion:
    """Take a whole upload as the next version. A text file without a named encoding waits.

    Raises: NotFound, MissingPermission, DeliveredTwice.
    """
    reads.dataset_for_update(session, dataset_id)  # numbers are given one by one
    dataset = require_deliverable(session, actor, dataset_id)
    same = reads.find_same_delivery(session, dataset.id, upload.stored.sha256)
    if same is not None:
        raise DeliveredTwice(same.id, same.number)
    version = _version_of(dataset, actor, upload, note)
    version.number = reads.next_number(session, dataset.id)
    session.add(version)
    session.flush()
    event = VersionDelivered(
        version.id, dataset.id, dataset.title, version.number, version.source_sha256
    )
    record(session, actor, event)
    if upload.kind is not FileKind.CSV or note.encoding is not None:
        _queue(session, version)
    return version


def _version_of(
    dataset: Dataset, actor: Actor, upload: Upload, note: DeliveryNote
) -> DatasetVersion:
    is_text = upload.kind is FileKind.CSV
    return DatasetVersion(
        id=upload.id,
        dataset_id=dataset.id,
        state=VersionState.DELIVERED,
        kind=upload.kind,
        encoding=(note.encoding or upload.guess.encoding) if is_text else None,
        is_encoding_sure=note.encoding is not None or upload.guess.is_sure or not is_text,
        delimiter=note.delimiter or ",",
        source_name=upload.name[:200],
        source_key=upload.stored.key,
        source_bytes=upload.stored.size,
        source_sha256=upload.stored.sha256,
        declared_rows=note.declared_rows,
        rows_read=0,
        delivered_at=clock.now(),
        delivered_by=actor.id,
    )


def _queue(session: Session, version: DatasetVersion) -> None:
    version.move(VersionState.QUEUED)
    session.flush()
    enqueue(session, LOAD, version_id=version.id)


def confirm_reading(
    session: Session, actor: Actor, version_id: str, choice: ReadingChoice
) -> DatasetVersion:
    """Settle how a delivered text file is read, and have it loaded.

    Raises: NotFound, MissingPermission, ReadingSettled.
    """
    found = reads.find_version(session, version_id)
    if found is None:
        raise NotFound
    reads.dataset_for_update(session, found.dataset_id)  # its dictionary now stands still
    version = reads.version_for_update(session, version_id)
    assert version is not None
    require_deliverable(session, actor, version.dataset_id)
    if version.state != VersionState.DELIVERED:
        raise ReadingSettled(version.id, VersionState(version.state))
    version.encoding = Encoding(choice.encoding)
    version.delimiter = choice.delimiter
    version.is_encoding_sure = True
    _queue(session, version)
    return version


def begin_loading(session: Session, version_id: str) -> DatasetVersion | None:
    """Take a queued version for loading; None when it is finished already."""
    version = reads.version_for_update(session, version_id)
    if version is None or not version.is_under_way:
        return None
    dataset = reads.find_dataset(session, version.dataset_id)
    if dataset is None:
        raise NotFound
    version.move(VersionState.LOADING)
    version.dictionary = kept_dictionary(dataset.columns)
    version.rows_read = 0
    return version


def note_progress(session: Session, version_id: str, rows_read: int) -> None:
    """How many rows have been read so far."""
    session.execute(
        update(DatasetVersion)
        .where(DatasetVersion.id == version_id, DatasetVersion.state == VersionState.LOADING)
        .values(rows_read=rows_read)
    )


def add_version(
    session: Session,
    actor: Actor,
    version_id: str,
    *,
    rows: int,
    parquet: StoredObject,
    profile: Sequence[ColumnProfile],
) -> DatasetVersion | None:
    """Seal a loaded version: from now on it never changes. None when it is sealed already."""
    version = reads.version_for_update(session, version_id)
    if version is None or version.state != VersionState.LOADING:
        return None
    dataset = reads.find_dataset(session, version.dataset_id)
    if dataset is None:
        raise NotFound
    version.profile = [asdict(column) for column in profile]
    version.rows, version.rows_read = rows, rows
    version.parquet_key, version.parquet_bytes = parquet.key, parquet.size
    version.parquet_sha256 = parquet.sha256
    version.ended_at = clock.now()
    version.move(VersionState.READY)
    session.flush()
    event = VersionArrived(
        version.id, dataset.id, dataset.title, version.number, rows, parquet.sha256
    )
    record(session, actor, event)
    return version


def refuse_version(
    session: Session, actor: Actor, version_id: str, problem: FileProblem
) -> DatasetVersion | None:
    """Give a delivery back with its report; the file is kept. None when it is sealed already."""
    version = reads.version_for_update(session, version_id)
    if version is None or not version.is_under_way:
        return None
    dataset = reads.find_dataset(session, version.dataset_id)
    if dataset is None:
        raise NotFound
    version.problem = {
        "fault": problem.fault.value,
        "facts": {name: _plain(fact) for name, fact in problem.facts.items()},
        "places": [asdict(place) for place in problem.places],
    }
    version.ended_at = clock.now()
    version.move(VersionState.REFUSED)
    session.flush()
    event = VersionRefused(
        version.id, dataset.id, dataset.title, version.number, problem.fault.label
    )
    record(session, actor, event)
    return version


def _plain(fact: object) -> object:
    if isinstance(fact, int):
        return fact
    return list(fact) if isinstance(fact, list | tuple) else str(fact)
