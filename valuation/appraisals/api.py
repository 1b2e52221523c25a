"""How do machines draft, read and sign appraisals?"""

from datetime import date
from typing import Annotated, Self

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from kernel import clock
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json, parse_query
from valuation.appraisals import actions, reads
from valuation.appraisals.schemas import AppraisalDraft, AppraisalOut, FigureDraft

bp = Blueprint("appraisals_api", __name__, url_prefix="/api/appraisals")

EARLIEST_BASE, LATEST_BASE = date(2000, 1, 1), date(9998, 12, 31)


class AppraisalQuery(BaseModel):
    """Which appraisals to list."""

    model_config = ConfigDict(frozen=True)

    product_id: str = ""
    cursor: str = ""


class AppraisalLineOut(BaseModel):
    """One appraisal in a list."""

    id: str
    product_id: str
    title: str
    state: str
    base_on: str
    value: str


class AppraisalPageOut(BaseModel):
    """Some appraisals, and where the next ones begin."""

    items: list[AppraisalLineOut]
    next_cursor: str


class FactsQuery(BaseModel):
    """What is known of which product, as of which day; today when not given."""

    model_config = ConfigDict(frozen=True)

    product_id: str
    base_on: Annotated[date, Field(ge=EARLIEST_BASE, le=LATEST_BASE)] | None = None


class TradeOut(BaseModel):
    """The year before the base date. revenue: yuan before VAT."""

    orders: int
    revenue: str
    uses: int


class FactsOut(BaseModel):
    """Figures that the house knows, ready to stand in a draft. trade: of one's own product."""

    base_on: date
    figures: list[FigureDraft]
    trade: TradeOut | None

    @classmethod
    def of(cls, base_on: date, facts: reads.ProductFacts) -> Self:
        trade = facts.trade
        return cls(
            base_on=base_on,
            figures=[
                FigureDraft(key=one.key, value=one.value, source=one.source, evidence=one.evidence)
                for one in facts.figures
            ],
            trade=trade
            and TradeOut(orders=trade.orders, revenue=f"{trade.revenue.yuan:.2f}", uses=trade.uses),
        )


class RecomputationOut(BaseModel):
    """An appraisal computed again from its stored inputs."""

    value: str
    is_equal: bool
    is_sealed: bool


@bp.get("")
@documented(gives=AppraisalPageOut, query=AppraisalQuery, tag="appraisals")
def index() -> ResponseReturnValue:
    """Appraisals of the caller's organisation, newest first."""
    actor, wanted = current_actor(), parse_query(AppraisalQuery)
    with transaction() as session:
        page = reads.list_appraisals(
            session,
            actor,
            actor.organization_id or "",
            product_id=wanted.product_id,
            cursor=wanted.cursor,
        )
        items = [
            AppraisalLineOut(
                id=one.id,
                product_id=one.product_id,
                title=one.title,
                state=one.state,
                base_on=one.base_on.isoformat(),
                value=f"{one.value.yuan:.2f}",
            )
            for one in page.items
        ]
    return AppraisalPageOut(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.post("")
@documented(takes=AppraisalDraft, gives=AppraisalOut, status=201, tag="appraisals")
def create() -> ResponseReturnValue:
    """Value a product; the result is an internal estimate."""
    actor, draft = current_actor(), parse_json(AppraisalDraft)
    with transaction() as session:
        made = actions.draft_appraisal(session, actor, actor.organization_id or "", draft)
        valuation = reads.recompute(session, made).valuation
        return AppraisalOut.of(made, valuation).model_dump(mode="json"), 201


@bp.get("/facts")
@documented(gives=FactsOut, query=FactsQuery, tag="appraisals")
def facts() -> ResponseReturnValue:
    """Costs, quality, sales and use of a product, as far as the house has them."""
    actor, wanted = current_actor(), parse_query(FactsQuery)
    base_on = wanted.base_on or clock.today()
    with transaction() as session:
        found = reads.facts_for(
            session, actor, actor.organization_id or "", wanted.product_id, base_on
        )
    return FactsOut.of(base_on, found).model_dump(mode="json")


@bp.get("/<appraisal_id>")
@documented(gives=AppraisalOut, tag="appraisals")
def show(appraisal_id: str) -> ResponseReturnValue:
    """One appraisal."""
    with transaction() as session:
        found = reads.get_appraisal(session, current_actor(), appraisal_id)
        valuation = reads.recompute(session, found).valuation
        return AppraisalOut.of(found, valuation).model_dump(mode="json")


@bp.get("/<appraisal_id>/recomputation")
@documented(gives=RecomputationOut, tag="appraisals")
def recompute(appraisal_id: str) -> ResponseReturnValue:
    """The same figures again from the stored inputs, held against the log."""
    with transaction() as session:
        found = reads.get_appraisal(session, current_actor(), appraisal_id)
        again = reads.recompute(session, found)
        return RecomputationOut(
            value=f"{again.valuation.conclusion.amount.yuan:.2f}",
            is_equal=again.is_equal,
            is_sealed=again.is_sealed,
        ).model_dump(mode="json")


@bp.post("/<appraisal_id>/signature")
@documented(gives=AppraisalOut, tag="appraisals")
def sign(appraisal_id: str) -> ResponseReturnValue:
    """Put one's name under it; with the second person's it is signed."""
    with transaction() as session:
        signed = actions.sign_appraisal(session, current_actor(), appraisal_id)
        valuation = reads.recompute(session, signed).valuation
        return AppraisalOut.of(signed, valuation).model_dump(mode="json")
