"""Books, costs and assets of one entity, said in one line."""

from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.money import Money
from market.catalogue.listing import ProductForm, ProductId
from market.catalogue.models import Product
from market.catalogue.rules import ProductState
from market.datasets.rules import DataLevel
from market.organizations.rules import OrganizationId
from valuation.assets.models import DataAsset
from valuation.assets.rules import AssetUse
from valuation.assets.schemas import UseDraft
from valuation.books import actions as books
from valuation.books.models import AccountingEntity
from valuation.costs import actions as costs
from valuation.costs.models import CostRecord
from valuation.costs.rules import CostComponent, PaidFrom, Stage
from valuation.costs.schemas import CostRecordDraft, EvidenceFile
from valuation.recognitions import actions as recognitions
from valuation.recognitions.rules import Criterion, Node, Origin, Purpose
from valuation.recognitions.schemas import (
    AnswerDraft,
    CandidateDraft,
    CriterionDraft,
    PaidOrder,
    RecognitionDraft,
)

SHA = "a" * 64


def on_day(day: date) -> AbstractContextManager[None]:
    """Noon of a civil day."""
    return clock.frozen_at(datetime(day.year, day.month, day.day, 4, tzinfo=UTC))


def make_books(session: Session, clerk: Actor) -> AccountingEntity:
    assert clerk.organization_id is not None
    for name in ("bought", "a", "x"):
        ensure_product(session, f"prd_{name}", clerk.organization_id)
    return books.open_books(session, clerk, clerk.organization_id, "测试运营公司")


def ensure_product(session: Session, product_id: str, operator_id: str) -> None:
    """A product with a chosen id, on sale; nothing else about it matters here."""
    if session.get(Product, product_id) is not None:
        return
    session.add(
        Product(
            id=ProductId(product_id),
            operator_id=OrganizationId(operator_id),
            bureau_id=OrganizationId(operator_id),
            title_zh="样例产品",
            title_en="Sample",
            use_sentence="样例",
            description="样例",
            form=ProductForm.SERVICE,
            scenarios=[],
            delivery_kinds=[],
            level=DataLevel.GENERAL,
            level_review="",
            legal_basis="",
            risk_report="",
            is_sample=True,
            sample_origin="",
            jurisdiction="national",
            state=ProductState.DRAFT,
            revision=1,
            drafted_by="usr_test",
            drafted_at=clock.now(),
            returned_reason="",
            suspension_reason="",
        )
    )
    session.flush()


def make_cost(
    session: Session,
    clerk: Actor,
    yuan: int | str = 100_000,
    component: CostComponent = CostComponent.LABOUR,
    *,
    on: date = date(2024, 6, 1),
    stage: Stage = Stage.DEVELOPMENT,
    vat: int | str = 0,
    paid_from: PaidFrom = PaidFrom.BANK,
    product_id: str = "prd_own",
    has_evidence: bool = True,
) -> CostRecord:
    draft = CostRecordDraft(
        product_id=product_id,
        stage=stage,
        component=component,
        incurred_on=on,
        amount=Decimal(yuan),
        vat=Decimal(vat),
        paid_from=paid_from,
        document="发票 0001",
    )
    assert clerk.organization_id is not None
    ensure_product(session, product_id, clerk.organization_id)
    evidence = EvidenceFile("evidence/1", "发票.pdf", SHA) if has_evidence else None
    return costs.record_cost(session, clerk, clerk.organization_id, draft, evidence)


def answers(no: Node | None = None) -> list[AnswerDraft]:
    return [
        AnswerDraft(node=node, holds=node is not no, reason="有文件为证", evidence="evi_1")
        for node in Node
    ]


def criteria(met_on: date = date(2024, 5, 1)) -> list[CriterionDraft]:
    return [
        CriterionDraft(criterion=one, document="立项〔2024〕1号", met_on=met_on, approver="办公会")
        for one in Criterion
    ]


def make_decision(**changes: object) -> RecognitionDraft:
    """A self-developed service that meets everything, unless told otherwise."""
    facts: dict[str, object] = {
        "purpose": Purpose.SERVICE,
        "origin": Origin.DEVELOPMENT,
        "answers": answers(),
        "criteria": criteria(),
    }
    return RecognitionDraft.model_validate({**facts, **changes})


def make_candidate(
    session: Session, clerk: Actor, entity: AccountingEntity, product_id: str = "prd_own"
) -> DataAsset:
    ensure_product(session, product_id, entity.organization_id)
    draft = CandidateDraft(product_id=product_id, started_on=date(2024, 1, 1))
    return recognitions.open_candidate(session, clerk, entity.id, draft)


def make_order(
    entity: AccountingEntity,
    yuan: int | str = 1_272_000,
    vat: int | str = 72_000,
    *,
    order_id: str = "ord_1",
    product_id: str = "prd_bought",
    paid_on: date = date(2024, 4, 2),
) -> PaidOrder:
    return PaidOrder(
        order_id=order_id,
        buyer_id=entity.organization_id,
        product_id=product_id,
        title="外购样例",
        amount=Money.of_yuan(yuan),
        vat=Money.of_yuan(vat),
        paid_on=paid_on,
    )


def make_use(ready_on: date, life_months: int, use: AssetUse = AssetUse.OWN_USE) -> UseDraft:
    return UseDraft(ready_on=ready_on, use=use, life_months=life_months, reason="按合同期限估计")
