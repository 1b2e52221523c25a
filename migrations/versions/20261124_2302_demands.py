"""Demands of enterprises with the bureau's answers, and who asks for each.

How to go back: downgrade() drops both tables; no other table refers to them.

Revision ID: 20261124_2302
Revises: 20261124_2258
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_2302"
down_revision = "20261124_2258"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "demands",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("scenario", sa.Text(), nullable=False),
        sa.Column("wanted_fields", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Text(), nullable=False),
        sa.Column("needed_until_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_on", sa.Date(), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("planned_until_on", sa.Date(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("product_id", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'fulfilled') = (product_id IS NOT NULL)",
            name=op.f("ck_demands_has_a_product"),
        ),
        sa.CheckConstraint(
            "(state IN ('refused', 'fulfilled', 'withdrawn')) = (ended_at IS NOT NULL)",
            name=op.f("ck_demands_ends_have_a_time"),
        ),
        sa.CheckConstraint(
            "cycle IN ('real_time', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly', 'other')",
            name=op.f("ck_demands_cycle_is_known"),
        ),
        sa.CheckConstraint(
            "scenario IN ('manufacturing', 'agriculture', 'commerce', 'transport', 'finance',"
            " 'science', 'culture', 'health', 'emergency', 'weather', 'city', 'green')",
            name=op.f("ck_demands_scenario_is_known"),
        ),
        sa.CheckConstraint(
            "state <> 'planned' OR planned_until_on IS NOT NULL",
            name=op.f("ck_demands_plans_have_a_day"),
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR return_reason <> ''",
            name=op.f("ck_demands_returned_for_a_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'returned', 'published', 'planned', 'refused',"
            " 'fulfilled', 'withdrawn')",
            name=op.f("ck_demands_state_is_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('planned', 'refused') OR answer <> ''",
            name=op.f("ck_demands_answers_say_something"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('planned', 'refused', 'fulfilled') OR answered_at IS NOT NULL",
            name=op.f("ck_demands_answers_have_a_time"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('published', 'planned', 'fulfilled') OR published_at IS NOT NULL",
            name=op.f("ck_demands_open_ones_are_published"),
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL)",
            name=op.f("ck_demands_answered_by_somebody"),
        ),
        sa.CheckConstraint(
            "(published_at IS NULL) = (published_by IS NULL)",
            name=op.f("ck_demands_published_by_somebody"),
        ),
        sa.CheckConstraint("answered_by <> asked_by", name=op.f("ck_demands_answered_by_another")),
        sa.CheckConstraint(
            "published_by <> asked_by", name=op.f("ck_demands_published_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_demands_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_demands_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demands")),
    )
    op.create_index("ix_demands_submitted_at", "demands", ["submitted_at", "id"], unique=False)
    op.create_index("ix_demands_state", "demands", ["state", "answer_due_on"], unique=False)
    op.create_table(
        "demand_askers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("demand_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "left_at >= joined_at", name=op.f("ck_demand_askers_leaves_after_joining")
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["demands.id"], name=op.f("fk_demand_askers_demand_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_demand_askers_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_askers")),
    )
    op.create_index(
        "ix_demand_askers_organization_id",
        "demand_askers",
        ["organization_id", "joined_at"],
        unique=False,
    )
    op.create_index(
        "uq_demand_askers_once",
        "demand_askers",
        ["demand_id", "organization_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("demand_askers")
    op.drop_table("demands")
