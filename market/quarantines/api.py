"""How do machines have failing records set aside? The file itself is fetched by a person."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.errors import NotFound
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.submissions import claim_once
from market.quarantines import actions, reads
from market.quarantines.schemas import QuarantineOut

bp = Blueprint("quarantines_api", __name__, url_prefix="/api/quality")


@bp.post("/checks/<run_id>/quarantine")
@documented(gives=QuarantineOut, status=202, tag="quality")
def request_quarantine(run_id: str) -> ResponseReturnValue:
    """Have the failing records of a check set aside."""
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        found = actions.request_quarantine(session, actor, run_id)
        return QuarantineOut.of(found).model_dump(mode="json"), 202


@bp.get("/checks/<run_id>/quarantine")
@documented(gives=QuarantineOut, tag="quality")
def quarantine(run_id: str) -> ResponseReturnValue:
    """Whether they are set aside, how many there are, and the hash of the file."""
    with transaction() as session:
        _, _, run = reads.get_kept_run(session, current_actor(), run_id)
        found = reads.find_of_run(session, run.id)
        if found is None:
            raise NotFound
        return QuarantineOut.of(found).model_dump(mode="json")
