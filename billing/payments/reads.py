"""Which payments are under way, and which notices arrived?"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from billing.invoices.models import Invoice
from billing.orders.models import Order
from billing.orders.reads import BUYER_PERMISSIONS
from billing.payments.models import PaymentIntent, WebhookReceipt
from billing.payments.rules import WAITING, PaymentState
from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.i18n import N_

_DID_NOT_MATCH = PaymentIntent.reported_minor.is_not(None)
_IS_MISMATCHED = PaymentIntent.state == PaymentState.MISMATCHED.value
WAITING_STATES = [state.value for state in WAITING]


class PaymentNotFound(NotFound):
    """No such payment, or it is not this organisation's."""

    code = "payment-not-found"
    message = N_("没有这笔付款，或它不属于贵单位。请从订单页进入。")


def visible(actor: Actor) -> Select[PaymentIntent]:
    """Buyers see their own; sellers' finance what does not match; the regulator all."""
    statement = select(PaymentIntent)
    if actor.is_system or actor.may(Permission.SEE_TIMELINE):
        return statement
    mine = actor.organization_id or ""
    sides = []
    if any(actor.may(permission) for permission in BUYER_PERMISSIONS):
        sides.append(PaymentIntent.buyer_id == mine)
    if actor.may(Permission.KEEP_BOOKS) and actor.may(Permission.SEE_REVENUE):
        sold = select(Order.id).where(or_(Order.supplier_id == mine, Order.bureau_id == mine))
        billed = select(Invoice.id).where(Invoice.supplier_id == mine)
        ours = or_(PaymentIntent.order_id.in_(sold), PaymentIntent.invoice_id.in_(billed))
        sides.append(and_(or_(_IS_MISMATCHED, _DID_NOT_MATCH), ours))
    return statement.where(or_(False, *sides))


def list_mismatched(session: Session, actor: Actor, limit: int = 5) -> Sequence[PaymentIntent]:
    """Payments that do not match and concern this actor, newest first (BL-05)."""
    statement = visible(actor).where(_IS_MISMATCHED)
    return session.scalars(statement.order_by(PaymentIntent.begun_at.desc()).limit(limit)).all()


def get_payment(session: Session, actor: Actor, payment_id: str) -> PaymentIntent:
    """Raises: PaymentNotFound."""
    found = session.scalar(visible(actor).where(PaymentIntent.id == payment_id))
    if found is None:
        raise PaymentNotFound
    return found


def payment_for_update(session: Session, actor: Actor, payment_id: str) -> PaymentIntent:
    """Locked. Raises: PaymentNotFound."""
    statement = visible(actor).where(PaymentIntent.id == payment_id).with_for_update()
    found = session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise PaymentNotFound
    return found


def find_waiting(
    session: Session, *, order_id: str | None = None, invoice_id: str | None = None
) -> PaymentIntent | None:
    """The one payment under way for an order or an invoice."""
    return session.scalar(_for(order_id, invoice_id).where(PaymentIntent.state.in_(WAITING_STATES)))


def list_of(
    session: Session, *, order_id: str | None = None, invoice_id: str | None = None
) -> Sequence[PaymentIntent]:
    """Every attempt, newest first; the caller has seen the order or invoice."""
    statement = _for(order_id, invoice_id).order_by(PaymentIntent.begun_at.desc(), PaymentIntent.id)
    return session.scalars(statement).all()


def list_visible_of(session: Session, actor: Actor, order_id: str) -> Sequence[PaymentIntent]:
    """The attempts to pay an order that this actor may see, newest first."""
    statement = visible(actor).where(PaymentIntent.order_id == order_id)
    return session.scalars(
        statement.order_by(PaymentIntent.begun_at.desc(), PaymentIntent.id)
    ).all()


def list_to_look_at(session: Session, before: datetime, limit: int = 200) -> Sequence[str]:
    """Payments that have a page and wait since before a moment; in case a notice was lost."""
    return session.scalars(
        select(PaymentIntent.id)
        .where(
            PaymentIntent.state.in_([PaymentState.OPEN.value, PaymentState.PROCESSING.value]),
            PaymentIntent.begun_at < before,
        )
        .order_by(PaymentIntent.begun_at)
        .limit(limit)
    ).all()


def orders_under_way(session: Session) -> frozenset[str]:
    """Orders for which somebody may be paying right now."""
    rows = session.scalars(
        select(PaymentIntent.order_id).where(
            PaymentIntent.order_id.is_not(None), PaymentIntent.state.in_(WAITING_STATES)
        )
    )
    return frozenset(order_id for order_id in rows if order_id)


def payment_id_of(session: Session, object_id: str, said: str | None) -> str | None:
    """Which payment of ours an object of the provider belongs to; None for a stranger's."""
    return session.scalar(
        select(PaymentIntent.id).where(
            or_(
                PaymentIntent.id == said,
                PaymentIntent.checkout_id == object_id,
                PaymentIntent.reference == object_id,
            )
        )
    )


def list_unapplied(session: Session, payment_id: str) -> Sequence[str]:
    """Events that were taken for a payment and not yet dealt with."""
    return session.scalars(
        select(WebhookReceipt.event_id).where(
            WebhookReceipt.payment_id == payment_id, WebhookReceipt.applied_at.is_(None)
        )
    ).all()


def receipt_for_update(session: Session, event_id: str) -> WebhookReceipt:
    """The receipt of an event that was taken, locked."""
    statement = select(WebhookReceipt).where(WebhookReceipt.event_id == event_id)
    return session.scalars(statement.with_for_update()).one()


def _for(order_id: str | None, invoice_id: str | None) -> Select[PaymentIntent]:
    if invoice_id is not None:
        return select(PaymentIntent).where(PaymentIntent.invoice_id == invoice_id)
    return select(PaymentIntent).where(PaymentIntent.order_id == order_id)
