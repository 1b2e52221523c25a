"""What does the payment emulator know? Checkouts, payments, refunds, events, stored answers.

Everything is kept in memory and behind one lock; a restart forgets it, as a test account would
after a reset. Shapes and words follow the provider's public API reference, as far as we use it.
"""

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
METHODS = ("alipay", "wechat_pay", "card")
CURRENCIES = ("cny",)
MAX_LIFE_SECONDS = 24 * 3600
MIN_LIFE_SECONDS = 30 * 60


class Refused(Exception):
    """The provider's way to say no: {"error": {"type", "code", "message", "param"}}."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str = "",
        param: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        error = {"type": kind, "message": message, "code": code, "param": param}
        self.body: Json = {"error": {name: text for name, text in error.items() if text}}


@dataclass(frozen=True)
class StoredAnswer:
    """What was answered under an idempotency key, and to which request."""

    request_hash: str
    status: int
    body: Json


@dataclass
class Store:
    """All objects of one emulated account."""

    on_event: Callable[[Json], None] = lambda _event: None
    checkouts: dict[str, Json] = field(default_factory=dict)
    payments: dict[str, Json] = field(default_factory=dict)
    refunds: dict[str, Json] = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)
    answers: dict[str, StoredAnswer] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    # Idempotency

    def answer_once(
        self, key: str, request_hash: str, carry_out: Callable[[], Json]
    ) -> tuple[int, Json, bool]:
        """Same key and request: the stored answer, replayed. Other request: refused."""
        with self.lock:
            known = self.answers.get(key) if key else None
            if known and known.request_hash != request_hash:
                raise Refused(
                    400,
                    "Keys for idempotent requests can only be used with the same parameters they "
                    "were first used with.",
                    kind="idempotency_error",
                )
            if known:
                return known.status, known.body, True
            status, body = self._carried_out(carry_out)
            body = json.loads(json.dumps(body))
            if key and status != 429:
                self.answers[key] = StoredAnswer(request_hash, status, body)
            return status, body, False

    def _carried_out(self, carry_out: Callable[[], Json]) -> tuple[int, Json]:
        try:
            return 200, carry_out()
        except Refused as refusal:
            return refusal.status, refusal.body

    # Checkouts

    def create_checkout(self, asked: Mapping[str, Any], address: str) -> Json:
        """A hosted page on which one sum can be paid once."""
        amount, currency, title = _one_sum(asked)
        methods = _methods(asked)
        identifier = f"cs_test_{secrets.token_hex(24)}"
        now = int(time.time())
        checkout = {
            "id": identifier,
            "object": "checkout.session",
            "amount_total": amount,
            "currency": currency,
            "client_reference_id": asked.get("client_reference_id"),
            "created": now,
            "expires_at": _expiry(asked, now),
            "livemode": False,
            "metadata": dict(asked.get("metadata", {})),
            "mode": "payment",
            "payment_intent": None,
            "payment_method_types": methods,
            "payment_status": "unpaid",
            "status": "open",
            "success_url": asked["success_url"],
            "cancel_url": asked.get("cancel_url"),
            "url": f"{address}/checkout/{identifier}",
            "_title": title,
            "_payment_metadata": dict(asked.get("payment_intent_data", {}).get("metadata", {})),
        }
        self.checkouts[identifier] = checkout
        return shown(checkout)

    def checkout(self, identifier: str, *, with_payment: bool = False) -> Json:
        """One checkout; expired by now where its time is over."""
        with self.lock:
            checkout = _found(self.checkouts, identifier, "checkout.session")
            if checkout["status"] == "open" and time.time() >= checkout["expires_at"]:
                self._expire(checkout)
            body = shown(checkout)
            if with_payment and body["payment_intent"]:
                body["payment_intent"] = shown(self.payments[body["payment_intent"]])
            return body

    def expire_checkout(self, identifier: str) -> Json:
        checkout = _found(self.checkouts, identifier, "checkout.session")
        if checkout["status"] != "open":
            raise Refused(
                400,
                'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
                f"Session has a status of {checkout['status']}.",
            )
        self._expire(checkout)
        return shown(checkout)

    def _expire(self, checkout: Json) -> None:
        checkout["status"] = "expired"
        checkout["url"] = None
        self._tell("checkout.session.expired", checkout)

    # Paying on the hosted page

    def pay(self, identifier: str, method: str) -> None:
        """The customer paid: the payment succeeds, the checkout is complete."""
        with self.lock:
            checkout, payment = self._attempt(identifier, method)
            payment.update(
                status="succeeded",
                amount_received=payment["amount"],
                last_payment_error=None,
                latest_charge=f"ch_{secrets.token_hex(12)}",
            )
            checkout.update(status="complete", payment_status="paid", url=None)
            self._tell("payment_intent.succeeded", payment)
            self._tell("checkout.session.completed", checkout)

    def decline(self, identifier: str, method: str) -> None:
        """The customer's bank or wallet said no: the checkout stays open for another try."""
        with self.lock:
            _, payment = self._attempt(identifier, method)
            payment["status"] = "requires_payment_method"
            by_card = method == "card"
            payment["last_payment_error"] = {
                "type": "card_error" if by_card else "invalid_request_error",
                "code": "card_declined" if by_card else "payment_method_provider_decline",
                "message": "Your payment was declined.",
            }
            self._tell("payment_intent.payment_failed", payment)

    def _attempt(self, identifier: str, method: str) -> tuple[Json, Json]:
        if self.checkout(identifier)["status"] != "open":
            raise Refused(400, "This Checkout Session is no longer open.")
        checkout = self.checkouts[identifier]
        if method not in checkout["payment_method_types"]:
            raise Refused(400, "This payment method is not offered.", param="method")
        if checkout["payment_intent"] is None:
            payment = _payment(checkout)
            self.payments[payment["id"]] = payment
            checkout["payment_intent"] = payment["id"]
        payment = self.payments[checkout["payment_intent"]]
        payment["payment_method_types"] = [method]
        return checkout, payment

    # Refunds

    def create_refund(self, asked: Mapping[str, Any]) -> Json:
        """Give back all or a part of a payment, never more than is left of it."""
        payment = self.payment(str(asked.get("payment_intent", "")))
        if payment["status"] != "succeeded":
            raise Refused(
                400,
                f"This PaymentIntent ({payment['id']}) does not have a successful charge to "
                "refund.",
                param="payment_intent",
            )
        left = payment["amount_received"] - payment["_refunded"]
        if left == 0:
            code = "charge_already_refunded"
            raise Refused(400, f"Charge {payment['latest_charge']} is refunded.", code=code)
        amount = _whole(asked.get("amount", left), "amount")
        if amount > left:
            raise Refused(
                400,
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
                param="amount",
            )
        refund = {
            "id": f"re_{secrets.token_hex(12)}",
            "object": "refund",
            "amount": amount,
            "charge": payment["latest_charge"],
            "created": int(time.time()),
            "currency": payment["currency"],
            "metadata": dict(asked.get("metadata", {})),
            "payment_intent": payment["id"],
            "reason": asked.get("reason"),
            "status": "succeeded",
        }
        payment["_refunded"] += amount
        self.refunds[refund["id"]] = refund
        self._tell("refund.created", refund)
        return shown(refund)

    def payment(self, identifier: str) -> Json:
        return _found(self.payments, identifier, "payment_intent")

    def refund(self, identifier: str) -> Json:
        return _found(self.refunds, identifier, "refund")

    # Events

    def event(self, identifier: str) -> Json:
        by_id = {event["id"]: event for event in self.events}
        return _found(by_id, identifier, "event")

    def _tell(self, kind: str, subject: Json) -> None:
        event = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": None,
            "created": int(time.time()),
            "data": {"object": json.loads(json.dumps(shown(subject)))},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self.events.append(event)
        self.on_event(event)


def shown(kept: Json) -> Json:
    """As the API gives it: without the emulator's own notes."""
    return {name: value for name, value in kept.items() if not name.startswith("_")}


def request_hash(path: str, asked: Mapping[str, Any]) -> str:
    content = json.dumps([path, asked], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _payment(checkout: Json) -> Json:
    return {
        "id": f"pi_{secrets.token_hex(12)}",
        "object": "payment_intent",
        "amount": checkout["amount_total"],
        "amount_received": 0,
        "created": int(time.time()),
        "currency": checkout["currency"],
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": checkout["_payment_metadata"],
        "payment_method_types": checkout["payment_method_types"],
        "status": "requires_payment_method",
        "_refunded": 0,
    }


def _found(kept: Mapping[str, Json], identifier: str, kind: str) -> Json:
    if identifier not in kept:
        raise Refused(404, f"No such {kind}: '{identifier}'", code="resource_missing", param="id")
    return kept[identifier]


def _one_sum(asked: Mapping[str, Any]) -> tuple[int, str, str]:
    """Amount in the smallest unit, currency and title of the one line that is sold."""
    if asked.get("mode") != "payment":
        raise Refused(400, "The emulator knows mode=payment only.", param="mode")
    for name in ("line_items", "success_url"):
        if not asked.get(name):
            raise Refused(400, f"Missing required param: {name}.", param=name)
    lines = asked["line_items"]
    if len(lines) != 1:
        raise Refused(400, "The emulator takes exactly one line.", param="line_items")
    price = lines[0].get("price_data", {})
    currency = price.get("currency", "")
    if currency not in CURRENCIES:
        raise Refused(400, f"Invalid currency: {currency}.", param="currency")
    unit = _whole(price.get("unit_amount"), "unit_amount")
    quantity = _whole(lines[0].get("quantity"), "quantity")
    return unit * quantity, currency, str(price.get("product_data", {}).get("name", ""))


def _methods(asked: Mapping[str, Any]) -> list[str]:
    methods = list(asked.get("payment_method_types") or ["card"])
    unknown = [method for method in methods if method not in METHODS]
    if unknown:
        raise Refused(400, f"Invalid payment_method_types: {unknown}", param="payment_method_types")
    options = asked.get("payment_method_options", {})
    if "wechat_pay" in methods and options.get("wechat_pay", {}).get("client") != "web":
        raise Refused(
            400,
            "Missing required param: payment_method_options[wechat_pay][client].",
            param="payment_method_options[wechat_pay][client]",
        )
    return methods


def _expiry(asked: Mapping[str, Any], now: int) -> int:
    expires_at = _whole(asked.get("expires_at", now + MAX_LIFE_SECONDS), "expires_at")
    if not now + MIN_LIFE_SECONDS - 60 <= expires_at <= now + MAX_LIFE_SECONDS + 60:
        raise Refused(
            400,
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout "
            "Session creation.",
            param="expires_at",
        )
    return expires_at


def _whole(value: Any, name: str) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise Refused(400, f"Invalid integer: {value}", param=name) from None
    if number < 1:
        raise Refused(400, "This value must be greater than or equal to 1.", param=name)
    return number
