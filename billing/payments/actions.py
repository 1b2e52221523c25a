"""Begins, follows, settles and gives back payments. No call of the provider happens here.

Intend, call, settle: begin_payment writes the intent, a task calls the provider, what the provider
says is applied by settle. Each step can be repeated without harm.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from billing.invoices.actions import require_payable as require_payable_invoice
from billing.invoices.actions import settle as settle_invoice
from billing.invoices.reads import invoice_for_update
from billing.invoices.rules import InvoiceState
from billing.ledger.actions import post_transfer
from billing.ledger.kinds import TransferKind
from billing.ledger.rules import AccountKind, AccountRef, Leg, TransferDraft
from billing.orders.actions import mark_paid
from billing.orders.actions import require_payable as require_payable_order
from billing.orders.reads import order_for_update, still_waits
from billing.payments import reads
from billing.payments.events import (
    PaymentBegun,
    PaymentExpired,
    PaymentFailed,
    PaymentMismatched,
    PaymentSucceeded,
    RefundMade,
    SurplusReceived,
)
from billing.payments.models import PaymentIntent, WebhookReceipt
from billing.payments.rules import (
    MAY_BE_ABANDONED,
    TARGETS,
    CheckoutFacts,
    Meaning,
    Notice,
    PaymentState,
    RefundFacts,
    Trouble,
    may_move,
    meaning_of,
)
from billing.payments.schemas import PaymentDraft
from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.jobs import enqueue
from kernel.money import Money

OPEN_CHECKOUT = "payments.open_checkout"
CLOSE_CHECKOUT = "payments.close_checkout"
LOOK_AT_CHECKOUT = "payments.look_at_checkout"
GIVE_BACK = "payments.give_back"


@dataclass(eq=False)
class PaymentStateForbids(Conflict):
    """The payment is not in a state from which this can be done."""

    code = "payment-state-forbids"
    message = N_("这笔付款当前是“{state}”，不能这样做。请刷新页面。")

    payment_id: str
    state: PaymentState


def begin(session: Session, actor: Actor, draft: PaymentDraft) -> PaymentIntent:
    """Begin to pay an order or an invoice; see the two below."""
    if draft.invoice_id is not None:
        return begin_invoice_payment(session, actor, draft.invoice_id)
    return begin_payment(session, actor, draft.order_id or "")


def begin_payment(session: Session, actor: Actor, order_id: str) -> PaymentIntent:
    """Intend to collect what an order costs; a payment under way is given back as it is.

    PR-04 and AO-07 are asked again here: nothing is charged above the cap of today.
    Raises: OrderNotFound, MissingPermission, OrganizationUnverified, OrderStateForbids,
        ChargeForbidden.
    """
    order = require_payable_order(session, actor, order_id)
    known = reads.find_waiting(session, order_id=order.id)
    if known:
        return known
    intent = _new_intent(actor, order.buyer_id, order.title, order.amount)
    intent.order_id = order.id
    return _begin(session, actor, intent)


def begin_invoice_payment(session: Session, actor: Actor, invoice_id: str) -> PaymentIntent:
    """Intend to collect an invoice; a payment under way is given back as it is.

    Raises: InvoiceNotFound, MissingPermission, OrganizationUnverified, InvoiceStateForbids.
    """
    invoice = require_payable_invoice(session, actor, invoice_id)
    known = reads.find_waiting(session, invoice_id=invoice.id)
    if known:
        return known
    intent = _new_intent(actor, invoice.buyer_id, invoice.number, invoice.amount)
    intent.invoice_id = invoice.id
    return _begin(session, actor, intent)


def note_checkout(
    session: Session, actor: Actor, payment_id: str, checkout: CheckoutFacts
) -> PaymentIntent:
    """Keep the address of the provider's page. A payment given up meanwhile closes its page."""
    intent = locked(session, actor, payment_id)
    intent.checkout_id = checkout.id
    intent.checkout_address = checkout.address
    intent.checkout_expires_at = checkout.expires_at
    intent.clear_trouble()
    if intent.phase is PaymentState.REQUESTED:
        intent.become(PaymentState.OPEN)
    elif intent.phase is PaymentState.FAILED:
        intent.note_trouble(Trouble.ABANDONED, clock.now())
        enqueue(session, CLOSE_CHECKOUT, payment_id=intent.id)
    return intent


def note_service_down(session: Session, actor: Actor, payment_id: str) -> None:
    """The provider does not answer: the page says so, the job tries again."""
    intent = locked(session, actor, payment_id)
    if intent.phase is PaymentState.REQUESTED:
        intent.note_trouble(Trouble.SERVICE_DOWN, clock.now())


def note_refused(session: Session, actor: Actor, payment_id: str, trouble: Trouble) -> None:
    """The provider refuses for good: the attempt has failed, the order still waits."""
    intent = locked(session, actor, payment_id)
    if intent.phase is PaymentState.REQUESTED:
        _fail(session, actor, intent, trouble)


def abandon(session: Session, actor: Actor, payment_id: str) -> PaymentIntent:
    """Give this attempt up, so that another can be begun; the provider's page is closed.

    Raises: PaymentNotFound, MissingPermission, PaymentStateForbids.
    """
    intent = locked(session, actor, payment_id)
    actor.require(Permission.PLACE_ORDER, intent.buyer_id)
    if intent.phase is PaymentState.FAILED:
        return intent
    if intent.phase not in MAY_BE_ABANDONED:
        raise PaymentStateForbids(intent.id, intent.phase)
    _give_up(session, actor, intent, Trouble.ABANDONED)
    return intent


def give_up_for_order(session: Session, actor: Actor, order_id: str) -> None:
    """The order is cancelled: nobody shall pay for it any more."""
    order_for_update(session, actor, order_id)
    known = reads.find_waiting(session, order_id=order_id)
    if known and known.phase in MAY_BE_ABANDONED:
        _give_up(session, actor, known, Trouble.ORDER_ENDED)


def settle(
    session: Session, actor: Actor, payment_id: str, checkout: CheckoutFacts | None
) -> PaymentIntent:
    """Apply what the provider says of the page now; the same word twice changes nothing.

    checkout: None when the provider knows no such page.
    """
    intent = locked(session, actor, payment_id)
    if checkout is None:
        if intent.phase is PaymentState.OPEN:
            _fail(session, actor, intent, Trouble.UNKNOWN_TO_SERVICE)
        return intent
    meaning = meaning_of(checkout, intent.amount)
    if meaning is Meaning.WAIT:
        _note_decline(intent, checkout)
    elif may_move(intent.phase, TARGETS[meaning]):
        _APPLY[meaning](session, actor, intent, checkout)
    return intent


def note_returned(
    session: Session, actor: Actor, payment_id: str, refund: RefundFacts
) -> PaymentIntent:
    """The provider has given money back: take it out of the buyer's pocket (BL-05, BL-07)."""
    intent = locked(session, actor, payment_id)
    if intent.phase is not PaymentState.RETURNING:
        return intent
    move_arrived(session, actor, intent, -intent.arrived)
    intent.become(PaymentState.RETURNED)
    intent.refund_reference = refund.id
    intent.returned_on = clock.today()
    record(
        session,
        actor,
        RefundMade(**_about(intent) | {"amount": intent.arrived}, reference=refund.id),
    )
    return intent


def take_notice(session: Session, actor: Actor, notice: Notice) -> WebhookReceipt:
    """Keep a signed notice and ask for a look at the payment it is about (BL-06).

    The same event again is counted; a signature that was seen before is refused.
    Raises: WebhookRefused.
    """
    stamp = hashlib.sha256(notice.stamp.encode()).hexdigest()
    payment_id = reads.payment_id_of(session, notice.object_id, notice.payment_id)
    is_new = session.scalar(
        upsert(WebhookReceipt)
        .values(
            event_id=notice.event_id,
            kind=notice.kind,
            object_id=notice.object_id,
            payment_id=payment_id,
            deliveries=1,
            stamps=[stamp],
            received_at=clock.now(),
            applied_at=None if payment_id else clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["event_id"])
        .returning(WebhookReceipt.event_id)
    )
    receipt = reads.receipt_for_update(session, notice.event_id)
    if not is_new:
        receipt.count_again(stamp)
    if receipt.applied_at is None:
        enqueue(session, LOOK_AT_CHECKOUT, payment_id=str(receipt.payment_id))
    return receipt


def note_applied(session: Session, event_ids: Sequence[str]) -> None:
    """These notices were here before a look at the provider, so that look has dealt with them."""
    session.execute(
        update(WebhookReceipt)
        .where(WebhookReceipt.event_id.in_(event_ids), WebhookReceipt.applied_at.is_(None))
        .values(applied_at=clock.now())
    )


def _new_intent(actor: Actor, buyer_id: str, title: str, amount: Money) -> PaymentIntent:
    return PaymentIntent(
        id=new_id("pay"),
        buyer_id=buyer_id,
        title=title,
        amount_minor=amount.minor,
        amount_currency=amount.currency.value,
        state=PaymentState.REQUESTED.value,
        begun_by=actor.id,
        begun_at=clock.now(),
    )


def _begin(session: Session, actor: Actor, intent: PaymentIntent) -> PaymentIntent:
    session.add(intent)
    session.flush()
    enqueue(session, OPEN_CHECKOUT, payment_id=intent.id)
    record(session, actor, PaymentBegun(**_about(intent)))
    return intent


def locked(session: Session, actor: Actor, payment_id: str) -> PaymentIntent:
    """Lock the order or invoice first, then the payment: everybody takes them in this order."""
    intent = reads.get_payment(session, actor, payment_id)
    house = Actor.system("billing.payments")
    if intent.order_id:
        order_for_update(session, house, intent.order_id)
    if intent.invoice_id:
        invoice_for_update(session, house, intent.invoice_id)
    return reads.payment_for_update(session, actor, payment_id)


def _succeed(
    session: Session, actor: Actor, intent: PaymentIntent, checkout: CheckoutFacts
) -> None:
    intent.reference = checkout.payment_reference
    intent.method = checkout.method.value if checkout.method else None
    intent.settled_on = clock.today()
    intent.clear_trouble()
    intent.become(PaymentState.SUCCEEDED)
    reference = checkout.payment_reference or ""
    record(session, actor, PaymentSucceeded(**_about(intent), reference=reference))
    if not _is_awaited(session, actor, intent):
        _take_surplus(session, actor, intent)
    elif intent.order_id:
        mark_paid(session, actor, intent.order_id)
    elif intent.invoice_id:
        settle_invoice(session, actor, intent.invoice_id)


def _is_awaited(session: Session, actor: Actor, intent: PaymentIntent) -> bool:
    if intent.order_id:
        return still_waits(session, order_for_update(session, actor, intent.order_id))
    invoice = invoice_for_update(session, actor, intent.invoice_id or "")
    return invoice.phase is InvoiceState.ISSUED


def _take_surplus(session: Session, actor: Actor, intent: PaymentIntent) -> None:
    """BL-07: the money is the buyer's own; it goes back the way it came."""
    move_arrived(session, actor, intent, intent.amount)
    intent.become(PaymentState.RETURNING)
    record(session, actor, SurplusReceived(**_about(intent)))
    enqueue(session, GIVE_BACK, payment_id=intent.id)


def move_arrived(session: Session, actor: Actor, intent: PaymentIntent, amount: Money) -> None:
    """Into the buyer's own pocket when it arrives, out of it when it is given back."""
    arrives = amount > Money.zero(amount.currency)
    draft = TransferDraft(
        key=f"payment:{intent.id}" if arrives else f"payment:{intent.id}:return",
        kind=TransferKind.TOP_UP if arrives else TransferKind.REFUND,
        subject_id=intent.id,
        effective_on=clock.today(),
        legs=(
            Leg(AccountRef(AccountKind.CLEARING), -amount),
            Leg(AccountRef(AccountKind.WALLET, intent.buyer_id), amount),
        ),
        memo=intent.title,
    )
    post_transfer(session, actor, draft)


def _note_decline(intent: PaymentIntent, checkout: CheckoutFacts) -> None:
    if checkout.is_declined and intent.phase is PaymentState.OPEN:
        intent.note_trouble(Trouble.DECLINED, clock.now())


def _process(
    session: Session, actor: Actor, intent: PaymentIntent, checkout: CheckoutFacts
) -> None:
    del session, actor, checkout
    intent.become(PaymentState.PROCESSING)


def _expire(session: Session, actor: Actor, intent: PaymentIntent, checkout: CheckoutFacts) -> None:
    del checkout
    intent.become(PaymentState.EXPIRED)
    fact = PaymentExpired(intent.id, intent.subject_id, intent.buyer_id, intent.title)
    record(session, actor, fact)


def _decline(
    session: Session, actor: Actor, intent: PaymentIntent, checkout: CheckoutFacts
) -> None:
    del checkout
    _fail(session, actor, intent, Trouble.DECLINED)


def _note_mismatch(
    session: Session, actor: Actor, intent: PaymentIntent, checkout: CheckoutFacts
) -> None:
    """BL-05: nothing is settled; people look into it."""
    intent.reference = checkout.payment_reference
    intent.note_report(checkout.amount_minor, checkout.currency)
    intent.become(PaymentState.MISMATCHED)
    fact = PaymentMismatched(
        **_about(intent),
        reported_minor=checkout.amount_minor,
        reported_currency=checkout.currency,
    )
    record(session, actor, fact)


def _give_up(session: Session, actor: Actor, intent: PaymentIntent, trouble: Trouble) -> None:
    if intent.checkout_id:
        enqueue(session, CLOSE_CHECKOUT, payment_id=intent.id)
    _fail(session, actor, intent, trouble)


def _fail(session: Session, actor: Actor, intent: PaymentIntent, trouble: Trouble) -> None:
    intent.become(PaymentState.FAILED)
    intent.note_trouble(trouble, clock.now())
    record(session, actor, PaymentFailed(**_about(intent), reason=trouble.label))


def _about(intent: PaymentIntent) -> Any:
    """The fields that every event of a payment begins with."""
    return {
        "payment_id": intent.id,
        "order_id": intent.subject_id,
        "buyer_id": intent.buyer_id,
        "title": intent.title,
        "amount": intent.amount,
    }


_APPLY: dict[Meaning, Callable[[Session, Actor, PaymentIntent, CheckoutFacts], None]] = {
    Meaning.PROCESS: _process,
    Meaning.EXPIRE: _expire,
    Meaning.FAIL: _decline,
    Meaning.MISMATCH: _note_mismatch,
    Meaning.SUCCEED: _succeed,
}
