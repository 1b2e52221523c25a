"""The law of the ledger: legs within one currency that sum to zero. Pure.

Sign: a positive amount means the account's owner is owed more by the house, a negative one less.
The clearing account at the payment provider therefore falls when money arrives there.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import rfc8785

from billing.ledger.kinds import TransferKind
from kernel.i18n import N_, Labelled
from kernel.money import Currency, Money


class AccountKind(Labelled):
    """What an account stands for."""

    CLEARING = "clearing", N_("支付通道清算")
    RECEIVABLE = "receivable", N_("应收")
    PAYABLE = "payable", N_("应付分成")
    PLATFORM = "platform", N_("平台服务收入")
    TAX = "tax", N_("应交增值税")
    WALLET = "wallet", N_("预付钱包")
    HELD = "held", N_("争议冻结")


class LegsUnsound(ValueError):
    """Our own mistake: legs that no ledger may take."""


@dataclass(frozen=True)
class AccountRef:
    """An account by what it stands for and whose it is. owner_id: "" for the house's own."""

    kind: AccountKind
    owner_id: str = ""

    @property
    def code(self) -> str:
        return f"{self.kind.value}:{self.owner_id or 'house'}"


@dataclass(frozen=True)
class Leg:
    """One account's part of a transfer; never zero."""

    account: AccountRef
    amount: Money


@dataclass(frozen=True)
class TransferDraft:
    """One posting. key: the same key posts once, whatever happens; another content is refused."""

    key: str
    kind: TransferKind
    subject_id: str
    effective_on: date
    legs: tuple[Leg, ...]
    memo: str = ""
    reverses_id: str | None = None

    def __post_init__(self) -> None:
        check_legs(self.legs)

    @property
    def currency(self) -> Currency:
        return self.legs[0].amount.currency

    @property
    def request_hash(self) -> str:
        """SHA-256 of the content, so that one key can never mean two things."""
        content: dict[str, Any] = {
            "kind": self.kind.value,
            "subject": self.subject_id,
            "on": self.effective_on.isoformat(),
            "currency": self.currency.value,
            "legs": [[leg.account.code, leg.amount.minor] for leg in self.legs],
        }
        return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def check_legs(legs: Sequence[Leg]) -> None:
    """At least two legs, none zero, each account once, one currency, sum zero.

    Raises: LegsUnsound.
    """
    if len(legs) < 2 or any(not leg.amount for leg in legs):
        raise LegsUnsound("a transfer has at least two legs and none of zero")
    if len({leg.account.code for leg in legs}) != len(legs):
        raise LegsUnsound("an account stands in a transfer once")
    if len({leg.amount.currency for leg in legs}) != 1:
        raise LegsUnsound("a transfer is in one currency")
    if sum(leg.amount.minor for leg in legs) != 0:
        raise LegsUnsound("the legs of a transfer sum to zero")


def without_zero(legs: Sequence[Leg]) -> tuple[Leg, ...]:
    """Leave out parties whose part is nothing."""
    return tuple(leg for leg in legs if leg.amount)
