"""Costs, data assets and appraisals speak of products that exist.

How to go back: downgrade() lets them name any id again; nothing is lost.

Revision ID: 20261124_1710
Revises: 20261124_1705
"""

from alembic import op

revision = "20261124_1710"
down_revision = "20261124_1705"
branch_labels = None
depends_on = None

TABLES = ("cost_records", "data_assets", "appraisals")


def upgrade() -> None:
    for table in TABLES:
        op.create_foreign_key(
            op.f(f"fk_{table}_product_id"), table, "products", ["product_id"], ["id"]
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_constraint(op.f(f"fk_{table}_product_id"), table, type_="foreignkey")
