"""Where a buyer goes to pay, waits for the money to arrive, and finds every attempt again."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing.orders.reads import get_order
from billing.payments import actions, mismatches, reads
from billing.payments.models import PaymentIntent
from billing.payments.rules import KEPT_CURRENCIES, MAY_BE_ABANDONED, WAITING, PaymentState
from billing.payments.schemas import MismatchReturn
from kernel import jobs
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.shell import Desk, Panel, desk_source
from licensing.applications.rules import Act
from licensing.licences.reads import get_licence
from licensing.licences.rules import LicenceState

bp = Blueprint("payments", __name__, template_folder="templates", url_prefix="/payments")

TONES = {
    PaymentState.REQUESTED: "wait",
    PaymentState.OPEN: "wait",
    PaymentState.PROCESSING: "wait",
    PaymentState.SUCCEEDED: "good",
    PaymentState.FAILED: "bad",
    PaymentState.EXPIRED: "idle",
    PaymentState.MISMATCHED: "bad",
    PaymentState.RETURNING: "wait",
    PaymentState.RETURNED: "idle",
}


@bp.post("/for-order/<order_id>")
def begin_for_order(order_id: str) -> ResponseReturnValue:
    """Begin to pay an order; sent twice, it leads to the same payment."""
    with transaction() as session:
        intent = actions.begin_payment(session, current_actor(), order_id)
        return redirect(url_for("payments.show", payment_id=intent.id), 303)


@bp.post("/for-invoice/<invoice_id>")
def begin_for_invoice(invoice_id: str) -> ResponseReturnValue:
    """Begin to pay an invoice; sent twice, it leads to the same payment."""
    with transaction() as session:
        intent = actions.begin_invoice_payment(session, current_actor(), invoice_id)
        return redirect(url_for("payments.show", payment_id=intent.id), 303)


@bp.get("/<payment_id>")
def show(payment_id: str) -> ResponseReturnValue:
    """One payment: the way to the provider's page, then how it went."""
    return _page("payments/show.html", payment_id)


@bp.get("/<payment_id>/progress")
def progress(payment_id: str) -> ResponseReturnValue:
    """The part of the page that changes by itself; nothing (204) while nothing has changed."""
    with transaction() as session:
        intent = reads.get_payment(session, current_actor(), payment_id)
        if request.args.get("seen") == _fingerprint(
            intent, is_stalled=_is_stalled(session, intent)
        ):
            return "", 204
    return _page("payments/progress.html", payment_id)


@bp.post("/<payment_id>/abandonment")
def abandon(payment_id: str) -> ResponseReturnValue:
    """Give this attempt up."""
    with transaction() as session:
        actions.abandon(session, current_actor(), payment_id)
    return redirect(url_for("payments.show", payment_id=payment_id), 303)


@bp.post("/<payment_id>/return")
def give_back(payment_id: str) -> ResponseReturnValue:
    """Give back what came in and does not match."""
    form = Form(MismatchReturn)
    with form.showing_problems():
        wanted = form.parse()
        with transaction() as session:
            mismatches.return_mismatch(session, current_actor(), payment_id, wanted)
        flash(translate(N_("已决定退回，正在由支付服务原路退回。")), "good")
        return redirect(url_for("payments.show", payment_id=payment_id), 303)
    return _page("payments/show.html", payment_id, form)


@bp.get("/of/<order_id>")
def of_order(order_id: str) -> ResponseReturnValue:
    """Every attempt to pay an order."""
    actor = current_actor()
    with transaction() as session:
        order = get_order(session, actor, order_id)
        attempts = reads.list_visible_of(session, actor, order.id)
        return render_template(
            "payments/of_order.html", order=order, attempts=attempts, tones=TONES
        )


def _page(
    template: str, payment_id: str, form: Form[MismatchReturn] | None = None
) -> ResponseReturnValue:
    actor = current_actor()
    with transaction() as session:
        intent = reads.get_payment(session, actor, payment_id)
        is_stalled = _is_stalled(session, intent)
        may_act = actor.may(Permission.PLACE_ORDER, intent.buyer_id)
        page = render_template(
            template,
            form=form or Form(MismatchReturn),
            may_return=intent.phase is PaymentState.MISMATCHED
            and mismatches.may_return(session, actor, intent),
            payment=intent,
            tone=TONES[intent.phase],
            kept_currencies=KEPT_CURRENCIES,
            is_waiting=intent.phase in WAITING or intent.phase is PaymentState.RETURNING,
            is_stalled=is_stalled,
            fingerprint=_fingerprint(intent, is_stalled=is_stalled),
            may_act=may_act,
            query_licence_id=_query_licence_id(session, actor, intent),
            may_abandon=may_act and intent.phase in MAY_BE_ABANDONED,
        )
    return page, form.status if form else 200


def _is_stalled(session: Session, intent: PaymentIntent) -> bool:
    """Whether the page is asked for by work that no worker takes up."""
    return intent.phase is PaymentState.REQUESTED and jobs.is_stalled(session)


def _query_licence_id(session: Session, actor: Actor, intent: PaymentIntent) -> str:
    """The licence by which the payer may now query; "" where that is not what was paid."""
    if intent.order_id is None or intent.phase is not PaymentState.SUCCEEDED:
        return ""
    order = get_order(session, actor, intent.order_id)
    licence = get_licence(session, actor, order.licence_id)
    may_query = Act.QUERY.value in licence.acts and licence.phase is LicenceState.ACTIVE
    return licence.id if may_query and actor.may(Permission.RUN_QUERY, intent.buyer_id) else ""


@desk_source
def mismatched(session: Session, actor: Actor, desk: Desk) -> None:
    """BL-05: payments that do not match, for those whose money it is or would have been."""
    rows = [
        (
            say(
                N_("《{title}》应付 {amount}，报告的金额不符，未入账"),
                title=intent.title,
                amount=intent.amount,
            ),
            url_for("payments.show", payment_id=intent.id),
        )
        for intent in reads.list_mismatched(session, actor)
    ]
    if rows:
        desk.at_risk.append(Panel(translate(N_("金额不符的付款")), rows))


def _fingerprint(intent: PaymentIntent, *, is_stalled: bool) -> str:
    """What a reader would see change."""
    return f"{intent.state}-{intent.trouble or ''}{'-stalled' if is_stalled else ''}"
