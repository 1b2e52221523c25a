"""How do machines read what is watched?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel import clock
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from market.datasets import reads as datasets
from market.datasets.rules import UpdateCycle
from market.quality.rules import Freshness, freshness
from market.watches import reads
from market.watches.schemas import ReadingOut, WatchOut

bp = Blueprint("watches_api", __name__, url_prefix="/api/quality")


@bp.get("/datasets/<dataset_id>/watch")
@documented(gives=WatchOut, tag="quality")
def watch(dataset_id: str) -> ResponseReturnValue:
    """Freshness, and every watched figure with its threshold."""
    with transaction() as session:
        dataset = datasets.get_dataset(session, current_actor(), dataset_id)
        latest = datasets.latest_version(session, dataset.id)
        found = reads.readings_of(session, latest) if latest else []
        cycle = UpdateCycle(dataset.update_cycle)
        age = (
            freshness(cycle, latest.delivered_at, clock.now()) if latest else Freshness.NOT_PROMISED
        )
    shown = tuple(ReadingOut.of(one) for one in found)
    return WatchOut(dataset_id=dataset.id, freshness=age, readings=shown).model_dump(mode="json")
