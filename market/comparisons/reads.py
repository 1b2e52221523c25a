"""Which comparisons are there, and who may read them?"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.errors import NotFound
from market.comparisons.models import VersionComparison
from market.datasets import reads as datasets
from market.datasets.models import Dataset, DatasetVersion


def find_comparison(session: Session, earlier_id: str, later_id: str) -> VersionComparison | None:
    """The comparison of a pair, finished or not."""
    return session.scalar(
        select(VersionComparison).where(
            VersionComparison.earlier_id == earlier_id, VersionComparison.later_id == later_id
        )
    )


def comparison_for_update(session: Session, comparison_id: str) -> VersionComparison | None:
    return session.scalar(
        select(VersionComparison).where(VersionComparison.id == comparison_id).with_for_update()
    )


def get_pair(
    session: Session, actor: Actor, dataset_id: str, earlier_id: str, later_id: str
) -> tuple[Dataset, DatasetVersion, DatasetVersion]:
    """Two versions that entered, the older first, for those who keep the data set.

    Counts of changed rows are exact and are for nobody else. Raises: NotFound.
    """
    dataset, one = datasets.get_kept_version(session, actor, dataset_id, earlier_id)
    _, other = datasets.get_kept_version(session, actor, dataset_id, later_id)
    if not (one.is_ready and other.is_ready) or one.id == other.id:
        raise NotFound
    earlier, later = sorted((one, other), key=lambda version: version.number)
    return dataset, earlier, later


def get_comparison(
    session: Session, actor: Actor, dataset_id: str, earlier_id: str, later_id: str
) -> VersionComparison:
    """The comparison of a pair, for those who keep the data set. Raises: NotFound."""
    _, earlier, later = get_pair(session, actor, dataset_id, earlier_id, later_id)
    found = find_comparison(session, earlier.id, later.id)
    if found is None:
        raise NotFound
    return found


def find_predecessor(session: Session, version: DatasetVersion) -> DatasetVersion | None:
    """The version that entered last before this one."""
    return next(
        (
            each
            for each in datasets.list_versions(session, version.dataset_id)
            if each.is_ready and each.number < version.number
        ),
        None,
    )


def list_ready(session: Session, dataset_id: str) -> Sequence[DatasetVersion]:
    """Versions that entered, the newest first."""
    return [each for each in datasets.list_versions(session, dataset_id) if each.is_ready]
