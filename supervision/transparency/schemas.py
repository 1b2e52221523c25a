"""In which shapes do proofs leave the house?"""

from base64 import b64encode, urlsafe_b64encode
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from supervision.transparency.rules import ConsistencyProof, InclusionProof


class ConsistencyQuery(BaseModel):
    """From which size to which."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    old: int = Field(ge=1)
    new: int = Field(ge=1)


class InclusionProofOut(BaseModel):
    """That an event is in the log. Hashes are base64; the fact itself is not part of it."""

    model_config = ConfigDict(frozen=True)

    event_id: str
    index: int
    leaf_hash: str
    inclusion_proof: list[str]
    size: int
    checkpoint: str

    @classmethod
    def of(cls, proof: InclusionProof) -> Self:
        return cls(
            event_id=proof.event_id,
            index=proof.index,
            leaf_hash=_text(proof.leaf_hash),
            inclusion_proof=[_text(value) for value in proof.hashes],
            size=proof.size,
            checkpoint=proof.checkpoint,
        )


class ConsistencyProofOut(BaseModel):
    """That the larger log begins with the smaller one. Hashes are base64."""

    model_config = ConfigDict(frozen=True)

    old: int
    new: int
    old_root: str
    new_root: str
    consistency_proof: list[str]

    @classmethod
    def of(cls, proof: ConsistencyProof) -> Self:
        return cls(
            old=proof.old,
            new=proof.new,
            old_root=_text(proof.old_root),
            new_root=_text(proof.new_root),
            consistency_proof=[_text(value) for value in proof.hashes],
        )


class ProofBundle(BaseModel):
    """One fact with everything needed to check it offline, as other people's tools read it.

    Exactly these six members; entry and note are base64url without padding, hashes are base64.
    No key travels in it: whoever checks it has the log's key from elsewhere.
    """

    model_config = ConfigDict(frozen=True)

    entry_bytes: str
    index: int
    inclusion_proof: list[str]
    checkpoint_note: str
    envelope: None = None
    body_or_ct: None = None

    @classmethod
    def of(cls, entry: str, proof: InclusionProof) -> Self:
        return cls(
            entry_bytes=_url_text(entry.encode()),
            index=proof.index,
            inclusion_proof=[_text(value) for value in proof.hashes],
            checkpoint_note=_url_text(proof.checkpoint.encode()),
        )


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _url_text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
