"""Tables of the ledger. Only the function post_transfer of the database writes to them."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, TransactionId

POSTED_ONLY = {"posted_only": True, "append_only": True}


class LedgerAccount(Base):
    """Whose money. Accounts with a floor keep their balance here; busy ones are summed."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        CheckConstraint("floor_minor IS NULL OR balance_minor >= floor_minor", name="above_floor"),
        {"info": {"posted_only": True}},
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str]
    owner_id: Mapped[str]
    currency: Mapped[str]
    floor_minor: Mapped[int | None]
    balance_minor: Mapped[int] = mapped_column(server_default=text("0"))


class Transfer(Base):
    """One posting: legs within one currency that sum to zero."""

    __tablename__ = "transfers"
    __table_args__ = (
        Index("ix_transfers_subject_id", "subject_id"),
        {"info": POSTED_ONLY},
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    request_hash: Mapped[str]
    kind: Mapped[str]
    subject_id: Mapped[str]
    effective_on: Mapped[date]
    created_at: Mapped[datetime]
    memo: Mapped[str]
    reverses_id: Mapped[str | None]


class Entry(Base):
    """One leg. txid: cuts snapshots of busy accounts at a safe horizon."""

    __tablename__ = "entries"
    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="not_zero"),
        Index("ix_entries_account_code", "account_code", "id", postgresql_include=["amount_minor"]),
        Index("ix_entries_transfer_id", "transfer_id"),
        {"info": POSTED_ONLY},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    transfer_id: Mapped[str] = mapped_column(ForeignKey("transfers.id"))
    account_code: Mapped[str] = mapped_column(ForeignKey("ledger_accounts.code"))
    amount_minor: Mapped[int]
    currency: Mapped[str]
    txid: Mapped[int] = mapped_column(
        TransactionId, server_default=text("pg_current_xact_id()"), nullable=False
    )
