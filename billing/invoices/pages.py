"""Where invoices are read, printed and paid."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing.invoices import reads
from billing.invoices.models import Invoice
from billing.invoices.rules import InvoiceState
from billing.metering.reads import usage_in
from billing.orders.reads import get_order
from kernel import clock
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.periods import add_months
from kernel.web.guard import current_actor
from kernel.web.shell import Desk, Waiting, desk_source
from market.catalogue.prices import ChargeUnit
from market.organizations.reads import get_organization, names_of

bp = Blueprint("invoices", __name__, template_folder="templates", url_prefix="/invoices")

TONES = {InvoiceState.ISSUED: "wait", InvoiceState.SETTLED: "good"}


@bp.get("/")
def index() -> ResponseReturnValue:
    """Invoices of my organisation, on either side."""
    wanted = request.args.get("state", "")
    state = InvoiceState(wanted) if wanted in list(InvoiceState) else None
    with transaction() as session:
        page = reads.list_invoices(session, current_actor(), state, request.args.get("cursor", ""))
        sides = {row.buyer_id for row in page.items} | {row.supplier_id for row in page.items}
        return render_template(
            "invoices/index.html",
            page=page,
            names=names_of(session, sides),
            state=state,
            states=list(InvoiceState),
            tones=TONES,
        )


@bp.get("/of/<order_id>")
def of_order(order_id: str) -> ResponseReturnValue:
    """The invoice on which an order stands; before the month is over there is none."""
    actor = current_actor()
    with transaction() as session:
        order = get_order(session, actor, order_id)
        invoice = reads.find_of_order(session, order.id)
        if invoice is None:
            issued_on = add_months((order.on_account_on or clock.today()).replace(day=1), 1)
            return render_template("invoices/awaited.html", order=order, issued_on=issued_on)
        return redirect(url_for("invoices.show", invoice_id=invoice.id))


@bp.get("/<invoice_id>")
def show(invoice_id: str) -> ResponseReturnValue:
    """One invoice, ready to print."""
    actor = current_actor()
    with transaction() as session:
        invoice = reads.get_invoice(session, actor, invoice_id)
        return render_template(
            "invoices/show.html",
            invoice=invoice,
            tone=TONES[invoice.phase],
            lines=reads.lines_of(session, invoice.id),
            buyer=get_organization(session, invoice.buyer_id),
            supplier=get_organization(session, invoice.supplier_id),
            usage=_usage(session, invoice),
            unit_of=ChargeUnit,
            may_pay=invoice.phase is InvoiceState.ISSUED
            and actor.may(Permission.PLACE_ORDER, invoice.buyer_id),
        )


def _usage(session: Session, invoice: Invoice) -> list[object]:
    """What the buyer used in the month before the issue, for information."""
    until = invoice.issued_on.replace(day=1)
    since = add_months(until, -1)
    return [*usage_in(session, invoice.buyer_id, clock.day_start(since), clock.day_start(until))]


@desk_source
def waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Invoices that my organisation has to pay."""
    if not actor.may(Permission.PLACE_ORDER):
        return
    for invoice in reads.list_due(session, actor):
        desk.waiting.append(
            Waiting(
                title=say(
                    N_("账单待付款：{number}，{amount}"),
                    number=invoice.number,
                    amount=invoice.amount,
                ),
                address=url_for("invoices.show", invoice_id=invoice.id),
                button=translate(N_("查看并付款")),
                due_on=invoice.due_on,
            )
        )
