"""Issues invoices for what is owed, and settles them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from billing.invoices import reads
from billing.invoices.events import InvoiceIssued, InvoiceSettled
from billing.invoices.models import Invoice, InvoiceLine, InvoiceNumber
from billing.invoices.rules import (
    DUE_DAYS,
    InvoiceState,
    Line,
    due_on,
    number,
    totals,
)
from billing.ledger.actions import post_transfer
from billing.ledger.kinds import TransferKind
from billing.ledger.rules import AccountKind, AccountRef, Leg, TransferDraft
from billing.orders.actions import mark_paid_by_invoice
from billing.orders.models import Order
from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id


@dataclass(eq=False)
class InvoiceStateForbids(Conflict):
    """The invoice is paid already."""

    code = "invoice-state-forbids"
    message = N_("账单当前是“{state}”，不需要付款。请刷新页面。")

    invoice_id: str
    state: InvoiceState


def issue_past_months(session: Session, actor: Actor) -> list[Invoice]:
    """One invoice per buyer and supplier for everything owed since before this month.

    An order stands on one invoice only, so doing it again adds nothing.
    """
    _wait_for_other_runs(session)
    first = clock.today().replace(day=1)
    orders = reads.list_uninvoiced(session, first)
    groups = groupby(orders, key=lambda order: (order.buyer_id, order.supplier_id))
    return [_issue(session, actor, list(group)) for _, group in groups]


def require_payable(session: Session, actor: Actor, invoice_id: str) -> Invoice:
    """Lock an invoice that the actor may pay now.

    Raises: InvoiceNotFound, MissingPermission, OrganizationUnverified, InvoiceStateForbids.
    """
    invoice = reads.invoice_for_update(session, actor, invoice_id)
    actor.require(Permission.PLACE_ORDER, invoice.buyer_id)
    actor.require_verified()
    if invoice.phase is not InvoiceState.ISSUED:
        raise InvoiceStateForbids(invoice.id, invoice.phase)
    return invoice


def settle(session: Session, actor: Actor, invoice_id: str) -> Invoice:
    """The full amount has arrived at the payment provider. Settling again changes nothing.

    Raises: InvoiceNotFound.
    """
    invoice = reads.invoice_for_update(session, actor, invoice_id)
    if invoice.phase is InvoiceState.SETTLED:
        return invoice
    today = clock.today()
    draft = TransferDraft(
        key=f"invoice:{invoice.id}",
        kind=TransferKind.INVOICE_PAYMENT,
        subject_id=invoice.id,
        effective_on=today,
        legs=(
            Leg(AccountRef(AccountKind.CLEARING), -invoice.amount),
            Leg(AccountRef(AccountKind.RECEIVABLE, invoice.buyer_id), invoice.amount),
        ),
        memo=invoice.number,
    )
    post_transfer(session, actor, draft)
    invoice.become_settled(today)
    for line in sorted(reads.lines_of(session, invoice.id), key=lambda line: line.order_id):
        mark_paid_by_invoice(session, actor, line.order_id)
    fact = InvoiceSettled(
        invoice.id, invoice.number, invoice.buyer_id, invoice.supplier_id, invoice.amount, today
    )
    record(session, actor, fact)
    return invoice


def _wait_for_other_runs(session: Session) -> None:
    """One run at a time: a second one must see the lines of the first before it looks."""
    key = func.hashtextextended("billing.invoices.issue", 0)
    session.execute(select(func.pg_advisory_xact_lock(key)))


def _issue(session: Session, actor: Actor, orders: Sequence[Order]) -> Invoice:
    lines = [_line(order) for order in orders]
    today, sums = clock.today(), totals(lines)
    invoice = Invoice(
        id=new_id("inv"),
        number=_next_number(session, today),
        buyer_id=orders[0].buyer_id,
        supplier_id=orders[0].supplier_id,
        amount_minor=sums.amount.minor,
        amount_currency=sums.amount.currency.value,
        tax_minor=sums.tax.minor,
        state=InvoiceState.ISSUED.value,
        issued_on=today,
        issued_at=clock.now(),
        due_on=due_on(today, DUE_DAYS.at(today).value),
    )
    session.add(invoice)
    session.flush()
    for position, (line, order) in enumerate(zip(lines, orders, strict=True), start=1):
        session.add(_row(invoice.id, position, line, order))
    fact = InvoiceIssued(
        invoice.id,
        invoice.number,
        invoice.buyer_id,
        invoice.supplier_id,
        len(lines),
        sums.amount,
        sums.tax,
        invoice.due_on,
    )
    record(session, actor, fact)
    return invoice


def _next_number(session: Session, today: date) -> str:
    """The next number of the year; others wait for this transaction, so that no gap opens."""
    given = upsert(InvoiceNumber).values(year=today.year, last=1)
    place = session.scalar(
        given.on_conflict_do_update(
            index_elements=["year"], set_={"last": InvoiceNumber.last + 1}
        ).returning(InvoiceNumber.last)
    )
    return number(today.year, int(place or 1))


def _line(order: Order) -> Line:
    return Line(
        order.id, order.title, order.units, order.unit, order.unit_price, order.amount, order.tax
    )


def _row(invoice_id: str, position: int, line: Line, order: Order) -> InvoiceLine:
    return InvoiceLine(
        invoice_id=invoice_id,
        position=position,
        order_id=line.order_id,
        title=line.title,
        purchase_number=order.purchase_number,
        ordered_on=order.on_account_on,
        units=line.units,
        unit=line.unit,
        unit_price=line.unit_price,
        amount_minor=line.amount.minor,
        amount_currency=line.amount.currency.value,
        tax_rate=order.tax_rate,
        tax_minor=line.tax.minor,
    )
