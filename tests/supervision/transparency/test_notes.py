"""Are our notes the notes of the standard, and is a false one always seen?"""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from supervision.transparency import notes
from supervision.transparency.notes import (
    KeyKind,
    Malformed,
    Signature,
    SignedNote,
    SigningKey,
    TreeHead,
    VerificationKey,
)

# The published example of the Go checksum database and its signed-note implementation.
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"  # noqa: E501 - one line of the standard's example
)


def log_key(name: str = "log.example/market", seed: int = 1) -> SigningKey:
    return SigningKey(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def witness_key(name: str = "witness.example/w1", seed: int = 2) -> SigningKey:
    secret = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    return SigningKey(name, secret, KeyKind.WITNESS)


def head(size: int = 5) -> TreeHead:
    return TreeHead("log.example/market", size, bytes(range(32)))


def signed(key: SigningKey, text: str | None = None) -> SignedNote:
    text = head().text() if text is None else text
    return SignedNote(text, (notes.sign(text, key),))


def test_a_note_published_by_others_verifies_under_its_published_key():
    key = VerificationKey.parse(PETER_KEY)
    note = SignedNote.parse(PETER_NOTE)

    assert notes.is_signed_by(note, key)
    assert str(note) == PETER_NOTE
    assert str(key) == PETER_KEY


def test_a_changed_text_is_not_signed():
    key = VerificationKey.parse(PETER_KEY)

    assert not notes.is_signed_by(SignedNote.parse(PETER_NOTE.replace("answer", "query")), key)


def test_a_note_signed_by_another_key_of_the_same_name_is_not_ours():
    note = signed(log_key(seed=3))

    assert not notes.is_signed_by(note, log_key().verification_key)


def test_a_false_signature_under_our_key_spoils_the_note_beside_a_true_one():
    key = log_key()
    false = Signature(key.name, key.verification_key.key_id, bytes(64))

    assert not notes.is_signed_by(signed(key).with_signature(false), key.verification_key)


def test_signatures_of_strangers_do_not_matter():
    note = signed(log_key()).with_signature(notes.sign(head().text(), log_key("other.example", 9)))

    assert notes.is_signed_by(note, log_key().verification_key)


@given(
    origin=st.text(
        st.characters(exclude_categories=["C", "Z"], exclude_characters="+"), min_size=1
    ),
    size=st.integers(min_value=0, max_value=2**60),
    root=st.binary(min_size=32, max_size=32),
)
def test_a_checkpoint_is_read_back_as_it_was_written(origin: str, size: int, root: bytes):
    written = TreeHead(origin, size, root)
    note = signed(log_key(origin), written.text())

    read = SignedNote.parse(str(note))

    assert TreeHead.parse(read.text) == written
    assert notes.is_signed_by(read, log_key(origin).verification_key)


@given(st.text(max_size=200))
def test_any_other_text_is_malformed_or_reads_back_the_same(said: str):
    try:
        note = SignedNote.parse(said)
    except Malformed:
        return
    assert str(note) == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n5\n",
        "origin\n05\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "origin\n-5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "origin\n٥\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "origin\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n",
        "origin\n5\nAAECAw==\n",
        "origin\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "origin\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\nextension\n",
    ],
)
def test_a_checkpoint_that_bends_the_format_is_refused(text: str):
    with pytest.raises(Malformed):
        TreeHead.parse(text)


def test_extension_lines_are_allowed():
    assert TreeHead.parse(head().text() + "extension\n") == head()


def test_a_cosignature_tells_when_the_witness_signed():
    key, text = witness_key(), head().text()

    signature = notes.cosign(text, key, 1_700_000_000)

    assert notes.cosigned_at(text, signature, key.verification_key) == 1_700_000_000
    parsed = Signature.parse(signature.line().removesuffix("\n"))
    assert notes.cosigned_at(text, parsed, key.verification_key) == 1_700_000_000


def test_a_cosignature_moved_to_another_time_text_or_witness_is_worth_nothing():
    key, text = witness_key(), head().text()
    signature = notes.cosign(text, key, 1_700_000_000)
    later = Signature(
        signature.name,
        signature.key_id,
        (1_700_000_001).to_bytes(8, "big") + signature.blob[8:],
    )

    assert notes.cosigned_at(text, later, key.verification_key) is None
    assert notes.cosigned_at(head(6).text(), signature, key.verification_key) is None
    other = witness_key(seed=7).verification_key
    assert notes.cosigned_at(text, signature, other) is None


def test_a_plain_signature_of_the_log_is_no_cosignature():
    key = log_key()

    assert notes.cosigned_at(head().text(), notes.sign("x", key), key.verification_key) is None


@pytest.mark.parametrize(
    "text",
    [
        "name",
        "name+c74f20a3",
        PETER_KEY.replace("c74f20a3", "c74f20a4"),
        PETER_KEY.replace("PeterNeumann", "Peter Neumann"),
        PETER_KEY.replace("ARpc", "CRpc"),
        "PeterNeumann+c74f20a3+AQ==",
        "PeterNeumann+c74f20a3+",
    ],
)
def test_a_key_that_bends_the_format_is_refused(text: str):
    with pytest.raises(Malformed):
        VerificationKey.parse(text)


def test_more_signatures_than_anybody_needs_are_refused():
    note = SignedNote(head().text(), tuple(notes.sign(head().text(), log_key()) for _ in range(33)))

    with pytest.raises(Malformed):
        SignedNote.parse(str(note))
