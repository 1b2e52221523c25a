"""Where does finance see its data assets, what waits, and what each one is worth in the books?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.parse import parse_form, parse_query
from kernel.web.shell import Desk, Panel, Waiting, desk_source, money
from kernel.web.submissions import claim_once
from valuation.assets import actions, reads
from valuation.assets.models import DataAsset
from valuation.assets.rules import AssetClass, AssetState, AssetUse, LapseCause
from valuation.assets.schemas import (
    ImpairmentDraft,
    LapseDraft,
    LifeDraft,
    RealisableDraft,
    SaleDraft,
    UseDraft,
    WriteUpDraft,
)
from valuation.books import reads as books

bp = Blueprint("assets", __name__, template_folder="templates", url_prefix="/assets")
LATEST = 5


class RegisterFilter(BaseModel):
    """Which assets of which books to list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    entity_id: str = ""
    state: AssetState | None = None
    cursor: str = ""


class MonthForm(BaseModel):
    """Which month to charge, in which books."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entity_id: str
    month_on: date


@dataclass(frozen=True)
class Act:
    """Something that finance may do with an asset: one form, one action."""

    schema: type[BaseModel]
    run: Callable[[Session, Actor, str, Any], object]
    title: str
    lead: str
    done: str


ACTS: dict[str, Act] = {
    "use": Act(
        UseDraft,
        actions.put_into_use,
        N_("达到预定用途"),
        N_("从当月起摊销；开发支出在这一天转入无形资产。"),
        N_("已记为投入使用，从当月起摊销。"),
    ),
    "life": Act(
        LifeDraft,
        actions.revise_life,
        N_("调整摊销期"),
        N_("会计估计变更，从作出决定的当月起未来适用。"),
        N_("摊销期已调整。"),
    ),
    "impairment": Act(
        ImpairmentDraft,
        actions.impair,
        N_("减值测试"),
        N_(
            "可收回金额取公允价值减处置费用与使用价值中较高者；低于账面价值的差额计提减值，以后不得转回。"
        ),
        N_("减值测试已完成。"),
    ),
    "measurement": Act(
        RealisableDraft,
        actions.remeasure_inventory,
        N_("存货跌价测试"),
        N_("按成本与可变现净值孰低计量；价值回升时在原已计提的金额内转回。"),
        N_("存货已按成本与可变现净值孰低计量。"),
    ),
    "write-up": Act(
        WriteUpDraft,
        actions.write_up,
        N_("调增账面价值"),
        N_("只有已计提跌价准备的存货可以在原计提金额内转回；无形资产减值和评估增值都不能调增。"),
        N_("已在原计提金额内转回。"),
    ),
    "sale": Act(
        SaleDraft,
        actions.sell,
        N_("出售"),
        N_("整项出售并终止确认；出售当月不再摊销。"),
        N_("已出售并终止确认。"),
    ),
    "lapse": Act(
        LapseDraft,
        actions.lapse,
        N_("失效"),
        N_("授权终止或不再能带来经济利益时转销账面价值；当月不再摊销。"),
        N_("已转销并终止确认。"),
    ),
}


@bp.get("")
def index() -> ResponseReturnValue:
    """The register of one set of books, and what waits in it."""
    actor, wanted = current_actor(), parse_query(RegisterFilter)
    with transaction() as session:
        entity = books.choose_entity(session, actor, wanted.entity_id)
        if entity is None:
            return _without_books(actor)
        page = reads.register(
            session, actor, entity.id, state=wanted.state or "", cursor=wanted.cursor
        )
        today = clock.today()
        return render_template(
            "assets/index.html",
            entity=entity,
            entities=books.list_entities(session, actor),
            lines=reads.lines_on(session, entity.id, today),
            candidates=reads.candidates(session, entity.id),
            month=reads.month_to_charge(session, entity.id, today),
            page=page,
            amounts=reads.amounts_of(session, page.items),
            states=AssetState,
            wanted=wanted,
            may_keep=actor.may(Permission.KEEP_BOOKS, entity.organization_id),
            tone=tone_of,
            address=request.full_path.split("&cursor=")[0],
        )


@bp.get("/<asset_id>")
def show(asset_id: str) -> ResponseReturnValue:
    """The asset card: amounts, schedule, vouchers."""
    actor = current_actor()
    with transaction() as session:
        asset = reads.get_asset(session, actor, asset_id)
        entity = books.get_entity(session, actor, asset.entity_id)
        may_keep = actor.may(Permission.KEEP_BOOKS, entity.organization_id)
        return render_template(
            "assets/show.html",
            asset=asset,
            entity=entity,
            amounts=reads.amounts_of(session, [asset])[asset.id],
            schedule=reads.amortisation_schedule(session, asset),
            vouchers=books.vouchers_touching(session, asset.id),
            chart=books.chart(session, entity.id),
            acts=[(name, ACTS[name].title) for name in _open_acts(asset)] if may_keep else [],
            may_keep=may_keep,
            tone=tone_of,
        )


@bp.route(
    "/<asset_id>/<any(use, life, impairment, measurement, 'write-up', sale, lapse):act>",
    methods=["GET", "POST"],
)
def perform(asset_id: str, act: str) -> ResponseReturnValue:
    """One act with one asset: its form, then its result on the card."""
    actor, chosen = current_actor(), ACTS[act]
    form: Form[BaseModel] = Form(chosen.schema, {"on": clock.today(), "ready_on": clock.today()})
    with transaction() as session:
        asset = reads.get_asset(session, actor, asset_id)
        entity = books.get_entity(session, actor, asset.entity_id)
        actor.require(Permission.KEEP_BOOKS, entity.organization_id)
        amounts = reads.amounts_of(session, [asset])[asset.id]
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                chosen.run(session, actor, asset_id, draft)
            flash(translate(chosen.done), "good")
            return redirect(url_for("assets.show", asset_id=asset_id), 303)
    page = render_template(
        "assets/act.html",
        asset=asset,
        amounts=amounts,
        act=act,
        chosen=chosen,
        form=form,
        tone=tone_of,
        uses=[(one.value, translate(one.label)) for one in AssetUse],
        causes=[(one.value, translate(one.label)) for one in LapseCause],
    )
    return page, form.status


@bp.post("/month-end")
def month_end() -> ResponseReturnValue:
    """Charge every month up to the one given."""
    wanted = parse_form(MonthForm)
    with transaction() as session:
        charged = actions.run_month_end(session, current_actor(), wanted.entity_id, wanted.month_on)
    flash(say(N_("月末处理完成，新计提 {count} 笔摊销。"), count=charged), "good")
    return redirect(url_for("assets.index", entity_id=wanted.entity_id), 303)


@desk_source
def show_waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Whoever keeps the books sees the month that waits, and what each asset is charged next."""
    if not actor.organization_id or not actor.may(Permission.KEEP_BOOKS):
        return
    entity = books.find_entity_of(session, actor.organization_id)
    if entity is None:
        return
    desk.changed.append(_next_charges(session, actor, entity.id))
    month = reads.month_to_charge(session, entity.id, clock.today())
    if month is not None:
        desk.waiting.append(
            Waiting(
                title=say(N_("{month} 的摊销尚未计提"), month=f"{month:%Y-%m}"),
                address=url_for("assets.index", entity_id=entity.id),
                button=translate(N_("去计提")),
                note=entity.title,
            )
        )


def _next_charges(session: Session, actor: Actor, entity_id: str) -> Panel:
    rows: list[tuple[str, str]] = []
    booked = reads.register(session, actor, entity_id, state=AssetState.RECOGNISED).items
    for asset in booked[:LATEST]:
        coming = (
            line for line in reads.amortisation_schedule(session, asset) if line.voucher_id is None
        )
        if (line := next(coming, None)) is not None:
            words = say(
                N_("《{title}》{month} 摊销 {amount} 元，摊后账面 {carrying} 元"),
                title=asset.title,
                month=f"{line.month_on:%Y-%m}",
                amount=money(line.charge),
                carrying=money(line.carrying),
            )
            rows.append((words, url_for("assets.show", asset_id=asset.id)))
    none = translate(N_("没有在摊销的数据资产。"))
    return Panel(translate(N_("下一次摊销")), rows, none)


def tone_of(state: AssetState) -> str:
    """The colour of a state; a word always stands beside it."""
    match state:
        case AssetState.CANDIDATE | AssetState.DEVELOPING:
            return "wait"
        case AssetState.RECOGNISED:
            return "good"
        case AssetState.IMPAIRED:
            return "bad"
        case AssetState.DERECOGNISED | AssetState.EXPENSED:
            return "idle"


def _without_books(actor: Actor) -> ResponseReturnValue:
    """Those who keep no books are led to what they do here: valuing, or recording costs."""
    if actor.may(Permission.KEEP_BOOKS) or actor.may(Permission.READ_BOOKS):
        return render_template("books/none.html", may_open=actor.may(Permission.KEEP_BOOKS))
    if actor.may(Permission.APPRAISE):
        return redirect(url_for("appraisals.index"))
    return redirect(url_for("costs.index"))


def _open_acts(asset: DataAsset) -> list[str]:
    """What may be done with the asset as it stands, the most natural first."""
    if asset.booked_as is AssetClass.INTANGIBLE and asset.ready_on is None:
        return ["use"] if asset.stands is not AssetState.DERECOGNISED else []
    if not asset.is_booked:
        return []
    if asset.booked_as is AssetClass.INVENTORY:
        return ["measurement", "sale", "lapse", "write-up"]
    return ["impairment", "life", "sale", "lapse", "write-up"]
