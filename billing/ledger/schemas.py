"""How do amounts and entries of the ledger leave the house?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict

from billing.ledger.kinds import TransferKind
from kernel.money import Money


@dataclass(frozen=True)
class StatementLine:
    """One entry of an account, with why it was made."""

    transfer_id: str
    kind: TransferKind
    subject_id: str
    effective_on: date
    amount: Money
    memo: str


class MoneyOut(BaseModel):
    """An exact amount: {"amount": "12.34", "currency": "CNY"}."""

    model_config = ConfigDict(frozen=True)

    amount: str
    currency: str

    @classmethod
    def of(cls, money: Money) -> Self:
        return cls(amount=str(money.yuan), currency=money.currency.value)


class EntryOut(BaseModel):
    """One entry; amount above zero: the house owes its owner more."""

    model_config = ConfigDict(frozen=True)

    transfer_id: str
    kind: TransferKind
    subject_id: str
    effective_on: date
    amount: MoneyOut
    memo: str

    @classmethod
    def of(cls, line: StatementLine) -> Self:
        return cls(
            transfer_id=line.transfer_id,
            kind=line.kind,
            subject_id=line.subject_id,
            effective_on=line.effective_on,
            amount=MoneyOut.of(line.amount),
            memo=line.memo,
        )


class StatementOut(BaseModel):
    """An organisation's entries. owed: to it by the house; owing: by it, on account."""

    model_config = ConfigDict(frozen=True)

    owed: MoneyOut
    owing: MoneyOut
    items: Sequence[EntryOut]
