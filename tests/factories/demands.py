"""Demands, said in one line."""

from datetime import timedelta

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from market.accounts.roles import Role
from market.catalogue.listing import Scenario
from market.datasets.rules import UpdateCycle
from market.demands import actions
from market.demands.models import Demand
from market.demands.rules import DemandState
from market.demands.schemas import DemandDraft, PlanDraft, ReasonDraft
from tests.factories.market import actor_of, stored


def demand_draft(**changes: object) -> DemandDraft:
    given = {
        "title": "全市充电桩每日使用次数",
        "purpose": "为新建充电站选址，需要知道各街道现有充电桩的使用强度。",
        "scenario": Scenario.TRANSPORT,
        "wanted_fields": "街道\n日期\n使用次数",
        "cycle": UpdateCycle.DAILY,
        "needed_until_on": clock.today() + timedelta(days=200),
    }
    return DemandDraft.model_validate({**given, **changes})


def answer_plan(days: int = 60) -> PlanDraft:
    on = clock.today() + timedelta(days=days)
    return PlanDraft(answer="由交通局汇集数据，做成查询服务。", planned_until_on=on)


def refusal() -> ReasonDraft:
    return ReasonDraft(reason="数据尚未采集，两年内没有条件。")


def company(session: Session, name: str) -> Actor:
    """An analyst of another enterprise."""
    known = actor_of(Role.ANALYST, organization_id=f"org_{name}", id=f"usr_{name}")
    return stored(session, known)


def make_demand(
    session: Session, state: DemandState = DemandState.PUBLISHED, **changes: object
) -> Demand:
    """A demand of the usual analyst, brought by the usual bureau officer to a state."""
    analyst = stored(session, actor_of(Role.ANALYST))
    officer = stored(session, actor_of(Role.BUREAU_OFFICER))
    demand = actions.submit_demand(session, analyst, demand_draft(**changes))
    if state is DemandState.RETURNED:
        return actions.return_demand(session, officer, demand.id, refusal())
    if state is not DemandState.SUBMITTED:
        actions.publish_demand(session, officer, demand.id)
    if state is DemandState.PLANNED:
        actions.plan_demand(session, officer, demand.id, answer_plan())
    if state is DemandState.REFUSED:
        actions.refuse_demand(session, officer, demand.id, refusal())
    if state is DemandState.WITHDRAWN:
        actions.leave_demand(session, analyst, demand.id)
    return demand
