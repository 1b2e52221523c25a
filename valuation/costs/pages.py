"""Where are costs written down, and where does a clerk see which lack their proof?"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.parse import parse_query
from kernel.web.shell import Desk, Waiting, desk_source
from kernel.web.submissions import claim_once, remember_location
from valuation.costs import actions, reads, storage
from valuation.costs.rules import CostComponent, PaidFrom, Stage
from valuation.costs.schemas import CostRecordDraft, EvidenceFile

bp = Blueprint("costs", __name__, template_folder="templates", url_prefix="/costs")


class CostFilter(BaseModel):
    """Which cost records to list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    cursor: str = ""
    product_id: str = ""
    missing: bool = False
    organization_id: str = ""


@bp.get("")
def index() -> ResponseReturnValue:
    """Cost records, newest first."""
    actor, wanted = current_actor(), parse_query(CostFilter)
    organization_id = wanted.organization_id or actor.organization_id or ""
    with transaction() as session:
        page = reads.list_costs(
            session,
            actor,
            organization_id,
            product_id=wanted.product_id,
            is_missing=wanted.missing,
            cursor=wanted.cursor,
        )
        missing = reads.costs_without_evidence(session, organization_id)
        return render_template(
            "costs/index.html",
            page=page,
            wanted=wanted,
            missing=len(missing),
            may_record=actor.may(Permission.RECORD_COST, organization_id),
            address=request.full_path.split("&cursor=")[0],
        )


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Write down one cost, with its proof where it is at hand."""
    actor = current_actor()
    actor.require(Permission.RECORD_COST)
    form = Form(
        CostRecordDraft, {"product_id": request.args.get("product_id", ""), "paid_from": "bank"}
    )
    if form.is_sent:
        with form.showing_problems():
            draft, evidence = form.parse(), _sent_evidence()
            with transaction() as session:
                claim_once(session, actor.id)
                cost = actions.record_cost(
                    session, actor, actor.organization_id or "", draft, evidence
                )
                address = url_for("costs.show", cost_record_id=cost.id)
                remember_location(session, actor.id, address)
            flash(translate(N_("成本已登记。")), "good")
            return redirect(address, 303)
    with transaction() as session:
        projects = reads.list_projects(session, actor.organization_id or "")
    page = render_template("costs/new.html", form=form, projects=projects, **_choices())
    return page, form.status


@bp.get("/<cost_record_id>")
def show(cost_record_id: str) -> ResponseReturnValue:
    """One cost with its proof."""
    actor = current_actor()
    with transaction() as session:
        cost = reads.get_cost(session, actor, cost_record_id)
        return render_template(
            "costs/show.html",
            cost=cost,
            evidence_address=storage.evidence_address(cost),
            may_attach=not cost.has_evidence
            and actor.may(Permission.RECORD_COST, cost.organization_id),
        )


@bp.post("/<cost_record_id>/evidence")
def attach(cost_record_id: str) -> ResponseReturnValue:
    """Give a cost its proof."""
    with transaction() as session:
        reads.get_cost(session, current_actor(), cost_record_id)
    evidence = _sent_evidence()
    if evidence is None:
        raise storage.EvidenceEmpty
    with transaction() as session:
        actions.attach_evidence(session, current_actor(), cost_record_id, evidence)
    flash(translate(N_("凭据已附上，不能再替换。")), "good")
    return redirect(url_for("costs.show", cost_record_id=cost_record_id), 303)


@desk_source
def show_waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Whoever keeps the books sees which costs lack their proof."""
    if not actor.organization_id or not actor.may(Permission.KEEP_BOOKS):
        return
    desk.starts.append((translate(N_("登记成本")), url_for("costs.new")))
    missing = reads.costs_without_evidence(session, actor.organization_id)
    if missing:
        desk.waiting.append(
            Waiting(
                title=say(N_("{count} 笔成本没有凭据"), count=len(missing)),
                address=url_for("costs.index", missing="true"),
                button=translate(N_("补凭据")),
                note=translate(N_("没有凭据的成本不能资本化。")),
            )
        )


def _sent_evidence() -> EvidenceFile | None:
    file = request.files.get("evidence")
    if file is None or not file.filename:
        return None
    return storage.keep_evidence(file.stream, file.filename)


def _choices() -> dict[str, list[tuple[str, str]]]:
    return {
        "stages": [(one.value, translate(one.label)) for one in Stage],
        "components": [(one.value, translate(one.label)) for one in CostComponent],
        "payments": [(one.value, translate(one.label)) for one in PaidFrom],
    }
