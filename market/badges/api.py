"""How do machines, and pages elsewhere, read the quality of data that is offered?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import public
from kernel.web.openapi import documented
from kernel.web.parse import parse_query
from market.badges import reads
from market.badges.schemas import BadgeOut, BadgeQuery

bp = Blueprint("badges_api", __name__, url_prefix="/api/open/quality")


@bp.get("/<dataset_id>/badge")
@public
@documented(query=BadgeQuery, gives=BadgeOut, tag="quality")
def badge(dataset_id: str) -> ResponseReturnValue:
    """The badge of a data set that is offered: grade, score, and the hashes it is bound to."""
    asked = parse_query(BadgeQuery)
    with transaction() as session:
        dataset = reads.get_offered(session, dataset_id)
        found = reads.badge_of(session, dataset, reads.run_in_service(session, dataset), asked)
    return found.model_dump(mode="json")
