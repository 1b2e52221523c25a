"""How does a clerk come by a proposal of rules?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, NotFound
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.jobs import enqueue
from market.datasets import reads as datasets
from market.datasets.models import DatasetVersion
from market.datasets.rules import ColumnSpec
from market.proposals import reads
from market.proposals.events import SuiteProposed
from market.proposals.models import SuiteProposal
from market.proposals.rules import ProposalId, ProposalState, Proposed
from market.quality.actions import declared, plain_fact
from market.quality.rules import Outcome, Rule, measured_share
from market.quality.suites import expectation_of, suite_for
from market.quality.written import Unusable, read_rule, same_rule

PROPOSE = "proposals.propose"


class NothingToProfile(Conflict):
    """There is no loaded version to look at."""

    code = "nothing-to-profile"
    message = N_("还没有入库的版本，无法分析。请先交付数据。")


class ProposalUnderWay(Conflict):
    """The data set is being looked at already."""

    code = "proposal-under-way"
    message = N_("正在分析这个数据集。请等分析结束。")


@dataclass(frozen=True)
class Candidate:
    """A proposed rule that can be run, and what it was proposed with."""

    rule: Rule
    proposed: Proposed


@dataclass(frozen=True)
class Work:
    """Everything a worker needs for one proposal. known: rules that are declared anyway."""

    proposal_id: ProposalId
    version: DatasetVersion
    columns: Sequence[ColumnSpec]
    known: frozenset[str]

    def candidates(self, proposed: Sequence[Proposed]) -> list[Candidate]:
        """What can be run and is not asked already, each once."""
        by_name = {column.name: column for column in self.columns}
        seen, found = set(self.known), []
        for one in proposed:
            try:
                rule = read_rule(one.rule, by_name)
            except Unusable:  # such as a bound that its column cannot hold
                continue
            if same_rule(rule) not in seen:
                seen.add(same_rule(rule))
                found.append(Candidate(rule, one))
        return found


def request_proposal(session: Session, actor: Actor, dataset_id: str) -> SuiteProposal:
    """Have the newest version of a data set profiled, and rules proposed.

    Raises: NotFound, MissingPermission, NothingToProfile, ProposalUnderWay.
    """
    dataset = datasets.dataset_for_update(session, dataset_id)
    if dataset is None or not datasets.may_see(actor):
        raise NotFound
    if not datasets.may_keep(actor, dataset):
        actor.require(Permission.CHECK_QUALITY, dataset.organization_id)
    actor.require(Permission.CHECK_QUALITY)
    version = datasets.latest_version(session, dataset.id)
    if version is None:
        raise NothingToProfile
    before = reads.latest_proposal(session, dataset.id)
    if before is not None and before.is_under_way:
        raise ProposalUnderWay
    proposal = SuiteProposal(
        id=ProposalId(new_id("qlp")),
        dataset_id=dataset.id,
        version_id=version.id,
        state=ProposalState.QUEUED,
        requested_at=clock.now(),
        requested_by=actor.id,
    )
    session.add(proposal)
    session.flush()
    enqueue(session, PROPOSE, proposal_id=proposal.id)
    return proposal


def begin_proposal(session: Session, proposal_id: str) -> Work | None:
    """Take a proposal for working; None when it has ended already."""
    proposal = reads.proposal_for_update(session, proposal_id)
    if proposal is None or not proposal.is_under_way:
        return None
    version = datasets.find_version(session, proposal.version_id)
    dataset = datasets.find_dataset(session, proposal.dataset_id)
    if version is None or dataset is None:
        raise NotFound
    proposal.state = ProposalState.RUNNING
    asked = suite_for("declared", declared(dataset, version), clock.now())
    known = frozenset(same_rule(rule) for rule in asked.rules)
    return Work(proposal.id, version, datasets.dictionary_of(version), known)


def store_proposal(
    session: Session,
    actor: Actor,
    work: Work,
    tested: Sequence[tuple[Candidate, Outcome]],
) -> SuiteProposal | None:
    """Keep what may be offered. A rule that fails on its own data is not, unless it is a law."""
    proposal = reads.proposal_for_update(session, work.proposal_id)
    dataset = datasets.find_dataset(session, work.version.dataset_id)
    if proposal is None or dataset is None or not proposal.is_under_way:
        return None
    proposal.items = [_item(one, outcome) for one, outcome in tested if _is_offered(one, outcome)]
    proposal.state, proposal.ended_at = ProposalState.READY, clock.now()
    session.flush()
    told = SuiteProposed(
        proposal.id,
        dataset.id,
        work.version.id,
        dataset.title,
        work.version.number,
        len(proposal.items),
    )
    record(session, actor, told)
    return proposal


def give_up_proposal(session: Session, proposal_id: str) -> None:
    """End a proposal that could not be made."""
    proposal = reads.proposal_for_update(session, proposal_id)
    if proposal is not None and proposal.is_under_way:
        proposal.state, proposal.ended_at = ProposalState.FAILED, clock.now()


def _is_offered(one: Candidate, outcome: Outcome) -> bool:
    return not outcome.failed_to_run and (outcome.holds or one.proposed.is_standard)


def _item(one: Candidate, outcome: Outcome) -> dict[str, object]:
    share = measured_share(outcome)
    return {
        "rule": plain_fact(expectation_of(one.rule)),
        "reason": one.proposed.reason,
        "facts": plain_fact(one.proposed.facts),
        "is_ticked": one.proposed.is_ticked,
        "holds": outcome.holds,
        "unexpected": outcome.unexpected,
        "total": share.total if share else None,
    }
