"""How do we talk to the payment provider? Typed in, typed out; the only importer of stripe.

Called from tasks, never inside a transaction. Every change carries a key of ours, so that asking
again after a lost answer changes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe
from pydantic import BaseModel

from billing.payments.rules import (
    CheckoutFacts,
    CheckoutRequest,
    CheckoutStatus,
    Notice,
    PayMethod,
    RefundFacts,
    RefundRequest,
    Trouble,
    WebhookFault,
    WebhookRefused,
)
from kernel.errors import Conflict, Unavailable
from kernel.i18n import N_
from kernel.settings import Settings

METHODS = (PayMethod.ALIPAY, PayMethod.WECHAT_PAY, PayMethod.CARD)
TIMEOUT_SECONDS = (5.0, 20.0)  # to connect, to answer
NETWORK_RETRIES = 1  # the job tries again later; a person may be waiting for this worker
TROUBLES = {
    "amount_too_large": Trouble.AMOUNT_TOO_LARGE,
    "amount_too_small": Trouble.AMOUNT_TOO_SMALL,
}


class PaymentServiceDown(Unavailable):
    """The provider does not answer, or does not know us. Try again later."""

    code = "payment-service-down"
    message = N_("支付服务暂时没有响应。订单和付款都保留着，系统会自动重试。")


@dataclass(eq=False)
class PaymentServiceRefused(Conflict):
    """The provider refuses for good; the same request would be refused again."""

    code = "payment-service-refused"
    message = N_("支付服务不接受这笔付款：{trouble}")

    trouble: Trouble


@dataclass(frozen=True)
class Gateway:
    """One account at the provider."""

    client: stripe.StripeClient
    webhook_secret: str

    def open_checkout(self, request: CheckoutRequest) -> CheckoutFacts:
        """Make the provider's page on which one sum can be paid once.

        Raises: PaymentServiceDown, PaymentServiceRefused.
        """
        with _mapped_errors():
            made = self.client.v1.checkout.sessions.create(
                params=_checkout_params(request), options={"idempotency_key": request.key}
            )
        return _checkout(made)

    def find_checkout(self, checkout_id: str) -> CheckoutFacts | None:
        """What the provider says of a page now; None when it knows no such page.

        Raises: PaymentServiceDown, PaymentServiceRefused.
        """
        try:
            with _mapped_errors():
                found = self.client.v1.checkout.sessions.retrieve(
                    checkout_id, params={"expand": ["payment_intent"]}
                )
        except _Missing:
            return None
        return _checkout(found)

    def close_checkout(self, checkout_id: str, key: str) -> None:
        """Nobody shall pay there any more. A page that is closed or unknown stays so.

        Raises: PaymentServiceDown.
        """
        try:
            with _mapped_errors():
                self.client.v1.checkout.sessions.expire(
                    checkout_id, options={"idempotency_key": key}
                )
        except (_Missing, PaymentServiceRefused):
            return

    def give_back(self, request: RefundRequest) -> RefundFacts:
        """Refund a sum to whoever paid. Raises: PaymentServiceDown, PaymentServiceRefused."""
        params: Any = {
            "payment_intent": request.payment_reference,
            "amount": request.amount.minor,
        }
        with _mapped_errors():
            made = self.client.v1.refunds.create(
                params=params, options={"idempotency_key": request.key}
            )
        return RefundFacts(made.id, made.amount, made.currency, made.status == "pending")

    def read_notice(self, body: bytes, signature: str) -> Notice:
        """A notice, if the provider signed exactly these bytes within the last five minutes.

        Raises: WebhookRefused.
        """
        try:
            stripe.WebhookSignature.verify_header(
                body, signature, self.webhook_secret, stripe.Webhook.DEFAULT_TOLERANCE
            )
            return _notice(_Event.model_validate_json(body), signature)
        except stripe.SignatureVerificationError as error:
            raise WebhookRefused(_fault(error, signature)) from error
        except ValueError as error:  # not UTF-8, not JSON, or not an event
            raise WebhookRefused(WebhookFault.MALFORMED) from error


def open_gateway(settings: Settings) -> Gateway:
    """The configured account. Raises: PaymentServiceDown where none is configured."""
    api_key = settings.stripe_api_key.get_secret_value()
    if not api_key:
        raise PaymentServiceDown
    base = settings.stripe_api_base
    client = stripe.StripeClient(
        api_key,
        base_addresses={"api": base} if base else None,
        max_network_retries=NETWORK_RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )
    return Gateway(client, settings.stripe_webhook_secret.get_secret_value())


class _Subject(BaseModel):
    """What an event is about: as much as we read of it."""

    id: str
    client_reference_id: str | None = None
    metadata: dict[str, str] | None = None


class _Data(BaseModel):
    object: _Subject


class _Event(BaseModel):
    id: str
    type: str
    data: _Data


class _Missing(Exception):
    """The provider has no such object."""


@contextmanager
def _mapped_errors() -> Iterator[None]:
    """The provider's errors in our words; details stay in the cause, for the log."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing" or error.http_status == 404:
            raise _Missing from error
        trouble = TROUBLES.get(str(error.code), Trouble.SERVICE_REFUSED)
        raise PaymentServiceRefused(trouble) from error
    except (stripe.CardError, stripe.IdempotencyError) as error:
        raise PaymentServiceRefused(Trouble.SERVICE_REFUSED) from error
    except stripe.StripeError as error:
        raise PaymentServiceDown from error


def _checkout_params(request: CheckoutRequest) -> Any:
    ours = {"payment_id": request.payment_id}
    price = {
        "currency": request.amount.currency.lower(),
        "unit_amount": request.amount.minor,
        "product_data": {"name": request.title},
    }
    return {
        "mode": "payment",
        "client_reference_id": request.payment_id,
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_method_types": [method.value for method in METHODS],
        "payment_method_options": {"wechat_pay": {"client": "web"}},
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "metadata": ours,
        "payment_intent_data": {"metadata": ours},
    }


def _checkout(session: Any) -> CheckoutFacts:
    payment = session.payment_intent
    is_expanded = payment is not None and not isinstance(payment, str)
    return CheckoutFacts(
        id=session.id,
        status=CheckoutStatus(session.status),
        is_paid=session.payment_status == "paid",
        amount_minor=session.amount_total,
        currency=session.currency,
        address=session.url or "",
        expires_at=datetime.fromtimestamp(session.expires_at, UTC),
        payment_reference=payment.id if is_expanded else payment,
        method=_method(payment) if is_expanded else None,
        is_declined=is_expanded and payment.last_payment_error is not None,
    )


def _method(payment: Any) -> PayMethod | None:
    """How it was paid, where only one way is left."""
    kinds = payment.payment_method_types or []
    known = {method.value for method in METHODS}
    return PayMethod(kinds[0]) if len(kinds) == 1 and kinds[0] in known else None


def _notice(event: _Event, stamp: str) -> Notice:
    subject = event.data.object
    ours = subject.client_reference_id or (subject.metadata or {}).get("payment_id")
    return Notice(event.id, event.type, subject.id, ours, stamp)


def _fault(error: stripe.SignatureVerificationError, signature: str) -> WebhookFault:
    if not signature:
        return WebhookFault.UNSIGNED
    return WebhookFault.OLD if "tolerance" in str(error) else WebhookFault.FORGED
