"""The ledger: accounts, transfers, entries, and the one function that may write them.

The application's role may only execute post_transfer. The function refuses legs that do not sum to
zero, posts one key once, refuses the same key with another content (LG002), and keeps accounts
with a floor above it (LG001). Other accounts are insert-only, so that parallel payments to one
bureau do not wait for each other.

How to go back: downgrade() drops the ledger; export it first.
"""

import sqlalchemy as sa
from alembic import op

import kernel.db
from migrations.operations import allow_changes, refuse_changes

revision = "20261124_1440"
down_revision = "20261124_1430"
branch_labels = None
depends_on = None

POST = """
CREATE FUNCTION post_transfer(
  p_id text, p_key text, p_hash text, p_kind text, p_subject text, p_effective_on date,
  p_created_at timestamptz, p_memo text, p_reverses text, p_currency text,
  p_codes text[], p_kinds text[], p_owners text[], p_floors bigint[], p_amounts bigint[]
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  known transfers%ROWTYPE;
BEGIN
  IF cardinality(p_codes) < 2
     OR cardinality(p_codes) <> cardinality(p_amounts)
     OR cardinality(p_codes) <> cardinality(p_kinds)
     OR cardinality(p_codes) <> cardinality(p_owners)
     OR cardinality(p_codes) <> cardinality(p_floors)
     OR (SELECT sum(a) FROM unnest(p_amounts) a) <> 0
     OR EXISTS (SELECT 1 FROM unnest(p_amounts) a WHERE a IS NULL OR a = 0)
     OR (SELECT count(DISTINCT c) FROM unnest(p_codes) c) <> cardinality(p_codes) THEN
    RAISE EXCEPTION 'legs are unsound' USING ERRCODE = 'check_violation';
  END IF;

  INSERT INTO transfers (id, key, request_hash, kind, subject_id, effective_on, created_at, memo,
                         reverses_id)
  VALUES (p_id, p_key, p_hash, p_kind, p_subject, p_effective_on, p_created_at, p_memo, p_reverses)
  ON CONFLICT (key) DO NOTHING;
  IF NOT FOUND THEN
    SELECT * INTO known FROM transfers WHERE key = p_key;
    IF known.request_hash <> p_hash THEN
      RAISE EXCEPTION 'key has another content' USING ERRCODE = 'LG002';
    END IF;
    RETURN known.id;
  END IF;

  INSERT INTO ledger_accounts (code, kind, owner_id, currency, floor_minor)
  SELECT code, kind, owner, p_currency, floor
  FROM unnest(p_codes, p_kinds, p_owners, p_floors) AS leg(code, kind, owner, floor)
  ORDER BY code
  ON CONFLICT (code) DO NOTHING;
  IF EXISTS (SELECT 1 FROM ledger_accounts
             WHERE code = ANY (p_codes) AND currency <> p_currency) THEN
    RAISE EXCEPTION 'an account is kept in another currency' USING ERRCODE = 'check_violation';
  END IF;

  PERFORM 1 FROM ledger_accounts
  WHERE code = ANY (p_codes) AND floor_minor IS NOT NULL ORDER BY code FOR NO KEY UPDATE;
  IF EXISTS (SELECT 1 FROM ledger_accounts a
             JOIN unnest(p_codes, p_amounts) AS leg(code, amount) USING (code)
             WHERE a.floor_minor IS NOT NULL AND a.balance_minor + leg.amount < a.floor_minor) THEN
    RAISE EXCEPTION 'balance below floor' USING ERRCODE = 'LG001';
  END IF;
  UPDATE ledger_accounts a SET balance_minor = a.balance_minor + leg.amount
  FROM unnest(p_codes, p_amounts) AS leg(code, amount)
  WHERE a.code = leg.code AND a.floor_minor IS NOT NULL;

  INSERT INTO entries (transfer_id, account_code, amount_minor, currency)
  SELECT p_id, code, amount, p_currency FROM unnest(p_codes, p_amounts) AS leg(code, amount);
  RETURN p_id;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "ledger_accounts",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=True),
        sa.Column("balance_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "floor_minor IS NULL OR balance_minor >= floor_minor",
            name=op.f("ck_ledger_accounts_above_floor"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_ledger_accounts")),
    )
    op.create_table(
        "transfers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("reverses_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("key", name=op.f("uq_transfers_key")),
    )
    op.create_index("ix_transfers_subject_id", "transfers", ["subject_id"])
    op.create_table(
        "entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("transfer_id", sa.Text(), nullable=False),
        sa.Column("account_code", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "txid",
            kernel.db.TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_entries_not_zero")),
        sa.ForeignKeyConstraint(
            ["account_code"], ["ledger_accounts.code"], name=op.f("fk_entries_account_code")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_entries_transfer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
    )
    op.create_index(
        "ix_entries_account_code",
        "entries",
        ["account_code", "id"],
        postgresql_include=["amount_minor"],
    )
    op.create_index("ix_entries_transfer_id", "entries", ["transfer_id"])
    refuse_changes("transfers")
    refuse_changes("entries")
    op.execute(POST)


def downgrade() -> None:
    op.execute("DROP FUNCTION post_transfer")
    allow_changes("entries")
    allow_changes("transfers")
    op.drop_table("entries")
    op.drop_table("transfers")
    op.drop_table("ledger_accounts")
