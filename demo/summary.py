"""What has the story left behind? Counted in the database, not in the story."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Summary:
    """var/demo/summary.json. Amounts in fen; seconds of the story after installation."""

    products_listed: int
    versions_checked: int
    rows_checked: int
    licences_active: int
    payments_settled: int
    ledger_entries: int
    ledger_sum_fen: int
    queries_released: int
    queries_refused: int
    epsilon_spent: Decimal
    appraisals_signed: int
    assets_booked: int
    book_value_fen: int
    events: int
    checkpoint_size: int
    checkpoint_verified: bool
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON: epsilon as text, seconds with one decimal."""
        exact = {"epsilon_spent": str(self.epsilon_spent), "seconds": round(self.seconds, 1)}
        return asdict(self) | exact
