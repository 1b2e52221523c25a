"""Who plays the identity provider where none is configured? A stand-in for demo and tests.

It is `oidc-provider-mock` with the gaps closed that would hide a mistake of ours: a wrong PKCE
verifier or client secret is refused, only the demo's people can sign in, answers go back to this
machine only, and the debugger is off. It has no passwords: never use it for anything real.
"""

import base64
import hashlib
import hmac
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask, Response, abort, jsonify, make_response, redirect, request
from werkzeug.serving import WSGIRequestHandler, make_server

from demo import ports

with warnings.catch_warnings(record=True):  # it rests on parts of Authlib that will go
    import oidc_provider_mock

LOOPBACK = ("localhost", "127.0.0.1")
_MOCK = "oidc-provider-mock"
_OPEN = {
    f"{_MOCK}.{name}"
    for name in ("openid_config", "jwks", "authorize", "issue_token", "userinfo", "end_session")
}


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in with one click. office: what the sign-in page says of them."""

    subject: str
    name: str
    email: str
    office: str = ""


def provider(people: Sequence[Person], client_id: str, client_secret: str) -> Flask:
    """The provider as an application; its issuer is http://localhost:<port it is served on>."""
    app = Flask(__name__, template_folder="identity_pages")
    plain = app.wsgi_app
    oidc_provider_mock.init_app(
        app, require_nonce=True, issue_refresh_token=False, user_claims=_claims(people)
    )
    app.wsgi_app = plain  # type: ignore[method-assign]  # the mock had put a debugger around it
    app.debug = False
    app.config["TRUSTED_HOSTS"] = list(LOOPBACK)
    app.context_processor(lambda: {"people": people})
    app.before_request(_hide_the_rest)
    _guard_sign_in(app, client_id, {person.subject for person in people})
    _guard_tokens(app, client_id, client_secret)
    _extend(app, "openid_config", _announce_pkce)
    app.view_functions[f"{_MOCK}.end_session"] = _end_session
    return app


@contextmanager
def running(
    people: Sequence[Person], client_id: str, client_secret: str, port: int = 0
) -> Iterator[str]:
    """Serve the provider from a thread, on this port if it is free; gives the issuer's address."""
    app = provider(people, client_id, client_secret)
    with ports.take(port) as listener:
        host, found = listener.getsockname()
        server = make_server(
            host, found, app, threaded=True, request_handler=_Quiet, fd=listener.fileno()
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{found}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Say nothing of each request."""


def _claims(people: Sequence[Person]) -> list[oidc_provider_mock.User]:
    return [
        oidc_provider_mock.User(
            sub=person.subject,
            claims={"name": person.name, "email": person.email, "email_verified": True},
        )
        for person in people
    ]


def _hide_the_rest() -> None:
    """The mock also lets anybody add users and clients; nothing here needs that."""
    if request.endpoint not in _OPEN:
        abort(404)


def _extend(app: Flask, name: str, after: Callable[[Response], Response]) -> None:
    endpoint = f"{_MOCK}.{name}"
    view = app.view_functions[endpoint]
    app.view_functions[endpoint] = lambda **values: after(make_response(view(**values)))


def _guard_sign_in(app: Flask, client_id: str, subjects: set[str]) -> None:
    """Let only the listed people in, for our client, back to this machine, with PKCE."""
    challenges: dict[str, str] = {}
    app.extensions["pkce_challenges"] = challenges

    def remember(answer: Response) -> Response:
        sent = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
        for code in sent.get("code", []):
            challenges[code] = request.args["code_challenge"]
        return answer

    _extend(app, "authorize", remember)

    @app.before_request
    def check() -> None:
        if request.endpoint != f"{_MOCK}.authorize":
            return
        asked = request.args
        if asked.get("client_id") != client_id or not _is_ours(asked.get("redirect_uri", "")):
            abort(400, "unknown client or address")
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            abort(400, "PKCE with S256 is required")
        if request.form.get("action") != "deny" and request.form.get("sub", "") not in (
            subjects | {""}
        ):
            abort(400, "nobody of that name")


def _guard_tokens(app: Flask, client_id: str, client_secret: str) -> None:
    """Answer with tokens only to our client, and only to who began the sign-in."""
    challenges: dict[str, str] = app.extensions["pkce_challenges"]

    @app.before_request
    def check() -> Any:
        if request.endpoint != f"{_MOCK}.issue_token":
            return None
        if not _same(_client_credentials(), f"{client_id}:{client_secret}"):
            return jsonify(error="invalid_client"), 401
        challenge = challenges.pop(request.form.get("code", ""), None)  # each code works once
        proof = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        if challenge is None or not _same(base64.urlsafe_b64encode(proof).decode()[:43], challenge):
            return jsonify(error="invalid_grant", error_description="code or verifier"), 400
        return None


def _client_credentials() -> str:
    """`id:secret` as sent in the header or in the body."""
    sent = request.authorization
    if sent is not None and sent.type == "basic":
        return f"{sent.username}:{sent.password}"
    return f"{request.form.get('client_id')}:{request.form.get('client_secret')}"


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _is_ours(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def _announce_pkce(answer: Response) -> Response:
    return jsonify((answer.get_json() or {}) | {"code_challenge_methods_supported": ["S256"]})


def _end_session() -> Any:
    """Sign out: nobody stays signed in here, so only the way back is left."""
    back = request.values.get("post_logout_redirect_uri", "")
    if not _is_ours(back):
        return "", 204
    state = {"state": request.values["state"]} if "state" in request.values else {}
    return redirect(f"{back}?{urlencode(state)}" if state else back)
