"""Our gateway also works against a payment server that others wrote (localstripe).

It knows payments, refunds and signed webhooks; it has no checkout pages, ignores idempotency keys
and accepts too large refunds, so only what it does right is asked of it here.
"""

import asyncio
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from aiohttp import web
from flask import Flask, request
from werkzeug.serving import make_server

from billing.payments.rules import RefundRequest
from billing.payments.stripe_gateway import Gateway, PaymentServiceDown, open_gateway
from kernel.money import Money
from kernel.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning")
SECRET = "whsec_foreign"
AUTH = {"Authorization": "Bearer sk_test_12345"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """localstripe's own application, on loopback only, keeping nothing on disk."""
    from localstripe import resources, server  # noqa: PLC0415 - imports a whole web server

    resources.store.dump_to_disk = lambda: None
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(server.app)
    loop.run_until_complete(runner.setup())
    site = web.TCPSite(runner, "127.0.0.1", 0)
    loop.run_until_complete(site.start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    port = runner.addresses[0][1]
    yield f"http://127.0.0.1:{port}"
    asyncio.run_coroutine_threadsafe(_end(runner), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


async def _end(runner: web.AppRunner) -> None:
    """Notices that nobody waits for any more are dropped."""
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await runner.cleanup()


@pytest.fixture
def foreign(address: str) -> Gateway:
    return open_gateway(
        Settings(
            stripe_api_key="sk_test_12345",
            stripe_api_base=address,
            stripe_webhook_secret=SECRET,
        )
    )


def paid(address: str, minor: int) -> str:
    """A card payment made and confirmed at the foreign server."""
    card = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2030", "cvc": "123"}
    form = {"type": "card"} | {f"card[{name}]": text for name, text in card.items()}
    method = _post(f"{address}/v1/payment_methods", form)["id"]
    asked = {
        "amount": str(minor),
        "currency": "cny",
        "payment_method_types[0]": "card",
        "payment_method": method,
        "metadata[payment_id]": "pay_77",
    }
    made = _post(f"{address}/v1/payment_intents", asked)
    confirmed = _post(f"{address}/v1/payment_intents/{made['id']}/confirm", {})
    assert confirmed["status"] == "succeeded"
    return str(made["id"])


def _post(url: str, form: dict[str, str]) -> Any:
    answer = requests.post(url, data=form, headers=AUTH, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_refund_is_made_at_the_foreign_server(foreign: Gateway, address: str) -> None:
    reference = paid(address, 12345)

    refund = foreign.give_back(RefundRequest(reference, Money(345), "pay_77:return"))

    assert (refund.amount_minor, refund.currency, refund.is_under_way) == (345, "cny", False)


def test_what_the_foreign_server_does_not_have_is_it_not_serving_us(foreign: Gateway) -> None:
    with pytest.raises(PaymentServiceDown):
        foreign.find_checkout("cs_test_1")


def test_the_foreign_servers_signed_notice_is_read(foreign: Gateway, address: str) -> None:
    taken: queue.Queue[tuple[bytes, str]] = queue.Queue()
    app = Flask(__name__)

    @app.post("/hook")
    def hook() -> str:
        taken.put((request.get_data(), request.headers["Stripe-Signature"]))
        return ""

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        config = {"url": f"http://127.0.0.1:{server.server_port}/hook", "secret": SECRET}
        requests.post(f"{address}/_config/webhooks/test", json=config, timeout=5)
        reference = paid(address, 500)
        notice = foreign.read_notice(*taken.get(timeout=15))
        while (notice.kind, notice.object_id) != ("payment_intent.succeeded", reference):
            notice = foreign.read_notice(*taken.get(timeout=15))
    finally:
        server.shutdown()
        server.server_close()

    assert notice.payment_id == "pay_77"
