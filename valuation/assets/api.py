"""How do machines read the register and act on assets?"""

from datetime import date

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json, parse_query
from valuation.assets import actions, reads
from valuation.assets.rules import AssetState
from valuation.assets.schemas import (
    AssetOut,
    ImpairmentDraft,
    LapseDraft,
    LifeDraft,
    RealisableDraft,
    SaleDraft,
    UseDraft,
    WriteUpDraft,
)

bp = Blueprint("assets_api", __name__, url_prefix="/api/assets")


class RegisterQuery(BaseModel):
    """Which assets of which books."""

    model_config = ConfigDict(frozen=True)

    entity_id: str
    state: AssetState | None = None
    cursor: str = ""


class AssetPageOut(BaseModel):
    """Some assets, and where the next ones begin."""

    items: list[AssetOut]
    next_cursor: str


class ScheduleLineOut(BaseModel):
    """One month: charged with its voucher, or to come."""

    month_on: date
    charge: str
    carrying: str
    voucher_id: str | None


class ScheduleOut(BaseModel):
    """The whole life of one asset."""

    lines: list[ScheduleLineOut]


class MonthEndIn(BaseModel):
    """Charge every month up to this one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entity_id: str
    month_on: date


class MonthEndOut(BaseModel):
    """How many charges were posted now."""

    charged: int


@bp.get("")
@documented(gives=AssetPageOut, query=RegisterQuery, tag="assets")
def index() -> ResponseReturnValue:
    """The register of one set of books, newest first."""
    wanted = parse_query(RegisterQuery)
    with transaction() as session:
        page = reads.register(
            session,
            current_actor(),
            wanted.entity_id,
            state=wanted.state or "",
            cursor=wanted.cursor,
        )
        amounts = reads.amounts_of(session, page.items)
        items = [AssetOut.of(asset, amounts[asset.id]) for asset in page.items]
    return AssetPageOut(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.get("/<asset_id>")
@documented(gives=AssetOut, tag="assets")
def show(asset_id: str) -> ResponseReturnValue:
    """One asset with its amounts."""
    with transaction() as session:
        return _asset(session, asset_id)


@bp.get("/<asset_id>/schedule")
@documented(gives=ScheduleOut, tag="assets")
def schedule(asset_id: str) -> ResponseReturnValue:
    """Months charged and months to come."""
    with transaction() as session:
        asset = reads.get_asset(session, current_actor(), asset_id)
        lines = [
            ScheduleLineOut(
                month_on=line.month_on,
                charge=f"{line.charge.yuan:.2f}",
                carrying=f"{line.carrying.yuan:.2f}",
                voucher_id=line.voucher_id,
            )
            for line in reads.amortisation_schedule(session, asset)
        ]
    return ScheduleOut(lines=lines).model_dump(mode="json")


@bp.post("/month-ends")
@documented(takes=MonthEndIn, gives=MonthEndOut, tag="assets")
def month_end() -> ResponseReturnValue:
    """Charge every month up to the one given; twice changes nothing."""
    wanted = parse_json(MonthEndIn)
    with transaction() as session:
        charged = actions.run_month_end(session, current_actor(), wanted.entity_id, wanted.month_on)
    return MonthEndOut(charged=charged).model_dump(mode="json")


@bp.post("/<asset_id>/use")
@documented(takes=UseDraft, gives=AssetOut, tag="assets")
def put_into_use(asset_id: str) -> ResponseReturnValue:
    """Ready for its intended use."""
    draft = parse_json(UseDraft)
    with transaction() as session:
        actions.put_into_use(session, current_actor(), asset_id, draft)
        return _asset(session, asset_id)


@bp.post("/<asset_id>/life")
@documented(takes=LifeDraft, gives=AssetOut, tag="assets")
def revise_life(asset_id: str) -> ResponseReturnValue:
    """A new estimate of the months left."""
    draft = parse_json(LifeDraft)
    with transaction() as session:
        actions.revise_life(session, current_actor(), asset_id, draft)
        return _asset(session, asset_id)


@bp.post("/<asset_id>/impairment")
@documented(takes=ImpairmentDraft, gives=AssetOut, tag="assets")
def impair(asset_id: str) -> ResponseReturnValue:
    """Test an intangible asset for impairment."""
    draft = parse_json(ImpairmentDraft)
    with transaction() as session:
        actions.impair(session, current_actor(), asset_id, draft)
        return _asset(session, asset_id)


@bp.post("/<asset_id>/measurement")
@documented(takes=RealisableDraft, gives=AssetOut, tag="assets")
def remeasure(asset_id: str) -> ResponseReturnValue:
    """Bring inventory to the lower of cost and net realisable value."""
    draft = parse_json(RealisableDraft)
    with transaction() as session:
        actions.remeasure_inventory(session, current_actor(), asset_id, draft)
        return _asset(session, asset_id)


@bp.post("/<asset_id>/write-up")
@documented(takes=WriteUpDraft, gives=AssetOut, tag="assets")
def write_up(asset_id: str) -> ResponseReturnValue:
    """Raise the carrying amount; refused for intangible assets."""
    draft = parse_json(WriteUpDraft)
    with transaction() as session:
        actions.write_up(session, current_actor(), asset_id, draft)
        return _asset(session, asset_id)


@bp.post("/<asset_id>/sale")
@documented(takes=SaleDraft, gives=AssetOut, tag="assets")
def sell(asset_id: str) -> ResponseReturnValue:
    """Sell the whole asset."""
    draft = parse_json(SaleDraft)
    with transaction() as session:
        actions.sell(session, current_actor(), asset_id, draft)
        return _asset(session, asset_id)


@bp.post("/<asset_id>/lapse")
@documented(takes=LapseDraft, gives=AssetOut, tag="assets")
def lapse(asset_id: str) -> ResponseReturnValue:
    """The right or the use is lost."""
    draft = parse_json(LapseDraft)
    with transaction() as session:
        actions.lapse(session, current_actor(), asset_id, draft)
        return _asset(session, asset_id)


def _asset(session: Session, asset_id: str) -> ResponseReturnValue:
    asset = reads.get_asset(session, current_actor(), asset_id)
    amounts = reads.amounts_of(session, [asset])
    return AssetOut.of(asset, amounts[asset.id]).model_dump(mode="json")
