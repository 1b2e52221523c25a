"""How does the log grow? One sequencer numbers committed events; a key signs what there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Invalid
from kernel.events import EventLog, settled_below
from kernel.i18n import N_
from kernel.settings import Settings, kept_secret
from supervision.transparency import merkle, notes, reads
from supervision.transparency.models import Checkpoint, Cosignature, Leaf, Node, Sequencer
from supervision.transparency.notes import (
    Malformed,
    Signature,
    SignedNote,
    SigningKey,
    TreeHead,
    VerificationKey,
)

BATCH = 1000
_LOCK = "supervision.transparency.sequencer"


@dataclass(eq=False)
class CosignatureRefused(Invalid):
    """The line is not a valid cosignature of a known witness under this checkpoint."""

    code = "cosignature-refused"
    message = N_("这不是已登记见证人对大小 {size} 检查点的有效签名。请核对见证人公钥和检查点。")

    size: int


def sequence_leaves(session: Session, actor: Actor, limit: int = BATCH) -> int:
    """Give the next committed events their places in the tree; returns how many.

    Does nothing while another sequencer works. An event of a transaction that ends late gets a
    later place than its number suggests; none is skipped.
    """
    actor.require(Permission.ADMINISTER)
    if not _claim(session):
        return 0
    horizon = settled_below(session)
    events = _events_without_leaf(session, limit)
    if events:
        _append(session, events)
    if len(events) < limit:
        session.execute(update(Sequencer).values(floor_txid=horizon))
    return len(events)


def sign_checkpoint(session: Session, actor: Actor, key: SigningKey) -> Checkpoint | None:
    """Sign the tree as it stands; None when the newest checkpoint says so already.

    Does nothing while another sequencer works: it signs, too. A checkpoint records no event of
    its own: the log would grow by being signed.
    """
    actor.require(Permission.ADMINISTER)
    if not _claim(session):
        return None
    size = reads.count_leaves(session)
    latest = reads.find_latest_checkpoint(session)
    if size == (latest.size if latest else 0):
        return None
    head = TreeHead(key.name, size, reads.get_root(session, size))
    note = SignedNote(head.text(), (notes.sign(head.text(), key),))
    checkpoint = Checkpoint(size=size, root=head.root, note=str(note), signed_at=clock.now())
    session.add(checkpoint)
    session.flush()
    return checkpoint


def extend_log(session: Session, actor: Actor, key: SigningKey) -> Checkpoint | None:
    """Take in every committed event, then sign; None when there was nothing new to sign."""
    while sequence_leaves(session, actor) == BATCH:
        pass
    return sign_checkpoint(session, actor, key)


def accept_cosignature(
    session: Session, size: int, line: str, witnesses: Sequence[VerificationKey]
) -> Cosignature:
    """Keep a witness's signature under a checkpoint; the same one twice is harmless.

    No actor: the signature itself says who speaks.
    Raises: CheckpointMissing, CosignatureRefused.
    """
    checkpoint = reads.get_checkpoint(session, size)
    text = SignedNote.parse(checkpoint.note).text
    for witness in witnesses:
        seconds = _cosigned_at(text, line, witness)
        if seconds is not None:
            return _keep(session, size, line, witness, datetime.fromtimestamp(seconds, UTC))
    raise CosignatureRefused(size)


def log_key(settings: Settings) -> SigningKey:
    """The log's signing key; made once, readable by its owner only, where none is configured."""
    secret = bytes.fromhex(kept_secret(settings.log_key_path))
    return SigningKey(settings.log_origin, Ed25519PrivateKey.from_private_bytes(secret))


def witness_keys(settings: Settings) -> list[VerificationKey]:
    """The witnesses whose cosignatures are kept. Raises Malformed for a key that is none."""
    return [VerificationKey.parse(text) for text in settings.log_witnesses.split()]


def _claim(session: Session) -> bool:
    key = func.hashtextextended(literal(_LOCK), 0)
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(key))))


def _events_without_leaf(session: Session, limit: int) -> Sequence[tuple[int, str]]:
    """(number, canonical text) of committed events, and of this transaction's own.

    What is visible is committed: nothing waits for slow transactions, of this database or another.
    """
    floor = select(Sequencer.floor_txid).scalar_subquery()
    has_leaf = select(Leaf.index).where(Leaf.event_seq == EventLog.seq).exists()
    rows = session.execute(
        select(EventLog.seq, EventLog.leaf)
        .where(EventLog.txid >= floor, ~has_leaf)
        .order_by(EventLog.seq)
        .limit(limit)
    )
    return [(seq, leaf) for seq, leaf in rows]


def _append(session: Session, events: Sequence[tuple[int, str]]) -> None:
    size = reads.count_leaves(session)
    hashes = [merkle.leaf_hash(leaf.encode()) for _, leaf in events]
    edge = reads.stored_nodes(session, merkle.edge_places(size))
    grown = merkle.grow(size, hashes, edge)
    session.execute(
        insert(Leaf),
        [
            {"index": index, "event_seq": seq, "hash": value}
            for index, ((seq, _), value) in enumerate(zip(events, hashes, strict=True), size)
        ],
    )
    nodes = [
        {"level": place.level, "position": place.position, "hash": value}
        for place, value in grown.items()
        if place.level > 0
    ]
    if nodes:
        session.execute(insert(Node), nodes)


def _cosigned_at(text: str, line: str, witness: VerificationKey) -> int | None:
    try:
        signature = Signature.parse(line.strip("\n"))
        return notes.cosigned_at(text, signature, witness)
    except Malformed:
        return None


def _keep(
    session: Session, size: int, line: str, witness: VerificationKey, at: datetime
) -> Cosignature:
    known = session.get(Cosignature, (size, str(witness)))
    if known is not None:
        return known
    cosignature = Cosignature(
        size=size, verification_key=str(witness), line=line.strip("\n"), cosigned_at=at
    )
    session.add(cosignature)
    session.flush()
    return cosignature
