"""Does the log take in every fact once, prove it, and show every change?"""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, ActorKind, MissingPermission
from kernel.db import transaction
from kernel.events import ActRefused, EventLog, record
from supervision.transparency import actions, merkle, notes, reads
from supervision.transparency.actions import CosignatureRefused
from supervision.transparency.models import Checkpoint, Leaf
from supervision.transparency.notes import KeyKind, SignedNote, SigningKey, TreeHead
from supervision.transparency.reads import CheckpointMissing, NotYetInLog, SizesOutOfOrder
from supervision.transparency.rules import FaultKind

HOUSE = Actor.system("test")
KEY = SigningKey("log.example/market", Ed25519PrivateKey.from_private_bytes(b"k" * 32))
WITNESS = SigningKey(
    "witness.example/w1", Ed25519PrivateKey.from_private_bytes(b"w" * 32), KeyKind.WITNESS
)


def happen(session: Session, count: int, about: str = "prd_1") -> list[EventLog]:
    """Let facts happen: refusals, the one event that needs no other room."""
    fact = ActRefused(about, "pricing.set_price", "price-above-cap", "PR-04", "价格高于上限")
    rows = [record(session, HOUSE, fact) for _ in range(count)]
    session.flush()
    return rows


def grown_log(session: Session, count: int) -> list[EventLog]:
    rows = happen(session, count)
    actions.sequence_leaves(session, HOUSE)
    actions.sign_checkpoint(session, HOUSE, KEY)
    return rows


def test_events_become_leaves_in_their_order(session: Session):
    rows = happen(session, 5)

    taken = actions.sequence_leaves(session, HOUSE)

    leaves = session.scalars(select(Leaf).order_by(Leaf.index)).all()
    assert taken == 5
    assert [leaf.event_seq for leaf in leaves] == [row.seq for row in rows]
    assert [leaf.hash for leaf in leaves] == [merkle.leaf_hash(r.leaf.encode()) for r in rows]


def test_sequencing_again_adds_nothing(session: Session):
    happen(session, 3)
    actions.sequence_leaves(session, HOUSE)

    assert actions.sequence_leaves(session, HOUSE) == 0
    assert reads.count_leaves(session) == 3


def test_a_batch_takes_no_more_than_its_limit_and_the_next_goes_on(session: Session):
    happen(session, 5)

    assert actions.sequence_leaves(session, HOUSE, limit=3) == 3
    assert actions.sequence_leaves(session, HOUSE, limit=3) == 2
    assert reads.count_leaves(session) == 5


def test_a_person_may_not_sequence_or_sign(session: Session):
    person = Actor(id="usr_1", kind=ActorKind.PERSON)

    with pytest.raises(MissingPermission):
        actions.sequence_leaves(session, person)
    with pytest.raises(MissingPermission):
        actions.sign_checkpoint(session, person, KEY)


def test_a_checkpoint_signs_the_size_and_the_root(session: Session):
    rows = grown_log(session, 6)

    checkpoint = reads.get_latest_checkpoint(session)

    note = SignedNote.parse(checkpoint.note)
    nodes = merkle.grow(0, [merkle.leaf_hash(row.leaf.encode()) for row in rows], {})
    assert notes.is_signed_by(note, KEY.verification_key)
    assert TreeHead.parse(note.text) == TreeHead(KEY.name, 6, merkle.root_hash(6, nodes))


def test_nothing_is_signed_twice_and_nothing_empty_is_signed(session: Session):
    assert actions.sign_checkpoint(session, HOUSE, KEY) is None

    grown_log(session, 2)

    assert actions.sign_checkpoint(session, HOUSE, KEY) is None
    assert session.scalars(select(Checkpoint.size)).all() == [2]


def test_every_event_is_proved_under_the_newest_checkpoint(session: Session):
    rows = grown_log(session, 7)
    rows += grown_log(session, 6)

    for row in rows:
        proof = reads.get_inclusion_proof(session, row.id)
        head = TreeHead.parse(SignedNote.parse(proof.checkpoint).text)
        leaf = merkle.leaf_hash(row.leaf.encode())
        assert (proof.leaf_hash, head.size) == (leaf, 13)
        assert merkle.verify_inclusion(leaf, proof.index, head.size, proof.hashes, head.root)


def test_an_event_is_not_proved_before_a_checkpoint_covers_it(session: Session):
    with pytest.raises(CheckpointMissing):
        reads.get_inclusion_proof(session, "evt_1")
    grown_log(session, 2)
    (late,) = happen(session, 1)
    with pytest.raises(NotYetInLog):
        reads.get_inclusion_proof(session, late.id)
    actions.sequence_leaves(session, HOUSE)
    with pytest.raises(NotYetInLog):
        reads.get_inclusion_proof(session, late.id)

    actions.sign_checkpoint(session, HOUSE, KEY)

    assert reads.get_inclusion_proof(session, late.id).index == 2


def test_the_log_of_today_begins_with_the_log_of_yesterday(session: Session):
    grown_log(session, 5)
    grown_log(session, 6)

    proof = reads.get_consistency_proof(session, 5, 11)

    assert proof.old_root == reads.get_checkpoint(session, 5).root
    assert proof.new_root == reads.get_checkpoint(session, 11).root
    assert merkle.verify_consistency(5, 11, proof.hashes, proof.old_root, proof.new_root)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (3, 2), (1, 4), (-1, 2)])
def test_a_consistency_proof_needs_sizes_that_the_log_had(session: Session, old: int, new: int):
    grown_log(session, 3)

    with pytest.raises(SizesOutOfOrder):
        reads.get_consistency_proof(session, old, new)


def test_a_witness_adds_its_signature_to_the_checkpoint_once(session: Session):
    grown_log(session, 4)
    checkpoint = reads.get_latest_checkpoint(session)
    text_signed = SignedNote.parse(checkpoint.note).text
    line = notes.cosign(text_signed, WITNESS, 1_700_000_000).line()

    for _ in range(2):
        actions.accept_cosignature(session, 4, line, [WITNESS.verification_key])

    note = SignedNote.parse(reads.cosigned_note(session, checkpoint))
    log, witness = note.signatures
    assert log.is_from(KEY.verification_key)
    assert notes.cosigned_at(note.text, witness, WITNESS.verification_key) == 1_700_000_000


def test_a_line_that_no_known_witness_signed_is_refused(session: Session):
    grown_log(session, 4)
    signed = SignedNote.parse(reads.get_latest_checkpoint(session).note).text
    good = notes.cosign(signed, WITNESS, 1_700_000_000).line()
    other_text = notes.cosign("other\n", WITNESS, 1_700_000_000).line()

    for line, witnesses in (
        (good, []),
        (other_text, [WITNESS.verification_key]),
        ("nonsense", [WITNESS.verification_key]),
    ):
        with pytest.raises(CosignatureRefused):
            actions.accept_cosignature(session, 4, line, witnesses)
    with pytest.raises(CheckpointMissing):
        actions.accept_cosignature(session, 5, good, [WITNESS.verification_key])


def test_a_whole_log_is_found_sound(session: Session):
    for count in (3, 8, 1):
        grown_log(session, count)

    report = reads.check_log(session, KEY.verification_key)

    assert (report.size, report.checkpoints, report.faults) == (12, 3, ())


def tamper(session: Session, table: str, statement: str) -> None:
    """Change a row as somebody with the owner's rights could: behind the trigger's back."""
    session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    session.execute(text(statement))
    session.expire_all()


@pytest.mark.parametrize(
    ("table", "statement", "kind"),
    [
        (
            "event_log",
            "UPDATE event_log SET leaf = replace(leaf, 'prd_1', 'prd_2')",
            FaultKind.ENTRY_CHANGED,
        ),
        ("event_log", "UPDATE event_log SET actor_id = 'usr_x'", FaultKind.FACT_CHANGED),
        (
            "event_log",
            "UPDATE event_log SET occurred_at = occurred_at - interval '1 day'",
            FaultKind.FACT_CHANGED,
        ),
        (
            "event_log",
            "DELETE FROM event_log WHERE seq = (SELECT min(seq) FROM event_log)",
            FaultKind.EVENT_MISSING,
        ),
        ("log_leaves", "UPDATE log_leaves SET hash = sha256('x')", FaultKind.ENTRY_CHANGED),
        ("log_nodes", "UPDATE log_nodes SET hash = sha256('x')", FaultKind.TREE_CHANGED),
        ("log_nodes", "DELETE FROM log_nodes", FaultKind.TREE_CHANGED),
        (
            "checkpoints",
            "UPDATE checkpoints SET note = replace(note, E'\\n5\\n', E'\\n6\\n')",
            FaultKind.CHECKPOINT_FALSE,
        ),
        ("checkpoints", "UPDATE checkpoints SET note = 'x'", FaultKind.CHECKPOINT_FALSE),
        ("checkpoints", "UPDATE checkpoints SET root = sha256('x')", FaultKind.CHECKPOINT_FALSE),
    ],
)
def test_every_kind_of_change_is_found(
    session: Session, table: str, statement: str, kind: FaultKind
):
    grown_log(session, 5)
    tamper(session, table, statement)

    report = reads.check_log(session, KEY.verification_key)

    assert kind in {fault.kind for fault in report.faults}


def test_a_log_rewritten_whole_does_not_fit_a_checkpoint_somebody_kept(session: Session):
    grown_log(session, 5)
    kept = reads.get_latest_checkpoint(session)
    old_root = kept.root
    tamper(session, "checkpoints", "DELETE FROM checkpoints")
    tamper(session, "log_nodes", "DELETE FROM log_nodes")
    tamper(session, "log_leaves", "DELETE FROM log_leaves")
    tamper(session, "event_log", "UPDATE event_log SET leaf = leaf || ' '")
    session.execute(text("UPDATE log_sequencer SET floor_txid = '0'"))
    grown_log(session, 3)

    proof = reads.get_consistency_proof(session, 5, 8)

    assert not merkle.verify_consistency(5, 8, proof.hashes, old_root, proof.new_root)


def test_a_key_that_did_not_sign_makes_every_checkpoint_false(session: Session):
    grown_log(session, 2)
    other = SigningKey(KEY.name, Ed25519PrivateKey.from_private_bytes(b"o" * 32))

    report = reads.check_log(session, other.verification_key)

    assert [fault.kind for fault in report.faults] == [FaultKind.CHECKPOINT_FALSE]


@pytest.mark.parametrize(("seconds", "is_late"), [(600, False), (601, True)])
def test_a_fact_outside_the_log_for_more_than_ten_minutes_is_a_gap(
    session: Session, seconds: int, is_late: bool
):
    then = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    with clock.frozen_at(then):
        (row,) = happen(session, 1)

    with clock.frozen_at(then + timedelta(seconds=seconds)):
        report = reads.check_log(session, KEY.verification_key)

    found = [(fault.kind, fault.event_id) for fault in report.faults]
    assert found == ([(FaultKind.LATE, row.id)] if is_late else [])


@pytest.mark.parametrize("table", ["log_leaves", "log_nodes", "checkpoints", "event_log"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {}={}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_itself_refuses_to_change_the_log(session: Session, table: str, change: str):
    column = {"event_log": "name", "checkpoints": "root"}.get(table, "hash")
    grown_log(session, 2)

    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(change.format(table, column, column)))


def test_a_transaction_that_ends_late_is_numbered_later_and_never_skipped(own_database: Engine):
    with transaction() as session:
        happen(session, 2, about="before")
    with Session(own_database) as slow:
        happen(slow, 1, about="slow")
        with transaction() as session:
            happen(session, 2, about="quick")
        for taken in (4, 0):
            with transaction() as session:
                assert actions.sequence_leaves(session, HOUSE) == taken
        slow.commit()

    with transaction() as session:
        assert actions.sequence_leaves(session, HOUSE) == 1
        about = session.scalars(
            select(EventLog.subject_id)
            .join(Leaf, Leaf.event_seq == EventLog.seq)
            .order_by(Leaf.index)
        ).all()
    assert about == ["before", "before", "quick", "quick", "slow"]


def test_a_slow_transaction_elsewhere_on_the_server_does_not_hold_the_log_up(
    own_database: Engine, engine: Engine
):
    with engine.connect() as elsewhere:
        elsewhere.execute(text("SELECT pg_current_xact_id()"))
        with transaction() as session:
            happen(session, 3)

        with transaction() as session:
            assert actions.sequence_leaves(session, HOUSE) == 3


def test_a_transaction_that_rolls_back_leaves_no_hole_in_the_log(own_database: Engine):
    with Session(own_database) as lost:
        happen(lost, 3)
        lost.rollback()
    with transaction() as session:
        happen(session, 2)

    with transaction() as session:
        assert actions.sequence_leaves(session, HOUSE) == 2
        assert session.scalars(select(Leaf.index).order_by(Leaf.index)).all() == [0, 1]


def test_many_writers_and_sequencers_at_once_give_each_fact_one_place(own_database: Engine):
    writers, facts, sequencers = 6, 20, 4
    stop = threading.Event()

    def write() -> None:
        for _ in range(facts):
            with transaction() as session:
                happen(session, 1)

    def sequence() -> None:
        while not stop.is_set():
            with transaction() as session:
                actions.sequence_leaves(session, HOUSE, limit=7)
                actions.sign_checkpoint(session, HOUSE, KEY)

    with ThreadPoolExecutor(writers + sequencers) as pool:
        keepers = [pool.submit(sequence) for _ in range(sequencers)]
        wait([pool.submit(write) for _ in range(writers)])
        stop.set()
    assert all(keeper.result() is None for keeper in keepers)
    with transaction() as session:
        while actions.sequence_leaves(session, HOUSE):
            pass
        actions.sign_checkpoint(session, HOUSE, KEY)

    with transaction() as session:
        report = reads.check_log(session, KEY.verification_key)
    assert (report.size, report.faults) == (writers * facts, ())
