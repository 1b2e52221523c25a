"""Where does a clerk see that data is late, fewer or other than it used to be?"""

from datetime import timedelta

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.guard import current_actor
from kernel.web.shell import Desk, Panel, desk_source
from market.datasets import reads as datasets
from market.datasets.pages import dataset_view
from market.datasets.rules import UpdateCycle
from market.quality.pages import FRESHNESS_TONES
from market.quality.rules import Freshness, fresh_until, freshness, listed_until
from market.watches import reads
from market.watches.rules import Watched

bp = Blueprint("watches", __name__, template_folder="templates", url_prefix="/quality")

SHOWN_FOR = timedelta(days=30)


@bp.get("/datasets/<dataset_id>/watch")
def show(dataset_id: str) -> ResponseReturnValue:
    """Freshness and figures of the newest version, each beside its threshold."""
    with transaction() as session:
        actor = current_actor()
        dataset = datasets.get_dataset(session, actor, dataset_id)
        latest = datasets.latest_version(session, dataset.id)
        cycle = UpdateCycle(dataset.update_cycle)
        page = {
            **dataset_view(session, actor, dataset),
            "titles": {column.name: column.title for column in dataset.columns},
            "readings": reads.readings_of(session, latest) if latest else [],
            "cycle": cycle,
            "age": freshness(cycle, latest.delivered_at, clock.now())
            if latest
            else Freshness.NOT_PROMISED,
            "due_at": fresh_until(cycle, latest.delivered_at) if latest else None,
            "suspended_at": listed_until(cycle, latest.delivered_at) if latest else None,
            "age_tones": FRESHNESS_TONES,
        }
    return render_template("watches/show.html", **page)


@desk_source
def show_notices(session: Session, actor: Actor, desk: Desk) -> None:
    """What was out of the ordinary in the last month."""
    if not actor.may(Permission.CHECK_QUALITY) or actor.organization_id is None:
        return
    since = clock.now() - SHOWN_FOR
    lines = [
        (
            say(
                N_("《{title}》{watched}异常"),
                title=dataset.title,
                watched=Watched(notice.watched),
            ),
            url_for("watches.show", dataset_id=dataset.id),
        )
        for dataset, notice in reads.list_notices(session, actor.organization_id, since)
        if notice.watched not in {Watched.STALE, Watched.OVERDUE}  # the quality desk lists them
    ]
    if lines:
        desk.at_risk.append(Panel(translate(N_("与往常不同的数据")), lines))
