"""How is the tree of the log kept? Every row here is written once and never changed."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import APPEND_ONLY, Base, TransactionId


class Leaf(Base):
    """One event's place in the log. No foreign key: it must outlive what it seals."""

    __tablename__ = "log_leaves"
    __table_args__ = (
        CheckConstraint("index >= 0", name="index_from_zero"),
        CheckConstraint("octet_length(hash) = 32", name="hash_is_sha256"),
        {"info": APPEND_ONLY},
    )

    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_seq: Mapped[int] = mapped_column(BigInteger, unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class Node(Base):
    """The hash of one complete subtree above the leaves: 2**level leaves from its position on."""

    __tablename__ = "log_nodes"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 62", name="level_above_leaves"),
        CheckConstraint("octet_length(hash) = 32", name="hash_is_sha256"),
        {"info": APPEND_ONLY},
    )

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class Checkpoint(Base):
    """What the log said about itself at one size. note: the signed note, as served."""

    __tablename__ = "checkpoints"
    __table_args__ = (
        CheckConstraint("size > 0", name="size_is_positive"),
        CheckConstraint("octet_length(root) = 32", name="root_is_sha256"),
        {"info": APPEND_ONLY},
    )

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str]
    signed_at: Mapped[datetime]


class Cosignature(Base):
    """A witness's signature line under a checkpoint. verification_key: name+id+key."""

    __tablename__ = "cosignatures"
    __table_args__ = ({"info": APPEND_ONLY},)

    size: Mapped[int] = mapped_column(ForeignKey("checkpoints.size"), primary_key=True)
    verification_key: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[str]
    cosigned_at: Mapped[datetime]


class Sequencer(Base):
    """The one row that says how far the sequencer has certainly seen everything.

    floor_txid: every event of a transaction below it has its leaf.
    """

    __tablename__ = "log_sequencer"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(
        SmallInteger, primary_key=True, autoincrement=False, server_default=text("1")
    )
    floor_txid: Mapped[int] = mapped_column(TransactionId, server_default=text("'0'::xid8"))
