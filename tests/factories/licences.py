"""Applications and licences, valid by default, said in one line."""

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from kernel import clock
from licensing.applications import actions as applications
from licensing.applications.models import Application
from licensing.applications.rules import Act
from licensing.applications.schemas import ApplicationDraft, DecisionDraft
from licensing.licences import actions as licences
from licensing.licences.models import Licence
from licensing.licences.rules import LicenceState
from licensing.licences.schemas import LicenceOffer
from market.accounts.roles import Role
from market.catalogue.models import Product
from market.catalogue.rules import Purpose
from tests.factories.catalogue import make_product, make_source
from tests.factories.licensing import make_agreement
from tests.factories.market import actor_of, stored

YES = DecisionDraft(permits=True, reason="场景具体，措施可行")
NO = DecisionDraft(permits=False, reason="场景不在授权范围内")


def make_authorised_product(session: Session, **changes: Any) -> Product:
    """A product on sale whose data set stands under an agreement in force."""
    source = make_source(session)
    make_agreement(session, [source])
    return make_product(session, source, **changes)


def application_draft(product: Product, **changes: Any) -> ApplicationDraft:
    given = {
        "product_id": product.id,
        "scenario": "承保人员在报价前核对被保险餐饮单位所在区域的检查结果分布",
        "purpose": Purpose.INDUSTRY,
        "acts": [Act.QUERY],
        "term_months": 12,
        "unit": "call",
        "units": 100,
        "measures": "仅两人可见，内网保存，半年后删除",
    }
    return ApplicationDraft.model_validate({**given, **changes})


def make_application(
    session: Session, product: Product | None = None, *, decisions: int = 0, **changes: Any
) -> Application:
    """An application of the usual analyst; decisions: how many of the two have permitted it."""
    product = product or make_authorised_product(session)
    analyst = stored(session, actor_of(Role.ANALYST))
    made = applications.submit_application(session, analyst, application_draft(product, **changes))
    for role in (Role.BUREAU_OFFICER, Role.BUREAU_APPROVER)[:decisions]:
        actor = stored(session, actor_of(role))
        applications.decide_application(session, actor, made.id, YES)
    return made


def make_licence(
    session: Session,
    product: Product | None = None,
    *,
    state: LicenceState = LicenceState.ACTIVE,
    epsilon: str = "1",
    **changes: Any,
) -> Licence:
    """A licence in a state; by default active, whoever paid."""
    application = make_application(session, product, decisions=2, **changes)
    operator = stored(session, actor_of(Role.OPERATOR))
    purchaser = stored(session, actor_of(Role.PURCHASER))
    offer = LicenceOffer(starts_on=clock.today(), epsilon=Decimal(epsilon))
    licence = licences.offer(session, operator, application.id, offer)
    if state is LicenceState.OFFERED:
        return licence
    for side in (operator, purchaser):
        licences.sign(session, side, licence.id)
    if state is LicenceState.SIGNED:
        return licence
    licences.activate(session, operator, licence.id)
    if state is LicenceState.SUSPENDED:
        licences.suspend(session, operator, licence.id, "核查中")
    if state is LicenceState.ENDED:
        licences.end(session, operator, licence.id, "双方解除")
    return licence
