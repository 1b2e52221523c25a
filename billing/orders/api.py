"""/api/orders: place, look, cancel."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from billing.orders import actions, reads
from billing.orders.rules import OrderState
from billing.orders.schemas import Cancellation, OrderDraft, OrderOut
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json, parse_query
from kernel.web.submissions import claim_once

bp = Blueprint("orders_api", __name__, url_prefix="/api/orders")


class OrdersQuery(BaseModel):
    """Which orders."""

    state: OrderState | None = None
    cursor: str = ""


class OrdersOut(BaseModel):
    """One page of orders."""

    items: list[OrderOut]
    next_cursor: str


@bp.get("")
@documented(gives=OrdersOut, query=OrdersQuery, tag="orders")
def index() -> ResponseReturnValue:
    """Orders of my organisation, newest first."""
    query = parse_query(OrdersQuery)
    with transaction() as session:
        page = reads.list_orders(session, current_actor(), query.state, query.cursor)
        items = [OrderOut.of(row) for row in page.items]
        return OrdersOut(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.post("")
@documented(takes=OrderDraft, gives=OrderOut, status=201, tag="orders")
def place() -> ResponseReturnValue:
    """Order what a signed licence sells."""
    draft = parse_json(OrderDraft)
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        order = actions.place(session, actor, draft)
        return OrderOut.of(order).model_dump(mode="json"), 201


@bp.get("/<order_id>")
@documented(gives=OrderOut, tag="orders")
def show(order_id: str) -> ResponseReturnValue:
    """One order."""
    with transaction() as session:
        order = reads.get_order(session, current_actor(), order_id)
        return OrderOut.of(order).model_dump(mode="json")


@bp.post("/<order_id>/cancellation")
@documented(takes=Cancellation, gives=OrderOut, tag="orders")
def cancel(order_id: str) -> ResponseReturnValue:
    """Give up an order that nobody has paid."""
    draft = parse_json(Cancellation)
    with transaction() as session:
        order = actions.cancel(session, current_actor(), order_id, draft.reason)
        return OrderOut.of(order).model_dump(mode="json")
