"""What does the history of a data set say about its newest version?"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from market.datasets import reads as datasets
from market.datasets.models import Dataset, DatasetVersion
from market.datasets.rules import UpdateCycle, VersionState
from market.quality.rules import FRESH_FOR
from market.watches.models import QualityNotice
from market.watches.rules import Reading, Snapshot, figures_of, readings


def history_of(session: Session, dataset_id: str, number: int) -> list[Snapshot]:
    """The loaded versions up to one, in figures, oldest first."""
    versions = datasets.list_versions(session, dataset_id)
    return [
        Snapshot(
            version.number,
            version.delivered_at,
            figures_of(version.rows or 0, version.profile or ()),
        )
        for version in reversed(versions)
        if version.is_ready and version.number <= number
    ]


def readings_of(session: Session, version: DatasetVersion) -> list[Reading]:
    """Every watched figure of a version beside what was ordinary before it."""
    return readings(history_of(session, version.dataset_id, version.number))


def is_noticed(session: Session, version_id: str, watched: str, column: str = "") -> bool:
    return session.get(QualityNotice, (version_id, watched, column)) is not None


def list_promised(session: Session) -> Sequence[tuple[Dataset, DatasetVersion]]:
    """Data sets that promise a cycle, each with its newest loaded version."""
    rows = session.execute(
        select(Dataset, DatasetVersion)
        .join(DatasetVersion, DatasetVersion.dataset_id == Dataset.id)
        .where(
            Dataset.update_cycle.in_([UpdateCycle(name) for name in FRESH_FOR]),
            DatasetVersion.state == VersionState.READY,
        )
        .order_by(Dataset.id, DatasetVersion.number.desc())
        .ext(distinct_on(Dataset.id))
    )
    return [(dataset, version) for dataset, version in rows]


def list_notices(
    session: Session, organization_id: str, since: datetime
) -> Sequence[tuple[Dataset, QualityNotice]]:
    """What was noticed about an organisation's data, newest first."""
    rows = session.execute(
        select(Dataset, QualityNotice)
        .join(QualityNotice, QualityNotice.dataset_id == Dataset.id)
        .where(
            or_(Dataset.organization_id == organization_id, Dataset.provider_id == organization_id),
            QualityNotice.noticed_at >= since,
        )
        .order_by(QualityNotice.noticed_at.desc())
        .limit(20)
    )
    return [(dataset, notice) for dataset, notice in rows]
