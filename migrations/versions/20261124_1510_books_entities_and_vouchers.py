"""Books: entities, months, charts, vouchers and their lines.

A voucher says how many lines it has. At commit the database checks that they are there and that
debits equal credits; no line can be added later. It goes into an open month only, and neither it
nor its lines are ever changed.

How to go back: downgrade() drops the books; export them first.

Revision ID: 20261124_1510
Revises: 20261124_1505
"""

import sqlalchemy as sa
from alembic import op

from migrations.operations import allow_changes, refuse_changes

revision = "20261124_1510"
down_revision = "20261124_1505"
branch_labels = None
depends_on = None

APPEND_ONLY = ("vouchers", "voucher_lines")

BALANCE = """
CREATE FUNCTION refuse_unbalanced_voucher() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  difference bigint;
  lines integer;
BEGIN
  SELECT coalesce(sum(debit_minor - credit_minor), 0), count(*) INTO difference, lines
  FROM voucher_lines WHERE voucher_id = NEW.id;
  IF difference <> 0 OR lines <> NEW.line_count THEN
    RAISE EXCEPTION 'voucher % does not balance', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$
"""
NO_LATER_LINE = """
CREATE FUNCTION refuse_later_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM vouchers WHERE id = NEW.voucher_id AND NEW.position BETWEEN 1 AND line_count;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'voucher % has no line %', NEW.voucher_id, NEW.position
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""
OPEN_PERIOD = """
CREATE FUNCTION refuse_voucher_in_closed_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM accounting_periods
  WHERE entity_id = NEW.entity_id AND month_on = NEW.month_on AND closed_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'period % is closed', NEW.month_on USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "accounting_entities",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_accounting_entities_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounting_entities")),
        sa.UniqueConstraint("organization_id", name=op.f("uq_accounting_entities_organization_id")),
    )
    op.create_table(
        "accounting_periods",
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)",
            name=op.f("ck_accounting_periods_closed_by_somebody"),
        ),
        sa.CheckConstraint(
            "extract(day FROM month_on) = 1", name=op.f("ck_accounting_periods_starts_on_first")
        ),
        sa.CheckConstraint(
            "last_number >= 0", name=op.f("ck_accounting_periods_number_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["accounting_entities.id"], name=op.f("fk_accounting_periods_entity_id")
        ),
        sa.PrimaryKeyConstraint("entity_id", "month_on", name=op.f("pk_accounting_periods")),
    )
    op.create_table(
        "chart_accounts",
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("local_code", sa.Text(), nullable=False),
        sa.Column("local_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["accounting_entities.id"], name=op.f("fk_chart_accounts_entity_id")
        ),
        sa.PrimaryKeyConstraint("entity_id", "account", name=op.f("pk_chart_accounts")),
    )
    op.create_table(
        "vouchers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("business", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "posted_on >= month_on AND posted_on < month_on + INTERVAL '1 month'",
            name=op.f("ck_vouchers_posted_in_month"),
        ),
        sa.CheckConstraint("line_count >= 2", name=op.f("ck_vouchers_two_sides")),
        sa.CheckConstraint("number > 0", name=op.f("ck_vouchers_number_positive")),
        sa.ForeignKeyConstraint(
            ["entity_id", "month_on"],
            ["accounting_periods.entity_id", "accounting_periods.month_on"],
            name=op.f("fk_vouchers_entity_id_month_on"),
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["accounting_entities.id"], name=op.f("fk_vouchers_entity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers")),
        sa.UniqueConstraint(
            "entity_id", "month_on", "number", name=op.f("uq_vouchers_entity_id_month_on_number")
        ),
        info={"append_only": True},
    )
    op.create_index("ix_vouchers_source_id", "vouchers", ["source_id"], unique=False)
    op.create_table(
        "voucher_lines",
        sa.Column("voucher_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=True),
        sa.Column("movement", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(account IN ('1405', '1471', '1701', '1702', '1703', '5301.02'))"
            " = (movement IS NOT NULL)",
            name=op.f("ck_voucher_lines_asset_accounts_name_asset"),
        ),
        sa.CheckConstraint(
            "(asset_id IS NULL) = (movement IS NULL)",
            name=op.f("ck_voucher_lines_asset_and_movement"),
        ),
        sa.CheckConstraint(
            "(debit_minor > 0 AND credit_minor = 0) OR (debit_minor = 0 AND credit_minor > 0)",
            name=op.f("ck_voucher_lines_one_side"),
        ),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["vouchers.id"], name=op.f("fk_voucher_lines_voucher_id")
        ),
        sa.PrimaryKeyConstraint("voucher_id", "position", name=op.f("pk_voucher_lines")),
        info={"append_only": True},
    )
    op.create_index("ix_voucher_lines_asset_id", "voucher_lines", ["asset_id"], unique=False)
    op.execute(BALANCE)
    op.execute(NO_LATER_LINE)
    op.execute(OPEN_PERIOD)
    op.execute(
        "CREATE CONSTRAINT TRIGGER vouchers_balance AFTER INSERT ON vouchers "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced_voucher()"
    )
    op.execute(
        "CREATE TRIGGER voucher_lines_are_counted BEFORE INSERT ON voucher_lines "
        "FOR EACH ROW EXECUTE FUNCTION refuse_later_line()"
    )
    op.execute(
        "CREATE TRIGGER vouchers_in_open_period BEFORE INSERT ON vouchers "
        "FOR EACH ROW EXECUTE FUNCTION refuse_voucher_in_closed_period()"
    )
    for table in APPEND_ONLY:
        refuse_changes(table)


def downgrade() -> None:
    for table in reversed(APPEND_ONLY):
        allow_changes(table)
    op.execute("DROP TRIGGER vouchers_in_open_period ON vouchers")
    op.execute("DROP TRIGGER voucher_lines_are_counted ON voucher_lines")
    op.execute("DROP TRIGGER vouchers_balance ON vouchers")
    op.execute("DROP FUNCTION refuse_voucher_in_closed_period()")
    op.execute("DROP FUNCTION refuse_later_line()")
    op.execute("DROP FUNCTION refuse_unbalanced_voucher()")
    op.drop_index("ix_voucher_lines_asset_id", table_name="voucher_lines")
    op.drop_table("voucher_lines")
    op.drop_index("ix_vouchers_source_id", table_name="vouchers")
    op.drop_table("vouchers")
    op.drop_table("chart_accounts")
    op.drop_table("accounting_periods")
    op.drop_table("accounting_entities")
