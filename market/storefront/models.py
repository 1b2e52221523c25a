"""How is the shop window kept? Derived from other slices: it can be built again at any time."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from market.catalogue.listing import ProductId
from market.catalogue.rules import ProductState


class ProductSheet(Base):
    """One product as the public sees it: a card, the whole page, and the words that find it.

    price_from_yuan: of the cheapest unit price, None without a price. sheet: a schemas.Sheet.
    department_names stand beside department_ids, place by place. themes: categories of the sources.
    standing: what speaks for it before anybody asks, 0 to 1. data_arrived_at: the latest version.
    """

    __tablename__ = "product_sheets"
    __table_args__ = (
        Index("ix_product_sheets_document", "document", postgresql_using="gin"),
        Index("ix_product_sheets_published_at", "state", "published_at"),
        Index("ix_product_sheets_title_pinyin", "state", "title_pinyin"),
        Index("ix_product_sheets_standing", "state", "standing", "published_at"),
    )

    product_id: Mapped[ProductId] = mapped_column(Text, ForeignKey("products.id"), primary_key=True)
    state: Mapped[ProductState] = mapped_column(Text)
    title_zh: Mapped[str]
    title_en: Mapped[str]
    title_pinyin: Mapped[str]
    use_sentence: Mapped[str]
    form: Mapped[str]
    scenarios: Mapped[list[str]] = mapped_column(ARRAY(Text))
    delivery_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    department_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    department_names: Mapped[list[str]] = mapped_column(ARRAY(Text))
    themes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    level: Mapped[str]
    grade: Mapped[str | None]
    standing: Mapped[Decimal] = mapped_column(Numeric(4, 3))
    data_arrived_at: Mapped[datetime | None]
    price_from_yuan: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    price_unit: Mapped[str | None]
    rows: Mapped[int]
    is_sample: Mapped[bool]
    published_at: Mapped[datetime | None]
    document: Mapped[Any] = mapped_column(TSVECTOR)
    sheet: Mapped[dict[str, Any]] = mapped_column(JSONB)
    indexed_at: Mapped[datetime]


class WindowEdition(Base):
    """One row: a word that changes in every transaction that changes the window."""

    __tablename__ = "window_editions"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    edition: Mapped[str]


class WindowWord(Base):
    """A Chinese word that some product in the window has or had: questions are cut by these."""

    __tablename__ = "window_words"

    word: Mapped[str] = mapped_column(primary_key=True)
