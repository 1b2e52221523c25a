"""Where does a clerk see what is different in a new version?"""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.parse import parse_query
from market.comparisons import actions, reads
from market.comparisons.schemas import PairQuery
from market.datasets import reads as datasets
from market.datasets.pages import dataset_view

bp = Blueprint("comparisons", __name__, template_folder="templates", url_prefix="/datasets")


@bp.get("/<dataset_id>/comparison")
def show(dataset_id: str) -> ResponseReturnValue:
    """Two versions side by side; without a choice the newest and the one before it."""
    asked = parse_query(PairQuery)
    with transaction() as session:
        actor = current_actor()
        dataset = datasets.get_dataset(session, actor, dataset_id)
        ready = reads.list_ready(session, dataset_id)
        page = {**dataset_view(session, actor, dataset), "ready": ready, "pair": None}
        if len(ready) > 1 and page["is_keeper"]:
            later_id, earlier_id = asked.later or ready[0].id, asked.earlier or ready[1].id
            _, earlier, later = reads.get_pair(session, actor, dataset_id, earlier_id, later_id)
            found = reads.find_comparison(session, earlier.id, later.id)
            page |= {"pair": (earlier, later), "found": found}
    return render_template("comparisons/show.html", **page)


@bp.post("/<dataset_id>/comparison")
def compare(dataset_id: str) -> ResponseReturnValue:
    """Have two versions compared that were not yet."""
    asked = parse_query(PairQuery)
    with transaction() as session:
        actions.request_comparison(session, current_actor(), dataset_id, asked.earlier, asked.later)
    return redirect(
        url_for(
            "comparisons.show", dataset_id=dataset_id, earlier=asked.earlier, later=asked.later
        ),
        303,
    )
