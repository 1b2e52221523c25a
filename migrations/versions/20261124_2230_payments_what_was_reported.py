"""What the provider reported of a payment that does not match, so that it can go back (BL-05).

Earlier ones are filled in from the facts that were recorded of them.

How to go back: downgrade() drops both columns; the facts stay in event_log.

Revision ID: 20261124_2230
Revises: 20261124_2200
"""

import sqlalchemy as sa
from alembic import op

revision = "20261124_2230"
down_revision = "20261124_2200"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payment_intents", sa.Column("reported_minor", sa.BigInteger(), nullable=True))
    op.add_column("payment_intents", sa.Column("reported_currency", sa.Text(), nullable=True))
    op.execute(
        "UPDATE payment_intents SET reported_minor = (payload->>'reported_minor')::bigint,"
        " reported_currency = upper(payload->>'reported_currency')"
        " FROM event_log WHERE event_log.name = 'billing.payment_mismatched'"
        " AND event_log.payload->>'payment_id' = payment_intents.id"
    )
    op.create_check_constraint(
        op.f("ck_payment_intents_report_is_whole"),
        "payment_intents",
        "(reported_minor IS NULL) = (reported_currency IS NULL)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_payment_intents_report_is_whole"), "payment_intents")
    op.drop_column("payment_intents", "reported_currency")
    op.drop_column("payment_intents", "reported_minor")
