"""Were the failing records of a check set aside, and for whom?"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.jobs import Job
from market.datasets import reads as datasets
from market.datasets.models import Dataset, DatasetVersion
from market.quality import reads as quality
from market.quality.models import QualityRun
from market.quarantines.models import Quarantine
from market.quarantines.rules import QuarantineId, QuarantineState


def get_kept_run(
    session: Session, actor: Actor, run_id: str
) -> tuple[Dataset, DatasetVersion, QualityRun]:
    """A finished check, for whoever keeps its data and checks it. Raises: NotFound."""
    dataset, version, run = quality.get_run(session, actor, run_id)
    may = datasets.may_keep(actor, dataset) and actor.may(Permission.CHECK_QUALITY)
    if run.is_under_way or not may:
        raise NotFound
    return dataset, version, run


def find_of_run(session: Session, run_id: str) -> Quarantine | None:
    return session.scalar(select(Quarantine).where(Quarantine.run_id == run_id))


def quarantine_for_update(session: Session, quarantine_id: str) -> Quarantine | None:
    return session.scalar(
        select(Quarantine).where(Quarantine.id == quarantine_id).with_for_update()
    )


def list_given_up(session: Session, task: str) -> Sequence[QuarantineId]:
    """Side files asked for whose job was tried as often as allowed, and failed."""
    return session.scalars(
        select(Quarantine.id)
        .join(Job, Job.arguments["quarantine_id"].astext == Quarantine.id)
        .where(
            Quarantine.state == QuarantineState.QUEUED,
            Job.task == task,
            Job.failed_at.is_not(None),
        )
    ).all()
