"""What was metered."""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_
from kernel.money import Money
from market.catalogue.prices import ChargeUnit


@dataclass(frozen=True)
class UseMetered(Event):
    name = "billing.use_metered"
    sentence = N_("《{title}》计量使用 {units} {unit}，本次另收 {charged}")

    usage_id: str
    licence_id: str
    product_id: str
    buyer_id: str
    title: str
    unit: ChargeUnit
    units: int
    charged_minor: int

    def told(self) -> dict[str, object]:
        return super().told() | {"charged": Money(self.charged_minor)}
