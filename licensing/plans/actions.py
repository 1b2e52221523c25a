"""How does a plan come about, and who decides on it?"""

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.events import record
from kernel.ids import new_id
from licensing.plans import reads
from licensing.plans.events import PlanApproved, PlanConsulted, PlanDrafted, PlanRevised
from licensing.plans.models import CollectiveDecision, Plan, PlanResource
from licensing.plans.rules import (
    AuthorizationMode,
    DecisionId,
    PlanId,
    PlanState,
    plan_parts_breach,
    require_kept,
)
from licensing.plans.schemas import Consultation, DecisionDraft, PlanDraft
from market.datasets.reads import get_dataset
from market.organizations.reads import get_organization


def draft_plan(session: Session, actor: Actor, draft: PlanDraft) -> Plan:
    """Begin a plan of the actor's own agency."""
    actor.require(Permission.PROPOSE_PLAN)
    plan = Plan(
        id=PlanId(new_id("apl")),
        agency_id=get_organization(session, str(actor.organization_id)).id,
        state=PlanState.PLAN_DRAFT,
        drafted_by=actor.id,
        drafted_at=clock.now(),
        consultation="",
        decision=None,
        resources=[],
    )
    _write_down(session, actor, plan, draft)
    session.add(plan)
    record(session, actor, PlanDrafted(plan.id, plan.title))
    session.flush()
    return plan


def revise_plan(session: Session, actor: Actor, plan_id: str, draft: PlanDraft) -> Plan:
    """Change a plan. What was consulted on or approved before must be so again (AO-01).

    Raises: AuthorizationNotFound, MissingPermission.
    """
    plan = reads.plan_for_update(session, plan_id)
    actor.require(Permission.PROPOSE_PLAN, plan.agency_id)
    restarts = plan.restart()
    plan.drafted_by = actor.id
    _write_down(session, actor, plan, draft)
    record(session, actor, PlanRevised(plan.id, plan.title, restarts))
    session.flush()
    return plan


def record_consultation(session: Session, actor: Actor, plan_id: str, said: Consultation) -> Plan:
    """Note whom the agency asked about its plan, and what they said; the plan must be complete.

    Raises: AuthorizationNotFound, MissingPermission, AuthorizationIncomplete (AO-02).
    """
    plan = reads.plan_for_update(session, plan_id)
    actor.require(Permission.PROPOSE_PLAN, plan.agency_id)
    mode = AuthorizationMode(plan.mode)
    require_kept(plan.id, plan_parts_breach(plan.written_parts, mode, plan.dataset_ids))
    plan.consult(said.consultation, at=clock.now())
    record(session, actor, PlanConsulted(plan.id, plan.title))
    return plan


def approve_plan(session: Session, actor: Actor, plan_id: str, draft: DecisionDraft) -> Plan:
    """AO-01: record the approval of a plan with its collective decision.

    Raises: AuthorizationNotFound, MissingPermission, SecondPersonNeeded.
    """
    plan = reads.plan_for_update(session, plan_id)
    actor.require(Permission.APPROVE_PLAN, plan.agency_id)
    actor.require_another_person_than(plan.drafted_by)
    plan.approve(record_decision(session, actor, plan.id, draft), by=actor.id, at=clock.now())
    record(session, actor, PlanApproved(plan.id, plan.title, draft.number))
    session.flush()
    return plan


def record_decision(
    session: Session, actor: Actor, about_id: str, draft: DecisionDraft
) -> CollectiveDecision:
    """三重一大: write down a collective decision on a plan or an agreement."""
    decision = CollectiveDecision(
        id=DecisionId(new_id("cdc")),
        about_id=about_id,
        body=draft.body,
        number=draft.number,
        decided_on=draft.decided_on,
        recorded_by=actor.id,
        recorded_at=clock.now(),
    )
    session.add(decision)
    return decision


def _write_down(session: Session, actor: Actor, plan: Plan, draft: PlanDraft) -> None:
    plan.title, plan.mode, plan.mode_detail = draft.title, draft.mode, draft.mode_detail
    plan.parts = {part.value: text for part, text in draft.parts.items()}
    kept = {resource.dataset_id: resource for resource in plan.resources}
    plan.resources = [
        kept.get(dataset.id) or PlanResource(dataset_id=dataset.id)
        for dataset in (
            get_dataset(session, actor, each) for each in sorted(set(draft.dataset_ids))
        )
    ]
