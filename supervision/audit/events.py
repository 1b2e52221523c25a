"""Which readings of the timeline are facts themselves?"""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class TimelineExported(Event):
    """A regulator took a part of the timeline home."""

    name = "supervision.timeline_exported"
    sentence = N_("监管人员导出全程记录 {rows} 条（{form}）")

    export_id: str
    rows: int
    form: str
