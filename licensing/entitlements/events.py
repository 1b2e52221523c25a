"""What happened to what a licence may draw."""

from dataclasses import dataclass
from decimal import Decimal

from kernel.events import Event
from kernel.i18n import N_
from licensing.entitlements.kinds import AllowanceKind


@dataclass(frozen=True)
class AllowanceGranted(Event):
    name = "licensing.allowance_granted"
    sentence = N_("许可合同获得额度：{kind} {amount}")

    licence_id: str
    kind: AllowanceKind
    amount: Decimal
    source_id: str


@dataclass(frozen=True)
class AllowanceUsedUp(Event):
    name = "licensing.allowance_used_up"
    sentence = N_("许可合同额度用尽：{kind}")

    licence_id: str
    kind: AllowanceKind
