"""Where does a clerk without code put a suite together? Propose, tick, edit, save."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy.orm import Session

from kernel import jobs
from kernel.actor import Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.submissions import claim_once
from market.datasets import reads as datasets
from market.datasets.models import Dataset
from market.datasets.pages import dataset_view
from market.proposals import actions, reads
from market.proposals.forms import Item, as_json, item_of, items_from
from market.proposals.models import SuiteProposal
from market.proposals.schemas import said_reason
from market.quality import actions as quality
from market.quality import reads as verdicts
from market.quality.expectations import SUPPORTED
from market.quality.models import QualitySuite
from market.quality.rules import Indicator, Severity
from market.quality.written import read_saved

bp = Blueprint("proposals", __name__, template_folder="templates", url_prefix="/quality")


class _Builder(BaseModel):
    """The form of the builder is read rule by rule in forms.py."""


@bp.get("/datasets/<dataset_id>/suite")
def builder(dataset_id: str) -> ResponseReturnValue:
    """The rules of a data set: what is saved, what is proposed, what to change."""
    with transaction() as session:
        page = _page(session, dataset_id, None)
    return render_template("proposals/builder.html", form=Form(_Builder), **page)


@bp.post("/datasets/<dataset_id>/suite")
def save(dataset_id: str) -> ResponseReturnValue:
    """Save the ticked rules as the next version; or add one more rule to the page."""
    actor, form = current_actor(), Form(_Builder)
    items = items_from(request.form.lists())
    if "add" in request.form:
        kind = SUPPORTED.get(request.form.get("kind", ""))
        items += [Item(kind, origin="added")] if kind else []
    else:
        with form.showing_problems(), transaction() as session:
            claim_once(session, actor.id)
            written = [item.written() for item in items if item.is_kept]
            suite = quality.save_suite(session, actor, dataset_id, written)
            flash(say(N_("已保存第 {number} 版规则集，下次检查起使用。"), number=suite.number))
            return redirect(url_for("proposals.suite", suite_id=suite.id), 303)
    with transaction() as session:
        page = _page(session, dataset_id, items)
    return render_template("proposals/builder.html", form=form, **page), form.status


@bp.post("/datasets/<dataset_id>/proposals")
def request_proposal(dataset_id: str) -> ResponseReturnValue:
    """Have the newest version profiled."""
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        actions.request_proposal(session, actor, dataset_id)
    return redirect(url_for("proposals.builder", dataset_id=dataset_id), 303)


@bp.get("/proposals/<proposal_id>/progress")
def progress(proposal_id: str) -> ResponseReturnValue:
    """How far a proposal is; the page asks each second and reloads itself at the end."""
    with transaction() as session:
        _, proposal = reads.get_proposal(session, current_actor(), proposal_id)
        is_stalled = jobs.is_stalled(session)
    page = render_template("proposals/progress.html", proposal=proposal, is_stalled=is_stalled)
    return page, 200, {} if proposal.is_under_way else {"HX-Refresh": "true"}


@bp.get("/suites/<suite_id>")
def suite(suite_id: str) -> ResponseReturnValue:
    """One saved version of the rules, in words and as JSON."""
    with transaction() as session:
        actor = current_actor()
        dataset, found = verdicts.get_suite(session, actor, suite_id)
        latest = datasets.latest_version(session, dataset.id)
        under_way = verdicts.find_under_way(session, latest.id) if latest else None
        page = {
            **dataset_view(session, actor, dataset),
            "suite": found,
            "rules": _said(found, dataset),
            "suites": verdicts.list_suites(session, dataset.id),
            "json": as_json([item for item in map(item_of, found.rules) if item]),
            "may_check": latest is not None
            and under_way is None
            and datasets.may_keep(actor, dataset)
            and actor.may(Permission.CHECK_QUALITY),
        }
    return render_template("proposals/suite.html", **page)


def _said(found: QualitySuite, dataset: Dataset) -> Sequence[Mapping[str, Any]]:
    rules = read_saved(found.rules, [column.spec() for column in dataset.columns])
    return [
        {
            "words": say(rule.sentence, **rule.facts),
            "indicator": rule.indicator,
            "severity": rule.severity,
        }
        for rule in rules
    ]


def _page(session: Session, dataset_id: str, sent: list[Item] | None) -> dict[str, Any]:
    actor = current_actor()
    dataset = datasets.get_dataset(session, actor, dataset_id)
    view = dataset_view(session, actor, dataset)
    may_edit = view["is_keeper"] and actor.may(Permission.CHECK_QUALITY)
    proposal = reads.latest_proposal(session, dataset.id) if may_edit else None
    saved = verdicts.latest_suite(session, dataset.id)
    items = sent if sent is not None else _items(saved, proposal)
    return {
        **view,
        "saved": saved,
        "suites": verdicts.list_suites(session, dataset.id),
        "proposal": proposal,
        "is_stalled": proposal is not None and proposal.is_under_way and jobs.is_stalled(session),
        "items": items,
        "json": as_json(items),
        "kinds": sorted((one.type, translate(one.label)) for one in SUPPORTED.values()),
        "severities": [(one.value, translate(one.label)) for one in Severity],
        "indicators": [(one.value, f"{one.value} {translate(one.label)}") for one in Indicator],
        "choices": [(column.name, column.title) for column in dataset.columns],
        "may_edit": may_edit,
    }


def _items(saved: QualitySuite | None, proposal: SuiteProposal | None) -> list[Item]:
    """The saved rules first; then what is proposed beside them."""
    kept = [item_of(one, origin="saved") for one in saved.rules] if saved else []
    known = {_key(one) for one in saved.rules} if saved else set()
    offered = (proposal.items or []) if proposal else []
    proposed = [
        item_of(
            one["rule"],
            is_kept=one["is_ticked"],
            reason=said_reason(one),
            unexpected=one["unexpected"],
            total=one["total"],
        )
        for one in offered
        if _key(one["rule"]) not in known
    ]
    return [item for item in (*kept, *proposed) if item is not None]


def _key(written: Mapping[str, Any]) -> str:
    return f"{written['type']} {sorted(written['kwargs'].items())}"
