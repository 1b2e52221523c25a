"""What the ledger says happened."""

from dataclasses import dataclass
from datetime import date

from billing.ledger.kinds import TransferKind
from kernel.events import Event
from kernel.i18n import N_
from kernel.money import Money


@dataclass(frozen=True)
class TransferPosted(Event):
    name = "billing.transfer_posted"
    sentence = N_("记账：{kind}，{amount}，{legs} 笔分录合计为零")

    transfer_id: str
    subject_id_of: str
    kind: TransferKind
    amount: Money
    legs: int
    effective_on: date
