"""How do machines open books and read vouchers?"""

from datetime import date

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json, parse_query
from valuation.books import actions, reads
from valuation.books.schemas import BooksDraft, EntityOut, VoucherOut

bp = Blueprint("books_api", __name__, url_prefix="/api/books")


class VoucherQuery(BaseModel):
    """Which vouchers to list."""

    model_config = ConfigDict(frozen=True)

    month_on: date | None = None
    cursor: str = ""


class EntityListOut(BaseModel):
    """Every set of books the caller may read."""

    items: list[EntityOut]


class VoucherPageOut(BaseModel):
    """Some vouchers, and where the next ones begin."""

    items: list[VoucherOut]
    next_cursor: str


class MonthIn(BaseModel):
    """One month, named by any of its days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    month_on: date


@bp.get("")
@documented(gives=EntityListOut, tag="books")
def index() -> ResponseReturnValue:
    """Sets of books the caller may read."""
    with transaction() as session:
        entities = reads.list_entities(session, current_actor())
        return EntityListOut(items=[EntityOut.of(one) for one in entities]).model_dump(mode="json")


@bp.post("")
@documented(takes=BooksDraft, gives=EntityOut, status=201, tag="books")
def create() -> ResponseReturnValue:
    """Open the books of the caller's organisation."""
    actor, draft = current_actor(), parse_json(BooksDraft)
    with transaction() as session:
        entity = actions.open_books(session, actor, actor.organization_id or "", draft.title)
        return EntityOut.of(entity).model_dump(mode="json"), 201


@bp.get("/<entity_id>/vouchers")
@documented(gives=VoucherPageOut, query=VoucherQuery, tag="books")
def vouchers(entity_id: str) -> ResponseReturnValue:
    """Vouchers with their lines, newest first."""
    wanted = parse_query(VoucherQuery)
    with transaction() as session:
        page = reads.list_vouchers(
            session, current_actor(), entity_id, month_on=wanted.month_on, cursor=wanted.cursor
        )
        items = [VoucherOut.of(one) for one in page.items]
    return VoucherPageOut(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.get("/vouchers/<voucher_id>")
@documented(gives=VoucherOut, tag="books")
def voucher(voucher_id: str) -> ResponseReturnValue:
    """One voucher."""
    with transaction() as session:
        found = reads.get_voucher(session, current_actor(), voucher_id)
        return VoucherOut.of(found).model_dump(mode="json")


@bp.post("/<entity_id>/closing")
@documented(takes=MonthIn, status=204, tag="books")
def close(entity_id: str) -> ResponseReturnValue:
    """Close one month for good."""
    month = parse_json(MonthIn)
    with transaction() as session:
        actions.close_period(session, current_actor(), entity_id, month.month_on)
    return "", 204
