"""What happened to plans?"""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class PlanDrafted(Event):
    name = "licensing.plan_drafted"
    sentence = N_("编制实施方案《{title}》")

    plan_id: str
    title: str


@dataclass(frozen=True)
class PlanRevised(Event):
    """restarts: the plan was consulted on or approved before, and must be again (AO-01)."""

    name = "licensing.plan_revised"
    sentence = N_("修改实施方案《{title}》，须重新审批：{restarts}")

    plan_id: str
    title: str
    restarts: bool


@dataclass(frozen=True)
class PlanConsulted(Event):
    name = "licensing.plan_consulted"
    sentence = N_("实施方案《{title}》已征求意见")

    plan_id: str
    title: str


@dataclass(frozen=True)
class PlanApproved(Event):
    name = "licensing.plan_approved"
    sentence = N_("实施方案《{title}》获得批准（{decision}）")

    plan_id: str
    title: str
    decision: str
