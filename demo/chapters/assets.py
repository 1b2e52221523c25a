"""The operator values its product; finance books it at cost; the buyer finds a candidate asset."""

from datetime import date, timedelta
from decimal import Decimal

from demo.papers import keep_paper, make_paper
from demo.world import World
from kernel import clock
from kernel.db import transaction
from kernel.periods import add_months
from valuation.appraisals import actions as appraisals
from valuation.appraisals.schemas import AppraisalDraft
from valuation.assets import actions as assets
from valuation.assets import reads as asset_reads
from valuation.assets.rules import AssetUse
from valuation.assets.schemas import UseDraft
from valuation.books import actions as books
from valuation.books import reads as book_reads
from valuation.costs import actions as costs
from valuation.costs.rules import CostComponent, PaidFrom, Stage
from valuation.costs.schemas import CostRecordDraft, EvidenceFile
from valuation.recognitions import actions as recognitions
from valuation.recognitions.rules import Criterion, Node, Origin, Purpose
from valuation.recognitions.schemas import (
    AnswerDraft,
    CandidateDraft,
    CriterionDraft,
    RecognitionDraft,
)

PRODUCT = "inspections"
LIFE_MONTHS = 36
COSTS = (
    (Stage.RESEARCH, CostComponent.EARLY, 80_000, "可行性研究"),
    (Stage.DEVELOPMENT, CostComponent.CLEANING, 240_000, "清洗与标准化"),
    (Stage.DEVELOPMENT, CostComponent.INTEGRATION, 360_000, "整合与接口开发"),
    (Stage.DEVELOPMENT, CostComponent.STORAGE, 120_000, "存储与安全"),
)
COST_FIGURES = {
    "early_cost": 80_000,
    "collection_cost": 60_000,
    "storage_cost": 120_000,
    "processing_cost": 600_000,
    "labour_cost": 150_000,
    "indirect_cost": 90_000,
    "taxes": 10_000,
    "profit_rate": "0.08",
    "quality_factor": "0.98",
    "scenario_factor": "1.05",
    "remaining_life": 3,
    "total_life": 3,
}
INCOME_FIGURES = {
    "risk_free_rate": "0.02",
    "management_premium": "0.055",
    "circulation_premium": "0.035",
    "security_premium": "0.02",
    "tax_rate": "0.25",
    "economic_life": 3,
    "revenue": [600_000, 780_000, 820_000],
    "operating_cost": [240_000, 260_000, 270_000],
}


def play(world: World) -> None:
    """Step 7."""
    world.report("七  评估与入表：成本法、收益法，市场法因可比案例不足被拒绝；按成本入账")
    month_on = add_months(clock.today().replace(day=1), -1)
    _record_costs(world, month_on)
    _appraise(world)
    _book(world, month_on)
    _show_buyer(world)


def _record_costs(world: World, month_on: date) -> None:
    clerk = world.actor("finance")
    with transaction() as session:
        entity = books.open_books(session, clerk, world.ids["operator"], "云州数据运营有限公司")
        world.ids["entity"] = entity.id
    for stage, component, yuan, words in COSTS:
        paper = keep_paper("evidence", make_paper("费用发票", f"{words}，{yuan} 元"))
        draft = CostRecordDraft(
            product_id=world.ids[f"product:{PRODUCT}"],
            stage=stage,
            component=component,
            incurred_on=month_on + timedelta(days=9),
            amount=Decimal(yuan),
            vat=Decimal(0),
            paid_from=PaidFrom.BANK,
            document=words,
        )
        evidence = EvidenceFile(paper.key, f"{words}.pdf", paper.sha256)
        with transaction() as session:
            costs.record_cost(session, clerk, world.ids["operator"], draft, evidence)
    world.report(f"    登记 {len(COSTS)} 笔成本，每笔附凭据")


def _appraise(world: World) -> None:
    first, second = world.actor("appraiser"), world.actor("appraiser2")
    draft = AppraisalDraft.model_validate(
        {
            "product_id": world.ids[f"product:{PRODUCT}"],
            "base_on": clock.today(),
            "purpose": "pricing",
            "cost": _sheet(COST_FIGURES),
            "income": _sheet(INCOME_FIGURES),
            "cost_weight": "0.4",
            "income_weight": "0.6",
            "reason": "收入有许可合同支持，权重较高；成本作下限。市场法无三个干净的可比案例。",
        }
    )
    with transaction() as session:
        appraisal = appraisals.draft_appraisal(session, first, world.ids["operator"], draft)
        world.ids["appraisal"] = appraisal.id
    world.report(f"    结论 {appraisal.value}，状态 {appraisal.stands.label}")
    for actor in (first, second):
        with transaction() as session:
            signed = appraisals.sign_appraisal(session, actor, appraisal.id)
    world.report(f"    两名评估人员签署后：{signed.stands.label}")


def _sheet(figures: dict[str, object]) -> dict[str, object]:
    single = {key: value for key, value in figures.items() if not isinstance(value, list)}
    yearly = {key: value for key, value in figures.items() if isinstance(value, list)}
    return {
        "figures": [
            {"key": key, "value": str(value), "source": "成本台账与许可合同"}
            for key, value in single.items()
        ],
        "series": [
            {"key": key, "values": [str(one) for one in values], "source": "三年经营预测"}
            for key, values in yearly.items()
        ],
    }


def _book(world: World, month_on: date) -> None:
    clerk = world.actor("finance")
    candidate = CandidateDraft(product_id=world.ids[f"product:{PRODUCT}"], started_on=month_on)
    with transaction() as session:
        asset = recognitions.open_candidate(session, clerk, world.ids["entity"], candidate)
        recognitions.decide(session, clerk, asset.id, _decision(month_on))
        world.ids["asset"] = asset.id
    use = UseDraft(
        ready_on=month_on + timedelta(days=19),
        use=AssetUse.SERVICE,
        life_months=LIFE_MONTHS,
        reason="不超过授权协议剩余期限",
    )
    with transaction() as session:
        assets.put_into_use(session, clerk, asset.id, use)
        charged = assets.run_month_end(session, clerk, world.ids["entity"], month_on)
    with transaction() as session:
        booked = asset_reads.get_asset(session, clerk, asset.id)
        carrying = asset_reads.amounts_of(session, [booked])[booked.id].carrying
    world.report(f"    按成本入账（不按评估值），首月摊销 {charged} 笔，账面价值 {carrying}")


def _decision(month_on: date) -> RecognitionDraft:
    evidence = "云数运立项〔2026〕3号"
    return RecognitionDraft(
        purpose=Purpose.SERVICE,
        origin=Origin.DEVELOPMENT,
        answers=[
            AnswerDraft(node=node, holds=True, reason="有协议与立项文件为证", evidence=evidence)
            for node in Node
        ],
        criteria=[
            CriterionDraft(
                criterion=criterion, document=evidence, met_on=month_on, approver="总经理办公会"
            )
            for criterion in Criterion
        ],
    )


def _show_buyer(world: World) -> None:
    with transaction() as session:
        entity = book_reads.find_entity_of(session, world.ids["buyer"])
        if entity is None:
            raise AssertionError("the paid order did not reach the buyer's books")
        candidates = asset_reads.candidates(session, entity.id)
    world.report(f"    买方账套中有 {len(candidates)} 项外购数据资产待判断")
