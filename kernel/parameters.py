"""Which numbers of the law are configuration? Values with unit, source, mark and first day.

A number that nobody could hold against the original text is marked unconfirmed, and every page
that uses it says 参数待核实. A jurisdiction may override a value; the override has its own source.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from kernel.i18n import N_

Value = TypeVar("Value", int, Decimal, str, bool)
NATIONAL = "national"
TO_BE_CONFIRMED = N_("参数待核实")


class Mark(StrEnum):
    """How well the value is known."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    DESIGN = "design"


@dataclass(frozen=True)
class Setting(Generic[Value]):
    """One value of a parameter. source: the document it is taken from."""

    value: Value
    source: str
    mark: Mark
    since: date = date(2025, 3, 1)
    jurisdiction: str = NATIONAL


@dataclass(frozen=True)
class Parameter(Generic[Value]):
    """A number of the law by rule id. unit: "working days", "years" …"""

    id: str
    unit: str
    settings: tuple[Setting[Value], ...]

    def at(self, day: date, jurisdiction: str = NATIONAL) -> Setting[Value]:
        """The setting in force on a day; the jurisdiction's own goes before the national one.

        Raises: LookupError when nothing was in force yet.
        """
        started = [s for s in self.settings if s.since <= day]
        own = [s for s in started if s.jurisdiction == jurisdiction]
        national = [s for s in started if s.jurisdiction == NATIONAL]
        candidates = own or national
        if not candidates:
            raise LookupError(f"{self.id} has no value on {day}")
        return max(candidates, key=lambda setting: setting.since)
