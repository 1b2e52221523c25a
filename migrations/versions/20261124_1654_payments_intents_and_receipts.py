"""Payments at the provider, one under way per order or invoice, and the provider's notices.

The intent is written before the provider is called; a notice is taken once per signature.

How to go back: downgrade() drops the tables; export them first.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_1654"
down_revision = "20261124_1653"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_receipts",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=True),
        sa.Column("deliveries", sa.BigInteger(), nullable=False),
        sa.Column("stamps", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("deliveries > 0", name=op.f("ck_webhook_receipts_delivered")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_webhook_receipts")),
    )
    op.create_index(
        "ix_webhook_receipts_payment_id", "webhook_receipts", ["payment_id"], unique=False
    )
    op.create_index(
        "ix_webhook_receipts_received_at", "webhook_receipts", ["received_at"], unique=False
    )
    op.create_table(
        "payment_intents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("invoice_id", sa.Text(), nullable=True),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checkout_id", sa.Text(), nullable=True),
        sa.Column("checkout_address", sa.Text(), nullable=True),
        sa.Column("checkout_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("troubled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("refund_reference", sa.Text(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(state = 'returned') = (refund_reference IS NOT NULL)",
            name=op.f("ck_payment_intents_returned_has_reference"),
        ),
        sa.CheckConstraint(
            "state <> 'open' OR checkout_id IS NOT NULL",
            name=op.f("ck_payment_intents_open_has_page"),
        ),
        sa.CheckConstraint(
            (
                "state IN ('requested', 'open', 'processing', 'succeeded', 'failed', 'expired', "
                "'mismatched', 'returning', 'returned')"
            ),
            name=op.f("ck_payment_intents_state_known"),
        ),
        sa.CheckConstraint(
            (
                "state NOT IN ('succeeded', 'returning', 'returned')"
                " OR (reference IS NOT NULL AND settled_on IS NOT NULL)"
            ),
            name=op.f("ck_payment_intents_settled_has_reference"),
        ),
        sa.CheckConstraint(
            "(order_id IS NULL) <> (invoice_id IS NULL)",
            name=op.f("ck_payment_intents_for_one_thing"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_intents_amount_positive")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organizations.id"], name=op.f("fk_payment_intents_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_payment_intents_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_payment_intents_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_intents")),
        sa.UniqueConstraint("checkout_id", name=op.f("uq_payment_intents_checkout_id")),
    )
    op.create_index(
        "ix_payment_intents_buyer_id", "payment_intents", ["buyer_id", "begun_at"], unique=False
    )
    op.create_index(
        "ix_payment_intents_waiting",
        "payment_intents",
        ["begun_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('requested', 'open', 'processing')"),
    )
    op.create_index(
        "uq_payment_intents_invoice_id",
        "payment_intents",
        ["invoice_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'open', 'processing')"),
    )
    op.create_index(
        "uq_payment_intents_order_id",
        "payment_intents",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'open', 'processing')"),
    )


def downgrade() -> None:
    op.drop_table("payment_intents")
    op.drop_table("webhook_receipts")
