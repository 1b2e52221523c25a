"""Where does everybody see how good offered data is, and how it has fared?"""

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel import clock
from kernel.db import transaction
from kernel.i18n import language
from kernel.web.guard import public
from kernel.web.parse import parse_query
from market.badges import reads
from market.badges.drawing import badge_svg
from market.badges.schemas import BadgeQuery, BadgeState
from market.datasets import reads as datasets
from market.datasets.rules import UpdateCycle
from market.quality import reads as quality
from market.quality.pages import FRESHNESS_TONES, dimension_rows, trend_rows
from market.quality.printed import percent
from market.quality.rules import LISTING_THRESHOLD, Freshness, freshness

bp = Blueprint("badges", __name__, template_folder="templates", url_prefix="/open/quality")

TONES = {
    BadgeState.PASSED: "good",
    BadgeState.FAILED: "bad",
    BadgeState.STALE: "wait",
    BadgeState.OTHER: "idle",
    BadgeState.UNCHECKED: "idle",
}


@bp.get("/<dataset_id>")
@public
def show(dataset_id: str) -> ResponseReturnValue:
    """The public quality page: verdict, dimensions, rules in words, trend, badge."""
    with transaction() as session:
        dataset = reads.get_offered(session, dataset_id)
        run = reads.run_in_service(session, dataset)
        latest = datasets.latest_version(session, dataset.id)
        cycle = UpdateCycle(dataset.update_cycle)
        now = clock.now()
        page = {
            "dataset": dataset,
            "cycle": cycle,
            "run": run,
            "badge": reads.badge_of(session, dataset, run, BadgeQuery()),
            "score": percent(run.score) if run and run.score is not None else "—",
            "dimensions": dimension_rows(run),
            "trend": trend_rows(quality.history(session, dataset.id)),
            "age": freshness(cycle, latest.delivered_at, now) if latest else Freshness.NOT_PROMISED,
            "latest": latest,
        }
    return render_template(
        "badges/show.html",
        tones=TONES,
        age_tones=FRESHNESS_TONES,
        threshold=float(LISTING_THRESHOLD),
        picture=url_for("badges.picture", dataset_id=dataset_id, _external=True),
        address=url_for("badges.show", dataset_id=dataset_id, _external=True),
        **page,
    )


@bp.get("/<dataset_id>/badge.svg")
@public
def picture(dataset_id: str) -> ResponseReturnValue:
    """The badge as a picture; fetched again only where something in it has changed."""
    asked = parse_query(BadgeQuery)
    with transaction() as session:
        dataset = reads.get_offered(session, dataset_id)
        badge = reads.badge_of(session, dataset, reads.run_in_service(session, dataset), asked)
    answer = Response(badge_svg(badge), mimetype="image/svg+xml")
    answer.set_etag(badge.tag(language()))
    answer.headers["Cache-Control"] = "no-cache"  # kept, and asked for anew each time
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer.make_conditional(request)
