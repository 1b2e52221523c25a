"""Can anyone fetch proofs, and nobody the facts of others?"""

from base64 import b64decode

import pytest
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.events import ActRefused, EventLog, record
from kernel.settings import Settings
from supervision.transparency import actions, merkle, notes, reads
from supervision.transparency.notes import (
    KeyKind,
    SignedNote,
    SigningKey,
    TreeHead,
    VerificationKey,
)
from tests.factories.market import actor_of

HOUSE = Actor.system("test")
ALL_SCOPES = frozenset({"data", "price", "cyberspace", "finance"})


def regulator(scopes: frozenset[str] = ALL_SCOPES) -> Actor:
    return actor_of("regulator", scopes=scopes)


@pytest.fixture
def log(session: Session, settings: Settings) -> list[EventLog]:
    """A signed log of 300 facts: one full tile, one partial, one above."""
    fact = ActRefused("prd_1", "pricing.set_price", "price-above-cap", "PR-04", "价格高于上限")
    rows = [record(session, HOUSE, fact) for _ in range(300)]
    session.flush()
    actions.extend_log(session, HOUSE, actions.log_key(settings))
    session.commit()
    return rows


def test_without_a_checkpoint_the_answer_says_so(client_as):
    answer = client_as(None).get("/log/checkpoint")

    assert answer.status_code == 404
    assert answer.get_json()["code"] == "checkpoint-missing"


def test_anyone_reads_the_checkpoint_and_the_key_that_signed_it(client_as, log):
    client = client_as(None)

    answer = client.get("/log/checkpoint")
    key = VerificationKey.parse(client.get("/log/key").text)

    note = SignedNote.parse(answer.text)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert notes.is_signed_by(note, key)
    assert TreeHead.parse(note.text).size == 300
    assert client.get("/log/checkpoint/300").text == answer.text
    assert client.get("/log/checkpoint/299").status_code == 404


def test_the_key_is_made_once_and_readable_by_its_owner_only(client_as, settings: Settings):
    client = client_as(None)

    first, second = client.get("/log/key").text, client.get("/log/key").text

    assert first == second
    assert settings.log_key_path.stat().st_mode & 0o777 == 0o600


def test_tiles_hold_the_hashes_of_the_tree(client_as, log):
    client = client_as(None)
    leaves = [merkle.leaf_hash(row.leaf.encode()) for row in log]

    full, partial = client.get("/log/tile/0/000"), client.get("/log/tile/0/001.p/44")
    above = client.get("/log/tile/1/000.p/1")

    assert full.data == b"".join(leaves[:256])
    assert partial.data == b"".join(leaves[256:])
    assert above.data == merkle.root_hash(256, merkle.grow(0, leaves[:256], {}))
    assert "immutable" in full.headers["Cache-Control"]


@pytest.mark.parametrize(
    "address",
    [
        "/log/tile/0/001",
        "/log/tile/0/001.p/45",
        "/log/tile/00/000",
        "/log/tile/x/000",
        "/log/tile/64/000",
        "/log/tile/0/0",
        "/log/tile/1/000",
        "/log/tile/0/../../checkpoint",
    ],
)
def test_a_tile_that_is_not_there_is_a_clear_404(client_as, log, address: str):
    answer = client_as(None).get(address)

    assert answer.status_code == 404


def test_the_facts_themselves_are_for_those_who_may_read_all(client_as, log):
    place = "/log/tile/entries/001.p/44"

    everything = client_as(regulator()).get(place)

    entries = [row.leaf.encode() for row in log[256:]]
    assert everything.data == b"".join(len(e).to_bytes(2, "big") + e for e in entries)
    assert client_as(None).get(place).status_code == 401
    assert client_as(regulator(frozenset({"price"}))).get(place).status_code == 403


def test_anyone_proves_an_event_whose_id_they_know(client_as, log):
    client = client_as(None)

    answer = client.get(f"/api/log/proof/{log[123].id}").get_json()

    head = TreeHead.parse(SignedNote.parse(answer["checkpoint"]).text)
    assert merkle.verify_inclusion(
        merkle.leaf_hash(log[123].leaf.encode()),
        answer["index"],
        head.size,
        [b64decode(text) for text in answer["inclusion_proof"]],
        head.root,
    )
    assert "actor" not in str(answer)
    text = client.get(f"/api/log/proof/{log[123].id}.tlog-proof").text
    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 123\n")
    assert text.endswith(answer["checkpoint"])


def test_an_unknown_event_has_no_proof(client_as, log):
    answer = client_as(None).get("/api/log/proof/evt_unknown")

    assert (answer.status_code, answer.get_json()["code"]) == (404, "not-yet-in-log")


def test_anyone_checks_that_the_log_only_grew(client_as, log, session: Session):
    client = client_as(None)

    answer = client.get("/api/log/consistency?old=7&new=300").get_json()

    assert merkle.verify_consistency(
        7,
        300,
        [b64decode(text) for text in answer["consistency_proof"]],
        reads.get_root(session, 7),
        reads.get_root(session, 300),
    )


@pytest.mark.parametrize("query", ["", "?old=5", "?old=x&new=3", "?old=9&new=5", "?old=1&new=301"])
def test_sizes_that_make_no_sense_are_refused_in_words(client_as, log, query: str):
    answer = client_as(None).get(f"/api/log/consistency{query}")

    assert answer.status_code == 422
    assert answer.get_json()["detail"]


def test_a_witness_leaves_its_signature_and_everyone_sees_it(client_as, log, settings: Settings):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - one test
        Ed25519PrivateKey,
    )

    secret = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    witness = SigningKey("witness.example/w1", secret, KeyKind.WITNESS)
    known = settings.model_copy(update={"log_witnesses": str(witness.verification_key)})
    client = client_as(None)
    client.application.extensions["marketplace_settings"] = known
    text = SignedNote.parse(client.get("/log/checkpoint").text).text
    line = notes.cosign(text, witness, 1_700_000_000).line()

    answer = client.post("/log/checkpoint/300/cosignatures", data=line.encode())
    refused = client.post("/log/checkpoint/300/cosignatures", data=b"\xff not a line")

    note = SignedNote.parse(client.get("/log/checkpoint").text)
    assert answer.status_code == 200
    assert notes.cosigned_at(note.text, note.signatures[1], witness.verification_key)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "cosignature-refused")
