"""Keys of programs, for programs: the token endpoint, and one's own tokens and clients."""

from flask import Blueprint, Request
from flask.typing import ResponseReturnValue

from kernel.actor import Actor
from kernel.db import transaction
from kernel.web.guard import current_actor, public
from kernel.web.limits import limiter
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from kernel.web.submissions import claim_once
from market.tokens import actions, oauth, reads
from market.tokens.rules import ApiTokenId, ClientId
from market.tokens.schemas import (
    ApiTokenDraft,
    ApiTokenOut,
    ApiTokensOut,
    OAuthClientDraft,
    OAuthClientOut,
    OAuthClientsOut,
)

TOKEN_LIMIT = "60 per minute"  # noqa: S105 - a rate, no secret
TAG = "tokens"
bp = Blueprint("tokens_api", __name__)


def load_actor(asked: Request) -> Actor | None:
    """Who asks, by the bearer token of the request."""
    given = asked.authorization
    if given is None or given.type != "bearer" or not given.token:
        return None
    with transaction() as session:
        return actions.resume_bearer(session, given.token)


@bp.post("/oauth/token")
@public
@limiter.limit(TOKEN_LIMIT)
def token() -> ResponseReturnValue:
    """RFC 6749 section 4.4: a short-lived token for a client's id and secret."""
    with transaction() as session:
        return oauth.answer(session)


@bp.get("/api/tokens")
@documented(gives=ApiTokensOut, tag=TAG)
def list_tokens() -> ResponseReturnValue:
    with transaction() as session:
        rows = [ApiTokenOut.of(row) for row in reads.list_tokens(session, current_actor())]
        return ApiTokensOut(tokens=rows).model_dump(mode="json")


@bp.post("/api/tokens")
@documented(takes=ApiTokenDraft, gives=ApiTokenOut, status=201, tag=TAG)
def issue_token() -> ResponseReturnValue:
    """A token of one's own; the answer holds it, and nothing ever will again."""
    draft = parse_json(ApiTokenDraft)
    with transaction() as session:
        claim_once(session, current_actor().id)
        issued, secret = actions.issue_token(session, current_actor(), draft)
        return ApiTokenOut.of(issued, secret).model_dump(mode="json"), 201


@bp.delete("/api/tokens/<token_id>")
@documented(status=204, tag=TAG)
def revoke_token(token_id: ApiTokenId) -> ResponseReturnValue:
    with transaction() as session:
        actions.revoke_token(session, current_actor(), token_id)
    return "", 204


@bp.get("/api/clients")
@documented(gives=OAuthClientsOut, tag=TAG)
def list_clients() -> ResponseReturnValue:
    with transaction() as session:
        rows = [OAuthClientOut.of(row) for row in reads.list_clients(session, current_actor())]
        return OAuthClientsOut(clients=rows).model_dump(mode="json")


@bp.post("/api/clients")
@documented(takes=OAuthClientDraft, gives=OAuthClientOut, status=201, tag=TAG)
def register_client() -> ResponseReturnValue:
    """A client for the client-credentials grant; the answer holds its secret, this once."""
    draft = parse_json(OAuthClientDraft)
    with transaction() as session:
        claim_once(session, current_actor().id)
        client, secret = actions.register_client(session, current_actor(), draft)
        return OAuthClientOut.of(client, secret).model_dump(mode="json"), 201


@bp.delete("/api/clients/<client_id>")
@documented(status=204, tag=TAG)
def revoke_client(client_id: ClientId) -> ResponseReturnValue:
    with transaction() as session:
        actions.revoke_client(session, current_actor(), client_id)
    return "", 204
