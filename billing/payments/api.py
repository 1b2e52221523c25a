"""/webhooks/stripe: verify, keep, answer 200. /api/payments: begin, look, give up."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from limits import parse

from billing.payments import actions, mismatches, reads
from billing.payments.rules import WebhookRefused
from billing.payments.schemas import MismatchReturn, PaymentDraft, PaymentOut
from billing.payments.stripe_gateway import open_gateway
from kernel import settings
from kernel.actor import Actor
from kernel.db import transaction
from kernel.events import record_refusal
from kernel.web.guard import current_actor, public
from kernel.web.limits import limiter
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from kernel.web.problems import words
from kernel.web.submissions import claim_once

bp = Blueprint("payments_api", __name__)

NOTICE_LIMIT_BYTES = 256 * 1024
PROVIDER = Actor.system("billing.webhook")
REFUSALS_WRITTEN_DOWN = parse("20/minute")  # a flood of forgeries must not fill the record


@bp.post("/webhooks/stripe")
@public
def take_notice() -> ResponseReturnValue:
    """A notice of the provider. Only its signature says whose it is; nobody is signed in.

    A refusal is answered 400, as the provider expects, and recorded here: this edge has no actor
    that the usual handler could name.
    """
    request.max_content_length = NOTICE_LIMIT_BYTES
    body = request.get_data()
    gateway = open_gateway(settings.in_use())
    try:
        notice = gateway.read_notice(body, request.headers.get("Stripe-Signature", ""))
        with transaction() as session:
            actions.take_notice(session, PROVIDER, notice)
    except WebhookRefused as refusal:
        _write_down(refusal)
        said = {"code": refusal.code, "fault": refusal.fault.value, "detail": words(refusal)}
        return {"received": False, **said}, 400
    return {"received": True}


@bp.post("/api/payments")
@documented(takes=PaymentDraft, gives=PaymentOut, status=201, tag="payments")
def begin() -> ResponseReturnValue:
    """Begin to pay an order or an invoice; a payment under way is given back as it is."""
    draft = parse_json(PaymentDraft)
    actor = current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        intent = actions.begin(session, actor, draft)
        return PaymentOut.of(intent).model_dump(mode="json"), 201


@bp.get("/api/payments/<payment_id>")
@documented(gives=PaymentOut, tag="payments")
def show(payment_id: str) -> ResponseReturnValue:
    """One payment; checkout_address is where to pay while it is open."""
    with transaction() as session:
        intent = reads.get_payment(session, current_actor(), payment_id)
        return PaymentOut.of(intent).model_dump(mode="json")


@bp.post("/api/payments/<payment_id>/abandonment")
@documented(gives=PaymentOut, tag="payments")
def abandon(payment_id: str) -> ResponseReturnValue:
    """Give a payment up, so that another can be begun."""
    with transaction() as session:
        intent = actions.abandon(session, current_actor(), payment_id)
        return PaymentOut.of(intent).model_dump(mode="json")


@bp.post("/api/payments/<payment_id>/return")
@documented(takes=MismatchReturn, gives=PaymentOut, tag="payments")
def give_back(payment_id: str) -> ResponseReturnValue:
    """Give back in full what came in and does not match (the seller's finance clerk)."""
    wanted = parse_json(MismatchReturn)
    with transaction() as session:
        intent = mismatches.return_mismatch(session, current_actor(), payment_id, wanted)
        return PaymentOut.of(intent).model_dump(mode="json")


def _write_down(refusal: WebhookRefused) -> None:
    if limiter.limiter.hit(REFUSALS_WRITTEN_DOWN, "stripe-webhook"):
        with transaction() as session:
            record_refusal(session, PROVIDER, refusal, act=str(request.endpoint), about_id="stripe")
