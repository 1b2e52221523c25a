"""How are an entity's books kept? Vouchers and their lines are written once and never changed."""

from datetime import date, datetime

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.db import APPEND_ONLY, Base
from kernel.money import Currency, Money
from valuation.books.rules import Account, Movement


class AccountingEntity(Base):
    """Whose books. One organisation keeps one set."""

    __tablename__ = "accounting_entities"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    organization_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"), unique=True)
    title: Mapped[str]
    currency: Mapped[str] = mapped_column(CHAR(3))
    opened_at: Mapped[datetime]


class AccountingPeriod(Base):
    """One month of one entity's books. month_on: its first day."""

    __tablename__ = "accounting_periods"
    __table_args__ = (
        CheckConstraint("extract(day FROM month_on) = 1", name="starts_on_first"),
        CheckConstraint("last_number >= 0", name="number_not_negative"),
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed_by_somebody"),
    )

    entity_id: Mapped[str] = mapped_column(ForeignKey("accounting_entities.id"), primary_key=True)
    month_on: Mapped[date] = mapped_column(primary_key=True)
    last_number: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def take_number(self) -> int:
        """The next voucher number of the month; the caller holds the row."""
        self.last_number += 1
        return self.last_number

    def close(self, at: datetime, by: str) -> None:
        self.closed_at, self.closed_by = at, by


class ChartAccount(Base):
    """What an entity calls a standard account. Accounts without a row keep the standard's name."""

    __tablename__ = "chart_accounts"

    entity_id: Mapped[str] = mapped_column(ForeignKey("accounting_entities.id"), primary_key=True)
    account: Mapped[str] = mapped_column(Text, primary_key=True)
    local_code: Mapped[str]
    local_name: Mapped[str]


class Voucher(Base):
    """One balanced posting. source_id: the record that it rests on (cost, asset, order).

    line_count: how many lines it has; none can be added later.
    """

    __tablename__ = "vouchers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["entity_id", "month_on"],
            ["accounting_periods.entity_id", "accounting_periods.month_on"],
        ),
        UniqueConstraint("entity_id", "month_on", "number"),
        CheckConstraint(
            "posted_on >= month_on AND posted_on < month_on + INTERVAL '1 month'",
            name="posted_in_month",
        ),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("line_count >= 2", name="two_sides"),
        Index("ix_vouchers_source_id", "source_id"),
        {"info": APPEND_ONLY},
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    entity_id: Mapped[str] = mapped_column(ForeignKey("accounting_entities.id"))
    month_on: Mapped[date]
    number: Mapped[int]
    posted_on: Mapped[date]
    business: Mapped[str]
    text: Mapped[str]
    source_id: Mapped[str]
    line_count: Mapped[int] = mapped_column(Integer)
    content_sha256: Mapped[str]
    prepared_by: Mapped[str]
    prepared_at: Mapped[datetime]

    lines: Mapped[list["VoucherLine"]] = relationship(
        lazy="raise", order_by="VoucherLine.position", back_populates="voucher"
    )

    @property
    def label(self) -> str:
        """记-2026-11-3, as it is written on paper."""
        return f"记-{self.month_on:%Y-%m}-{self.number}"


class VoucherLine(Base):
    """One debit or credit, in fen of the entity's currency.

    Lines on asset accounts say which asset moved and how: the disclosure tables are their sums.
    """

    __tablename__ = "voucher_lines"
    __table_args__ = (
        CheckConstraint(
            "(debit_minor > 0 AND credit_minor = 0) OR (debit_minor = 0 AND credit_minor > 0)",
            name="one_side",
        ),
        CheckConstraint("(asset_id IS NULL) = (movement IS NULL)", name="asset_and_movement"),
        CheckConstraint(
            "(account IN ('1405', '1471', '1701', '1702', '1703', '5301.02'))"
            " = (movement IS NOT NULL)",
            name="asset_accounts_name_asset",
        ),
        Index("ix_voucher_lines_asset_id", "asset_id"),
        {"info": APPEND_ONLY},
    )

    voucher_id: Mapped[str] = mapped_column(ForeignKey("vouchers.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    account: Mapped[str]
    debit_minor: Mapped[int] = mapped_column(BigInteger)
    credit_minor: Mapped[int] = mapped_column(BigInteger)
    asset_id: Mapped[str | None]
    movement: Mapped[str | None]

    voucher: Mapped[Voucher] = relationship(lazy="raise", back_populates="lines")

    @property
    def account_name(self) -> Account:
        return Account(self.account)

    @property
    def how_moved(self) -> Movement | None:
        return Movement(self.movement) if self.movement else None

    @property
    def debit(self) -> Money:
        return Money(self.debit_minor, Currency.CNY)

    @property
    def credit(self) -> Money:
        return Money(self.credit_minor, Currency.CNY)
