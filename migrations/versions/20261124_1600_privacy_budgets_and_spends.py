"""Privacy budgets, the charges made to them, and the noisy answers beside the charges.

How to go back: downgrade() drops them; nothing else refers to them.

Revision ID: 20261124_1600
Revises: 20261124_1542
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import allow_changes, refuse_changes

revision = "20261124_1600"
down_revision = "20261124_1542"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "privacy_budgets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("purse", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("limit_epsilon", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("spent_epsilon", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "purse IN ('licence', 'buyer', 'product', 'family')",
            name=op.f("ck_privacy_budgets_purse_known"),
        ),
        sa.CheckConstraint("limit_epsilon > 0", name=op.f("ck_privacy_budgets_limit_positive")),
        sa.CheckConstraint(
            "spent_epsilon <= limit_epsilon", name=op.f("ck_privacy_budgets_never_overspent")
        ),
        sa.CheckConstraint(
            "spent_epsilon >= 0", name=op.f("ck_privacy_budgets_spent_not_negative")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_budgets")),
        sa.UniqueConstraint("purse", "holder_id", name="uq_privacy_budgets_holder"),
    )
    op.create_table(
        "privacy_spends",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("family_id", sa.Text(), nullable=False),
        sa.Column("licence_id", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("extract_id", sa.Text(), nullable=False),
        sa.Column("question_key", sa.Text(), nullable=False),
        sa.Column("epsilon", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "answer", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("charged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("charged_by", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'answered') = (answer IS NOT NULL)",
            name=op.f("ck_privacy_spends_answers_are_kept"),
        ),
        sa.CheckConstraint(
            "(state = 'charged') = (settled_at IS NULL)",
            name=op.f("ck_privacy_spends_settled_has_moment"),
        ),
        sa.CheckConstraint(
            "state IN ('charged', 'answered', 'failed', 'refunded')",
            name=op.f("ck_privacy_spends_state_known"),
        ),
        sa.CheckConstraint("epsilon >= 0", name=op.f("ck_privacy_spends_epsilon_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_spends")),
    )
    op.create_index(
        "ix_privacy_spends_licence_id", "privacy_spends", ["licence_id", "charged_at"], unique=False
    )
    op.create_index(
        "ix_privacy_spends_product_id", "privacy_spends", ["product_id", "charged_at"], unique=False
    )
    op.create_index(
        "uq_privacy_spends_question",
        "privacy_spends",
        ["buyer_id", "question_key"],
        unique=True,
        postgresql_where=sa.text("state IN ('charged', 'answered')"),
    )
    op.create_table(
        "privacy_spend_shares",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("spend_id", sa.Text(), nullable=False),
        sa.Column("budget_id", sa.Text(), nullable=False),
        sa.Column("epsilon", sa.Numeric(precision=12, scale=6), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("epsilon <> 0", name=op.f("ck_privacy_spend_shares_epsilon_not_zero")),
        sa.ForeignKeyConstraint(
            ["budget_id"], ["privacy_budgets.id"], name=op.f("fk_privacy_spend_shares_budget_id")
        ),
        sa.ForeignKeyConstraint(
            ["spend_id"], ["privacy_spends.id"], name=op.f("fk_privacy_spend_shares_spend_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_spend_shares")),
        sa.UniqueConstraint(
            "spend_id", "budget_id", "epsilon", name="uq_privacy_spend_shares_once"
        ),
    )
    op.create_index(
        "ix_privacy_spend_shares_budget_id", "privacy_spend_shares", ["budget_id"], unique=False
    )
    refuse_changes("privacy_spend_shares")


def downgrade() -> None:
    allow_changes("privacy_spend_shares")
    op.drop_index("ix_privacy_spend_shares_budget_id", table_name="privacy_spend_shares")
    op.drop_table("privacy_spend_shares")
    op.drop_index(
        "uq_privacy_spends_question",
        table_name="privacy_spends",
        postgresql_where=sa.text("state IN ('charged', 'answered')"),
    )
    op.drop_index("ix_privacy_spends_product_id", table_name="privacy_spends")
    op.drop_index("ix_privacy_spends_licence_id", table_name="privacy_spends")
    op.drop_table("privacy_spends")
    op.drop_table("privacy_budgets")
