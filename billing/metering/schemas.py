"""Whose use is asked for, and how is it told?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from billing.ledger.schemas import MoneyOut
from kernel.money import Money

EARLIEST, LATEST = date(2024, 1, 1), date(9998, 12, 31)


@dataclass(frozen=True)
class Usage:
    """The uses under one licence in a span of time. worth: at the licence's price."""

    licence_id: str
    title: str
    unit: str
    uses: int
    units: int
    worth: Money


class UsageQuery(BaseModel):
    """Which month, named by any of its days; this one when not given."""

    model_config = ConfigDict(frozen=True)

    month_on: Annotated[date, Field(ge=EARLIEST, le=LATEST)] | None = None


class UsageOut(BaseModel):
    """The uses under one licence. worth: at the licence's price; units are paid by the order."""

    model_config = ConfigDict(frozen=True)

    licence_id: str
    title: str
    unit: str
    uses: int
    units: int
    worth: MoneyOut

    @classmethod
    def of(cls, usage: Usage) -> Self:
        return cls(
            licence_id=usage.licence_id,
            title=usage.title,
            unit=usage.unit,
            uses=usage.uses,
            units=usage.units,
            worth=MoneyOut.of(usage.worth),
        )


class MonthOfUseOut(BaseModel):
    """What one organisation used in one month, licence by licence."""

    model_config = ConfigDict(frozen=True)

    month_on: date
    items: Sequence[UsageOut]
