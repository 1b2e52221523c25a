"""How are readings shown?"""

from pydantic import BaseModel, ConfigDict

from market.quality.rules import Freshness
from market.watches.rules import Basis, Reading, Watched


class ReadingOut(BaseModel):
    """One figure with its threshold; low and high absent where history does not suffice."""

    model_config = ConfigDict(frozen=True)

    watched: Watched
    column: str
    value: float
    expected: float | None
    low: float | None
    high: float | None
    basis: Basis
    is_anomaly: bool

    @classmethod
    def of(cls, reading: Reading) -> "ReadingOut":
        return cls(
            watched=reading.watched,
            column=reading.column,
            value=reading.value,
            expected=reading.expected,
            low=reading.low,
            high=reading.high,
            basis=reading.basis,
            is_anomaly=reading.is_anomaly,
        )


class WatchOut(BaseModel):
    """What is watched of a data set: its freshness, and the figures of the newest version."""

    model_config = ConfigDict(frozen=True)

    dataset_id: str
    freshness: Freshness
    readings: tuple[ReadingOut, ...]
