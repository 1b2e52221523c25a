"""How is what was paid split? Pure.

Source: docs/rules/billing.md, BL-01 and BL-04; docs/rules/settled.md, "Money": largest remainder,
equal remainders to the earlier party.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.ledger.kinds import TransferKind
from billing.ledger.rules import AccountKind, AccountRef, Leg, without_zero
from kernel.errors import Invalid
from kernel.i18n import N_, Labelled
from kernel.money import Money, MoneyError, round_half_up
from kernel.parameters import Mark, Parameter, Setting
from kernel.periods import add_months
from kernel.rates import Rate, Shares

PLATFORM = "platform"
TAX = "tax"
ONE_YUAN_PLACES = 4


VAT_RATE: Parameter[Decimal] = Parameter(
    "BL-01",
    "fraction",
    (Setting(Decimal("0.06"), "增值税：现代服务（信息技术服务）6%，一般纳税人", Mark.UNCONFIRMED),),
)


class Span(Labelled):
    """Spans of time that people ask for."""

    THIS_MONTH = "this-month", N_("本月")
    LAST_MONTH = "last-month", N_("上月")
    THIS_YEAR = "this-year", N_("今年")
    LAST_YEAR = "last-year", N_("去年")


class SharesUnsound(Invalid):
    """Fractions must be positive and sum to exactly 100 %."""

    code = "shares-unsound"
    message = N_("各方比例之和必须正好为 100%，且每方只出现一次、比例不为负。")


@dataclass(frozen=True)
class TaxSplit:
    """An amount with tax inside, taken apart. net + tax = the amount."""

    net: Money
    tax: Money


@dataclass(frozen=True)
class Sale:
    """One sum that is to be shared. key: its posting key in the ledger (BL-09).

    source: where the money comes from: the payment provider, or what the buyer owes.
    """

    key: str
    kind: TransferKind
    order_id: str
    product_id: str
    title: str
    amount: Money
    tax_rate: Rate
    version: int
    source: AccountRef
    on: date


def span_of(span: Span, today: date) -> tuple[date, date]:
    """The first day, and the first day after."""
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    match span:
        case Span.THIS_MONTH:
            return month, add_months(month, 1)
        case Span.LAST_MONTH:
            return add_months(month, -1), month
        case Span.THIS_YEAR:
            return year, add_months(year, 12)
        case Span.LAST_YEAR:
            return add_months(year, -12), year


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


def parts_of(amount: Money, tax_rate: Rate, shares: Shares) -> dict[str, Money]:
    """Everybody's part of an amount that includes tax; the parts add up to the amount."""
    taken = take_out_tax(amount, tax_rate)
    return shares.split(taken.net) | {TAX: taken.tax}


def revenue_legs(
    amount: Money, tax_rate: Rate, shares: Shares, source: AccountRef
) -> tuple[Leg, ...]:
    """Who is owed what when an amount arrives from `source`; the legs sum to zero."""
    parts = parts_of(amount, tax_rate, shares)
    legs = [Leg(account_of(party), part) for party, part in parts.items()]
    return without_zero([Leg(source, -amount), *legs])


def one_yuan(tax_rate: Rate, shares: Shares) -> dict[str, Decimal]:
    """Where one yuan goes, for people to see; exact parts, rounded each to a hundredth of a fen."""
    net = 1 / (1 + tax_rate)
    parts = {party: net * fraction for party, fraction in shares.parts} | {TAX: 1 - net}
    return {party: round(part, ONE_YUAN_PLACES) for party, part in parts.items()}


def account_of(party: str) -> AccountRef:
    """The ledger account that a party's part goes to."""
    match party:
        case "platform":
            return AccountRef(AccountKind.PLATFORM)
        case "tax":
            return AccountRef(AccountKind.TAX)
        case _:
            return AccountRef(AccountKind.PAYABLE, party)
