"""What was metered."""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class UseMetered(Event):
    name = "billing.use_metered"
    sentence = N_("《{title}》计量使用 {units} {unit}，本次另收 {charged_minor} 分")

    usage_id: str
    licence_id: str
    product_id: str
    buyer_id: str
    title: str
    unit: str
    units: int
    charged_minor: int
