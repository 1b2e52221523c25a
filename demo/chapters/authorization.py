"""A plan is approved, an agreement is signed, the source department consents; time passes."""

from datetime import timedelta

from demo.city import CITY
from demo.world import StoryClock, World
from kernel import clock
from kernel.db import transaction
from kernel.periods import add_years
from licensing.authorizations import actions
from licensing.authorizations.rules import AgreementPart, SelectionMethod
from licensing.authorizations.schemas import AgreementDraft, ConsentDraft
from licensing.plans import actions as plans
from licensing.plans.rules import AuthorizationIncomplete, AuthorizationMode, PlanPart
from licensing.plans.schemas import Consultation, DecisionDraft, PlanDraft
from market.catalogue.rules import Purpose

PARTS = {
    PlanPart: "见《云州市公共数据授权运营实施方案》相应章节，已按实施规范逐条编写。",
    AgreementPart: "见《云州市公共数据授权运营协议》相应条款，双方已逐条核对。",
}
CONSULTATION_DAYS = 15
SELECTION_DAYS = 25
BODY = "云州市数据局局长办公会（三重一大）"


def play(world: World, story_clock: StoryClock) -> None:
    """AO-01 to AO-07 and AO-13, with the waits that the procedure asks for."""
    world.report("〇  授权运营：方案、遴选、协议、数源单位同意、双方签订")
    plan_id = _approve_plan(world, story_clock)
    story_clock.pass_days(SELECTION_DAYS)
    agreement_id = _approve_agreement(world, plan_id)
    operator = world.actor("operator")
    with (
        world.expecting(AuthorizationIncomplete, operator, "authorizations.sign"),
        transaction() as session,
    ):
        actions.sign(session, operator, agreement_id)
    _consent(world, agreement_id)
    for actor in (world.actor("approver"), operator):
        with transaction() as session:
            actions.sign(session, actor, agreement_id)
    world.ids["agreement"] = agreement_id
    world.settle()
    world.report(f"    协议生效，覆盖 {len(CITY)} 个数据集，三年")


def _approve_plan(world: World, story_clock: StoryClock) -> str:
    officer, approver = world.actor("officer"), world.actor("approver")
    draft = PlanDraft(
        title="云州市公共数据授权运营实施方案",
        mode=AuthorizationMode.WHOLE,
        dataset_ids=[world.ids[f"dataset:{offer.key}"] for offer in CITY],
        parts=dict.fromkeys(PlanPart, PARTS[PlanPart]),
    )
    with transaction() as session:
        plan = plans.draft_plan(session, officer, draft)
        said = Consultation(consultation="征求市司法局、市财政局和社会公众意见，无反对意见。")
        plans.record_consultation(session, officer, plan.id, said)
    story_clock.pass_days(CONSULTATION_DAYS)
    with transaction() as session:
        decision = DecisionDraft(body=BODY, number="云数办纪〔2026〕3号", decided_on=clock.today())
        plans.approve_plan(session, approver, plan.id, decision)
    world.report("    实施方案征求意见、集体决策、批准")
    return plan.id


def _approve_agreement(world: World, plan_id: str) -> str:
    officer, approver = world.actor("officer"), world.actor("approver")
    start_on = clock.today()
    draft = AgreementDraft(
        plan_id=plan_id,
        operator_id=world.ids["operator"],
        title="云州市公共数据授权运营协议",
        selection_method=SelectionMethod.PUBLIC_BIDDING,
        selection_evidence="公开招标中标通知书 YZ-2026-017",
        selected_on=start_on - timedelta(days=5),
        start_on=start_on,
        end_on=add_years(start_on, 3),
        purposes=[Purpose.GOVERNANCE, Purpose.PUBLIC_INTEREST, Purpose.INDUSTRY],
        dataset_ids=[world.ids[f"dataset:{offer.key}"] for offer in CITY],
        parts=dict.fromkeys(AgreementPart, PARTS[AgreementPart]),
    )
    with transaction() as session:
        agreement = actions.draft_agreement(session, officer, draft)
    with transaction() as session:
        decision = DecisionDraft(body=BODY, number="云数办纪〔2026〕7号", decided_on=start_on)
        actions.approve(session, approver, agreement.id, decision)
    world.report("    公开招标选定运营机构，协议经集体决策")
    return agreement.id


def _consent(world: World, agreement_id: str) -> None:
    source = world.actor("source")
    draft = ConsentDraft(
        statement="同意本单位提供的数据集进入授权运营，用途以协议为限。",
        document="云市监函〔2026〕21号",
    )
    for offer in CITY:
        with transaction() as session:
            actions.give_consent(
                session, source, agreement_id, world.ids[f"dataset:{offer.key}"], draft
            )
    world.report(f"    数源单位对 {len(CITY)} 个数据集逐一同意（AO-13）")
