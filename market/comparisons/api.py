"""How do machines compare two versions?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_query
from market.comparisons import actions, reads
from market.comparisons.schemas import ComparisonOut, PairQuery

bp = Blueprint("comparisons_api", __name__, url_prefix="/api/datasets")


@bp.get("/<dataset_id>/comparison")
@documented(query=PairQuery, gives=ComparisonOut, tag="datasets")
def comparison(dataset_id: str) -> ResponseReturnValue:
    """Two versions side by side, for those who keep the data set; not found before it was asked.

    Each new version is compared with the one before it by itself.
    """
    asked = parse_query(PairQuery)
    with transaction() as session:
        found = reads.get_comparison(
            session, current_actor(), dataset_id, asked.earlier, asked.later
        )
    return ComparisonOut.of(found).model_dump(mode="json")


@bp.post("/<dataset_id>/comparison")
@documented(query=PairQuery, gives=ComparisonOut, tag="datasets", status=202)
def compare(dataset_id: str) -> ResponseReturnValue:
    """Have two versions compared; counts follow: read again until compared_at is there."""
    asked = parse_query(PairQuery)
    with transaction() as session:
        found = actions.request_comparison(
            session, current_actor(), dataset_id, asked.earlier, asked.later
        )
    return ComparisonOut.of(found).model_dump(mode="json"), 202
