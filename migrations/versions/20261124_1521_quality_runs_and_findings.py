"""Quality checks and their findings; findings are never changed.

How to go back: downgrade() drops them; every version can be checked again.

Revision ID: 20261124_1521
Revises: 20261124_1520
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.operations import allow_changes, refuse_changes

revision = "20261124_1521"
down_revision = "20261124_1520"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quality_runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("version_sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rules_total", sa.BigInteger(), nullable=False),
        sa.Column("rules_done", sa.BigInteger(), nullable=False),
        sa.Column(
            "suite", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("suite_sha256", sa.Text(), nullable=True),
        sa.Column(
            "indicators", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "dimensions", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("score", sa.Numeric(precision=18, scale=12), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("has_passed", sa.Boolean(), nullable=True),
        sa.Column("blockers", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'finished') = (ended_at IS NOT NULL AND has_passed IS NOT NULL"
            " AND suite IS NOT NULL AND suite_sha256 IS NOT NULL)",
            name=op.f("ck_quality_runs_finished_runs_have_a_verdict"),
        ),
        sa.CheckConstraint(
            "grade IN ('A', 'B', 'C', 'D')", name=op.f("ck_quality_runs_grade_is_known")
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'finished')",
            name=op.f("ck_quality_runs_state_is_known"),
        ),
        sa.CheckConstraint(
            "(score IS NULL) = (grade IS NULL)", name=op.f("ck_quality_runs_graded_when_scored")
        ),
        sa.CheckConstraint(
            "has_passed IS NULL OR has_passed = (cardinality(blockers) = 0)",
            name=op.f("ck_quality_runs_passed_without_blockers"),
        ),
        sa.CheckConstraint(
            "rules_done BETWEEN 0 AND rules_total", name=op.f("ck_quality_runs_progress_is_real")
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name=op.f("ck_quality_runs_score_is_a_share")),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name=op.f("fk_quality_runs_dataset_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["dataset_versions.id"], name=op.f("fk_quality_runs_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_runs")),
    )
    op.create_index(
        "ix_quality_runs_dataset_id", "quality_runs", ["dataset_id", "requested_at"], unique=False
    )
    op.create_index(
        "ix_quality_runs_version_id", "quality_runs", ["version_id", "requested_at"], unique=False
    )
    op.create_index(
        "uq_quality_runs_under_way",
        "quality_runs",
        ["version_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'finished'"),
    )
    op.create_table(
        "quality_findings",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("expectation", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("counting", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("failed_to_run", sa.Boolean(), nullable=False),
        sa.Column("elements", sa.BigInteger(), nullable=True),
        sa.Column("missing", sa.BigInteger(), nullable=True),
        sa.Column("unexpected", sa.BigInteger(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("conforming", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(total IS NULL) = (conforming IS NULL)",
            name=op.f("ck_quality_findings_share_is_whole_or_absent"),
        ),
        sa.CheckConstraint(
            "total > 0 AND conforming BETWEEN 0 AND total",
            name=op.f("ck_quality_findings_share_is_a_share"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["quality_runs.id"], name=op.f("fk_quality_findings_run_id")
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_quality_findings")),
    )
    refuse_changes("quality_findings")


def downgrade() -> None:
    allow_changes("quality_findings")
    op.drop_table("quality_findings")
    op.drop_index(
        "uq_quality_runs_under_way",
        table_name="quality_runs",
        postgresql_where=sa.text("state <> 'finished'"),
    )
    op.drop_index("ix_quality_runs_version_id", table_name="quality_runs")
    op.drop_index("ix_quality_runs_dataset_id", table_name="quality_runs")
    op.drop_table("quality_runs")
