"""Transparency log: leaves, tree nodes, checkpoints, cosignatures and the sequencer's mark.

Facts are also held to 65,535 bytes from now on: an entry bundle gives each a 16-bit length.

How to go back: downgrade() drops the tree; it can be built again from event_log, but checkpoints
already handed out then have no counterpart here.

Revision ID: 20261124_1430
Revises: 20261124_1350
"""

import sqlalchemy as sa
from alembic import op

import kernel.db
from migrations.operations import allow_changes, refuse_changes

revision = "20261124_1430"
down_revision = "20261124_1350"
branch_labels = None
depends_on = None

APPEND_ONLY = ("log_leaves", "log_nodes", "checkpoints", "cosignatures")


def upgrade() -> None:
    op.create_table(
        "log_leaves",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("index >= 0", name=op.f("ck_log_leaves_index_from_zero")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_log_leaves_hash_is_sha256")),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_log_leaves")),
        sa.UniqueConstraint("event_seq", name=op.f("uq_log_leaves_event_seq")),
    )
    op.create_table(
        "log_nodes",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 62", name=op.f("ck_log_nodes_level_above_leaves")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_log_nodes_hash_is_sha256")),
        sa.PrimaryKeyConstraint("level", "position", name=op.f("pk_log_nodes")),
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_checkpoints_size_is_positive")),
        sa.CheckConstraint("octet_length(root) = 32", name=op.f("ck_checkpoints_root_is_sha256")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "cosignatures",
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("verification_key", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("cosigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["size"], ["checkpoints.size"], name=op.f("fk_cosignatures_size")),
        sa.PrimaryKeyConstraint("size", "verification_key", name=op.f("pk_cosignatures")),
    )
    op.create_table(
        "log_sequencer",
        sa.Column(
            "id",
            sa.SmallInteger(),
            autoincrement=False,
            server_default=sa.text("1"),
            nullable=False,
        ),
        sa.Column(
            "floor_txid",
            kernel.db.TransactionId(),
            server_default=sa.text("'0'::xid8"),
            nullable=False,
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_sequencer_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_sequencer")),
    )
    op.execute("INSERT INTO log_sequencer DEFAULT VALUES")
    op.create_check_constraint(
        op.f("ck_event_log_leaf_fits_bundle"), "event_log", "octet_length(leaf) <= 65535"
    )
    for table in APPEND_ONLY:
        refuse_changes(table)


def downgrade() -> None:
    for table in reversed(APPEND_ONLY):
        allow_changes(table)
    op.drop_constraint(op.f("ck_event_log_leaf_fits_bundle"), "event_log", type_="check")
    op.drop_table("log_sequencer")
    op.drop_table("cosignatures")
    op.drop_table("checkpoints")
    op.drop_table("log_nodes")
    op.drop_table("log_leaves")
