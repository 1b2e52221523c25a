"""Which figures say how the market is doing? Counted, never estimated."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kernel.money import Money


@dataclass(frozen=True)
class MarketFigures:
    """The market at one moment.

    ledger_sum_minor: over every entry of the books; anything but zero is a broken ledger.
    book_value: of all data assets that stand in somebody's books.
    checkpoint_size: facts that the log has signed.
    """

    at: datetime
    datasets: int
    versions_checked: int
    rows_checked: int
    products_listed: int
    authorizations_active: int
    licences_active: int
    orders_paid: int
    payments_settled: int
    ledger_entries: int
    ledger_sum_minor: int
    queries_released: int
    queries_refused: int
    epsilon_spent: Decimal
    appraisals_signed: int
    assets_booked: int
    book_value: Money
    refusals: int
    alerts_open: int
    events: int
    checkpoint_size: int

    @property
    def is_ledger_balanced(self) -> bool:
        return self.ledger_sum_minor == 0
