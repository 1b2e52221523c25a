"""How do machines have rules proposed, and save a suite?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from kernel.web.submissions import claim_once
from market.datasets import reads as datasets
from market.proposals import actions, reads
from market.proposals.schemas import ProposalOut, SuiteDraft, SuiteList, SuiteOut
from market.quality import actions as quality
from market.quality import reads as verdicts

bp = Blueprint("proposals_api", __name__, url_prefix="/api/quality")


@bp.post("/datasets/<dataset_id>/proposals")
@documented(gives=ProposalOut, status=202, tag="quality")
def request_proposal(dataset_id: str) -> ResponseReturnValue:
    """Have the newest version profiled, and rules proposed."""
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        proposal = actions.request_proposal(session, actor, dataset_id)
        return ProposalOut.of(proposal).model_dump(mode="json"), 202


@bp.get("/proposals/<proposal_id>")
@documented(gives=ProposalOut, tag="quality")
def proposal(proposal_id: str) -> ResponseReturnValue:
    """One proposal: its state, then its rules with their reasons."""
    with transaction() as session:
        _, found = reads.get_proposal(session, current_actor(), proposal_id)
        return ProposalOut.of(found).model_dump(mode="json")


@bp.post("/datasets/<dataset_id>/suites")
@documented(takes=SuiteDraft, gives=SuiteOut, status=201, tag="quality")
def save_suite(dataset_id: str) -> ResponseReturnValue:
    """Save a new version of the data set's own rules."""
    draft, actor = parse_json(SuiteDraft), current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        suite = quality.save_suite(session, actor, dataset_id, draft.expectations)
        return SuiteOut.of(suite, with_rules=True).model_dump(mode="json"), 201


@bp.get("/datasets/<dataset_id>/suites")
@documented(gives=SuiteList, tag="quality")
def suites(dataset_id: str) -> ResponseReturnValue:
    """The saved suites of a data set, newest first."""
    with transaction() as session:
        dataset = datasets.get_dataset(session, current_actor(), dataset_id)
        found = verdicts.list_suites(session, dataset.id)
        items = tuple(SuiteOut.of(suite, with_rules=False) for suite in found)
    return SuiteList(items=items).model_dump(mode="json")


@bp.get("/suites/<suite_id>")
@documented(gives=SuiteOut, tag="quality")
def suite(suite_id: str) -> ResponseReturnValue:
    """One saved suite with its rules."""
    with transaction() as session:
        _, found = verdicts.get_suite(session, current_actor(), suite_id)
        return SuiteOut.of(found, with_rules=True).model_dump(mode="json")
