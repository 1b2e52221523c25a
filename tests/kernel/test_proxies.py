"""Whom do we believe about where a request comes from?"""

import pytest
from flask import Flask, request

import wsgi
from kernel.settings import Settings
from kernel.web.limits import limiter

FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "market.example"}


def made(settings: Settings, proxies: int) -> Flask:
    configured = settings.model_copy(update={"proxies_trusted": proxies})
    app = wsgi.create_app(configured, opens_process=False)
    limiter.reset()
    return app


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_forwarded_addresses_are_believed_only_behind_a_proxy(settings, proxies, address):
    app = made(settings, proxies)
    seen: list[str | None] = []
    app.before_request(lambda: seen.append(request.remote_addr))

    app.test_client().get("/sign-in", headers=FORWARDED)

    assert seen == [address]


def test_a_stranger_cannot_escape_the_limit_by_naming_other_addresses(settings, connection):
    client = made(settings, 0).test_client()

    answers = [
        client.post("/oauth/token", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code
        for n in range(61)
    ]

    assert answers[-1] == 429
    assert 429 not in answers[:-1]


def test_behind_a_proxy_each_address_has_its_own_limit(settings, connection):
    client = made(settings, 1).test_client()

    answers = [
        client.post("/oauth/token", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code
        for n in range(61)
    ]

    assert 429 not in answers
