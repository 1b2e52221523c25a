"""What happened to records that fail?"""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class RecordsSetAside(Event):
    name = "market.records_set_aside"
    sentence = N_("《{title}》第 {number} 版有 {rows} 条不符的记录另存，仅供负责单位改正")

    quarantine_id: str
    dataset_id: str
    version_id: str
    title: str
    number: int
    rows: int


@dataclass(frozen=True)
class QuarantineFetched(Event):
    """Raw records left the house, to somebody who keeps them: a fact of its own."""

    name = "market.quarantine_fetched"
    sentence = N_("取走《{title}》不符的记录")

    quarantine_id: str
    dataset_id: str
    title: str
