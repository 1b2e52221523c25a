"""Does the demo's last step believe a foreign tool, and nothing else?"""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from demo import proof
from supervision.transparency import merkle, notes
from supervision.transparency.notes import SignedNote, SigningKey, TreeHead
from supervision.transparency.rules import InclusionProof
from supervision.transparency.schemas import ProofBundle

needs_verifier = pytest.mark.skipif(
    not (proof.VERIFIER / "aics_tlog").is_dir(), reason="aics-tlog is not here: run `make verifier`"
)
KEY = SigningKey("log.example/market", Ed25519PrivateKey.from_private_bytes(b"k" * 32))


def bundle_of(entries: list[str], index: int) -> str:
    leaves = [merkle.leaf_hash(entry.encode()) for entry in entries]
    nodes = merkle.grow(0, leaves, {})
    head = TreeHead(KEY.name, len(entries), merkle.root_hash(len(entries), nodes))
    note = SignedNote(head.text(), (notes.sign(head.text(), KEY),))
    spans = merkle.inclusion_spans(index, len(entries))
    hashes = tuple(merkle.span_hash(span, nodes) for span in spans)
    found = InclusionProof("evt_1", index, leaves[index], hashes, len(entries), str(note))
    return ProofBundle.of(entries[index], found).model_dump_json()


@needs_verifier
def test_a_true_proof_is_accepted():
    verdict = proof.check(bundle_of(["{}", '{"a":1}', "{}"], 1), str(KEY.verification_key))

    assert (verdict.is_accepted, verdict.index, verdict.size, verdict.error) == (True, 1, 3, "")


@needs_verifier
def test_a_moved_proof_a_wrong_key_and_nonsense_are_refused():
    bundle = bundle_of(["{}", '{"a":1}', "{}"], 1)
    moved = json.dumps(json.loads(bundle) | {"index": 0})
    other = SigningKey(KEY.name, Ed25519PrivateKey.from_private_bytes(b"o" * 32))
    key = str(KEY.verification_key)

    assert not proof.check(moved, key).is_accepted
    assert not proof.check(bundle, str(other.verification_key)).is_accepted
    assert not proof.check("nonsense", key).is_accepted
    assert proof.check(moved, key).error


def test_without_the_tool_nothing_is_believed(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setattr(proof, "VERIFIER", tmp_path)

    with pytest.raises(proof.VerifierMissing):
        proof.check("{}", "key")
