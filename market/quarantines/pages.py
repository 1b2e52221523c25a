"""Where does whoever mends the data fetch the records that fail?"""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel import jobs
from kernel.db import transaction
from kernel.objects import store
from kernel.web.guard import current_actor
from kernel.web.submissions import claim_once
from market.quality.schemas import FindingOut
from market.quarantines import actions, reads

bp = Blueprint("quarantines", __name__, template_folder="templates", url_prefix="/quality")

LINK_SECONDS = 120


@bp.get("/checks/<run_id>/quarantine")
def show(run_id: str) -> ResponseReturnValue:
    """The failing records of a check: how many, and the file."""
    with transaction() as session:
        dataset, version, run = reads.get_kept_run(session, current_actor(), run_id)
        found = reads.find_of_run(session, run.id)
        findings = [FindingOut.of(finding) for finding in run.findings if finding.unexpected]
        is_stalled = found is not None and found.is_under_way and jobs.is_stalled(session)
    return render_template(
        "quarantines/show.html",
        dataset=dataset,
        version=version,
        run=run,
        quarantine=found,
        findings=findings,
        is_stalled=is_stalled,
    )


@bp.post("/checks/<run_id>/quarantine")
def request_quarantine(run_id: str) -> ResponseReturnValue:
    """Have the failing records set aside."""
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        actions.request_quarantine(session, actor, run_id)
    return redirect(url_for("quarantines.show", run_id=run_id), 303)


@bp.get("/checks/<run_id>/quarantine/progress")
def progress(run_id: str) -> ResponseReturnValue:
    """Whether the file is there; the page asks each second and reloads itself at the end."""
    with transaction() as session:
        reads.get_kept_run(session, current_actor(), run_id)
        found = reads.find_of_run(session, run_id)
        is_stalled = jobs.is_stalled(session)
    is_running = found is not None and found.is_under_way
    page = render_template(
        "quarantines/progress.html", run_id=run_id, is_running=is_running, is_stalled=is_stalled
    )
    return page, 200, {} if is_running else {"HX-Refresh": "true"}


@bp.post("/checks/<run_id>/quarantine/file")
def fetch(run_id: str) -> ResponseReturnValue:
    """The file itself, by an address that ends in two minutes; taking it is recorded."""
    actor = current_actor()
    with transaction() as session:
        found = actions.fetch(session, actor, run_id)
        key = found.file_key or ""
    name = f"{found.id}.parquet"
    return redirect(store().signed_address(key, seconds=LINK_SECONDS, filename=name), 303)
