"""Who takes the money where no payment provider is configured? An emulator (仿真器), on loopback.

It speaks the part of Stripe's HTTP API that we use, so that the same client, the same signatures
and the same errors run in demo and tests as in production: checkout pages with Alipay, WeChat Pay
and cards, payments, refunds, events, stored answers per idempotency key, signed webhooks with
retries. It proves our behaviour, not Stripe's, and no money moves: never use it for anything real.
"""

import re
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from flask import Flask, Response, abort, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from demo import ports
from demo.payment_store import Refused, Store, request_hash
from demo.payment_webhooks import Webhooks

API_KEY = "sk_test_emulator"
METHOD_WORDS = {"alipay": "支付宝", "wechat_pay": "微信支付", "card": "银行卡"}
PIECE = re.compile(r"\[([^\]]*)\]")


@dataclass
class Faults:
    """What shall go wrong next, for tests. Each entry is used once, in order, per method and path.

    "cut": carried out, then the connection breaks. "broken": carried out, then answered 500.
    "unavailable": not carried out, 503. "busy": not carried out, 429.
    """

    waiting: list[tuple[str, str]] = field(default_factory=list)

    def add(self, route: str, kind: str, times: int = 1) -> None:
        """route: "POST /v1/checkout/sessions", matched at its beginning."""
        self.waiting += [(route, kind)] * times

    def take(self, route: str) -> str:
        for entry in self.waiting:
            if route.startswith(entry[0]):
                self.waiting.remove(entry)
                return entry[1]
        return ""


def emulator(store: Store, faults: Faults, api_key: str = API_KEY) -> Flask:
    """The emulator as an application."""
    app = Flask(__name__, template_folder="payment_pages", static_folder=None)
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost"]
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider
    app.register_error_handler(Refused, lambda refusal: (refusal.body, refusal.status))
    _check_callers(app, api_key)
    _add_checkouts(app, store, faults)
    _add_payments(app, store, faults)
    _add_pages(app, store)
    return app


@dataclass
class Running:
    """A served emulator. Close it, or use it in a with statement."""

    api_base: str
    api_key: str
    webhook_secret: str
    store: Store
    faults: Faults
    webhooks: Webhooks | None
    server: BaseWSGIServer
    thread: threading.Thread

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        if self.webhooks:
            self.webhooks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def run_in_thread(
    webhook_url: str, secret: str, *, port: int = 0, api_key: str = API_KEY
) -> Running:
    """Serve the emulator on 127.0.0.1 from a thread, on this port if it is free.

    webhook_url: "" delivers nothing.
    """
    webhooks = Webhooks(webhook_url, secret) if webhook_url else None
    store = Store(on_event=webhooks.send) if webhooks else Store()
    faults = Faults()
    app = emulator(store, faults, api_key)
    with ports.take(port) as listener:
        host, found = listener.getsockname()
        server = make_server(
            host, found, app, threaded=True, request_handler=_Quiet, fd=listener.fileno()
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    address = f"http://{host}:{found}"
    return Running(address, api_key, secret, store, faults, webhooks, server, thread)


class _Quiet(WSGIRequestHandler):
    """Does not write each request to standard error."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size


# The API


def _check_callers(app: Flask, api_key: str) -> None:
    @app.before_request
    def check() -> None:
        sent = request.authorization
        given = (sent.token or sent.username) if sent else None
        if request.path.startswith("/v1/") and given != api_key:
            raise Refused(401, "Invalid API Key provided.")


def _add_checkouts(app: Flask, store: Store, faults: Faults) -> None:
    @app.post("/v1/checkout/sessions")
    def create_checkout() -> ResponseReturnValue:
        return _carry_out(store, faults, lambda asked: store.create_checkout(asked, _address()))

    @app.get("/v1/checkout/sessions/<identifier>")
    def get_checkout(identifier: str) -> ResponseReturnValue:
        expands = [text for name, text in request.args.items() if name.startswith("expand")]
        with_payment = "payment_intent" in expands
        return _look_up(faults, lambda: store.checkout(identifier, with_payment=with_payment))

    @app.post("/v1/checkout/sessions/<identifier>/expire")
    def expire_checkout(identifier: str) -> ResponseReturnValue:
        return _carry_out(store, faults, lambda _: store.expire_checkout(identifier))


def _add_payments(app: Flask, store: Store, faults: Faults) -> None:
    @app.get("/v1/payment_intents/<identifier>")
    def get_payment(identifier: str) -> ResponseReturnValue:
        return _look_up(faults, lambda: store.payment(identifier))

    @app.post("/v1/refunds")
    def create_refund() -> ResponseReturnValue:
        return _carry_out(store, faults, store.create_refund)

    @app.get("/v1/refunds/<identifier>")
    def get_refund(identifier: str) -> ResponseReturnValue:
        return _look_up(faults, lambda: store.refund(identifier))

    @app.get("/v1/events")
    def list_events() -> ResponseReturnValue:
        newest = list(reversed(store.events))[:100]
        return {"object": "list", "data": newest, "has_more": False, "url": "/v1/events"}

    @app.get("/v1/events/<identifier>")
    def get_event(identifier: str) -> ResponseReturnValue:
        return _look_up(faults, lambda: store.event(identifier))


def _carry_out(store: Store, faults: Faults, act: Any) -> ResponseReturnValue:
    """One change, under its idempotency key; a fault after the commit loses only the answer."""
    fault = faults.take(f"{request.method} {request.path}")
    _refuse_before(fault)
    asked = unflattened(request.form)
    key = request.headers.get("Idempotency-Key", "")
    status, body, is_replayed = store.answer_once(
        key, request_hash(request.path, asked), lambda: act(asked)
    )
    _break_after(fault)
    answer = jsonify(body)
    answer.status_code = status
    if is_replayed:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _look_up(faults: Faults, find: Any) -> ResponseReturnValue:
    fault = faults.take(f"{request.method} {request.path}")
    _refuse_before(fault)
    found = find()
    _break_after(fault)
    return jsonify({name: value for name, value in found.items() if not name.startswith("_")})


def _refuse_before(fault: str) -> None:
    if fault == "unavailable":
        raise Refused(503, "The service is down.", kind="api_error")
    if fault == "busy":
        raise Refused(429, "Too many requests.", code="rate_limit")


def _break_after(fault: str) -> None:
    if fault == "broken":
        raise Refused(500, "An error occurred after the request was carried out.", kind="api_error")
    if fault == "cut":
        wire: socket.socket = request.environ["werkzeug.socket"]
        wire.shutdown(socket.SHUT_RDWR)


def _address() -> str:
    return request.host_url.rstrip("/")


def unflattened(form: Mapping[str, str]) -> dict[str, Any]:
    """Form fields such as "items[0][price]" as nested values; numbered steps become lists."""
    tree: dict[str, Any] = {}
    for name, text in form.items():
        steps = [name.partition("[")[0], *PIECE.findall(name)]
        place = tree
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        place[steps[-1]] = text
    return {name: _with_lists(value) for name, value in tree.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(step.isdecimal() for step in value):
        return [_with_lists(value[step]) for step in sorted(value, key=int)]
    return {step: _with_lists(item) for step, item in value.items()}


# The pages that a customer sees


def _add_pages(app: Flask, store: Store) -> None:
    app.jinja_env.globals["method_words"] = METHOD_WORDS

    @app.get("/")
    def home() -> str:
        return render_template("home.html", checkouts=list(store.checkouts.values()))

    @app.get("/checkout/<identifier>")
    def show_checkout(identifier: str) -> ResponseReturnValue:
        return _page(store, identifier)

    @app.post("/checkout/<identifier>")
    def pay(identifier: str) -> ResponseReturnValue:
        """The customer's choice: `outcome` is paid, declined or left."""
        checkout = store.checkouts.get(identifier) or abort(404)
        method, outcome = request.form.get("method", "alipay"), request.form.get("outcome")
        if outcome == "left":
            return redirect(checkout["cancel_url"] or checkout["success_url"], 303)
        if outcome == "declined":
            store.decline(identifier, method)
            return _page(store, identifier, is_declined=True)
        if outcome != "paid":
            abort(400)
        store.pay(identifier, method)
        back = checkout["success_url"].replace("{CHECKOUT_SESSION_ID}", identifier)
        return redirect(back, 303)


def _page(store: Store, identifier: str, *, is_declined: bool = False) -> Response:
    kept = store.checkouts.get(identifier) or abort(404)
    store.checkout(identifier)
    status = 402 if is_declined else 200 if kept["status"] == "open" else 410
    page = render_template("checkout.html", checkout=kept, is_declined=is_declined)
    return Response(page, status)
