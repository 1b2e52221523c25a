"""Which rules were proposed for a data set, and is a proposal under way?"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.errors import NotFound
from kernel.jobs import Job
from market.datasets import reads as datasets
from market.datasets.models import Dataset
from market.proposals.models import SuiteProposal
from market.proposals.rules import ProposalId


def latest_proposal(session: Session, dataset_id: str) -> SuiteProposal | None:
    return session.scalar(
        select(SuiteProposal)
        .where(SuiteProposal.dataset_id == dataset_id)
        .order_by(SuiteProposal.requested_at.desc(), SuiteProposal.id.desc())
        .limit(1)
    )


def get_proposal(session: Session, actor: Actor, proposal_id: str) -> tuple[Dataset, SuiteProposal]:
    """A proposal, for whoever keeps its data set. Raises: NotFound."""
    found = session.get(SuiteProposal, proposal_id)
    if found is None:
        raise NotFound
    dataset = datasets.get_dataset(session, actor, found.dataset_id)
    if not datasets.may_keep(actor, dataset):
        raise NotFound
    return dataset, found


def proposal_for_update(session: Session, proposal_id: str) -> SuiteProposal | None:
    return session.scalar(
        select(SuiteProposal).where(SuiteProposal.id == proposal_id).with_for_update()
    )


def list_given_up(session: Session, task: str) -> Sequence[ProposalId]:
    """Proposals under way whose job was tried as often as allowed, and failed."""
    return session.scalars(
        select(SuiteProposal.id)
        .join(Job, Job.arguments["proposal_id"].astext == SuiteProposal.id)
        .where(SuiteProposal.ended_at.is_(None), Job.task == task, Job.failed_at.is_not(None))
    ).all()
