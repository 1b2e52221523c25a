"""Ratings by real buyers, and the work that bad ones call for.

Licences that are active now get their right to be rated when this is put in: their buyers bought
before there were ratings. How to go back: downgrade() drops all three tables.

Revision ID: 20261124_2315
Revises: 20261124_2310
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_2315"
down_revision = "20261124_2310"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_rights",
        sa.Column("licence_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("supplier_id", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("buyer_id <> supplier_id", name=op.f("ck_review_rights_not_of_oneself")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organizations.id"], name=op.f("fk_review_rights_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_review_rights_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organizations.id"], name=op.f("fk_review_rights_supplier_id")
        ),
        sa.PrimaryKeyConstraint("licence_id", name=op.f("pk_review_rights")),
    )
    op.create_index(
        "ix_review_rights_buyer_id", "review_rights", ["buyer_id", "opened_at"], unique=False
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("licence_id", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.Text(), nullable=False),
        sa.Column("supplier_id", sa.Text(), nullable=False),
        sa.Column("reviewer_id", sa.Text(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("match", sa.BigInteger(), nullable=False),
        sa.Column("quality", sa.BigInteger(), nullable=False),
        sa.Column("speed", sa.BigInteger(), nullable=False),
        sa.Column("support", sa.BigInteger(), nullable=False),
        sa.Column("price_clarity", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("addition", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(addition = '') = (added_at IS NULL)", name=op.f("ck_reviews_additions_have_a_time")
        ),
        sa.CheckConstraint(
            "(reply = '') = (replied_at IS NULL)", name=op.f("ck_reviews_replies_have_a_time")
        ),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_reviews_level_is_known")),
        sa.CheckConstraint(
            "match BETWEEN 1 AND 5 AND quality BETWEEN 1 AND 5 AND speed BETWEEN 1 AND 5"
            " AND support BETWEEN 1 AND 5 AND price_clarity BETWEEN 1 AND 5",
            name=op.f("ck_reviews_items_are_known"),
        ),
        sa.CheckConstraint("replied_by <> reviewer_id", name=op.f("ck_reviews_replied_by_another")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organizations.id"], name=op.f("fk_reviews_buyer_id")
        ),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["review_rights.licence_id"], name=op.f("fk_reviews_licence_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_reviews_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organizations.id"], name=op.f("fk_reviews_supplier_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("licence_id", name=op.f("uq_reviews_licence_id")),
    )
    op.create_index(
        "ix_reviews_product_id", "reviews", ["product_id", "submitted_at"], unique=False
    )
    op.create_table(
        "rectifications",
        sa.Column("review_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("contact_due_on", sa.Date(), nullable=False),
        sa.Column("rectify_due_on", sa.Date(), nullable=False),
        sa.Column("contact_words", sa.Text(), nullable=False),
        sa.Column("is_founded", sa.Boolean(), nullable=True),
        sa.Column("verify_words", sa.Text(), nullable=False),
        sa.Column("rectify_words", sa.Text(), nullable=False),
        sa.Column("recheck_words", sa.Text(), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)",
            name=op.f("ck_rectifications_closed_has_a_time"),
        ),
        sa.CheckConstraint(
            "state = 'contact' OR contact_words <> ''",
            name=op.f("ck_rectifications_buyers_are_contacted"),
        ),
        sa.CheckConstraint(
            "state IN ('contact', 'verify') OR is_founded IS NOT NULL",
            name=op.f("ck_rectifications_ratings_are_verified"),
        ),
        sa.CheckConstraint(
            "state IN ('contact', 'verify', 'rectify', 'reply', 'recheck', 'closed')",
            name=op.f("ck_rectifications_state_is_known"),
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_rectifications_review_id")
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_rectifications")),
    )
    op.create_index(
        "ix_rectifications_state", "rectifications", ["state", "rectify_due_on"], unique=False
    )
    op.execute(
        """
        INSERT INTO review_rights (licence_id, product_id, buyer_id, supplier_id, opened_at)
        SELECT id, product_id, buyer_id, supplier_id, now() FROM licences
        WHERE state = 'active' AND buyer_id <> supplier_id
        """
    )


def downgrade() -> None:
    op.drop_table("rectifications")
    op.drop_table("reviews")
    op.drop_table("review_rights")
