"""Who is asking, and is the request really theirs? Deny by default.

A route is open to everybody only when it says so with @public; every other one needs an actor.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Request, current_app, g, request

from kernel.actor import Actor
from kernel.errors import NotAllowed, Unauthenticated
from kernel.i18n import N_

EXTENSION = "marketplace_actor"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ActorLoader = Callable[[Request], Actor | None]
View = TypeVar("View", bound=Callable[..., Any])

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class CrossOriginRefused(NotAllowed):
    """A page of another site tried to act in this person's name."""

    code = "cross-origin-refused"
    message = N_("这次提交来自其他网站，已拒绝。请在本站页面上操作。")


class TokenRefused(Unauthenticated):
    """The credentials that came with the request open nothing."""

    code = "token-refused"
    message = N_("令牌无效、已过期或已撤销。请换用有效的令牌。")


def public(view: View) -> View:
    """Open this route to everybody, signed in or not."""
    view.is_public = True  # type: ignore[attr-defined]  # a mark read by deny_by_default
    return view


def find_actor() -> Actor | None:
    """Who asks, or None; loaded once per request, before the edge opens its transaction."""
    if "actor" not in g:
        loader: ActorLoader | None = current_app.extensions.get(EXTENSION)
        g.actor = None  # where loading fails, the page that says so asks again
        g.actor = loader(request) if loader else None
    actor: Actor | None = g.actor
    return actor


def current_actor() -> Actor:
    """Who asks. Raises: Unauthenticated, TokenRefused."""
    actor = find_actor()
    if actor is None:
        raise TokenRefused if request.authorization is not None else Unauthenticated
    return actor


def is_public(endpoint: str | None) -> bool:
    """Whether a route is on the short list of public ones."""
    view = current_app.view_functions.get(endpoint or "")
    return endpoint == "static" or bool(getattr(view, "is_public", False))


def install(app: Flask, loader: ActorLoader) -> None:
    """Guard every route of the app."""
    app.extensions[EXTENSION] = loader
    app.before_request(_refuse_other_origins)
    app.before_request(_deny_by_default)
    app.after_request(_add_headers)


def _refuse_other_origins() -> None:
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        is_ours = site in {"same-origin", "none"}
    else:
        origin = request.headers.get("Origin")
        is_ours = origin is None or urlsplit(origin).netloc == request.host
    if not is_ours:
        raise CrossOriginRefused


def _deny_by_default() -> None:
    if request.endpoint is not None and not is_public(request.endpoint):
        current_actor()


def _add_headers(response: Any) -> Any:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
