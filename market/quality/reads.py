"""Is a version good, how do we know, and how has the data set fared over time?"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, selectinload

from kernel import clock
from kernel.actor import Actor
from kernel.errors import NotFound
from kernel.jobs import Job
from market.datasets import reads as datasets
from market.datasets.models import Dataset, DatasetVersion
from market.datasets.rules import UpdateCycle, VersionState
from market.quality.models import QualityRun, QualitySuite, QualityWaiver
from market.quality.practice import PracticeScore, practice_scores
from market.quality.rules import QualityDimension, QualityRunId, RunState


def latest_verdict(session: Session, version_id: str) -> QualityRun | None:
    """The newest finished check of a version."""
    return session.scalar(
        select(QualityRun)
        .where(QualityRun.version_id == version_id, QualityRun.state == RunState.FINISHED)
        .order_by(QualityRun.requested_at.desc(), QualityRun.id.desc())
        .limit(1)
    )


def find_under_way(session: Session, version_id: str) -> QualityRun | None:
    """The check of a version that is queued or running."""
    return session.scalar(
        select(QualityRun).where(
            QualityRun.version_id == version_id, QualityRun.state != RunState.FINISHED
        )
    )


def history(session: Session, dataset_id: str) -> Sequence[tuple[int, QualityRun]]:
    """The verdicts of a data set: version number and newest finished run, oldest first."""
    rows = session.execute(
        select(DatasetVersion.number, QualityRun)
        .join(QualityRun, QualityRun.version_id == DatasetVersion.id)
        .where(QualityRun.dataset_id == dataset_id, QualityRun.state == RunState.FINISHED)
        .order_by(DatasetVersion.number, QualityRun.requested_at.desc())
        .ext(distinct_on(DatasetVersion.number))
    )
    return [(number, run) for number, run in rows]


def get_history(
    session: Session, actor: Actor, dataset_id: str
) -> Sequence[tuple[int, QualityRun]]:
    """The same, for a reader who may see the data set. Raises: NotFound."""
    return history(session, datasets.get_dataset(session, actor, dataset_id).id)


def get_verdict(session: Session, actor: Actor, version_id: str) -> QualityRun:
    """The newest finished check, for a reader who may see the version. Raises: NotFound."""
    _, version = datasets.get_version(session, actor, version_id)
    run = latest_verdict(session, version.id)
    if run is None:
        raise NotFound
    return run


def verdicts_of(session: Session, version_ids: Sequence[str]) -> dict[str, QualityRun]:
    """The newest finished check of each version, for lists."""
    rows = session.scalars(
        select(QualityRun)
        .where(QualityRun.version_id.in_(version_ids), QualityRun.state == RunState.FINISHED)
        .order_by(QualityRun.version_id, QualityRun.requested_at.desc())
        .ext(distinct_on(QualityRun.version_id))
    )
    return {str(run.version_id): run for run in rows}


def list_standings(
    session: Session, organization_id: str
) -> Sequence[tuple[Dataset, DatasetVersion, QualityRun | None]]:
    """The data sets of an organisation, each with its newest loaded version and its verdict."""
    rows = session.execute(
        select(Dataset, DatasetVersion)
        .join(DatasetVersion, DatasetVersion.dataset_id == Dataset.id)
        .where(
            or_(Dataset.organization_id == organization_id, Dataset.provider_id == organization_id),
            DatasetVersion.state == VersionState.READY,
        )
        .order_by(Dataset.id, DatasetVersion.number.desc())
        .ext(distinct_on(Dataset.id))
    ).all()
    verdicts = verdicts_of(session, [version.id for _, version in rows])
    return [(dataset, version, verdicts.get(version.id)) for dataset, version in rows]


def get_run(
    session: Session, actor: Actor, run_id: str
) -> tuple[Dataset, DatasetVersion, QualityRun]:
    """A run with its findings, its version and its data set. Raises: NotFound."""
    run = find_run(session, run_id)
    if run is None:
        raise NotFound
    dataset, version = datasets.get_version(session, actor, run.version_id)
    return dataset, version, run


def find_run(session: Session, run_id: str) -> QualityRun | None:
    """A run with its findings, for other slices and tasks."""
    return session.scalar(
        select(QualityRun).where(QualityRun.id == run_id).options(selectinload(QualityRun.findings))
    )


def run_for_update(session: Session, run_id: str) -> QualityRun | None:
    return session.scalar(select(QualityRun).where(QualityRun.id == run_id).with_for_update())


def list_given_up(session: Session, task: str) -> Sequence[QualityRunId]:
    """Checks under way whose job was tried as often as allowed, and failed."""
    return session.scalars(
        select(QualityRun.id)
        .join(Job, Job.arguments["run_id"].astext == QualityRun.id)
        .where(QualityRun.state != RunState.FINISHED, Job.task == task, Job.failed_at.is_not(None))
    ).all()


def count_runs(session: Session, version_id: str) -> int:
    """How often a version was checked, finished or not."""
    return len(
        session.scalars(select(QualityRun.id).where(QualityRun.version_id == version_id)).all()
    )


def latest_suite(session: Session, dataset_id: str) -> QualitySuite | None:
    """The rules that a data set's clerk saved last; what checks use beside the dictionary."""
    return session.scalar(
        select(QualitySuite)
        .where(QualitySuite.dataset_id == dataset_id)
        .order_by(QualitySuite.number.desc())
        .limit(1)
    )


def list_suites(session: Session, dataset_id: str) -> Sequence[QualitySuite]:
    """Every saved suite of a data set, newest first."""
    return session.scalars(
        select(QualitySuite)
        .where(QualitySuite.dataset_id == dataset_id)
        .order_by(QualitySuite.number.desc())
    ).all()


def get_suite(session: Session, actor: Actor, suite_id: str) -> tuple[Dataset, QualitySuite]:
    """A saved suite, for a reader who may see its data set. Raises: NotFound."""
    found = session.get(QualitySuite, suite_id)
    if found is None:
        raise NotFound
    return datasets.get_dataset(session, actor, found.dataset_id), found


def newest_version_of(session: Session, name: str) -> DatasetVersion:
    """The newest loaded version of a data set, named by its id or code. Raises: NotFound."""
    dataset_id = session.scalar(
        select(Dataset.id).where(
            or_(Dataset.id == name, and_(Dataset.code == name, Dataset.code != ""))
        )
    )
    found = datasets.latest_version(session, dataset_id) if dataset_id else None
    if found is None:
        raise NotFound
    return found


def practice_of(session: Session, dataset: Dataset, run: QualityRun) -> list[PracticeScore]:
    """The five indicators of government practice for one verdict, as things stand now."""
    shares = {
        QualityDimension(name): Fraction(share) for name, share in (run.dimensions or {}).items()
    }
    deliveries = sorted(
        version.delivered_at
        for version in datasets.list_versions(session, dataset.id)
        if version.is_ready
    )
    cycle = UpdateCycle(dataset.update_cycle)
    return practice_scores(shares, cycle, deliveries, clock.now())


def standing_waivers(session: Session, dataset_id: str, today: date) -> Sequence[QualityWaiver]:
    """The waivers of a data set that stand on a day."""
    found = session.scalars(
        select(QualityWaiver)
        .where(QualityWaiver.dataset_id == dataset_id, QualityWaiver.ended_at.is_(None))
        .order_by(QualityWaiver.granted_at)
    )
    return [waiver for waiver in found if waiver.stands(today)]


def waiver_for_update(session: Session, waiver_id: str) -> QualityWaiver | None:
    return session.scalar(
        select(QualityWaiver).where(QualityWaiver.id == waiver_id).with_for_update()
    )
