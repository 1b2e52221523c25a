"""What does the ledger say? Balances, statements, and whether it still sums to zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from billing.ledger.kinds import TransferKind
from billing.ledger.models import Entry, LedgerAccount, Transfer
from billing.ledger.rules import AccountKind, AccountRef
from billing.ledger.schemas import StatementLine
from kernel.actor import Actor, Permission
from kernel.money import Currency, Money


@dataclass(frozen=True)
class Imbalance:
    """Legs that do not sum to zero, or a kept balance that is not the sum of its entries."""

    id: str
    difference_minor: int


def balance(session: Session, account: AccountRef, currency: Currency = Currency.CNY) -> Money:
    """The sum of all entries of an account; zero where it never moved."""
    total = session.scalar(
        select(func.coalesce(func.sum(Entry.amount_minor), 0)).where(
            Entry.account_code == account.code, Entry.currency == currency.value
        )
    )
    return Money(int(total or 0), currency)


def statement(
    session: Session, actor: Actor, owner_id: str, limit: int = 200
) -> Sequence[StatementLine]:
    """Entries of one organisation's accounts, newest first. Raises: MissingPermission."""
    actor.require(Permission.SEE_REVENUE, owner_id)
    rows = session.execute(
        select(Entry, Transfer)
        .join(Transfer, Transfer.id == Entry.transfer_id)
        .join(LedgerAccount, LedgerAccount.code == Entry.account_code)
        .where(LedgerAccount.owner_id == owner_id)
        .order_by(Entry.id.desc())
        .limit(limit)
    )
    return [
        StatementLine(
            transfer.id,
            TransferKind(transfer.kind),
            transfer.subject_id,
            transfer.effective_on,
            Money(entry.amount_minor, Currency(entry.currency)),
            transfer.memo,
        )
        for entry, transfer in rows
    ]


def revenue_of(session: Session, subject_ids: Sequence[str], since: date, until: date) -> Money:
    """Revenue before VAT of some orders or invoices, posted in [since, until)."""
    revenue_kinds = (AccountKind.PAYABLE.value, AccountKind.PLATFORM.value)
    total = session.scalar(
        select(func.coalesce(func.sum(Entry.amount_minor), 0))
        .join(Transfer, Transfer.id == Entry.transfer_id)
        .join(LedgerAccount, LedgerAccount.code == Entry.account_code)
        .where(
            Transfer.subject_id.in_(subject_ids),
            LedgerAccount.kind.in_(revenue_kinds),
            Transfer.effective_on >= since,
            Transfer.effective_on < until,
        )
    )
    return Money(int(total or 0))


def count_entries(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Entry)) or 0


def sum_of_everything(session: Session) -> int:
    """Fen; anything but zero is a broken ledger."""
    return int(session.scalar(select(func.coalesce(func.sum(Entry.amount_minor), 0))) or 0)


def imbalances(session: Session) -> list[Imbalance]:
    """Recompute every transfer and every kept balance; empty means the ledger is sound."""
    unsound = session.execute(
        select(Entry.transfer_id, func.sum(Entry.amount_minor))
        .group_by(Entry.transfer_id, Entry.currency)
        .having(func.sum(Entry.amount_minor) != 0)
    )
    summed = func.coalesce(func.sum(Entry.amount_minor), 0)
    difference = LedgerAccount.balance_minor - summed
    drifted = session.execute(
        select(LedgerAccount.code, difference)
        .outerjoin(Entry, Entry.account_code == LedgerAccount.code)
        .where(LedgerAccount.floor_minor.is_not(None))
        .group_by(LedgerAccount.code, LedgerAccount.balance_minor)
        .having(case((difference != 0, True), else_=False))
    )
    return [Imbalance(str(key), int(gap)) for key, gap in [*unsound, *drifted]]
