"""/api/invoices: look."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from billing.invoices import reads
from billing.invoices.rules import InvoiceState
from billing.invoices.schemas import InvoiceOut
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_query

bp = Blueprint("invoices_api", __name__, url_prefix="/api/invoices")


class InvoicesQuery(BaseModel):
    """Which invoices."""

    state: InvoiceState | None = None
    cursor: str = ""


class InvoicesOut(BaseModel):
    """One page of invoices, without their lines."""

    items: list[InvoiceOut]
    next_cursor: str


@bp.get("")
@documented(gives=InvoicesOut, query=InvoicesQuery, tag="invoices")
def index() -> ResponseReturnValue:
    """Invoices of my organisation, newest first."""
    query = parse_query(InvoicesQuery)
    with transaction() as session:
        page = reads.list_invoices(session, current_actor(), query.state, query.cursor)
        items = [InvoiceOut.of(row) for row in page.items]
        return InvoicesOut(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.get("/<invoice_id>")
@documented(gives=InvoiceOut, tag="invoices")
def show(invoice_id: str) -> ResponseReturnValue:
    """One invoice with its lines."""
    with transaction() as session:
        invoice = reads.get_invoice(session, current_actor(), invoice_id)
        lines = reads.lines_of(session, invoice.id)
        return InvoiceOut.of(invoice, lines).model_dump(mode="json")
