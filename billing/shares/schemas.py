"""What is typed to set the shares of a product, and what is shown of them?"""

from datetime import date
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from billing.ledger.schemas import MoneyOut
from billing.shares.models import ShareRule
from billing.shares.rules import Span


class SharePart(BaseModel):
    """party: an organisation's id, or "platform". fraction of revenue before VAT: "0.6"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    party: str = Field(min_length=1, max_length=80)
    fraction: Decimal = Field(ge=0, le=1, decimal_places=6)


class SharesDraft(BaseModel):
    """Who gets which part; the fractions sum to exactly 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parts: tuple[SharePart, ...] = Field(min_length=1, max_length=20)


class PercentPart(BaseModel):
    """A party's part as people write it: 60 for 60 %."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    party: str = Field(min_length=1, max_length=80)
    percent: Decimal = Field(ge=0, le=100, decimal_places=4)


class SharesForm(BaseModel):
    """The same draft, in per cent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parts: tuple[PercentPart, ...] = Field(min_length=1, max_length=20)

    def draft(self) -> SharesDraft:
        parts = (SharePart(party=p.party, fraction=p.percent / 100) for p in self.parts)
        return SharesDraft(parts=tuple(parts))


class SharesOut(BaseModel):
    """The rule that counts now."""

    model_config = ConfigDict(frozen=True)

    product_id: str
    version: int
    parts: tuple[SharePart, ...]

    @classmethod
    def of(cls, rule: ShareRule) -> Self:
        parts = (SharePart(party=party, fraction=part) for party, part in rule.shares.parts)
        return cls(product_id=rule.product_id, version=rule.version, parts=tuple(parts))


class RevenueQuery(BaseModel):
    """Of which span of time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    span: Span = Span.THIS_YEAR


class ProductRevenueOut(BaseModel):
    """What one organisation got of one product, before VAT."""

    model_config = ConfigDict(frozen=True)

    product_id: str
    title: str
    sales: int
    amount: MoneyOut


class RevenueOut(BaseModel):
    """From since_on until the day before until_on."""

    model_config = ConfigDict(frozen=True)

    since_on: date
    until_on: date
    items: tuple[ProductRevenueOut, ...]
