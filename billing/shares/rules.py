"""How is what was paid split? Pure.

Source: docs/rules/settled.md, "Money": largest remainder, equal remainders to the earlier party.
"""

from dataclasses import dataclass
from decimal import Decimal

from billing.ledger.rules import AccountKind, AccountRef, Leg, without_zero
from kernel.errors import Invalid
from kernel.i18n import N_
from kernel.money import Money, MoneyError, round_half_up
from kernel.rates import Rate, Shares

PLATFORM = "platform"


class SharesUnsound(Invalid):
    """Fractions must be positive and sum to exactly 100 %."""

    code = "shares-unsound"
    message = N_("各方比例之和必须正好为 100%，且每方只出现一次、比例不为负。")


@dataclass(frozen=True)
class TaxSplit:
    """An amount with tax inside, taken apart. net + tax = the amount."""

    net: Money
    tax: Money


def shares_of(parts: list[tuple[str, Decimal]]) -> Shares:
    """Fractions by party, as typed by a person. Raises: SharesUnsound."""
    try:
        return Shares(tuple(parts))
    except MoneyError as error:
        raise SharesUnsound from error


def take_out_tax(amount: Money, tax_rate: Rate) -> TaxSplit:
    """Tax inside a price that includes it: amount x rate / (1 + rate), rounded once to fen."""
    tax = round_half_up(Decimal(amount.minor) * tax_rate / (1 + tax_rate))
    return TaxSplit(Money(amount.minor - tax, amount.currency), Money(tax, amount.currency))


def revenue_legs(
    amount: Money, tax_rate: Rate, shares: Shares, source: AccountRef
) -> tuple[Leg, ...]:
    """Who is owed what when an amount arrives from `source`; the legs sum to zero."""
    taken = take_out_tax(amount, tax_rate)
    parts = [Leg(_account(party), part) for party, part in shares.split(taken.net).items()]
    tax = Leg(AccountRef(AccountKind.TAX), taken.tax)
    return without_zero([Leg(source, -amount), *parts, tax])


def _account(party: str) -> AccountRef:
    if party == PLATFORM:
        return AccountRef(AccountKind.PLATFORM)
    return AccountRef(AccountKind.PAYABLE, party)
