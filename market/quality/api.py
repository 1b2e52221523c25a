"""How do machines have a version checked and read its verdict?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel import clock
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from kernel.web.submissions import claim_once
from market.datasets import reads as datasets
from market.quality import actions, reads
from market.quality.schemas import (
    CheckRequest,
    FindingOut,
    RunOut,
    VerdictHistory,
    VerdictOfVersion,
    VerdictOut,
    WaiverList,
    WaiverOut,
)

bp = Blueprint("quality_api", __name__, url_prefix="/api/quality")


@bp.post("/checks")
@documented(takes=CheckRequest, gives=RunOut, status=202, tag="quality")
def request_check() -> ResponseReturnValue:
    """Have a version checked by its declared rules."""
    asked, actor = parse_json(CheckRequest), current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        run = actions.request_check(session, actor, asked.version_id)
        return RunOut.of(run).model_dump(mode="json"), 202


@bp.get("/checks/<run_id>")
@documented(gives=RunOut, tag="quality")
def check(run_id: str) -> ResponseReturnValue:
    """One check: progress, then verdict and findings."""
    with transaction() as session:
        _, _, run = reads.get_run(session, current_actor(), run_id)
        findings = tuple(FindingOut.of(finding) for finding in run.findings)
        return RunOut.of(run, findings).model_dump(mode="json")


@bp.get("/checks/<run_id>/suite")
@documented(tag="quality")
def suite(run_id: str) -> ResponseReturnValue:
    """The rules of a check in Great Expectations' own format."""
    with transaction() as session:
        _, _, run = reads.get_run(session, current_actor(), run_id)
        return run.suite or {}


@bp.get("/versions/<version_id>/verdict")
@documented(gives=VerdictOut, tag="quality")
def verdict(version_id: str) -> ResponseReturnValue:
    """The newest verdict on a version."""
    with transaction() as session:
        run = reads.get_verdict(session, current_actor(), version_id)
        return VerdictOut.of(run).model_dump(mode="json")


@bp.get("/datasets/<dataset_id>/verdicts")
@documented(gives=VerdictHistory, tag="quality")
def history(dataset_id: str) -> ResponseReturnValue:
    """The verdicts of a data set, oldest version first."""
    with transaction() as session:
        found = reads.get_history(session, current_actor(), dataset_id)
        items = tuple(
            VerdictOfVersion(number=number, verdict=VerdictOut.of(run)) for number, run in found
        )
    return VerdictHistory(items=items).model_dump(mode="json")


@bp.get("/datasets/<dataset_id>/waivers")
@documented(gives=WaiverList, tag="quality")
def list_waivers(dataset_id: str) -> ResponseReturnValue:
    """The waivers of a data set that stand today."""
    with transaction() as session:
        dataset = datasets.get_dataset(session, current_actor(), dataset_id)
        found = reads.standing_waivers(session, dataset.id, clock.today())
        items = tuple(WaiverOut.of(waiver) for waiver in found)
    return WaiverList(items=items).model_dump(mode="json")
