"""Plans, agreements and caps, said in one line."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.periods import add_years
from licensing.authorizations import actions
from licensing.authorizations.models import AuthorizationAgreement
from licensing.authorizations.rules import AgreementPart, SelectionMethod
from licensing.authorizations.schemas import AgreementDraft, ConsentDraft
from licensing.plans import actions as plan_actions
from licensing.plans.models import Plan
from licensing.plans.rules import AuthorizationMode, PlanPart
from licensing.plans.schemas import Consultation, DecisionDraft, PlanDraft
from market.accounts.roles import Role
from market.catalogue.rules import Purpose
from market.datasets.models import Dataset
from tests.factories.market import actor_of, stored

PLAN_PARTS = {part: f"{part.label}：说明如下。" for part in PlanPart}
AGREEMENT_PARTS = {part: f"{part.label}：约定如下。" for part in AgreementPart}


def decision_draft(number: str = "〔2026〕12号") -> DecisionDraft:
    return DecisionDraft(body="市数据局党组会议", number=number, decided_on=clock.today())


def plan_draft(datasets: Iterable[Dataset], **changes: object) -> PlanDraft:
    given = {
        "title": "公共数据授权运营实施方案",
        "mode": AuthorizationMode.SCENARIO,
        "mode_detail": "餐饮卫生",
        "dataset_ids": [dataset.id for dataset in datasets],
        "parts": PLAN_PARTS,
    }
    return PlanDraft.model_validate({**given, **changes})


def agreement_draft(plan: Plan, **changes: object) -> AgreementDraft:
    """Valid by default: three years from today for industry and public interest."""
    today = clock.today()
    given = {
        "plan_id": plan.id,
        "operator_id": actor_of(Role.OPERATOR).organization_id,
        "title": "公共数据授权运营协议",
        "selection_method": SelectionMethod.PUBLIC_BIDDING,
        "selection_evidence": "中标通知书〔2026〕5号",
        "selected_on": today,
        "start_on": today,
        "end_on": add_years(today, 3),
        "purposes": [Purpose.INDUSTRY, Purpose.PUBLIC_INTEREST],
        "dataset_ids": plan.dataset_ids,
        "parts": AGREEMENT_PARTS,
    }
    return AgreementDraft.model_validate({**given, **changes})


def make_plan(session: Session, datasets: Iterable[Dataset], **changes: object) -> Plan:
    """An approved plan of the bureau."""
    officer, approver = _bureau(session)
    plan = plan_actions.draft_plan(session, officer, plan_draft(datasets, **changes))
    plan_actions.record_consultation(
        session, officer, plan.id, Consultation(consultation="已征求八个部门意见，均无异议。")
    )
    return plan_actions.approve_plan(session, approver, plan.id, decision_draft())


def make_agreement(
    session: Session, datasets: Iterable[Dataset], *, is_signed: bool = True, **changes: object
) -> AuthorizationAgreement:
    """An agreement, approved, consented to and signed by both sides unless told otherwise."""
    officer, approver = _bureau(session)
    operator = stored(session, actor_of(Role.OPERATOR))
    chosen = list(datasets)
    plan = make_plan(session, chosen)
    agreement = actions.draft_agreement(session, officer, agreement_draft(plan, **changes))
    actions.approve(session, approver, agreement.id, decision_draft("〔2026〕15号"))
    give_consents(session, agreement, chosen)
    if is_signed:
        actions.sign(session, approver, agreement.id)
        actions.sign(session, operator, agreement.id)
    return agreement


def give_consents(
    session: Session, agreement: AuthorizationAgreement, datasets: Iterable[Dataset]
) -> None:
    """Let each department whose data the agency has by sharing agree."""
    for dataset in datasets:
        if dataset.provider_id == agreement.agency_id:
            continue
        officer = actor_of(Role.SOURCE_DEPARTMENT, organization_id=dataset.provider_id)
        draft = ConsentDraft(statement="同意进入授权运营。", document="函〔2026〕3号")
        actions.give_consent(session, officer, agreement.id, dataset.id, draft)


def _bureau(session: Session) -> tuple[Actor, Actor]:
    officer = stored(session, actor_of(Role.BUREAU_OFFICER))
    return officer, stored(session, actor_of(Role.BUREAU_APPROVER))


def days_of(agreement: AuthorizationAgreement) -> tuple[date, date]:
    return agreement.start_on, agreement.end_on
