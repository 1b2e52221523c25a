"""Facets of the shop window: themes, level, how lately data arrived, and a standing for ranking.

Filled from the kept sheets as far as they say it; `flask --app wsgi storefront rebuild` does it
wholly.

How to go back: downgrade() drops the columns, which are derived.

Revision ID: 20261124_2250
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261124_2250"
down_revision = "20261124_2240"
branch_labels = None
depends_on = None

COLUMNS = {
    "themes": (postgresql.ARRAY(sa.Text()), "'{}'", False),
    "level": (sa.Text(), "''", False),
    "standing": (sa.Numeric(4, 3), "0", False),
    "data_arrived_at": (sa.DateTime(timezone=True), None, True),
}


def upgrade() -> None:
    for name, (kind, default, is_optional) in COLUMNS.items():
        told = sa.text(default) if default else None
        op.add_column(
            "product_sheets", sa.Column(name, kind, nullable=is_optional, server_default=told)
        )
        if default:
            op.alter_column("product_sheets", name, server_default=None)
    op.execute("""
        UPDATE product_sheets SET level = sheet ->> 'level', data_arrived_at = (
          SELECT max((version ->> 'delivered_at')::timestamptz)
          FROM jsonb_array_elements(sheet -> 'sources') AS source,
               jsonb_array_elements(source -> 'versions') AS version)
    """)
    op.create_index(
        "ix_product_sheets_standing",
        "product_sheets",
        ["state", "standing", "published_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_product_sheets_standing", table_name="product_sheets")
    for name in COLUMNS:
        op.drop_column("product_sheets", name)
