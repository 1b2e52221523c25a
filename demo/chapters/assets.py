"""Appraisers value a product, finance books it at cost, a purchase waits in the buyer's books."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from sqlalchemy.orm import Session

from demo.papers import keep_paper, make_paper
from demo.people import person
from demo.world import World
from kernel import clock
from kernel.db import transaction
from kernel.money import Money
from kernel.periods import Period, add_months
from licensing.authorizations import reads as authorizations
from market.accounts import actions as members
from market.accounts import reads as accounts
from market.accounts.schemas import RolesDraft
from valuation.appraisals import actions as appraisals
from valuation.appraisals import reads as appraisal_reads
from valuation.appraisals.rules import InputKey, Purpose
from valuation.appraisals.schemas import (
    AppraisalDraft,
    CostDraft,
    FigureDraft,
    IncomeDraft,
    SeriesDraft,
)
from valuation.assets import actions as assets
from valuation.assets import reads as asset_reads
from valuation.assets.rules import (
    AssetUse,
    NotAtCost,
    ValuationGainRefused,
    next_uncharged_after,
)
from valuation.assets.schemas import UseDraft, WriteUpDraft
from valuation.books import actions as books
from valuation.books import reads as book_reads
from valuation.costs import actions as costs
from valuation.costs.rules import CostComponent, PaidFrom, Stage
from valuation.costs.schemas import CostRecordDraft, EvidenceFile
from valuation.recognitions import actions as recognitions
from valuation.recognitions import rules as tree
from valuation.recognitions.schemas import (
    AnswerDraft,
    CandidateDraft,
    CriterionDraft,
    RecognitionDraft,
)
from valuation.statements import reads as statements

VALUED = "inspections"
PREPARED_DAYS = 20
LIFE_MONTHS = 60
C, S, P = CostComponent, Stage, PaidFrom
# What, stage, days after the authorisation began, yuan without VAT, VAT, paid from, document.
COSTS = (
    (C.EARLY, S.RESEARCH, -10, 40_000, 0, P.PAYROLL, "工资表 2026-08"),
    (C.COLLECTION, S.DEVELOPMENT, 3, 180_000, 10_800, P.BANK, "发票 0417"),
    (C.CLEANING, S.DEVELOPMENT, 6, 120_000, 7_200, P.BANK, "发票 0418"),
    (C.LABOUR, S.DEVELOPMENT, 10, 260_000, 0, P.PAYROLL, "工资表 2026-09"),
    (C.STORAGE, S.DEVELOPMENT, 10, 36_000, 2_160, P.PAYABLE, "合同 YC-31"),
    (C.QUALITY_EVALUATION, S.DEVELOPMENT, 12, 20_000, 1_200, P.BANK, "发票 0502"),
    (C.TRAINING, S.DEVELOPMENT, 12, 12_000, 0, P.BANK, "发票 0503"),
)
REASONS = {
    tree.Node.RIGHTS: ("授权运营协议赋予加工使用和产品经营的权利", "授权运营协议"),
    tree.Node.CONTROL: (
        "产品由本公司开发，能主导其使用并取得收益；原始公共数据不在判断之内",
        "产品说明",
    ),
    tree.Node.BENEFIT: ("已有付款订单和续用意向", "许可合同与订单"),
    tree.Node.RELIABLE_COST: ("按项目归集，每笔有凭据", "成本记录"),
    tree.Node.PURPOSE: ("按次对外提供查询服务，反复非排他许可，不转移控制", "许可合同"),
    tree.Node.STAGE: ("立项后进入开发，有阶段评审", "阶段评审纪要"),
    tree.Node.CRITERIA: ("五项条件均有文件、日期和批准人", "立项批复"),
}


def play(world: World) -> None:
    """Step 7: two methods, two signatures, the recognition walk, the first charge, the table."""
    world.report("七  估值与入表：成本、三种方法、双人签署、入表判断、首月摊销、披露表")
    began_on, ends_on = _authorised(world)
    _record_costs(world, began_on)
    value = _appraise(world, ends_on)
    _book(world, began_on, value)
    _use_and_charge(world, began_on, ends_on)
    _show_table(world)
    _show_candidate(world)


def _authorised(world: World) -> tuple[date, date]:
    operator = world.actor("operator")
    with transaction() as session:
        agreement = authorizations.get_agreement(session, operator, world.ids["agreement"])
        return agreement.start_on, agreement.end_on


def _record_costs(world: World, began_on: date) -> None:
    finance = world.actor("finance")
    total = Decimal(0)
    for component, stage, days, yuan, vat, paid_from, document in COSTS:
        on = began_on + timedelta(days=days)
        paper = keep_paper("evidence", make_paper(document, f"{component.label}，{yuan} 元，{on}"))
        evidence = EvidenceFile(paper.key, f"{document}.pdf", paper.sha256)
        draft = CostRecordDraft(
            product_id=world.ids[f"product:{VALUED}"],
            stage=stage,
            component=component,
            incurred_on=on,
            amount=Decimal(yuan),
            vat=Decimal(vat),
            paid_from=paid_from,
            document=document,
        )
        with transaction() as session:
            costs.record_cost(session, finance, world.ids["operator"], draft, evidence)
        total += yuan
    world.report(f"    登记成本 {len(COSTS)} 笔，共 {Money.of_yuan(total)}，逐笔附凭据")


def _appraise(world: World, ends_on: date) -> Money:
    appraiser, second = world.actor("appraiser"), world.actor("appraiser2")
    product_id, today = world.ids[f"product:{VALUED}"], clock.today()
    with transaction() as session:
        facts = appraisal_reads.facts_for(
            session, appraiser, world.ids["operator"], product_id, today
        )
        known = [
            FigureDraft(key=one.key, value=one.value, source=one.source, evidence=one.evidence)
            for one in facts.figures
        ]
        draft = _draft(product_id, today, known, _years_left(today, ends_on))
        made = appraisals.draft_appraisal(session, appraiser, world.ids["operator"], draft)
        valuation = appraisal_reads.recompute(session, made).valuation
    for result in valuation.results:
        world.report(f"    {result.method.label} {result.amount}（{result.variant.label}）")
    for rejection in valuation.rejections:
        world.report(f"    {rejection.method.label}不采用：{rejection.reason.label}")
    world.report(f"    结论 {made.value}，{made.stands.label}")
    for actor in (appraiser, second):
        with transaction() as session:
            signed = appraisals.sign_appraisal(session, actor, made.id)
    world.report(f"    两位评估人签署，有效至 {signed.valid_through_on}")
    world.ids["appraisal"] = signed.id
    return signed.value


def _draft(
    product_id: str, today: date, known: list[FigureDraft], years_left: Decimal
) -> AppraisalDraft:
    life = min(years_left, Decimal(4))
    return AppraisalDraft(
        product_id=product_id,
        base_on=today,
        purpose=Purpose.PRICING,
        users="云州数据运营有限公司，内部定价与入表参考",
        object_facts="餐饮卫生检查核验服务：加工使用权与产品经营权来自授权运营协议；样例数据。",
        cost=CostDraft(
            figures=[
                *known,
                _figure(InputKey.PROFIT_RATE, "0.08", "同类数据加工项目利润率"),
                _figure(InputKey.SCENARIO_FACTOR, "1.05", "保险定价场景，需求稳定"),
                _figure(InputKey.REMAINING_LIFE, life, "授权剩余年限与经济寿命取短"),
                _figure(InputKey.TOTAL_LIFE, "4", "更新周期和技术寿命"),
            ]
        ),
        income=IncomeDraft(
            figures=[
                _figure(InputKey.AUTHORISATION_LIFE, years_left, "授权运营协议期限"),
                _figure(InputKey.ECONOMIC_LIFE, "4", "更新周期和技术寿命"),
                _figure(InputKey.RISK_FREE_RATE, "0.02", "十年期国债收益率"),
                _figure(InputKey.MANAGEMENT_PREMIUM, "0.055", "团队规模与历史"),
                _figure(InputKey.CIRCULATION_PREMIUM, "0.035", "流通渠道单一"),
                _figure(InputKey.SECURITY_PREMIUM, "0.02", "可用不可见，出域风险低"),
                _figure(InputKey.TAX_RATE, "0.25", "企业所得税法"),
            ],
            series=[
                _series(InputKey.REVENUE, (880_000, 1_150_000, 1_300_000, 1_300_000)),
                _series(InputKey.OPERATING_COST, (520_000, 560_000, 600_000, 620_000)),
            ],
        ),
        cost_weight=Decimal("0.4"),
        income_weight=Decimal("0.6"),
        reason="收益有许可合同支持，取六成；成本有凭据，作为下限取四成；没有三宗干净的可比成交，不采用市场法。",
        assumptions="授权运营协议持续有效，数据按承诺周期更新。",
        limits="授权终止后结论失效；不作为入账金额。",
    )


def _figure(key: InputKey, value: str | Decimal, source: str) -> FigureDraft:
    return FigureDraft(key=key, value=Decimal(value), source=source)


def _series(key: InputKey, values: Iterable[int]) -> SeriesDraft:
    return SeriesDraft(key=key, values=[Decimal(one) for one in values], source="运营预测")


def _years_left(today: date, ends_on: date) -> Decimal:
    years = Decimal((ends_on - today).days) / Decimal("365.25")
    return years.quantize(Decimal("0.01"), rounding=ROUND_DOWN)


def _book(world: World, began_on: date, value: Money) -> None:
    """The walk: at the appraised value it is refused, at cost it is booked."""
    finance = world.actor("finance")
    with transaction() as session:
        organization = world.ids["operator"]
        entity = book_reads.find_entity_of(session, organization) or books.open_books(
            session, finance, organization, finance.organization_name
        )
        draft = CandidateDraft(
            product_id=world.ids[f"product:{VALUED}"], started_on=began_on - timedelta(days=10)
        )
        asset = recognitions.open_candidate(session, finance, entity.id, draft)
        _appoint_auditor(session, world, entity.id)
    decision = _decision(began_on)
    at_value = decision.model_copy(update={"booked_amount": value.yuan})
    with (
        world.expecting(NotAtCost, finance, "recognitions.decide"),
        transaction() as session,
    ):
        recognitions.decide(session, finance, asset.id, at_value)
    with transaction() as session:
        decided = recognitions.decide(session, finance, asset.id, decision)
        booked = asset_reads.get_asset(session, finance, asset.id)
        cost = asset_reads.amounts_of(session, [booked])[booked.id].gross
    world.report(f"    入表判断：{decided.ended_as.label}；按成本 {cost}")
    world.ids["entity"], world.ids["asset"] = booked.entity_id, booked.id


def _appoint_auditor(session: Session, world: World, entity_id: str) -> None:
    """The operator opens these very books to its auditor, and no others."""
    administrator, auditor = world.actor_in(session, "operator"), person("auditor")
    appointed = next(
        one.membership.id
        for one in accounts.list_members(session, administrator)
        if one.user.subject == auditor.subject
    )
    draft = RolesDraft(roles=list(auditor.roles), entity_ids=[entity_id])
    members.change_roles(session, administrator, appointed, draft)


def _decision(began_on: date) -> RecognitionDraft:
    return RecognitionDraft(
        purpose=tree.Purpose.SERVICE,
        origin=tree.Origin.DEVELOPMENT,
        answers=[
            AnswerDraft(node=node, reason=reason, evidence=evidence)
            for node, (reason, evidence) in REASONS.items()
        ],
        criteria=[
            CriterionDraft(
                criterion=one,
                document="云数运〔2026〕12号 立项批复及可行性报告",
                met_on=began_on + timedelta(days=2),
                approver="总经理办公会",
            )
            for one in tree.Criterion
        ],
    )


def _use_and_charge(world: World, began_on: date, ends_on: date) -> None:
    finance, asset_id = world.actor("finance"), world.ids["asset"]
    ready_on = began_on + timedelta(days=PREPARED_DAYS)
    use = UseDraft(
        ready_on=ready_on,
        use=AssetUse.SERVICE,
        life_months=LIFE_MONTHS,
        right_ends_on=ends_on,
        reason="业务模式和更新周期支持五年，不超过授权剩余期限",
    )
    with transaction() as session:
        asset = assets.put_into_use(session, finance, asset_id, use)
    world.report(f"    {ready_on} 达到预定用途，摊销至 {asset.amortise_until_on:%Y-%m}（不含）")
    with (
        world.expecting(ValuationGainRefused, finance, "assets.write_up"),
        transaction() as session,
    ):
        wish = WriteUpDraft(on=clock.today(), carrying=Decimal(9_000_000), reason="评估增值")
        assets.write_up(session, finance, asset_id, wish)
    month_on = add_months(next_uncharged_after(clock.today()), -1)
    with transaction() as session:
        assets.run_month_end(session, finance, asset.entity_id, month_on)
        charges = asset_reads.charges_of(session, asset_id)
    for charge in charges:
        world.report(f"    {charge.month_on:%Y-%m} 计提摊销 {charge.amount}")
    if not charges:
        raise AssertionError("no month of the asset's life was charged")


def _show_table(world: World) -> None:
    finance, today = world.actor("finance"), clock.today()
    year = Period(date(today.year, 1, 1), date(today.year + 1, 1, 1))
    with transaction() as session:
        found = statements.get_statements(session, finance, world.ids["entity"], year)
    if not found.all_hold:
        raise AssertionError("the disclosure tables do not agree")
    world.report(f"    披露表勾稽相符，无形资产“其中：数据资源” {found.lines.intangible}")


def _show_candidate(world: World) -> None:
    """The buyer's paid orders wait in the buyer's own books, for the buyer's own clerk."""
    clerk = world.actor("buyerfinance")
    with transaction() as session:
        entity = book_reads.find_entity_of(session, world.ids["buyer"])
        if entity is None:
            raise AssertionError("the paid order did not reach the buyer's books")
        book_reads.get_entity(session, clerk, entity.id)
        waiting = asset_reads.candidates(session, entity.id)
    for asset in waiting:
        world.report(f"    买方账上候选外购资产《{asset.title}》{asset.price}，待财务判断")
