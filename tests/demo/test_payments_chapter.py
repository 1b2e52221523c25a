"""The market that the story serves for the payment provider's notices."""

import requests
from flask import Flask

from demo import ports
from demo.chapters import payments
from demo.world import real_time
from kernel.settings import Settings


def test_it_answers_on_the_listener_that_was_taken_for_it(app: Flask, settings: Settings) -> None:
    """The port is never let go in between, so that two stories may begin at once."""
    with ports.take(0) as listener:
        port = listener.getsockname()[1]
        with payments.listening(settings, listener, real_time):
            answer = requests.get(f"http://127.0.0.1:{port}/healthz", timeout=10)

    assert answer.json() == {"alive": True}
