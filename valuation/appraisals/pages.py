"""Where does an appraiser value a product, and where is the report read, signed and printed?"""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.parse import parse_query
from kernel.web.shell import Desk, Panel, Waiting, desk_source
from kernel.web.submissions import claim_once, remember_location
from valuation.appraisals import actions, reads
from valuation.appraisals.comparison import FEWEST_COMPARABLES, Coefficient
from valuation.appraisals.cost import COST_COMPONENTS, CostForm
from valuation.appraisals.income import CONTRIBUTORY_ASSETS, LIVES, PREMIUMS, LossTax, Variant
from valuation.appraisals.models import Appraisal
from valuation.appraisals.rules import InputKey, Method, Purpose, ValueType, unit_of
from valuation.appraisals.schemas import AppraisalForm
from valuation.costs import reads as costs

bp = Blueprint("appraisals", __name__, template_folder="templates", url_prefix="/appraisals")

YEARS = 5  # columns of the forecast on the page; the JSON interface takes thirty
DEALS = 5
LATEST = 5
SERIES: dict[Variant, tuple[InputKey, ...]] = {
    Variant.DIRECT: (InputKey.REVENUE, InputKey.OPERATING_COST),
    Variant.SHARING: (InputKey.BASE_AMOUNT, InputKey.SHARING_RATE),
    Variant.EXCESS: (InputKey.OPERATING_PROFIT,),
    Variant.INCREMENTAL: (InputKey.PROFIT_WITH, InputKey.PROFIT_WITHOUT, InputKey.COST_SAVED),
}
COST_FACTORS: dict[CostForm, tuple[InputKey, ...]] = {
    CostForm.ADJUSTED: (
        InputKey.QUALITY_FACTOR,
        InputKey.SCENARIO_FACTOR,
        InputKey.REMAINING_LIFE,
        InputKey.TOTAL_LIFE,
    ),
    CostForm.DEPRECIATED: (InputKey.DEPRECIATION_RATE,),
    CostForm.CIRCULATION: (
        InputKey.SPREAD_FACTOR,
        InputKey.CIRCULABLE_SHARE,
        InputKey.OWN_SHARE,
        InputKey.REALISATION_FACTOR,
        InputKey.RISK_FACTOR,
    ),
}
OTHER_ROWS = "other_rows"  # a button of the form: the same figures under another formula
RATES = (InputKey.RISK_FREE_RATE, *PREMIUMS, InputKey.TAX_RATE)


class AppraisalFilter(BaseModel):
    """Which appraisals to list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    product_id: str = ""
    cursor: str = ""


class WorkbenchQuery(BaseModel):
    """What the workbench begins with."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    product_id: str = ""
    form: CostForm = CostForm.ADJUSTED
    variant: Variant = Variant.DIRECT


@bp.get("")
def index() -> ResponseReturnValue:
    """Appraisals of one's organisation, newest first."""
    actor, wanted = current_actor(), parse_query(AppraisalFilter)
    with transaction() as session:
        page = reads.list_appraisals(
            session,
            actor,
            actor.organization_id or "",
            product_id=wanted.product_id,
            cursor=wanted.cursor,
        )
        return render_template(
            "appraisals/index.html",
            page=page,
            wanted=wanted,
            may_draft=actor.may(Permission.APPRAISE),
            address=request.full_path.split("&cursor=")[0],
        )


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """The workbench: figures with sources, three methods, reconciliation."""
    actor, wanted = current_actor(), parse_query(WorkbenchQuery)
    actor.require(Permission.APPRAISE)
    facts = _facts(actor, wanted)
    form = Form(AppraisalForm, _beginning(wanted, facts))
    if OTHER_ROWS in request.form:
        form.values = _moved(request.form, wanted)
    elif form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                made = actions.draft_appraisal(session, actor, actor.organization_id or "", draft)
                address = url_for("appraisals.show", appraisal_id=made.id)
                remember_location(session, actor.id, address)
            flash(translate(N_("内部测算已完成，等待两位评估人签署。")), "good")
            return redirect(address, 303)
    with transaction() as session:
        projects = costs.list_projects(session, actor.organization_id or "")
    page = render_template(
        "appraisals/new.html",
        form=form,
        wanted=wanted,
        projects=projects,
        trade=facts.trade if facts else None,
        **_rows(wanted),
    )
    return page, form.status


@bp.get("/<appraisal_id>")
def show(appraisal_id: str) -> ResponseReturnValue:
    """One appraisal: conclusion, methods, figures, signatures."""
    return _page("appraisals/show.html", appraisal_id)


@bp.get("/<appraisal_id>/report")
def report(appraisal_id: str) -> ResponseReturnValue:
    """The report with every required part, for print."""
    return _page("appraisals/report.html", appraisal_id)


@bp.post("/<appraisal_id>/signature")
def sign(appraisal_id: str) -> ResponseReturnValue:
    """Put one's name under it."""
    with transaction() as session:
        signed = actions.sign_appraisal(session, current_actor(), appraisal_id)
        is_whole = not signed.is_internal_estimate
    message = (
        N_("两位评估人已签署，评估生效。") if is_whole else N_("已签名，还需另一位评估人签署。")
    )
    flash(translate(message), "good")
    return redirect(url_for("appraisals.show", appraisal_id=appraisal_id), 303)


def _latest(session: Session, actor: Actor) -> Panel:
    """The newest appraisals, and until when each one holds."""
    rows = [
        (
            say(
                N_("《{title}》{value}，{state}，有效至 {day}"),
                title=one.title,
                value=one.value,
                state=one.stands,
                day=one.valid_through_on,
            ),
            url_for("appraisals.show", appraisal_id=one.id),
        )
        for one in reads.list_appraisals(session, actor, actor.organization_id or "").items[:LATEST]
    ]
    none = translate(N_("还没有评估。选一个产品，成本和质量得分会自动带入。"))
    return Panel(translate(N_("最近的评估")), rows, none)


@desk_source
def show_waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Appraisers see the drafts that wait for their signature."""
    if not actor.organization_id or not actor.may(Permission.SIGN_APPRAISAL):
        return
    if actor.may(Permission.APPRAISE):
        desk.starts.append((translate(N_("新编评估")), url_for("appraisals.new")))
    desk.changed.append(_latest(session, actor))
    for appraisal in reads.waiting_for_signature(session, actor):
        desk.waiting.append(
            Waiting(
                title=say(N_("签署《{title}》的评估"), title=appraisal.title),
                address=url_for("appraisals.show", appraisal_id=appraisal.id),
                button=translate(N_("查看并签署")),
                due_on=appraisal.valid_through_on,
                note=say(N_("已有 {count} 位签名"), count=len(appraisal.signatures)),
            )
        )


def _page(template: str, appraisal_id: str) -> ResponseReturnValue:
    actor = current_actor()
    with transaction() as session:
        appraisal = reads.get_appraisal(session, actor, appraisal_id)
        again = reads.recompute(session, appraisal)
        return render_template(
            template,
            appraisal=appraisal,
            again=again,
            valuation=again.valuation,
            methods=Method,
            figures={
                method: [row for row in appraisal.inputs if row.method == method.value]
                for method in (Method.COST, Method.INCOME)
            },
            may_sign=_may_sign(actor, appraisal),
            needed=actions.SIGNATURES_NEEDED,
            fewest=FEWEST_COMPARABLES,
        )


def _may_sign(actor: Actor, appraisal: Appraisal) -> bool:
    return (
        appraisal.is_internal_estimate
        and actor.may(Permission.SIGN_APPRAISAL, appraisal.organization_id)
        and actor.id not in {signature.person_id for signature in appraisal.signatures}
        and clock.today() <= appraisal.valid_through_on
    )


def _facts(actor: Actor, wanted: WorkbenchQuery) -> reads.ProductFacts | None:
    """What the house already knows about the chosen product."""
    if not wanted.product_id or not actor.organization_id:
        return None
    with transaction() as session:
        return reads.facts_for(
            session, actor, actor.organization_id, wanted.product_id, clock.today()
        )


def _beginning(wanted: WorkbenchQuery, facts: reads.ProductFacts | None) -> dict[str, Any]:
    """Known figures are filled in with their source; the rest is the appraiser's."""
    values: dict[str, Any] = {
        "product_id": wanted.product_id,
        "base_on": clock.today(),
        "cost-form": wanted.form.value,
        "income-variant": wanted.variant.value,
        "cost_weight": "0.4",
        "income_weight": "0.6",
        "market_weight": "0",
    }
    keys = _cost_keys(wanted.form)
    for fact in facts.figures if facts else ():
        if fact.key in keys:
            base = f"cost-figures-{keys.index(fact.key)}"
            values[f"{base}-value"], values[f"{base}-source"] = fact.value, fact.source
            values[f"{base}-evidence"] = fact.evidence
    return values


def _moved(typed: MultiDict[str, str], wanted: WorkbenchQuery) -> MultiDict[str, str]:
    """All that was typed, each figure on the line that its key has under the chosen formulas."""
    lines = {
        "cost-figures": _cost_keys(wanted.form),
        "income-figures": _income_keys(wanted.variant),
        "income-series": list(SERIES[wanted.variant]),
    }
    moved = MultiDict(
        (name, text)
        for name, text in typed.items(multi=True)
        if name.rpartition("-figures-")[0] not in {"cost", "income"}
        and not name.startswith("income-series-")
    )
    for prefix, keys in lines.items():
        places = {str(key): place for place, key in enumerate(keys)}
        for name, key in typed.items():
            line = name.removesuffix("key")
            if name.startswith(prefix) and line != name and key in places:
                there = f"{prefix}-{places[key]}-"
                told = {n: text for n, text in typed.items() if n.startswith(line) and text}
                moved.update({there + n[len(line) :]: text for n, text in told.items()})
    moved["cost-form"], moved["income-variant"] = wanted.form.value, wanted.variant.value
    return moved


def _rows(wanted: WorkbenchQuery) -> dict[str, Any]:
    """Which lines the form shows for the chosen cost form and income variant."""
    return {
        "cost_keys": _lines(_cost_keys(wanted.form)),
        "series_keys": _lines(SERIES[wanted.variant]),
        "income_keys": _lines(_income_keys(wanted.variant)),
        "years": range(YEARS),
        "deals": range(DEALS),
        "coefficients": [one for one in Coefficient if one is not Coefficient.PRODUCT],
        "purposes": _choices(Purpose),
        "value_types": _choices(ValueType),
        "cost_forms": list(CostForm),
        "variants": list(Variant),
        "loss_taxes": _choices(LossTax),
        "today": clock.today(),
    }


def _cost_keys(form: CostForm) -> list[InputKey]:
    return [*COST_COMPONENTS, InputKey.PROFIT_RATE, *COST_FACTORS[form]]


def _income_keys(variant: Variant) -> list[InputKey]:
    charges = [key for pair in CONTRIBUTORY_ASSETS for key in pair]
    own = charges if variant is Variant.EXCESS else []
    return [*LIVES, *RATES, *own, InputKey.TAX_AMORTISATION_YEARS]


def _lines(keys: Iterable[InputKey]) -> list[tuple[InputKey, str]]:
    return [(key, translate(unit_of(key).label)) for key in keys]


def _choices(kind: Any) -> list[tuple[str, str]]:
    return [(one.value, translate(one.label)) for one in kind]
