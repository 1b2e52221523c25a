"""An enterprise applies, two persons approve, both sides sign a licence."""

from decimal import Decimal

from demo.world import World
from kernel import clock
from kernel.db import transaction
from licensing.applications import actions as applications
from licensing.applications.rules import Act
from licensing.applications.schemas import ApplicationDraft, DecisionDraft
from licensing.licences import actions as licences
from licensing.licences.schemas import LicenceOffer
from market.catalogue.rules import Purpose

CALLS = 1000
EPSILON = Decimal(4)
LICENSED = ("inspections", "flights")
SCENARIO = (
    "承保人员在报价前按年份和时段统计餐饮卫生检查得分与航班延误，"
    "评估区域风险，不接触任何一家单位的明细。"
)
MEASURES = "仅精算组三人可见结果；结果存放在本单位内网，保单到期后六个月删除。"


def play(world: World) -> None:
    """Step 4, for two products for industry and one free use for the public interest."""
    world.report("四  使用申请、两人审批、双方签署许可合同")
    for key in LICENSED:
        _license(world, key, Purpose.INDUSTRY, CALLS)
    _license(world, "weather", Purpose.PUBLIC_INTEREST, 100)


def _license(world: World, key: str, purpose: Purpose, units: int) -> None:
    application_id = _apply(world, key, purpose, units)
    _decide(world, application_id)
    operator, buyer = world.actor("operator"), world.actor("buyer")
    with transaction() as session:
        epsilon = EPSILON if purpose is Purpose.INDUSTRY else Decimal(0)
        offer = LicenceOffer(starts_on=clock.today(), epsilon=epsilon)
        licence = licences.offer(session, operator, application_id, offer)
    for actor in (operator, buyer):
        with transaction() as session:
            signed = licences.sign(session, actor, licence.id)
    world.ids[f"licence:{key}"] = licence.id
    world.report(
        f"    《{signed.title}》{signed.phase.label}，内容哈希 {signed.content_sha256[:16]}…"
    )


def _apply(world: World, key: str, purpose: Purpose, units: int) -> str:
    buyer = world.actor("buyer")
    is_free = purpose.is_free
    draft = ApplicationDraft(
        product_id=world.ids[f"product:{key}"],
        scenario=SCENARIO,
        purpose=purpose,
        acts=(Act.DOWNLOAD if is_free else Act.QUERY,),
        term_months=12,
        unit="call",
        units=units,
        measures=MEASURES,
        proof="与市气象学会合作的防汛公益项目，批文 云民函〔2026〕5号" if is_free else "",
    )
    with transaction() as session:
        return applications.submit_application(session, buyer, draft).id


def _decide(world: World, application_id: str) -> None:
    officer, approver = world.actor("officer"), world.actor("approver")
    draft = DecisionDraft(permits=True, reason="场景具体，用途在授权范围内，安全措施可行。")
    with transaction() as session:
        applications.decide_application(session, officer, application_id, draft)
    with transaction() as session:
        applications.decide_application(session, approver, application_id, draft)
