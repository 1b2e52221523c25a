"""The enterprise pays through Stripe's client; a signed webhook settles; the ledger splits."""

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from socket import socket
from threading import Thread
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from billing.ledger import reads as ledger
from billing.orders import actions as orders
from billing.orders import reads as order_reads
from billing.orders.rules import OrderState
from billing.orders.schemas import OrderDraft
from billing.payments import actions, reads
from billing.payments.schemas import PaymentDraft
from billing.shares import actions as shares
from billing.shares.rules import PLATFORM
from billing.shares.schemas import SharePart, SharesDraft
from demo.chapters.licences import LICENSED
from demo.world import Present, World
from kernel import clock
from kernel.db import transaction
from kernel.settings import Settings
from wsgi import create_app

WAIT_SECONDS = 60


def play(world: World) -> None:
    """Step 5: two orders are paid, one is free by law; entries sum to zero."""
    world.report("五  付款：Stripe 客户端经 HTTP，签名回执结算，复式记账分给各方")
    for key in (*LICENSED, "weather"):
        _share(world, key)
    for number, key in enumerate(LICENSED, start=1):
        _pay(world, key, f"PO-2026-{number:03}")
    _order_free(world)
    with transaction() as session:
        entries, total = ledger.count_entries(session), ledger.sum_of_everything(session)
        found = ledger.imbalances(session)
    if total or found:
        raise AssertionError(f"the ledger does not balance: {total} fen, {found}")
    world.report(f"    账本 {entries} 笔分录，合计 {total} 分")


@contextmanager
def listening(settings: Settings, listener: socket, present: Present) -> Iterator[None]:
    """The market itself on this listener of loopback, for the webhook of the payment provider.

    It answers in a thread of its own, where the story's clock must be told anew.
    """
    app = create_app(settings, opens_process=False)
    serve = app.wsgi_app

    def at_present(environ: Any, start_response: Any) -> Any:
        with clock.told_by(present):
            return serve(environ, start_response)

    app.wsgi_app = at_present  # type: ignore[method-assign]  # Flask's own way to wrap
    host, port = listener.getsockname()
    server = make_server(
        host, port, app, threaded=True, request_handler=_Quiet, fd=listener.fileno()
    )
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Quiet(WSGIRequestHandler):
    """Does not write each request to standard error."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size


def _share(world: World, key: str) -> None:
    approver = world.actor("approver")
    parts = (
        SharePart(party=world.ids["bureau"], fraction=Decimal("0.30")),
        SharePart(party=world.ids["operator"], fraction=Decimal("0.60")),
        SharePart(party=PLATFORM, fraction=Decimal("0.10")),
    )
    with transaction() as session:
        shares.set_shares(session, approver, world.ids[f"product:{key}"], SharesDraft(parts=parts))


def _pay(world: World, key: str, number: str) -> None:
    buyer = world.actor("buyer")
    draft = OrderDraft(licence_id=world.ids[f"licence:{key}"], purchase_number=number)
    with transaction() as session:
        order = orders.place(session, buyer, draft)
        intent = actions.begin(session, buyer, PaymentDraft(order_id=order.id))
    world.settle()
    with transaction() as session:
        address = reads.get_payment(session, buyer, intent.id).checkout_address
    if not address:
        raise AssertionError("the payment provider gave no page")
    _choose_alipay(address)
    _wait_for_webhook(world, order.id)
    world.report(f"    {number} 《{order.title}》{order.amount}：支付宝（仿真器）付款，合同生效")


def _choose_alipay(address: str) -> None:
    """What a person does on the provider's page: choose a way to pay and confirm."""
    body = urllib.parse.urlencode({"method": "alipay", "outcome": "paid"}).encode()
    request = urllib.request.Request(address, data=body, method="POST")  # noqa: S310 - loopback
    try:
        urllib.request.build_opener(_StayHere).open(request, timeout=10).close()
    except urllib.error.HTTPError as redirected:
        if redirected.code not in {302, 303}:
            raise


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Does not follow the way back to the shop: a browser would, the story need not."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _wait_for_webhook(world: World, order_id: str) -> None:
    """The signed notice comes by itself; a worker applies it."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        world.settle()
        with transaction() as session:
            order = order_reads.get_order(session, world.actor_in(session, "buyer"), order_id)
            if order.phase in {OrderState.PAID, OrderState.FULFILLED}:
                return
        time.sleep(0.2)
    raise AssertionError("no webhook settled the order")


def _order_free(world: World) -> None:
    buyer = world.actor("buyer")
    draft = OrderDraft(licence_id=world.ids["licence:weather"], purchase_number="PO-2026-100")
    with transaction() as session:
        order = orders.place(session, buyer, draft)
    if order.phase is not OrderState.PAID or order.amount:
        raise AssertionError("public interest must be free (PR-01)")
    world.report(f"    《{order.title}》公益用途依法免费，零元订单视同已付款（PR-01）")
    world.settle()
