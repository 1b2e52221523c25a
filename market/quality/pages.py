"""Where does a reader see whether data is good, why, and how it has fared?"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel import clock, jobs
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.errors import NotFound
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.shell import Desk, Panel, Waiting, desk_source
from kernel.web.submissions import claim_once
from market.datasets import reads as datasets
from market.datasets.models import Dataset, DatasetVersion
from market.datasets.pages import dataset_view
from market.datasets.rules import UpdateCycle
from market.quality import actions, reads, waivers
from market.quality.ahp import dimension_weights
from market.quality.models import QualityRun
from market.quality.printed import gap_of, percent
from market.quality.rules import (
    GRADE_FLOORS,
    LISTING_THRESHOLD,
    Failing,
    Freshness,
    Grade,
    Indicator,
    QualityDimension,
    freshness,
)
from market.quality.schemas import FindingOut, WaiverDraft, said

bp = Blueprint("quality", __name__, template_folder="templates", url_prefix="/quality")

LATEST = 5
Standing = tuple[Dataset, DatasetVersion, QualityRun | None]

TONES = {Grade.A: "good", Grade.B: "good", Grade.C: "wait", Grade.D: "bad"}
FRESHNESS_TONES = {
    Freshness.FRESH: "good",
    Freshness.STALE: "wait",
    Freshness.OVERDUE: "bad",
    Freshness.NOT_PROMISED: "idle",
}


@bp.get("/datasets/<dataset_id>")
def report(dataset_id: str) -> ResponseReturnValue:
    """The quality of a data set: the verdict on its newest version, and the trend."""
    with transaction() as session:
        dataset = datasets.get_dataset(session, current_actor(), dataset_id)
        latest = datasets.latest_version(session, dataset.id)
        page = _report(session, dataset, latest)
    return render_template("quality/report.html", **page)


@bp.get("/versions/<version_id>")
def version(version_id: str) -> ResponseReturnValue:
    """The verdict on one version."""
    with transaction() as session:
        dataset, found = datasets.get_version(session, current_actor(), version_id)
        page = _report(session, dataset, found)
    return render_template("quality/report.html", **page)


@bp.post("/versions/<version_id>/checks")
def request_check(version_id: str) -> ResponseReturnValue:
    """Have a version checked again."""
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        actions.request_check(session, actor, version_id)
    return redirect(url_for("quality.version", version_id=version_id), 303)


@bp.route("/checks/<run_id>/findings/<int:position>/waiver", methods=["GET", "POST"])
def waive(run_id: str, position: int) -> ResponseReturnValue:
    """Answer for one failing rule: name, reason, end."""
    actor, form = current_actor(), Form(WaiverDraft)
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                waiver = waivers.grant_waiver(session, actor, run_id, position, draft)
                return redirect(url_for("quality.report", dataset_id=waiver.dataset_id), 303)
    with transaction() as session:
        dataset, version, run = reads.get_run(session, actor, run_id)
        actor.require(Permission.PUBLISH_PRODUCT, dataset.organization_id)
        finding = next((one for one in run.findings if one.position == position), None)
        if finding is None:
            raise NotFound
        page = {"dataset": dataset, "version": version, "finding": FindingOut.of(finding)}
    return render_template("quality/waive.html", form=form, **page), form.status


@bp.post("/waivers/<waiver_id>/end")
def end_waiver(waiver_id: str) -> ResponseReturnValue:
    """End a waiver before its day."""
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        waiver = waivers.end_waiver(session, actor, waiver_id)
    return redirect(url_for("quality.report", dataset_id=waiver.dataset_id), 303)


@bp.get("/checks/<run_id>/progress")
def progress(run_id: str) -> ResponseReturnValue:
    """How far a check is; the page asks each second and reloads itself at the end."""
    with transaction() as session:
        _, _, run = reads.get_run(session, current_actor(), run_id)
        is_stalled = jobs.is_stalled(session)
    page = render_template("quality/progress.html", run=run, is_stalled=is_stalled)
    return page, 200, {} if run.is_under_way else {"HX-Refresh": "true"}


@desk_source
def show_verdicts(session: Session, actor: Actor, desk: Desk) -> None:
    """The newest verdicts; data of ours that does not pass, or is late: it blocks products."""
    if not actor.may(Permission.CHECK_QUALITY) or actor.organization_id is None:
        return
    late: list[tuple[str, str]] = []
    standings = reads.list_standings(session, actor.organization_id)
    if standings:
        desk.changed.append(_newest_verdicts(standings))
    for dataset, newest, run in standings:
        age = freshness(UpdateCycle(dataset.update_cycle), newest.delivered_at, clock.now())
        if run is not None and not run.has_passed:
            desk.waiting.append(_failing(dataset, newest, run))
        if age in {Freshness.STALE, Freshness.OVERDUE}:
            words = say(N_("{title}：{state}"), title=dataset.title, state=age)
            late.append((words, url_for("quality.report", dataset_id=dataset.id)))
    if late:
        desk.at_risk.append(Panel(translate(N_("更新逾期的数据集")), late))


def _newest_verdicts(standings: Sequence[Standing]) -> Panel:
    checked = [
        (run.ended_at, run, dataset, newest)
        for dataset, newest, run in standings
        if run is not None and run.ended_at is not None
    ]
    checked.sort(key=lambda row: row[0], reverse=True)
    return Panel(
        translate(N_("最近的质量结论")),
        [
            (
                say(
                    N_("《{title}》第 {number} 版质量合格")
                    if run.has_passed
                    else N_("《{title}》第 {number} 版质量未通过"),
                    title=dataset.title,
                    number=newest.number,
                ),
                url_for("quality.version", version_id=newest.id),
            )
            for _, run, dataset, newest in checked[:LATEST]
        ],
        translate(N_("还没有质量结论。交付数据后会自动检查。")),
    )


def _failing(dataset: Dataset, newest: DatasetVersion, run: QualityRun) -> Waiting:
    return Waiting(
        title=say(
            N_("《{title}》第 {number} 版质量未通过"), title=dataset.title, number=newest.number
        ),
        address=url_for("quality.version", version_id=newest.id),
        button=translate(N_("看原因")),
        note="；".join(translate(Failing(blocker).label) for blocker in run.blockers),
    )


def _report(session: Session, dataset: Dataset, found: DatasetVersion | None) -> dict[str, Any]:
    actor = current_actor()
    run = reads.latest_verdict(session, found.id) if found else None
    full = reads.find_run(session, run.id) if run else None
    under_way = reads.find_under_way(session, found.id) if found else None
    view = dataset_view(session, actor, dataset)
    trend = trend_rows(reads.history(session, dataset.id))
    return {
        **view,
        "version": found,
        "run": full,
        "under_way": under_way,
        "is_stalled": under_way is not None and jobs.is_stalled(session),
        "may_check": view["is_keeper"] and actor.may(Permission.CHECK_QUALITY),
        "grade": Grade(full.grade) if full and full.grade else None,
        "tone": TONES[Grade(full.grade)] if full and full.grade else "idle",
        "score_word": percent(full.score) if full and full.score is not None else "",
        "dimensions": dimension_rows(full),
        "failing": [one for one in _findings(full) if one.failed_to_run or not one.holds],
        "blockers": [Failing(blocker) for blocker in full.blockers] if full else [],
        "practice": [
            {"name": one.practice, "word": percent(one.share), "gap": ""}
            if one.share is not None
            else {"name": one.practice, "word": "", "gap": translate(one.gap)}
            for one in (reads.practice_of(session, dataset, full) if full else [])
        ],
        "waivers": [
            (waiver, said(waiver.sentence, waiver.facts))
            for waiver in reads.standing_waivers(session, dataset.id, clock.today())
        ],
        "may_waive": actor.may(Permission.PUBLISH_PRODUCT, dataset.organization_id),
        "age": _age(dataset, found),
        "age_tones": FRESHNESS_TONES,
        "trend": trend,
        "trend_scores": [
            round(point["score"] * 100, 2) for point in trend if point["score"] is not None
        ],
        "threshold": float(LISTING_THRESHOLD),
        "grades": [(letter, f"{float(floor * 100):.0f}") for letter, floor in GRADE_FLOORS],
    }


def _age(dataset: Dataset, found: DatasetVersion | None) -> Freshness:
    if found is None:
        return Freshness.NOT_PROMISED
    return freshness(UpdateCycle(dataset.update_cycle), found.delivered_at, clock.now())


def dimension_rows(run: QualityRun | None) -> Sequence[Mapping[str, Any]]:
    """The six dimensions with their score, weight, sub-indicators and rules in words."""
    if run is None:
        return []
    findings = _findings(run)
    weights = dimension_weights()
    scores, shares = run.dimensions or {}, run.indicators or {}
    return [
        {
            "dimension": dimension,
            "score": float(scores[dimension]) if dimension in scores else None,
            "word": percent(Decimal(scores[dimension])) if dimension in scores else None,
            "weight": percent(Decimal(float(weights[dimension]))),
            "findings": [one for one in findings if one.dimension is dimension],
            "indicators": [
                {
                    "indicator": indicator,
                    "share": shares.get(indicator.value),
                    "word": _share_word(shares.get(indicator.value)),
                    "gap": "" if indicator.value in shares else gap_of(run, indicator),
                    "findings": [one for one in findings if one.indicator is indicator],
                }
                for indicator in Indicator
                if indicator.dimension is dimension
            ],
        }
        for dimension in QualityDimension
    ]


def _findings(run: QualityRun | None) -> Sequence[FindingOut]:
    return [FindingOut.of(finding) for finding in run.findings] if run else []


def _share_word(share: Sequence[int] | None) -> str:
    return percent(Decimal(share[0]) / Decimal(share[1])) if share else ""


def trend_rows(history: Sequence[tuple[int, QualityRun]]) -> Sequence[Mapping[str, Any]]:
    """Score and grade of each version, oldest first."""
    return [
        {
            "number": number,
            "score": float(run.score) if run.score is not None else None,
            "hundred": round(float(run.score) * 100, 2) if run.score is not None else None,
            "word": percent(run.score) if run.score is not None else "—",
            "grade": Grade(run.grade) if run.grade else None,
            "has_passed": run.has_passed,
            "ended_at": run.ended_at,
            "version_id": run.version_id,
        }
        for number, run in history
    ]
