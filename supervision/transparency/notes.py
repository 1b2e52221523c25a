"""Who says so? Signed notes, checkpoints and witness cosignatures as C2SP writes them, pure.

A checkpoint is three lines (origin, size, root) under one or more signature lines. The log signs
it with Ed25519; witnesses add timestamped cosignatures, so that nobody can be shown another log.

Source: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature, version 1.
"""

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from supervision.transparency.merkle import HASH_BYTES

SIGNATURES_MOST = 32  # a verifier must accept at least 16; more than this is an attack
_DASH = "\N{EM DASH}"
_KEY_ID_BYTES = 4
_PUBLIC_KEY_BYTES = 32
_TIMESTAMP_BYTES = 8
_LINES_OF_A_HEAD = 3


class Malformed(ValueError):
    """The text is not what the standard allows."""


class KeyKind(IntEnum):
    """The byte that tells a key of the log from a key of a witness."""

    LOG = 0x01
    WITNESS = 0x04


@dataclass(frozen=True)
class VerificationKey:
    """A public key with its name, in words `name+key id+base64(kind, key)`."""

    name: str
    kind: KeyKind
    raw: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise Malformed(f"not a key name: {self.name!r}")
        if len(self.raw) != _PUBLIC_KEY_BYTES:
            raise Malformed("an Ed25519 public key has 32 bytes")

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart; not a fingerprint."""
        said = self.name.encode() + b"\n" + bytes([self.kind]) + self.raw
        return sha256(said).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_to_base64(bytes([self.kind]) + self.raw)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises: Malformed."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise Malformed("a verification key is name+id+key")
        name, key_id, encoded = parts
        data = _from_base64(encoded)
        if not data or data[0] not in set(KeyKind):
            raise Malformed("unknown kind of key")
        key = cls(name, KeyKind(data[0]), data[1:])
        if key.key_id.hex() != key_id:
            raise Malformed("the key id does not belong to this key")
        return key

    def has_signed(self, text: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """The secret half of a verification key."""

    name: str
    secret: Ed25519PrivateKey
    kind: KeyKind = KeyKind.LOG

    @property
    def verification_key(self) -> VerificationKey:
        return VerificationKey(self.name, self.kind, self.secret.public_key().public_bytes_raw())


@dataclass(frozen=True)
class Signature:
    """One signature line. blob: what follows the key id."""

    name: str
    key_id: bytes
    blob: bytes

    def line(self) -> str:
        return f"{_DASH} {self.name} {_to_base64(self.key_id + self.blob)}\n"

    @classmethod
    def parse(cls, line: str) -> Self:
        """line: without its newline. Raises: Malformed."""
        mark, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if mark != _DASH or not is_key_name(name):
            raise Malformed("not a signature line")
        data = _from_base64(encoded)
        if len(data) <= _KEY_ID_BYTES:
            raise Malformed("a signature is longer than its key id")
        return cls(name, data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:])

    def is_from(self, key: VerificationKey) -> bool:
        return self.name == key.name and self.key_id == key.key_id


@dataclass(frozen=True)
class SignedNote:
    """A text, ending in a newline, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(signature.line() for signature in self.signatures)}"

    @classmethod
    def parse(cls, said: str) -> Self:
        """Raises: Malformed."""
        if any(ord(letter) < ord(" ") and letter != "\n" for letter in said):
            raise Malformed("a note has no control characters but newlines")
        text, gap, tail = said.rpartition("\n\n")
        if not gap or not tail.endswith("\n"):
            raise Malformed("a note is a text, an empty line and signature lines")
        lines = tail.removesuffix("\n").split("\n")
        if len(lines) > SIGNATURES_MOST:
            raise Malformed("too many signatures")
        return cls(text + "\n", tuple(Signature.parse(line) for line in lines))

    def with_signature(self, signature: Signature) -> "SignedNote":
        return SignedNote(self.text, (*self.signatures, signature))


@dataclass(frozen=True)
class TreeHead:
    """What a checkpoint says: the log `origin` has `size` entries under this root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_to_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Extension lines are allowed and ignored. Raises: Malformed."""
        lines = text.split("\n")
        if len(lines) <= _LINES_OF_A_HEAD or lines[-1] or not all(lines[:-1]):
            raise Malformed("a checkpoint has three lines: origin, size, root")
        origin, size, root = lines[:_LINES_OF_A_HEAD]
        if not (size.isascii() and size.isdigit()) or str(int(size)) != size:
            raise Malformed("the size is a whole number without leading zeros")
        digest = _from_base64(root)
        if len(digest) != HASH_BYTES:
            raise Malformed("the root is a SHA-256 hash")
        return cls(origin, int(size), digest)


def is_key_name(name: str) -> bool:
    """Not empty, no spaces of any kind, no plus sign."""
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name)


def sign(text: str, key: SigningKey) -> Signature:
    """The log's signature under a text."""
    return Signature(key.name, key.verification_key.key_id, key.secret.sign(text.encode()))


def cosign(text: str, key: SigningKey, timestamp_seconds: int) -> Signature:
    """A witness's statement: at this time, this was the largest tree it had seen of this log."""
    stamp = timestamp_seconds.to_bytes(_TIMESTAMP_BYTES, "big")
    seal = key.secret.sign(_cosigned(text, timestamp_seconds))
    return Signature(key.name, key.verification_key.key_id, stamp + seal)


def is_signed_by(note: SignedNote, key: VerificationKey) -> bool:
    """Whether the log's key signed it. A wrong signature under that key's name refuses the note."""
    ours = [signature for signature in note.signatures if signature.is_from(key)]
    text = note.text.encode()
    return bool(ours) and all(key.has_signed(text, signature.blob) for signature in ours)


def cosigned_at(text: str, signature: Signature, key: VerificationKey) -> int | None:
    """The witness's timestamp in seconds, or None when this is not its valid cosignature."""
    if key.kind is not KeyKind.WITNESS or not signature.is_from(key):
        return None
    stamp, seal = signature.blob[:_TIMESTAMP_BYTES], signature.blob[_TIMESTAMP_BYTES:]
    timestamp = int.from_bytes(stamp, "big")
    return timestamp if key.has_signed(_cosigned(text, timestamp), seal) else None


def _cosigned(text: str, timestamp_seconds: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp_seconds}\n{text}".encode()


def _to_base64(data: bytes) -> str:
    return b64encode(data).decode()


def _from_base64(text: str) -> bytes:
    """Strict: one text for one value."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("not base64") from error
    if _to_base64(data) != text:
        raise Malformed("base64 that is not canonical")
    return data
