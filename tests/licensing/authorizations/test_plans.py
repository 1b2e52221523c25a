"""Is a plan whole, consulted and approved by another before anything rests on it?"""

import pytest
from sqlalchemy.orm import Session

from kernel.actor import Actor, SecondPersonNeeded
from licensing.authorizations import actions
from licensing.plans import actions as plan_actions
from licensing.plans.models import AuthorizationStateForbids
from licensing.plans.rules import AuthorizationIncomplete, PlanPart, PlanState
from market.accounts.roles import Role
from tests.factories.catalogue import make_source
from tests.factories.licensing import (
    PLAN_PARTS,
    agreement_draft,
    decision_draft,
    plan_draft,
)
from tests.factories.market import actor_of
from tests.licensing.authorizations.agreements import ASKED, names


def test_a_plan_is_drafted_consulted_and_approved_by_another(
    session: Session, bureau_officer: Actor, bureau_approver: Actor
) -> None:
    plan = plan_actions.draft_plan(session, bureau_officer, plan_draft([make_source(session)]))
    plan_actions.record_consultation(session, bureau_officer, plan.id, ASKED)
    approved = plan_actions.approve_plan(session, bureau_approver, plan.id, decision_draft())

    assert approved.phase is PlanState.PLAN_APPROVED
    assert approved.decision is not None
    assert approved.decision.number == "〔2026〕12号"
    assert names(session, plan.id) == [
        "licensing.plan_drafted",
        "licensing.plan_consulted",
        "licensing.plan_approved",
    ]


def test_an_incomplete_plan_is_not_put_forward(session: Session, bureau_officer: Actor) -> None:
    parts = {part: text for part, text in PLAN_PARTS.items() if part is not PlanPart.SECURITY}
    draft = plan_draft([make_source(session)], parts=parts)
    plan = plan_actions.draft_plan(session, bureau_officer, draft)

    with pytest.raises(AuthorizationIncomplete) as refused:
        plan_actions.record_consultation(session, bureau_officer, plan.id, ASKED)

    assert refused.value.clause == "AO-02"
    assert refused.value.lacking == ["security"]


def test_a_plan_is_not_approved_before_it_was_consulted(
    session: Session, bureau_officer: Actor, bureau_approver: Actor
) -> None:
    plan = plan_actions.draft_plan(session, bureau_officer, plan_draft([make_source(session)]))

    with pytest.raises(AuthorizationStateForbids):
        plan_actions.approve_plan(session, bureau_approver, plan.id, decision_draft())


def test_who_drafted_a_plan_may_not_approve_it(session: Session, bureau_officer: Actor) -> None:
    plan = plan_actions.draft_plan(session, bureau_officer, plan_draft([make_source(session)]))
    plan_actions.record_consultation(session, bureau_officer, plan.id, ASKED)
    same = actor_of(Role.BUREAU_APPROVER, id=bureau_officer.id)

    with pytest.raises(SecondPersonNeeded):
        plan_actions.approve_plan(session, same, plan.id, decision_draft())


def test_no_agreement_is_drafted_under_a_plan_that_is_not_approved(
    session: Session, bureau_officer: Actor, operator: Actor
) -> None:
    plan = plan_actions.draft_plan(session, bureau_officer, plan_draft([make_source(session)]))

    with pytest.raises(AuthorizationIncomplete) as refused:
        actions.draft_agreement(session, bureau_officer, agreement_draft(plan))

    assert refused.value.clause == "AO-01"
