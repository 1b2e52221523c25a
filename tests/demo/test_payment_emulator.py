"""The emulator refuses what the provider would refuse, and tells as the provider tells."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import stripe
from flask import Flask, request
from werkzeug.serving import make_server

from demo.payment_emulator import Running, run_in_thread

SECRET = "whsec_test"
ASKED = {
    "mode": "payment",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "cny",
    "line_items[0][price_data][unit_amount]": "9900",
    "line_items[0][price_data][product_data][name]": "查询",
    "payment_method_types[0]": "alipay",
    "success_url": "http://127.0.0.1:1/paid?page={CHECKOUT_SESSION_ID}",
    "cancel_url": "http://127.0.0.1:1/left",
}


@pytest.fixture
def emulator() -> Iterator[Running]:
    with run_in_thread("", SECRET) as running:
        yield running


def post(emulator: Running, path: str, key: str = "", **changes: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {emulator.api_key}"}
    if key:
        headers["Idempotency-Key"] = key
    form = {**(ASKED if path.endswith("sessions") else {}), **changes}
    return requests.post(emulator.api_base + path, data=form, headers=headers, timeout=5)


def get(emulator: Running, path: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {emulator.api_key}"}
    return requests.get(emulator.api_base + path, headers=headers, timeout=5)


def checkout(emulator: Running, key: str = "", **changes: str) -> Any:
    return post(emulator, "/v1/checkout/sessions", key, **changes)


def choose(page: Any, outcome: str) -> requests.Response:
    data = {"method": "alipay", "outcome": outcome}
    return requests.post(page["url"], data=data, allow_redirects=False, timeout=5)


def test_it_says_on_every_page_that_it_is_an_emulator(emulator: Running) -> None:
    page = checkout(emulator).json()

    for address in (emulator.api_base, page["url"]):
        assert "支付仿真器" in requests.get(address, timeout=5).text


def test_it_listens_on_loopback_only(emulator: Running) -> None:
    assert emulator.server.server_address[0] == "127.0.0.1"


def test_a_wrong_key_opens_nothing(emulator: Running) -> None:
    answer = requests.get(
        f"{emulator.api_base}/v1/events", headers={"Authorization": "Bearer sk_test_x"}, timeout=5
    )
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"line_items[0][price_data][unit_amount]": "0"}, "unit_amount"),
        ({"line_items[0][price_data][unit_amount]": "1.5"}, "unit_amount"),
        ({"line_items[0][price_data][currency]": "eur"}, "currency"),
        ({"mode": "subscription"}, "mode"),
        ({"success_url": ""}, "success_url"),
        ({"payment_method_types[0]": "cash"}, "payment_method_types"),
        ({"payment_method_types[0]": "wechat_pay"}, "payment_method_options[wechat_pay][client]"),
        ({"expires_at": "1"}, "expires_at"),
    ],
)
def test_what_the_provider_would_refuse_is_refused(
    emulator: Running, changes: dict[str, str], param: str
) -> None:
    answer = checkout(emulator, **changes)

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert emulator.store.checkouts == {}


def test_the_same_key_and_request_get_the_stored_answer(emulator: Running) -> None:
    first, again = checkout(emulator, "k"), checkout(emulator, "k")

    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(emulator.store.checkouts) == 1


def test_the_same_key_with_another_request_is_an_error(emulator: Running) -> None:
    checkout(emulator, "k")

    answer = checkout(emulator, "k", cancel_url="http://127.0.0.1:1/other")

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")


def test_a_refusal_is_stored_too(emulator: Running) -> None:
    first, again = checkout(emulator, "k", mode="setup"), checkout(emulator, "k", mode="setup")

    assert (first.status_code, again.status_code) == (400, 400)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_paying_leads_back_to_the_shop_and_works_once(emulator: Running) -> None:
    page = checkout(emulator).json()

    paid = choose(page, "paid")

    assert paid.headers["Location"] == f"http://127.0.0.1:1/paid?page={page['id']}"
    assert choose(page, "paid").status_code == 400
    kinds = [event["type"] for event in emulator.store.events]
    assert kinds == ["payment_intent.succeeded", "checkout.session.completed"]


def test_declining_leaves_the_page_open_and_leaving_leads_back(emulator: Running) -> None:
    page = checkout(emulator).json()

    assert choose(page, "declined").status_code == 402
    assert choose(page, "left").headers["Location"] == "http://127.0.0.1:1/left"
    assert choose(page, "paid").status_code == 303


def test_a_page_expires_by_itself(emulator: Running) -> None:
    page = checkout(emulator).json()
    emulator.store.checkouts[page["id"]]["expires_at"] = int(time.time()) - 1

    assert requests.get(page["url"], timeout=5).status_code == 410
    assert get(emulator, f"/v1/checkout/sessions/{page['id']}").json()["status"] == "expired"
    assert [event["type"] for event in emulator.store.events] == ["checkout.session.expired"]


def paid(emulator: Running) -> str:
    page = checkout(emulator).json()
    choose(page, "paid")
    answer = get(emulator, f"/v1/checkout/sessions/{page['id']}?expand[0]=payment_intent")
    payment: str = answer.json()["payment_intent"]["id"]
    return payment


def test_part_refunds_add_up_to_the_payment_and_no_further(emulator: Running) -> None:
    payment = paid(emulator)

    first = post(emulator, "/v1/refunds", payment_intent=payment, amount="9000")
    too_much = post(emulator, "/v1/refunds", payment_intent=payment, amount="901")
    rest = post(emulator, "/v1/refunds", payment_intent=payment, amount="900")
    more = post(emulator, "/v1/refunds", payment_intent=payment)

    assert [first.status_code, rest.status_code] == [200, 200]
    assert [too_much.status_code, more.status_code] == [400, 400]
    assert more.json()["error"]["code"] == "charge_already_refunded"
    refund = get(emulator, f"/v1/refunds/{first.json()['id']}").json()
    assert (refund["amount"], refund["payment_intent"]) == (9000, payment)


def test_payments_and_events_can_be_fetched_and_unknown_ones_cannot(emulator: Running) -> None:
    payment = paid(emulator)
    newest = get(emulator, "/v1/events").json()["data"][0]

    assert get(emulator, f"/v1/payment_intents/{payment}").json()["amount_received"] == 9900
    assert get(emulator, f"/v1/events/{newest['id']}").json() == newest
    for path in ("payment_intents/pi_1", "refunds/re_1", "events/evt_1", "checkout/sessions/cs_1"):
        assert get(emulator, f"/v1/{path}").json()["error"]["code"] == "resource_missing"


@pytest.mark.parametrize(("kind", "is_kept"), [("unavailable", False), ("broken", True)])
def test_a_fault_comes_before_or_after_the_commit(
    emulator: Running, kind: str, is_kept: bool
) -> None:
    emulator.faults.add("POST /v1/checkout/sessions", kind)

    assert checkout(emulator, "k").status_code >= 500
    assert (len(emulator.store.checkouts) == 1) is is_kept
    assert checkout(emulator, "k").status_code == 200
    assert len(emulator.store.checkouts) == 1


def test_a_cut_connection_loses_the_answer_and_keeps_the_change(emulator: Running) -> None:
    emulator.faults.add("POST /v1/checkout/sessions", "cut")

    with pytest.raises(requests.ConnectionError):
        checkout(emulator, "k")
    assert len(emulator.store.checkouts) == 1


def test_webhooks_are_signed_as_the_provider_signs_and_repeated_until_taken() -> None:
    received: list[tuple[bytes, str]] = []
    app = Flask(__name__)

    @app.post("/hook")
    def hook() -> tuple[str, int]:
        received.append((request.get_data(), request.headers["Stripe-Signature"]))
        return ("", 500) if len(received) == 1 else ("", 200)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        with run_in_thread(f"http://127.0.0.1:{server.server_port}/hook", SECRET) as emulator:
            page = checkout(emulator).json()
            choose(page, "declined")
            deadline = time.monotonic() + 10
            while len(received) < 2 and time.monotonic() < deadline:
                time.sleep(0.02)
    finally:
        server.shutdown()
        server.server_close()

    assert len(received) == 2
    assert received[0][0] == received[1][0]
    for body, stamp in received:
        event = stripe.Webhook.construct_event(body, stamp, SECRET)
        assert event.type == "payment_intent.payment_failed"
        assert json.loads(body)["data"]["object"]["last_payment_error"]
