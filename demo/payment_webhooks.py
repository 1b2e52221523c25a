"""How does the payment emulator tell us? Signed deliveries, repeated until they are taken.

Signed as the provider does: header `t=<seconds>,v1=<HMAC-SHA256 of "<t>.<body>">`. Each delivery
carries a stamp of its own. There is no promise of order, and none of exactly once.
"""

import hashlib
import hmac
import json
import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RETRY_SECONDS = (0.2, 1, 5, 30, 120, 600)
TIMEOUT_SECONDS = 10
HEADER = "Stripe-Signature"


@dataclass(frozen=True)
class Delivery:
    """One event on its way. attempt: how often it was tried before."""

    event: Mapping[str, Any]
    attempt: int = 0


def signature(body: bytes, secret: str, at: int) -> str:
    """The value of the signature header for one body and moment (seconds since 1970)."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


class Webhooks:
    """A thread that delivers events to one address until each is answered with 2xx."""

    def __init__(self, address: str, secret: str) -> None:
        self._address = address
        self._secret = secret
        self._due: queue.PriorityQueue[tuple[float, int, Delivery | None]] = queue.PriorityQueue()
        self._number = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._deliver_all, daemon=True)
        self._thread.start()

    def send(self, event: Mapping[str, Any]) -> None:
        """Deliver soon, and again until it is taken."""
        self._put(Delivery(event), 0)

    def close(self) -> None:
        self._closing.set()
        self._due.put((0, 0, None))
        self._thread.join(TIMEOUT_SECONDS)

    def _put(self, delivery: Delivery, wait: float) -> None:
        self._number += 1
        self._due.put((time.monotonic() + wait, self._number, delivery))

    def _deliver_all(self) -> None:
        while not self._closing.is_set():
            due_at, number, delivery = self._due.get()
            if delivery is None:
                return
            wait = due_at - time.monotonic()
            if wait > 0:
                self._due.put((due_at, number, delivery))
                self._closing.wait(min(wait, 0.05))
                continue
            if not self._is_taken(delivery.event) and delivery.attempt < len(RETRY_SECONDS):
                again = Delivery(delivery.event, delivery.attempt + 1)
                self._put(again, RETRY_SECONDS[delivery.attempt])

    def _is_taken(self, event: Mapping[str, Any]) -> bool:
        body = json.dumps(event, ensure_ascii=False).encode()
        stamp = signature(body, self._secret, int(time.time()))
        headers = {HEADER: stamp, "Content-Type": "application/json; charset=utf-8"}
        asked = urllib.request.Request(self._address, body, headers)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return bool(200 <= answer.status < 300)
        except (urllib.error.URLError, TimeoutError, ConnectionError, OSError):
            return False
