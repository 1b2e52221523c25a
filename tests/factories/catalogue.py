"""Data sets, products, prices and verdicts, said in one line."""

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.money import UnitPrice
from market.accounts.roles import Role
from market.catalogue import actions, reads
from market.catalogue.listing import DeliveryKind, ProductForm, Scenario
from market.catalogue.models import Product
from market.catalogue.prices import Cap, ChargeUnit
from market.catalogue.rules import (
    ProductState,
    VerdictKind,
    VerdictState,
    authorised_subject,
    capped_subject,
)
from market.catalogue.schemas import PricePlanDraft, ProductDraft
from market.datasets.models import Dataset
from tests.factories.data import make_dataset
from tests.factories.market import actor_of, stored

HOUSE = Actor.system("tests")


def make_source(session: Session, **changes: object) -> Dataset:
    """A data set of the bureau; no version."""
    return make_dataset(session, **changes)


def product_draft(*datasets: Dataset, **changes: object) -> ProductDraft:
    """A complete description of a sandbox service."""
    given = {
        "title_zh": "餐饮卫生检查核验",
        "title_en": "Restaurant inspection check",
        "use_sentence": "查一家餐饮单位近年的卫生检查是否合格。",
        "description": "按单位和时间回答检查次数与合格率，不给出原始记录。",
        "form": ProductForm.SERVICE,
        "scenarios": [Scenario.CITY, Scenario.COMMERCE],
        "delivery_kinds": [DeliveryKind.SANDBOX],
        "dataset_ids": [dataset.id for dataset in datasets],
        "bureau_id": actor_of(Role.BUREAU_APPROVER).organization_id,
    }
    return ProductDraft.model_validate({**given, **changes})


def price_draft(unit_price: str = "0.80", **changes: object) -> PricePlanDraft:
    given = {"unit": ChargeUnit.CALL, "unit_price": unit_price, "reason": "首次定价"}
    return PricePlanDraft.model_validate({**given, **changes})


def make_product(
    session: Session,
    *datasets: Dataset,
    state: ProductState = ProductState.ON_SALE,
    unit_price: str = "0.80",
    jurisdiction: str = "national",
    **changes: object,
) -> Product:
    """A product in a state; by default complete, with its verdicts, and on sale."""
    operator = stored(session, actor_of(Role.OPERATOR))
    approver = stored(session, actor_of(Role.BUREAU_APPROVER))
    sources = datasets or (make_source(session),)
    product = actions.draft_product(
        session, operator, product_draft(*sources, **changes), jurisdiction=jurisdiction
    )
    for source in sources:
        allow(session, product, source)
    set_cap(session, product)
    actions.set_price(session, operator, product.id, price_draft(unit_price))
    if state is ProductState.DRAFT:
        return reads.get_product(session, product.id)
    actions.submit_product(session, operator, product.id)
    if state is not ProductState.REVIEW:
        actions.publish_product(session, approver, product.id)
    if state is ProductState.SUSPENDED:
        actions.suspend_product(session, approver, product.id, "核查中")
    if state is ProductState.WITHDRAWN:
        actions.withdraw_product(session, approver, product.id, "停止供给")
    return reads.get_product(session, product.id)


def allow(session: Session, product: Product, dataset: Dataset, **changes: Any) -> None:
    """Say that the operator may run the data set, and that its quality is good."""
    subject = authorised_subject(product.operator_id, dataset.id)
    push(session, VerdictKind.AUTHORISED, subject, **changes)
    push(session, VerdictKind.QUALITY, dataset.id, **changes)


def set_cap(session: Session, product: Product, yuan: str = "0.80", **changes: Any) -> None:
    """Say what one call may cost at most."""
    cap = Cap(ChargeUnit.CALL, UnitPrice(Decimal(yuan)), is_tax_included=True)
    subject = capped_subject(product.id, ChargeUnit.CALL)
    push(session, VerdictKind.CAPPED, subject, facts=cap.facts(), **changes)


def push(session: Session, kind: VerdictKind, subject_id: str, **changes: Any) -> None:
    given = {"state": VerdictState.HOLDS, **changes}
    actions.push_verdict(session, HOUSE, kind=kind, subject_id=subject_id, **given)
