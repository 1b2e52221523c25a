"""Orders: one per licence that is not cancelled, at the licence's own price.

What is paid has a day, what is cancelled has a reason, what is charged has a rule to share it by,
and what is owed on account is never cancelled.

How to go back: downgrade() drops the table; export it first.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_1651"
down_revision = "20261124_1650"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("licence_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("supplier_id", sa.Text(), nullable=False),
        sa.Column("bureau_id", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("purchase_number", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("payment", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_currency", sa.Text(), nullable=False),
        sa.Column("tax_rate", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("share_version", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("on_account_on", sa.Date(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("fulfilled_on", sa.Date(), nullable=True),
        sa.Column("cancelled_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_reason IS NOT NULL)",
            name=op.f("ck_orders_cancelled_has_reason"),
        ),
        sa.CheckConstraint(
            "(state IN ('paid', 'fulfilled')) = (paid_on IS NOT NULL)",
            name=op.f("ck_orders_paid_has_day"),
        ),
        sa.CheckConstraint(
            "state <> 'cancelled' OR on_account_on IS NULL", name=op.f("ck_orders_owed_stands")
        ),
        sa.CheckConstraint(
            "state IN ('placed', 'paid', 'fulfilled', 'cancelled')",
            name=op.f("ck_orders_state_known"),
        ),
        sa.CheckConstraint(
            "amount_minor = 0 OR share_version IS NOT NULL",
            name=op.f("ck_orders_charged_is_shared"),
        ),
        sa.CheckConstraint(
            "amount_minor >= 0 AND tax_minor >= 0", name=op.f("ck_orders_not_negative")
        ),
        sa.CheckConstraint("tax_minor <= amount_minor", name=op.f("ck_orders_tax_inside_amount")),
        sa.ForeignKeyConstraint(
            ["bureau_id"], ["organizations.id"], name=op.f("fk_orders_bureau_id")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organizations.id"], name=op.f("fk_orders_buyer_id")
        ),
        sa.ForeignKeyConstraint(["licence_id"], ["licences.id"], name=op.f("fk_orders_licence_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_orders_product_id")),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organizations.id"], name=op.f("fk_orders_supplier_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index("ix_orders_bureau_id", "orders", ["bureau_id", "placed_at"], unique=False)
    op.create_index("ix_orders_buyer_id", "orders", ["buyer_id", "placed_at"], unique=False)
    op.create_index(
        "ix_orders_open",
        "orders",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("state = 'placed'"),
    )
    op.create_index("ix_orders_supplier_id", "orders", ["supplier_id", "placed_at"], unique=False)
    op.create_index(
        "uq_orders_licence_id",
        "orders",
        ["licence_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )


def downgrade() -> None:
    op.drop_table("orders")
