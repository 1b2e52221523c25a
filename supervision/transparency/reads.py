"""What does the log hold, and how is it proved?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, MissingPermission, Permission
from kernel.errors import Invalid, NotFound
from kernel.events import EventLog, canonical_leaf
from kernel.i18n import N_
from supervision.transparency import merkle
from supervision.transparency.merkle import Place, Span
from supervision.transparency.models import Checkpoint, Cosignature, Leaf, Node, Sequencer
from supervision.transparency.notes import (
    Malformed,
    Signature,
    SignedNote,
    TreeHead,
    VerificationKey,
    is_signed_by,
)
from supervision.transparency.rules import (
    GAP_SECONDS,
    REGULATOR_SCOPES,
    ConsistencyProof,
    FaultKind,
    InclusionProof,
    Tile,
    entry_bundle,
)

BATCH = 1000


class CheckpointMissing(NotFound):
    """The log has not been signed yet, or not at this size."""

    code = "checkpoint-missing"
    message = N_("这个大小没有签名检查点。请先取最新检查点。")


class NotYetInLog(NotFound):
    """The event exists perhaps, but no checkpoint covers it yet."""

    code = "not-yet-in-log"
    message = N_("这条记录还没有进入已签名的日志。日志每隔几秒签名一次，请稍后再取。")


class TileMissing(NotFound):
    """The log has no such tile, or not yet."""

    code = "tile-missing"
    message = N_("日志里没有这一块。请按检查点的大小计算地址。")


@dataclass(eq=False)
class SizesOutOfOrder(Invalid):
    """A consistency proof leads from a smaller log to a larger one."""

    code = "log-sizes-out-of-order"
    message = N_("一致性证明要从较小的日志到较大的日志：1 ≤ {old} ≤ {new} ≤ {size}。")

    old: int
    new: int
    size: int


@dataclass(frozen=True)
class LogHealth:
    """How the log stands. waiting: facts no checkpoint covers; late: outside it for too long."""

    checkpoint: Checkpoint | None
    note: str
    waiting: int
    late: int
    cosignatures: int


@dataclass(frozen=True)
class Fault:
    """One thing that does not fit. index: place in the log, size for a checkpoint."""

    kind: FaultKind
    index: int | None
    event_id: str = ""


@dataclass(frozen=True)
class LogReport:
    """What a walk over the whole log found."""

    size: int
    checkpoints: int
    faults: tuple[Fault, ...]

    @property
    def is_sound(self) -> bool:
        return not self.faults


def count_leaves(session: Session) -> int:
    """The size of the tree; it may run ahead of the newest checkpoint."""
    last = session.scalar(select(func.max(Leaf.index)))
    return 0 if last is None else last + 1


def find_latest_checkpoint(session: Session) -> Checkpoint | None:
    return session.scalar(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1))


def get_latest_checkpoint(session: Session) -> Checkpoint:
    """Raises: CheckpointMissing."""
    checkpoint = find_latest_checkpoint(session)
    if checkpoint is None:
        raise CheckpointMissing
    return checkpoint


def get_checkpoint(session: Session, size: int) -> Checkpoint:
    """Raises: CheckpointMissing."""
    checkpoint = session.get(Checkpoint, size)
    if checkpoint is None:
        raise CheckpointMissing
    return checkpoint


def cosigned_note(session: Session, checkpoint: Checkpoint) -> str:
    """The checkpoint as served: the log's signature, then those of the witnesses."""
    lines = session.scalars(
        select(Cosignature.line)
        .where(Cosignature.size == checkpoint.size)
        .order_by(Cosignature.verification_key)
    )
    note = SignedNote.parse(checkpoint.note)
    for line in lines:
        note = note.with_signature(Signature.parse(line))
    return str(note)


def get_inclusion_proof(session: Session, event_id: str) -> InclusionProof:
    """Prove an event under the newest checkpoint. Raises: NotYetInLog, CheckpointMissing."""
    checkpoint = get_latest_checkpoint(session)
    leaf = session.scalar(
        select(Leaf)
        .join(EventLog, EventLog.seq == Leaf.event_seq)
        .where(EventLog.id == event_id, Leaf.index < checkpoint.size)
    )
    if leaf is None:
        raise NotYetInLog
    spans = merkle.inclusion_spans(leaf.index, checkpoint.size)
    return InclusionProof(
        event_id=event_id,
        index=leaf.index,
        leaf_hash=leaf.hash,
        hashes=_span_hashes(session, spans),
        size=checkpoint.size,
        checkpoint=cosigned_note(session, checkpoint),
    )


def get_consistency_proof(session: Session, old: int, new: int) -> ConsistencyProof:
    """Prove that one size of the log begins with another. Raises: SizesOutOfOrder."""
    size = count_leaves(session)
    if not 1 <= old <= new <= size:
        raise SizesOutOfOrder(old, new, size)
    return ConsistencyProof(
        old=old,
        new=new,
        old_root=get_root(session, old),
        new_root=get_root(session, new),
        hashes=_span_hashes(session, merkle.consistency_spans(old, new)),
    )


def get_root(session: Session, size: int) -> bytes:
    """The root over the first `size` leaves."""
    return merkle.root_hash(size, stored_nodes(session, merkle.edge_places(size)))


def get_tile(session: Session, tile: Tile) -> bytes:
    """The hashes of one tile. Raises: TileMissing."""
    if not tile.exists_at(count_leaves(session)):
        raise TileMissing
    if tile.level == 0:
        statement = select(Leaf.hash).where(Leaf.index >= tile.start, Leaf.index < tile.end)
        statement = statement.order_by(Leaf.index)
    else:
        statement = select(Node.hash).where(
            Node.level == tile.tree_level,
            Node.position >= tile.start,
            Node.position < tile.end,
        )
        statement = statement.order_by(Node.position)
    return b"".join(session.scalars(statement))


def get_entries(session: Session, actor: Actor, tile: Tile) -> bytes:
    """The facts below one tile of level 0, for those who may read every fact.

    Raises: MissingPermission, TileMissing.
    """
    if not may_read_every_fact(actor):
        raise MissingPermission(Permission.SEE_TIMELINE)
    if not tile.exists_at(count_leaves(session)):
        raise TileMissing
    leaves = session.scalars(
        select(EventLog.leaf)
        .join(Leaf, Leaf.event_seq == EventLog.seq)
        .where(Leaf.index >= tile.start, Leaf.index < tile.end)
        .order_by(Leaf.index)
    )
    return entry_bundle([leaf.encode() for leaf in leaves])


def get_entry(session: Session, event_id: str) -> str:
    """The canonical text of one fact, as hashed. Raises: NotYetInLog."""
    leaf = session.scalar(select(EventLog.leaf).where(EventLog.id == event_id))
    if leaf is None:
        raise NotYetInLog
    return leaf


def may_read_every_fact(actor: Actor) -> bool:
    """Regulators whose scopes together cover the market, and the house itself."""
    sees = actor.may(Permission.SEE_TIMELINE)
    return actor.is_system or (sees and actor.regulator_scopes >= REGULATOR_SCOPES)


def find_log_indices(session: Session, event_seqs: Sequence[int]) -> dict[int, int]:
    """Log index by event number, for those that already have one."""
    rows = session.execute(select(Leaf.event_seq, Leaf.index).where(Leaf.event_seq.in_(event_seqs)))
    return {seq: index for seq, index in rows}  # noqa: C416 - rows are no pairs to mypy


def stored_nodes(session: Session, places: Iterable[Place]) -> dict[Place, bytes]:
    """The stored hashes at these places, in two queries."""
    wanted = set(places)
    leaves = [place.position for place in wanted if place.level == 0]
    above = [(place.level, place.position) for place in wanted if place.level > 0]
    found: dict[Place, bytes] = {}
    if leaves:
        rows = session.execute(select(Leaf.index, Leaf.hash).where(Leaf.index.in_(leaves)))
        found |= {Place(0, index): value for index, value in rows}
    if above:
        nodes = session.execute(
            select(Node.level, Node.position, Node.hash).where(
                tuple_(Node.level, Node.position).in_(above)
            )
        )
        found |= {Place(level, position): value for level, position, value in nodes}
    return found


def _span_hashes(session: Session, spans: list[Span]) -> tuple[bytes, ...]:
    nodes = stored_nodes(session, merkle.needed_places(spans))
    return tuple(merkle.span_hash(span, nodes) for span in spans)


def get_health(session: Session) -> LogHealth:
    """How the log stands, in a few cheap questions."""
    checkpoint = find_latest_checkpoint(session)
    size = checkpoint.size if checkpoint else 0
    floor = select(Sequencer.floor_txid).scalar_subquery()
    outside = select(func.count()).where(EventLog.txid >= floor, ~_has_leaf())
    late = outside.where(EventLog.occurred_at < _gap_start())
    cosignatures = select(func.count()).where(Cosignature.size == size)
    return LogHealth(
        checkpoint=checkpoint,
        note=cosigned_note(session, checkpoint) if checkpoint else "",
        waiting=count_leaves(session) - size + session.scalars(outside).one(),
        late=session.scalars(late).one(),
        cosignatures=session.scalars(cosignatures).one(),
    )


def check_log(session: Session, key: VerificationKey) -> LogReport:
    """Walk the whole log: every fact against its leaf, the tree against the leaves, every
    checkpoint against the tree and the key, and nothing left outside too long.
    """
    faults: list[Fault] = []
    edge: dict[Place, bytes] = {}
    size = count_leaves(session)
    for start in range(0, size, BATCH):
        end = min(start + BATCH, size)
        faults += _check_entries(session, start, end)
        hashes = session.scalars(
            select(Leaf.hash).where(Leaf.index >= start, Leaf.index < end).order_by(Leaf.index)
        ).all()
        grown = merkle.grow(start, hashes, edge)
        faults += _check_nodes(session, grown)
        faults += _check_checkpoints(session, key, range(start + 1, end + 1), edge | grown)
        edge = {place: (edge | grown)[place] for place in merkle.edge_places(end)}
    faults += _late_events(session)
    checkpoints = session.scalar(select(func.count()).select_from(Checkpoint)) or 0
    return LogReport(size, checkpoints, tuple(faults))


def _check_entries(session: Session, start: int, end: int) -> Iterator[Fault]:
    rows = session.execute(
        select(Leaf, EventLog)
        .outerjoin(EventLog, EventLog.seq == Leaf.event_seq)
        .where(Leaf.index >= start, Leaf.index < end)
        .order_by(Leaf.index)
    )
    for leaf, event in rows:
        kind = _entry_fault(leaf, event)
        if kind is not None:
            yield Fault(kind, leaf.index, "" if kind is FaultKind.EVENT_MISSING else event.id)


def _entry_fault(leaf: Leaf, event: EventLog | None) -> FaultKind | None:
    if event is None:
        return FaultKind.EVENT_MISSING
    if merkle.leaf_hash(event.leaf.encode()) != leaf.hash:
        return FaultKind.ENTRY_CHANGED
    return None if canonical_leaf(event) == event.leaf else FaultKind.FACT_CHANGED


def _check_nodes(session: Session, grown: merkle.Nodes) -> Iterator[Fault]:
    stored = stored_nodes(session, grown)
    for place, value in grown.items():
        if stored.get(place) != value:
            yield Fault(FaultKind.TREE_CHANGED, place.position << place.level)


def _check_checkpoints(
    session: Session, key: VerificationKey, sizes: range, nodes: merkle.Nodes
) -> Iterator[Fault]:
    checkpoints = session.scalars(
        select(Checkpoint).where(Checkpoint.size >= sizes.start, Checkpoint.size < sizes.stop)
    )
    for checkpoint in checkpoints:
        root = merkle.root_hash(checkpoint.size, nodes)
        if checkpoint.root != root or not _says(checkpoint, root, key):
            yield Fault(FaultKind.CHECKPOINT_FALSE, checkpoint.size)


def _says(checkpoint: Checkpoint, root: bytes, key: VerificationKey) -> bool:
    try:
        note = SignedNote.parse(checkpoint.note)
    except Malformed:
        return False
    return note.text == TreeHead(key.name, checkpoint.size, root).text() and is_signed_by(note, key)


def _late_events(session: Session) -> Iterator[Fault]:
    late = session.scalars(
        select(EventLog.id)
        .where(~_has_leaf(), EventLog.occurred_at < _gap_start())
        .order_by(EventLog.seq)
    )
    for event_id in late:
        yield Fault(FaultKind.LATE, None, event_id)


def _has_leaf() -> ColumnElement[bool]:
    return select(Leaf.index).where(Leaf.event_seq == EventLog.seq).exists()


def _gap_start() -> datetime:
    return clock.now() - timedelta(seconds=GAP_SECONDS)
