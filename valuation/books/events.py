"""What happens to an entity's books."""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_
from kernel.money import Money


@dataclass(frozen=True)
class BooksOpened(Event):
    name = "valuation.books_opened"
    sentence = N_("会计主体“{title}”建账")

    entity_id: str
    organization_id: str
    title: str


@dataclass(frozen=True)
class AccountMapped(Event):
    name = "valuation.account_mapped"
    sentence = N_("会计科目 {account} 对应为本单位科目 {local_code}")

    entity_id: str
    account: str
    local_code: str
    local_name: str


@dataclass(frozen=True)
class VoucherPosted(Event):
    """content_sha256 seals the lines: a changed line no longer fits the log."""

    name = "valuation.voucher_posted"
    sentence = N_("记账凭证 {number}：{text}，借贷各 {total}")

    voucher_id: str
    entity_id: str
    number: str
    text: str
    total: Money
    content_sha256: str


@dataclass(frozen=True)
class PeriodClosed(Event):
    name = "valuation.period_closed"
    sentence = N_("会计期间 {month_on} 结账")

    entity_id: str
    month_on: date
