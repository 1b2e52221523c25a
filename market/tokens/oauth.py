"""Who may have a short-lived token? The OAuth 2 token endpoint: client credentials, by Authlib.

Secrets and tokens are kept hashed, unknown scopes are refused instead of dropped, and saving a
token only flushes: the edge commits.
"""

import hmac
import secrets
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from flask import Flask, Response, current_app, g
from sqlalchemy.orm import Session

from kernel import clock
from market.tokens import actions, reads
from market.tokens.models import OAuthClient
from market.tokens.rules import ACCESS_TOKEN_LIFE, ACCESS_TOKEN_PREFIX, read_scopes

EXTENSION = "marketplace_oauth_server"
AUTH_METHODS = ["client_secret_basic", "client_secret_post"]


class _Grant(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib is untyped
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS


class _Client(ClientMixin):  # type: ignore[misc]  # Authlib is untyped
    """A client as Authlib asks about it. Without a row: nobody, whose secret is never right."""

    def __init__(self, row: OAuthClient | None) -> None:
        self.row = row

    def check_client_secret(self, client_secret: str) -> bool:
        kept = self.row.secret_hash if self.row is not None else ""
        return bool(hmac.compare_digest(actions.hashed(client_secret), kept))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method in AUTH_METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """All that was asked for, or None: a refusal. Without a wish: all that is granted."""
        granted = set(self.row.scopes) if self.row is not None else set()
        if not scope:
            return " ".join(sorted(granted))
        wanted = read_scopes(scope)
        if not wanted or not {one.value for one in wanted} <= granted:
            return None
        return " ".join(sorted(one.value for one in wanted))


def install(app: Flask) -> None:
    server: Any = AuthorizationServer(app, query_client=_query_client, save_token=_save_token)
    server.register_token_generator("default", BearerTokenGenerator(_make_token, None, _life))
    server.register_grant(_Grant)
    app.extensions[EXTENSION] = server


def answer(session: Session) -> Response:
    """The answer of the token endpoint to the request under way, in this transaction."""
    g.oauth_session = session
    try:
        made: Response = current_app.extensions[EXTENSION].create_token_response()
    finally:
        g.pop("oauth_session")
    return made


def _query_client(client_id: str) -> _Client:
    """An unknown client is answered like a wrong secret: nobody learns which ids exist."""
    return _Client(reads.find_living_client(g.oauth_session, client_id))


def _save_token(token: dict[str, Any], request: Any) -> None:
    row: OAuthClient = request.client.row
    row.last_used_at = clock.now()
    scopes = read_scopes(token.get("scope", "")) or frozenset()
    actions.keep_access_token(g.oauth_session, row.id, token["access_token"], scopes)


def _make_token(**_: object) -> str:
    return ACCESS_TOKEN_PREFIX + secrets.token_urlsafe(32)


def _life(client: object, grant_type: str) -> int:
    del client, grant_type  # one life for all
    return int(ACCESS_TOKEN_LIFE.total_seconds())
