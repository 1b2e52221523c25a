"""What becomes of money that came in, and is not what was asked for?"""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from billing.invoices.models import Invoice
from billing.orders.models import Order
from billing.payments.actions import GIVE_BACK, PaymentStateForbids, locked, move_arrived
from billing.payments.events import MismatchResolved
from billing.payments.models import PaymentIntent
from billing.payments.rules import KEPT_CURRENCIES, PaymentState
from billing.payments.schemas import MismatchReturn
from kernel import clock
from kernel.actor import Actor, MissingPermission, Permission
from kernel.errors import Conflict
from kernel.events import record
from kernel.i18n import N_
from kernel.jobs import enqueue


@dataclass(eq=False)
class NothingToGiveBack(Conflict):
    """The provider named no payment, or a currency in which no books are kept."""

    code = "nothing-to-give-back"
    message = N_(
        "支付服务报告的款项（{currency}）不能由本系统退回。请在支付服务的后台核对并原路退回，"
        "再请买方重新付款。"
    )
    clause = "BL-05"

    payment_id: str
    currency: str


def return_mismatch(
    session: Session, actor: Actor, payment_id: str, wanted: MismatchReturn
) -> PaymentIntent:
    """Give back in full what did not match (BL-05); the order or invoice waits to be paid anew.

    One person of the seller's finance decides: the money can only go back to whoever paid, whole.
    It is the buyer's own from now until the provider has returned it (BL-07).
    Raises: PaymentNotFound, MissingPermission, PaymentStateForbids, NothingToGiveBack.
    """
    intent = locked(session, actor, payment_id)
    if not may_return(session, actor, intent):
        raise MissingPermission(Permission.KEEP_BOOKS)
    if intent.phase is not PaymentState.MISMATCHED:
        raise PaymentStateForbids(intent.id, intent.phase)
    currency = intent.reported_currency or ""
    if intent.reference is None or not intent.reported_minor or currency not in KEPT_CURRENCIES:
        raise NothingToGiveBack(intent.id, currency)
    move_arrived(session, actor, intent, intent.arrived)
    intent.settled_on = clock.today()
    intent.become(PaymentState.RETURNING)
    fact = MismatchResolved(
        intent.id, intent.subject_id, intent.buyer_id, intent.title, intent.arrived, wanted.reason
    )
    record(session, actor, fact)
    enqueue(session, GIVE_BACK, payment_id=intent.id)
    return intent


def may_return(session: Session, actor: Actor, intent: PaymentIntent) -> bool:
    """Whether this actor keeps the books of whoever sold what was paid for."""
    if not (actor.may(Permission.KEEP_BOOKS) and actor.may(Permission.SEE_REVENUE)):
        return False
    mine = actor.organization_id or ""
    sold = select(Order.id).where(
        Order.id == intent.order_id, or_(Order.supplier_id == mine, Order.bureau_id == mine)
    )
    billed = select(Invoice.id).where(Invoice.id == intent.invoice_id, Invoice.supplier_id == mine)
    return bool(session.scalar(sold.union_all(billed)))
