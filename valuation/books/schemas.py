"""What goes into the books from outside, and what is shown of them."""

from dataclasses import dataclass
from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from kernel.money import Money
from valuation.books.models import AccountingEntity, Voucher
from valuation.books.rules import Account


@dataclass(frozen=True)
class VoucherFacts:
    """When and why a voucher is posted. source_id: the record that it rests on."""

    on: date
    text: str
    source_id: str


class BooksDraft(BaseModel):
    """A new set of books."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=2, max_length=200)


class AccountMapping(BaseModel):
    """What this entity calls a standard account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: Account
    local_code: str = Field(min_length=1, max_length=40)
    local_name: str = Field(min_length=1, max_length=100)


class MoneyOut(BaseModel):
    """{"amount": "12.34", "currency": "CNY"}"""

    amount: str
    currency: str

    @classmethod
    def of(cls, money: Money) -> Self:
        return cls(amount=f"{money.yuan:.2f}", currency=money.currency.value)


class EntityOut(BaseModel):
    """One accounting entity."""

    id: str
    organization_id: str
    title: str
    currency: str

    @classmethod
    def of(cls, entity: AccountingEntity) -> Self:
        return cls(
            id=entity.id,
            organization_id=entity.organization_id,
            title=entity.title,
            currency=entity.currency,
        )


class LineOut(BaseModel):
    """One side of a voucher."""

    account: str
    account_name: str
    debit: str
    credit: str
    asset_id: str | None
    movement: str | None


class VoucherOut(BaseModel):
    """One voucher with its lines."""

    id: str
    label: str
    posted_on: date
    business: str
    text: str
    source_id: str
    content_sha256: str
    lines: list[LineOut]

    @classmethod
    def of(cls, voucher: Voucher) -> Self:
        return cls(
            id=voucher.id,
            label=voucher.label,
            posted_on=voucher.posted_on,
            business=voucher.business,
            text=voucher.text,
            source_id=voucher.source_id,
            content_sha256=voucher.content_sha256,
            lines=[
                LineOut(
                    account=line.account,
                    account_name=line.account_name.label,
                    debit=f"{line.debit.yuan:.2f}",
                    credit=f"{line.credit.yuan:.2f}",
                    asset_id=line.asset_id,
                    movement=line.movement,
                )
                for line in voucher.lines
            ],
        )
