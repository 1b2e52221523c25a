"""Words of the shop window, by which questions are cut.

Words of three characters and more are taken from what is indexed; of two, a pair of characters
cannot be told from a word there. `flask --app wsgi storefront rebuild` completes them.

How to go back: downgrade() drops the table, which is derived.

Revision ID: 20261124_2150
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_2150"
down_revision = "20261124_1930"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "window_words",
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_window_words")),
    )
    op.execute("""
        INSERT INTO window_words (word)
        SELECT DISTINCT lexeme FROM product_sheets, unnest(document)
        WHERE lexeme ~ '^[\u4e00-\u9fff]{3,12}$'
    """)


def downgrade() -> None:
    op.drop_table("window_words")
