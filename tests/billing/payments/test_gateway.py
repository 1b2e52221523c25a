"""Typed in, typed out; asking again after a lost answer changes nothing."""

import json
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import requests

from billing.payments.rules import (
    CheckoutRequest,
    CheckoutStatus,
    PayMethod,
    RefundRequest,
    Trouble,
    WebhookFault,
    WebhookRefused,
)
from billing.payments.stripe_gateway import (
    Gateway,
    PaymentServiceDown,
    PaymentServiceRefused,
    open_gateway,
)
from demo.payment_emulator import Running
from demo.payment_webhooks import signature
from kernel.money import Money
from kernel.settings import Settings
from tests.billing.payments.conftest import SECRET

REQUEST = CheckoutRequest(
    payment_id="pay_1",
    key="pay_1:checkout",
    title="《餐饮检查》 1000 次",
    amount=Money(12345),
    success_url="http://127.0.0.1:1/paid",
    cancel_url="http://127.0.0.1:1/left",
)
CREATE = "POST /v1/checkout/sessions"


def choose(address: str, outcome: str, method: str = "alipay") -> requests.Response:
    data = {"method": method, "outcome": outcome}
    return requests.post(address, data=data, allow_redirects=False, timeout=5)


def test_a_checkout_page_is_made_in_yuan_for_alipay_wechat_and_cards(
    gateway: Gateway, emulator: Running
) -> None:
    made = gateway.open_checkout(REQUEST)

    kept = emulator.store.checkouts[made.id]
    assert made.status is CheckoutStatus.OPEN
    assert made.address.startswith(f"{emulator.api_base}/checkout/cs_")
    assert (made.amount_minor, made.currency) == (12345, "cny")
    assert kept["payment_method_types"] == ["alipay", "wechat_pay", "card"]
    assert kept["client_reference_id"] == "pay_1"


def test_asking_twice_makes_one_page(gateway: Gateway, emulator: Running) -> None:
    assert gateway.open_checkout(REQUEST) == gateway.open_checkout(REQUEST)
    assert len(emulator.store.checkouts) == 1


def test_one_key_cannot_ask_for_two_sums(gateway: Gateway) -> None:
    gateway.open_checkout(REQUEST)

    with pytest.raises(PaymentServiceRefused):
        gateway.open_checkout(replace(REQUEST, amount=Money(12346)))


@pytest.mark.parametrize("fault", ["cut", "broken"])
def test_an_answer_lost_after_the_commit_is_fetched_again(
    gateway: Gateway, emulator: Running, fault: str
) -> None:
    emulator.faults.add(CREATE, fault)

    made = gateway.open_checkout(REQUEST)

    assert list(emulator.store.checkouts) == [made.id]


@pytest.mark.parametrize("fault", ["unavailable", "busy"])
def test_a_provider_that_stays_down_is_said_to_be_down(
    gateway: Gateway, emulator: Running, fault: str
) -> None:
    emulator.faults.add(CREATE, fault, times=2)

    with pytest.raises(PaymentServiceDown):
        gateway.open_checkout(REQUEST)
    assert emulator.store.checkouts == {}


def test_nobody_listening_is_the_provider_being_down(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"stripe_api_base": "http://127.0.0.1:9"})

    with pytest.raises(PaymentServiceDown):
        open_gateway(nowhere).open_checkout(REQUEST)


def test_without_a_key_there_is_no_provider() -> None:
    with pytest.raises(PaymentServiceDown):
        open_gateway(Settings(stripe_api_key=""))


def test_a_wrong_key_is_the_provider_not_serving_us(settings: Settings) -> None:
    wrong = type(settings.stripe_api_key)("sk_test_wrong")

    with pytest.raises(PaymentServiceDown):
        open_gateway(settings.model_copy(update={"stripe_api_key": wrong})).find_checkout("cs_1")


def test_a_paid_page_says_how_and_under_which_number(gateway: Gateway) -> None:
    made = gateway.open_checkout(REQUEST)
    choose(made.address, "paid", "wechat_pay")

    found = gateway.find_checkout(made.id)

    assert found is not None
    assert (found.status, found.is_paid) == (CheckoutStatus.COMPLETE, True)
    assert found.method is PayMethod.WECHAT_PAY
    assert str(found.payment_reference).startswith("pi_")


def test_a_declined_payment_leaves_the_page_open(gateway: Gateway) -> None:
    made = gateway.open_checkout(REQUEST)
    choose(made.address, "declined", "card")

    found = gateway.find_checkout(made.id)

    assert found is not None
    assert (found.status, found.is_paid, found.is_declined) == (CheckoutStatus.OPEN, False, True)


def test_a_closed_page_takes_no_money(gateway: Gateway) -> None:
    made = gateway.open_checkout(REQUEST)
    gateway.close_checkout(made.id, "pay_1:close")

    assert choose(made.address, "paid").status_code == 400
    found = gateway.find_checkout(made.id)
    assert found is not None
    assert found.status is CheckoutStatus.EXPIRED


def test_closing_twice_or_what_is_not_there_is_no_error(gateway: Gateway) -> None:
    made = gateway.open_checkout(REQUEST)
    gateway.close_checkout(made.id, "pay_1:close")
    gateway.close_checkout(made.id, "pay_1:close-again")
    gateway.close_checkout("cs_test_unknown", "pay_2:close")


def test_an_unknown_page_is_not_found(gateway: Gateway) -> None:
    assert gateway.find_checkout("cs_test_unknown") is None


def paid_reference(gateway: Gateway) -> str:
    made = gateway.open_checkout(REQUEST)
    choose(made.address, "paid")
    found = gateway.find_checkout(made.id)
    assert found is not None
    assert found.payment_reference
    return found.payment_reference


def test_a_refund_is_made_once_per_key(gateway: Gateway, emulator: Running) -> None:
    request = RefundRequest(paid_reference(gateway), Money(345), "pay_1:return")

    first, again = gateway.give_back(request), gateway.give_back(request)

    assert first == again
    assert (first.amount_minor, first.currency) == (345, "cny")
    assert len(emulator.store.refunds) == 1


def test_more_than_was_paid_is_not_given_back(gateway: Gateway) -> None:
    reference = paid_reference(gateway)
    gateway.give_back(RefundRequest(reference, Money(12345), "all"))

    with pytest.raises(PaymentServiceRefused) as refusal:
        gateway.give_back(RefundRequest(reference, Money(1), "one more"))
    assert refusal.value.trouble is Trouble.SERVICE_REFUSED


def notice_body(**changes: object) -> bytes:
    subject = {"id": "cs_1", "object": "checkout.session", "client_reference_id": "pay_1"}
    event = {"id": "evt_1", "type": "checkout.session.completed", "data": {"object": subject}}
    return json.dumps(event | changes).encode()


def signed(body: bytes, secret: str = SECRET, age_seconds: int = 0) -> str:
    return signature(body, secret, int(time.time()) - age_seconds)


def test_a_signed_notice_says_which_payment_it_is_about(gateway: Gateway) -> None:
    body = notice_body()

    notice = gateway.read_notice(body, signed(body))

    assert (notice.event_id, notice.kind) == ("evt_1", "checkout.session.completed")
    assert (notice.object_id, notice.payment_id) == ("cs_1", "pay_1")


@pytest.mark.parametrize(
    ("body", "stamp", "fault"),
    [
        (notice_body(), lambda: "", WebhookFault.UNSIGNED),
        (notice_body(), lambda: signed(notice_body(), "whsec_other"), WebhookFault.FORGED),
        (notice_body(id="evt_2"), lambda: signed(notice_body()), WebhookFault.FORGED),
        (notice_body(), lambda: "t=now,v1=ab", WebhookFault.FORGED),
        (notice_body(), lambda: signed(notice_body(), age_seconds=310), WebhookFault.OLD),
        (b"not json", lambda: signed(b"not json"), WebhookFault.MALFORMED),
        (b"[1]", lambda: signed(b"[1]"), WebhookFault.MALFORMED),
        (b"{}", lambda: signed(b"{}"), WebhookFault.MALFORMED),
        (b"\xff\xfe", lambda: "t=1,v1=ab", WebhookFault.MALFORMED),
        (
            notice_body(data={"object": None}),
            lambda: signed(notice_body(data={"object": None})),
            WebhookFault.MALFORMED,
        ),
    ],
    ids=[
        "unsigned",
        "another secret",
        "another notice",
        "no time",
        "too old",
        "no json",
        "a list",
        "nothing",
        "no text",
        "no object",
    ],
)
def test_what_is_not_certainly_the_providers_is_refused(
    gateway: Gateway, body: bytes, stamp: Callable[[], str], fault: WebhookFault
) -> None:
    with pytest.raises(WebhookRefused) as refusal:
        gateway.read_notice(body, stamp())
    assert refusal.value.fault is fault


def test_a_stamp_of_almost_five_minutes_is_still_fresh(gateway: Gateway) -> None:
    body = notice_body()

    assert gateway.read_notice(body, signed(body, age_seconds=290)).event_id == "evt_1"


def test_without_a_secret_every_notice_is_refused(settings: Settings) -> None:
    empty = type(settings.stripe_webhook_secret)("")
    gateway = open_gateway(settings.model_copy(update={"stripe_webhook_secret": empty}))
    body = notice_body()

    with pytest.raises(WebhookRefused):
        gateway.read_notice(body, signed(body, ""))
