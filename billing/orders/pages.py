"""Where a buyer reviews, places and follows orders, and those who are paid look at them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing.orders import actions, reads
from billing.orders.models import Order
from billing.orders.rules import OrderState
from billing.orders.schemas import Cancellation, OrderDraft
from billing.shares.reads import shares_of_order
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.shell import Desk, Waiting, desk_source
from kernel.web.submissions import claim_once, remember_location
from licensing.applications.rules import Act
from licensing.licences.reads import Licence, get_licence, list_licences
from licensing.licences.rules import LicenceState
from market.catalogue.prices import ChargeUnit
from market.organizations.reads import names_of

bp = Blueprint("orders", __name__, template_folder="templates", url_prefix="/orders")

TONES = {
    OrderState.PLACED: "wait",
    OrderState.PAID: "good",
    OrderState.FULFILLED: "good",
    OrderState.CANCELLED: "idle",
}


@bp.get("/")
def index() -> ResponseReturnValue:
    """Orders of my organisation, on either side."""
    wanted = request.args.get("state", "")
    state = OrderState(wanted) if wanted in list(OrderState) else None
    actor = current_actor()
    with transaction() as session:
        page = reads.list_orders(session, actor, state, request.args.get("cursor", ""))
        sides = {row.buyer_id for row in page.items} | {row.supplier_id for row in page.items}
        return render_template(
            "orders/index.html",
            page=page,
            names=names_of(session, sides),
            state=state,
            states=list(OrderState),
            tones=TONES,
            buys=any(row.buyer_id == actor.organization_id for row in page.items)
            or actor.may(Permission.PLACE_ORDER),
        )


@bp.route("/new/<licence_id>", methods=["GET", "POST"])
def new(licence_id: str) -> ResponseReturnValue:
    """Review what is bought, then order it."""
    form = Form(OrderDraft, {"licence_id": licence_id})
    actor = current_actor()
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                order = actions.place(session, actor, draft)
                address = url_for("orders.show", order_id=order.id)
                remember_location(session, actor.id, address)
            return redirect(address, 303)
    with transaction() as session:
        preview = reads.preview(session, actor, licence_id)
        names = names_of(session, {preview.licence.supplier_id, preview.licence.buyer_id})
        page = render_template(
            "orders/new.html",
            form=form,
            preview=preview,
            names=names,
            unit=ChargeUnit(preview.licence.unit),
        )
    return page, form.status


@bp.get("/of/<licence_id>")
def of_licence(licence_id: str) -> ResponseReturnValue:
    """The order of a licence; where there is none, the page that places it."""
    actor = current_actor()
    with transaction() as session:
        preview = reads.preview(session, actor, licence_id)
    if preview.order_id:
        return redirect(url_for("orders.show", order_id=preview.order_id))
    return redirect(url_for("orders.new", licence_id=licence_id))


@bp.get("/<order_id>")
def show(order_id: str) -> ResponseReturnValue:
    """One order: what, how much, in which state, who gets which part."""
    return _show(order_id, Form(Cancellation))


@bp.post("/<order_id>/cancellation")
def cancel(order_id: str) -> ResponseReturnValue:
    """Give up an order that nobody has paid."""
    form = Form(Cancellation)
    with form.showing_problems():
        draft = form.parse()
        with transaction() as session:
            actions.cancel(session, current_actor(), order_id, draft.reason)
        flash(translate(N_("订单已取消。需要时可以重新下单。")), "good")
        return redirect(url_for("orders.show", order_id=order_id), 303)
    return _show(order_id, form)


def _show(order_id: str, form: Form[Cancellation]) -> ResponseReturnValue:
    actor = current_actor()
    with transaction() as session:
        order = reads.get_order(session, actor, order_id)
        licence = get_licence(session, Actor.system("billing.orders"), order.licence_id)
        sees_shares = actor.organization_id != order.buyer_id
        shares = shares_of_order(session, order.id) if sees_shares else []
        parties = {order.buyer_id, order.supplier_id, order.bureau_id}
        page = render_template(
            "orders/show.html",
            order=order,
            tone=TONES[order.phase],
            names=names_of(session, parties | {share.party for share in shares}),
            shares=shares,
            unit=ChargeUnit(order.unit),
            holder=_holder(session, order),
            ends_on=licence.ends_on,
            may_query=_may_query(actor, licence),
            may_pay=order.waits_for_payment and actor.may(Permission.PLACE_ORDER, order.buyer_id),
            is_buyer=not sees_shares,
            form=form,
        )
    return page, form.status


def _holder(session: Session, order: Order) -> str:
    """Who holds the next step: the buyer pays, and then uses what was bought."""
    if order.phase not in {OrderState.PLACED, OrderState.PAID}:
        return ""
    return names_of(session, {order.buyer_id}).get(order.buyer_id, "")


def _may_query(actor: Actor, licence: Licence) -> bool:
    return (
        licence.phase is LicenceState.ACTIVE
        and Act.QUERY.value in licence.acts
        and actor.may(Permission.RUN_QUERY, licence.buyer_id)
    )


@desk_source
def waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Licences to order, and orders to pay."""
    if not actor.may(Permission.PLACE_ORDER):
        return
    for order in reads.list_to_pay(session, actor):
        desk.waiting.append(
            Waiting(
                title=say(
                    N_("订单待付款：《{title}》{amount}"), title=order.title, amount=order.amount
                ),
                address=url_for("orders.show", order_id=order.id),
                button=translate(N_("去付款")),
                due_on=order.due_on,
            )
        )
    signed = [
        licence
        for licence in list_licences(session, actor, LicenceState.SIGNED).items
        if licence.buyer_id == actor.organization_id
    ]
    ordered = reads.ordered_licences(session, [licence.id for licence in signed])
    for licence in signed:
        if licence.id not in ordered:
            desk.waiting.append(
                Waiting(
                    title=say(N_("合同已签署，待下单：《{title}》"), title=licence.title),
                    address=url_for("orders.new", licence_id=licence.id),
                    button=translate(N_("核对并下单")),
                )
            )
