"""Where does anyone fetch checkpoints, tiles and proofs? Static addresses of c2sp.org/tlog-tiles.

Hashes and signatures are for everybody. The facts below the leaves are not: they name buyers and
prices, so entry bundles are open to those only who may read every fact.
"""

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.settings import Settings
from kernel.web.guard import current_actor, public
from kernel.web.openapi import documented
from kernel.web.parse import parse_query
from supervision.transparency import actions, reads
from supervision.transparency.reads import TileMissing
from supervision.transparency.rules import Tile, find_tile, proof_text
from supervision.transparency.schemas import (
    ConsistencyProofOut,
    ConsistencyQuery,
    InclusionProofOut,
)

bp = Blueprint("transparency_api", __name__)

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
FOREVER = "public, max-age=31536000, immutable"
SHORTLY = "public, max-age=5"
LINE_BYTES_MOST = 4096


@bp.get("/log/checkpoint")
@public
def checkpoint() -> ResponseReturnValue:
    """The newest signed size and root, with the witnesses' signatures."""
    with transaction() as session:
        note = reads.cosigned_note(session, reads.get_latest_checkpoint(session))
    return _answer(note, TEXT, SHORTLY)


@bp.get("/log/checkpoint/<int:size>")
@public
def earlier_checkpoint(size: int) -> ResponseReturnValue:
    """The checkpoint of one size, to compare with a copy somebody kept."""
    with transaction() as session:
        note = reads.cosigned_note(session, reads.get_checkpoint(session, size))
    return _answer(note, TEXT, SHORTLY)


@bp.get("/log/key")
@public
def key() -> ResponseReturnValue:
    """The log's verification key. Whoever checks proofs compares it with a copy from elsewhere."""
    return _answer(f"{actions.log_key(_settings()).verification_key}\n", TEXT, SHORTLY)


@bp.get("/log/tile/<level>/<path:place>")
@public
def tile(level: str, place: str) -> ResponseReturnValue:
    """Up to 256 neighbouring hashes of the tree."""
    wanted = _tile(level, place)
    with transaction() as session:
        data = reads.get_tile(session, wanted)
    return _answer(data, BYTES, FOREVER)


@bp.get("/log/tile/entries/<path:place>")
def entries(place: str) -> ResponseReturnValue:
    """The facts below one tile of leaves; only for those who may read every fact."""
    wanted = _tile("0", place)
    with transaction() as session:
        data = reads.get_entries(session, current_actor(), wanted)
    return _answer(data, BYTES, "private, no-store")


@bp.post("/log/checkpoint/<int:size>/cosignatures")
@public
def cosign(size: int) -> ResponseReturnValue:
    """A witness leaves its signature line; the signature itself says who speaks."""
    line = request.get_data(cache=False)[:LINE_BYTES_MOST].decode(errors="replace")
    with transaction() as session:
        actions.accept_cosignature(session, size, line, actions.witness_keys(_settings()))
    return _answer("", TEXT, "no-store")


@bp.get("/api/log/proof/<event_id>")
@public
@documented(gives=InclusionProofOut, tag="transparency")
def proof(event_id: str) -> ResponseReturnValue:
    """That an event is in the log, for anyone who knows its id. The fact is not shown."""
    with transaction() as session:
        found = reads.get_inclusion_proof(session, event_id)
    return InclusionProofOut.of(found).model_dump(mode="json")


@bp.get("/api/log/proof/<event_id>.tlog-proof")
@public
def proof_file(event_id: str) -> ResponseReturnValue:
    """The same as a text of c2sp.org/tlog-proof."""
    with transaction() as session:
        found = reads.get_inclusion_proof(session, event_id)
    response = _answer(proof_text(found.index, found.hashes, found.checkpoint), TEXT, SHORTLY)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.event_id}.tlog-proof"'
    return response


@bp.get("/api/log/consistency")
@public
@documented(gives=ConsistencyProofOut, query=ConsistencyQuery, tag="transparency")
def consistency() -> ResponseReturnValue:
    """That the log of one size begins with the log of an earlier size."""
    query = parse_query(ConsistencyQuery)
    with transaction() as session:
        found = reads.get_consistency_proof(session, query.old, query.new)
    return ConsistencyProofOut.of(found).model_dump(mode="json")


def _tile(level: str, place: str) -> Tile:
    found = find_tile(int(level), place) if level.isascii() and level.isdigit() else None
    if found is None or str(found.level) != level:
        raise TileMissing
    return found


def _settings() -> Settings:
    settings: Settings = current_app.extensions["marketplace_settings"]
    return settings


def _answer(body: str | bytes, mimetype: str, caching: str) -> Response:
    response = Response(body, content_type=mimetype)
    response.headers["Cache-Control"] = caching
    return response
