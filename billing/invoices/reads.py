"""Which invoices are there, and which orders still stand on none?"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from billing.invoices.models import Invoice, InvoiceLine
from billing.invoices.rules import InvoiceState
from billing.orders.models import Order
from billing.orders.reads import BUYER_PERMISSIONS
from billing.orders.rules import OrderState
from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.i18n import N_
from kernel.paging import Page, page_of


class InvoiceNotFound(NotFound):
    """No such invoice, or the actor stands on no side of it."""

    code = "invoice-not-found"
    message = N_("没有这份账单，或它与贵单位无关。请从“账单”页的列表进入。")


def visible(actor: Actor) -> Select[Invoice]:
    """The buyer and the supplier see theirs, the regulator all."""
    statement = select(Invoice)
    if actor.is_system or actor.may(Permission.SEE_TIMELINE):
        return statement
    mine = actor.organization_id or ""
    sides = []
    if any(actor.may(permission) for permission in BUYER_PERMISSIONS):
        sides.append(Invoice.buyer_id == mine)
    if actor.may(Permission.SEE_REVENUE):
        sides.append(Invoice.supplier_id == mine)
    return statement.where(or_(False, *sides))


def get_invoice(session: Session, actor: Actor, invoice_id: str) -> Invoice:
    """Raises: InvoiceNotFound."""
    found = session.scalar(visible(actor).where(Invoice.id == invoice_id))
    if found is None:
        raise InvoiceNotFound
    return found


def invoice_for_update(session: Session, actor: Actor, invoice_id: str) -> Invoice:
    """Locked. Raises: InvoiceNotFound."""
    statement = visible(actor).where(Invoice.id == invoice_id).with_for_update()
    found = session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise InvoiceNotFound
    return found


def list_invoices(
    session: Session, actor: Actor, state: InvoiceState | None = None, cursor: str = ""
) -> Page[Invoice]:
    """Newest first."""
    statement = visible(actor).order_by(Invoice.issued_on.desc(), Invoice.number.desc(), Invoice.id)
    if state is not None:
        statement = statement.where(Invoice.state == state.value)
    return page_of(session, statement, cursor)


def list_due(session: Session, actor: Actor) -> Sequence[Invoice]:
    """Invoices that the actor's organisation has to pay, the most urgent first."""
    return session.scalars(
        select(Invoice)
        .where(
            Invoice.buyer_id == (actor.organization_id or ""),
            Invoice.state == InvoiceState.ISSUED.value,
        )
        .order_by(Invoice.due_on, Invoice.id)
        .limit(50)
    ).all()


def lines_of(session: Session, invoice_id: str) -> Sequence[InvoiceLine]:
    """In their order on the invoice; the caller has seen the invoice."""
    return session.scalars(
        select(InvoiceLine)
        .where(InvoiceLine.invoice_id == invoice_id)
        .order_by(InvoiceLine.position)
    ).all()


def find_of_order(session: Session, order_id: str) -> Invoice | None:
    """The invoice on which an order stands; the caller has seen the order."""
    return session.scalar(
        select(Invoice)
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .where(InvoiceLine.order_id == order_id)
    )


def list_uninvoiced(session: Session, before: date) -> Sequence[Order]:
    """Orders owed since before a day that stand on no invoice, by buyer and supplier, locked."""
    invoiced = select(InvoiceLine.order_id)
    return session.scalars(
        select(Order)
        .where(
            Order.state == OrderState.PLACED.value,
            Order.on_account_on < before,
            Order.id.not_in(invoiced),
        )
        .order_by(Order.buyer_id, Order.supplier_id, Order.placed_at, Order.id)
        .with_for_update()
    ).all()
