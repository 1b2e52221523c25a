"""What did regulators order and lift?"""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class InterventionOrdered(Event):
    """A measure was ordered; it works from this moment."""

    name = "supervision.intervention_ordered"
    sentence = N_("监管部门对产品《{title}》下达“{measure}”：{reason}")

    intervention_id: str
    measure: str
    product_id: str
    title: str
    ground: str
    reason: str


@dataclass(frozen=True)
class InterventionLifted(Event):
    """A measure was lifted; what it stopped may go on when nothing else stands against it."""

    name = "supervision.intervention_lifted"
    sentence = N_("监管部门解除对产品《{title}》的“{measure}”：{reason}")

    intervention_id: str
    measure: str
    product_id: str
    title: str
    reason: str
