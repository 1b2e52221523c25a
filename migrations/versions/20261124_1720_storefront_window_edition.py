"""The edition of the shop window: visitors' pages are drawn once for each.

How to go back: downgrade() drops it; nothing that cannot be derived is lost.

Revision ID: 20261124_1720
Revises: 20261124_1710
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_1720"
down_revision = "20261124_1710"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "window_editions",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_window_editions_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window_editions")),
    )


def downgrade() -> None:
    op.drop_table("window_editions")
