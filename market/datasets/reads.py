"""What data is there, in which versions, and what may this reader see of it?"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, exists, false, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased, selectinload

from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.i18n import say
from kernel.jobs import Job
from kernel.paging import Page, page_of
from market.datasets.encodings import Encoding
from market.datasets.files import MESSAGES, FileFault
from market.datasets.models import Dataset, DatasetVersion
from market.datasets.rules import ColumnSpec, DatasetId, DatasetVersionId, VersionState
from market.datasets.schemas import PlaceOut, ProblemReport, specs_of
from market.organizations.models import Organization
from market.organizations.rules import OrganizationKind

# Whoever works on supply, price, value or supervision sees what data exists; rows are another
# matter. Buyers see products.
SUPPLY_SIDE = frozenset(
    {
        Permission.REGISTER_DATASET,
        Permission.DELIVER_VERSION,
        Permission.CHECK_QUALITY,
        Permission.DRAFT_PRODUCT,
        Permission.PUBLISH_PRODUCT,
        Permission.PROPOSE_PLAN,
        Permission.APPROVE_PLAN,
        Permission.SIGN_AUTHORIZATION,
        Permission.GIVE_CONSENT,
        Permission.SET_CAP,
        Permission.APPRAISE,
        Permission.SEE_TIMELINE,
    }
)


PROVIDING_KINDS = (
    OrganizationKind.SOURCE_DEPARTMENT,
    OrganizationKind.BUREAU,
    OrganizationKind.PUBLIC_INSTITUTION,
)


def may_see(actor: Actor) -> bool:
    """Whether data sets exist for this reader at all."""
    return actor.is_system or bool(SUPPLY_SIDE & actor.permissions)


def may_keep(actor: Actor, dataset: Dataset) -> bool:
    """Whether this reader works on this data set: delivers, sees reports of refused files."""
    return actor.is_system or (
        may_see(actor) and actor.organization_id in {dataset.organization_id, dataset.provider_id}
    )


def get_dataset(session: Session, actor: Actor, dataset_id: str) -> Dataset:
    """A data set with its dictionary. Raises: NotFound."""
    found = find_dataset(session, dataset_id)
    if found is None or not may_see(actor):
        raise NotFound
    return found


def find_dataset(session: Session, dataset_id: str) -> Dataset | None:
    """A data set with its dictionary, for other slices; whoever asks has decided who may see it."""
    return session.scalar(
        select(Dataset).where(Dataset.id == dataset_id).options(selectinload(Dataset.columns))
    )


def dataset_for_update(session: Session, dataset_id: str) -> Dataset | None:
    return session.scalar(
        select(Dataset)
        .where(Dataset.id == dataset_id)
        .options(selectinload(Dataset.columns))
        .with_for_update()
    )


def list_datasets(
    session: Session, actor: Actor, *, words: str = "", only_ours: bool = False, cursor: str = ""
) -> Page[Dataset]:
    """Data sets, newest first, filtered by words in the title."""
    chosen = select(Dataset).options(selectinload(Dataset.columns))
    if not may_see(actor):
        chosen = chosen.where(false())
    if words:
        chosen = chosen.where(Dataset.title.icontains(words, autoescape=True))
    if only_ours:
        ours = actor.organization_id
        chosen = chosen.where(or_(Dataset.organization_id == ours, Dataset.provider_id == ours))
    ordered = chosen.order_by(Dataset.registered_at.desc(), Dataset.id.desc())
    return page_of(session, ordered, cursor)


def data_dictionary(session: Session, dataset_id: str) -> Sequence[ColumnSpec]:
    """The columns as declared now. Raises: NotFound."""
    found = find_dataset(session, dataset_id)
    if found is None:
        raise NotFound
    return [column.spec() for column in found.columns]


def dictionary_of(version: DatasetVersion) -> Sequence[ColumnSpec]:
    """The columns that a version was loaded by; empty before it is loaded."""
    return specs_of(version.dictionary or [])


def find_version(session: Session, version_id: str) -> DatasetVersion | None:
    """A version, for other slices and tasks."""
    return session.get(DatasetVersion, version_id)


def version_for_update(session: Session, version_id: str) -> DatasetVersion | None:
    return session.scalar(
        select(DatasetVersion).where(DatasetVersion.id == version_id).with_for_update()
    )


def get_version(session: Session, actor: Actor, version_id: str) -> tuple[Dataset, DatasetVersion]:
    """A version with its data set. Raises: NotFound."""
    version = find_version(session, version_id)
    if version is None:
        raise NotFound
    return get_dataset(session, actor, version.dataset_id), version


def get_version_of(
    session: Session, actor: Actor, dataset_id: str, version_id: str
) -> tuple[Dataset, DatasetVersion]:
    """A version under the address of its own data set. Raises: NotFound."""
    dataset, version = get_version(session, actor, version_id)
    if dataset.id != dataset_id:
        raise NotFound
    return dataset, version


def get_kept_version(
    session: Session, actor: Actor, dataset_id: str, version_id: str
) -> tuple[Dataset, DatasetVersion]:
    """The same for whoever delivers: its raw text may be looked at. Raises: NotFound."""
    dataset, version = get_version_of(session, actor, dataset_id, version_id)
    if not may_keep(actor, dataset):
        raise NotFound
    return dataset, version


def latest_version(session: Session, dataset_id: str) -> DatasetVersion | None:
    """The newest version that was loaded; what products and checks speak of."""
    return session.scalar(
        select(DatasetVersion)
        .where(DatasetVersion.dataset_id == dataset_id, DatasetVersion.state == VersionState.READY)
        .order_by(DatasetVersion.number.desc())
        .limit(1)
    )


def find_version_under_way(session: Session, dataset_id: str) -> DatasetVersion | None:
    """A delivery that waits for its loading, or is being loaded."""
    return session.scalar(
        select(DatasetVersion)
        .where(
            DatasetVersion.dataset_id == dataset_id,
            DatasetVersion.state.in_([VersionState.QUEUED, VersionState.LOADING]),
        )
        .order_by(DatasetVersion.number)
        .limit(1)
    )


def list_versions(session: Session, dataset_id: str) -> Sequence[DatasetVersion]:
    """All versions of a data set, newest first; refused deliveries too."""
    return session.scalars(
        select(DatasetVersion)
        .where(DatasetVersion.dataset_id == dataset_id)
        .order_by(DatasetVersion.number.desc())
    ).all()


def latest_versions(
    session: Session, dataset_ids: Sequence[DatasetId]
) -> dict[DatasetId, DatasetVersion]:
    """The newest delivery of each data set, whatever became of it."""
    rows = session.scalars(
        select(DatasetVersion)
        .where(DatasetVersion.dataset_id.in_(dataset_ids))
        .order_by(DatasetVersion.dataset_id, DatasetVersion.number.desc())
        .ext(distinct_on(DatasetVersion.dataset_id))
    )
    return {row.dataset_id: row for row in rows}


def find_same_delivery(
    session: Session, dataset_id: DatasetId, source_sha256: str
) -> DatasetVersion | None:
    """An earlier delivery of the very same bytes that was not refused."""
    return session.scalar(
        select(DatasetVersion)
        .where(
            DatasetVersion.dataset_id == dataset_id,
            DatasetVersion.source_sha256 == source_sha256,
            DatasetVersion.state != VersionState.REFUSED,
        )
        .order_by(DatasetVersion.number)
        .limit(1)
    )


def list_waiting_deliveries(
    session: Session, organization_id: str
) -> Sequence[tuple[Dataset, DatasetVersion]]:
    """Deliveries of an organisation's data sets that wait for it, the oldest first.

    Those whose reading nobody has confirmed, and those given back with nothing delivered since.
    """
    newer = aliased(DatasetVersion)
    is_newest = ~exists().where(
        newer.dataset_id == DatasetVersion.dataset_id, newer.number > DatasetVersion.number
    )
    rows = session.execute(
        select(Dataset, DatasetVersion)
        .join(DatasetVersion, Dataset.id == DatasetVersion.dataset_id)
        .where(
            or_(
                DatasetVersion.state == VersionState.DELIVERED,
                and_(DatasetVersion.state == VersionState.REFUSED, is_newest),
            ),
            or_(Dataset.organization_id == organization_id, Dataset.provider_id == organization_id),
        )
        .order_by(DatasetVersion.delivered_at)
    )
    return [(dataset, version) for dataset, version in rows]


def list_given_up(session: Session, task: str) -> Sequence[DatasetVersionId]:
    """Versions under way whose job was tried as often as allowed, and failed."""
    return session.scalars(
        select(DatasetVersion.id)
        .join(Job, Job.arguments["version_id"].astext == DatasetVersion.id)
        .where(
            DatasetVersion.state.in_([VersionState.QUEUED, VersionState.LOADING]),
            Job.task == task,
            Job.failed_at.is_not(None),
        )
    ).all()


def list_providers(session: Session) -> Sequence[tuple[str, str]]:
    """Bodies that may be named as the source of data: id and name."""
    rows = session.execute(
        select(Organization.id, Organization.name)
        .where(Organization.kind.in_(PROVIDING_KINDS))
        .order_by(Organization.name)
    )
    return [(identifier, name) for identifier, name in rows]


def next_number(session: Session, dataset_id: DatasetId) -> int:
    """The number of the next version; the caller holds the data set's row."""
    highest = session.scalar(
        select(func.max(DatasetVersion.number)).where(DatasetVersion.dataset_id == dataset_id)
    )
    return (highest or 0) + 1


def problem_report(version: DatasetVersion) -> ProblemReport | None:
    """Why a delivery was refused, in the reader's language."""
    if version.problem is None:
        return None
    fault = FileFault(version.problem["fault"])
    facts = {name: _readable(name, fact) for name, fact in version.problem["facts"].items()}
    places = tuple(PlaceOut(**place) for place in version.problem["places"])
    return ProblemReport(fault=fault.value, detail=say(MESSAGES[fault], **facts), places=places)


def _readable(name: str, fact: Any) -> Any:
    if name == "encoding":
        return Encoding(fact)
    return fact if fact not in ([], "") else None
