"""Signed licences, share rules, orders and payments, said in one line."""

import secrets
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from billing.orders import actions as orders
from billing.orders.models import Order
from billing.orders.schemas import OrderDraft
from billing.shares import actions as shares
from billing.shares.models import ShareRule
from billing.shares.rules import PLATFORM
from billing.shares.schemas import SharePart, SharesDraft
from kernel import clock
from kernel.actor import Actor
from kernel.ids import new_id
from kernel.money import UnitPrice
from kernel.periods import add_months
from licensing.applications.models import Application
from licensing.applications.rules import Act, ApplicationState
from licensing.licences.models import Licence
from licensing.licences.rules import LicenceState, PaymentTerms
from market.accounts.rules import Role
from market.catalogue.models import Product
from market.catalogue.reads import get_product
from market.catalogue.rules import Purpose
from sandbox.policies.models import PolicyId, PolicyRevision
from sandbox.policies.rules import ColumnKind, ColumnRule, PrivacyPolicy
from tests.factories.catalogue import make_product, make_source
from tests.factories.licensing import make_agreement
from tests.factories.market import actor_of, stored

HOUSE = Actor.system("test")
BUREAU = "org_bureau"
OPERATOR = "org_operator"
BUYER = "org_enterprise"


def purchaser(session: Session, **changes: object) -> Actor:
    return stored(session, actor_of(Role.PURCHASER, **changes))  # type: ignore[arg-type]


def approver(session: Session) -> Actor:
    return stored(session, actor_of(Role.BUREAU_APPROVER))


def sold_product(
    session: Session, *, is_authorised: bool = True, is_shared: bool = True
) -> Product:
    """A product on sale at 0.80 a call, authorised, with a share rule of 60 / 30 / 10 %."""
    source = make_source(session)
    if is_authorised:
        make_agreement(session, [source])
    product = make_product(session, source)
    open_for_queries(session, product)
    if is_shared:
        make_shares(session, product.id)
    return product


def open_for_queries(session: Session, product: Product) -> None:
    """Let the bureau have set a privacy policy, without the data it would be checked against."""
    columns = (ColumnRule(name="year", kind=ColumnKind.INTEGER, is_filter=True),)
    policy = PrivacyPolicy(table="checks", unit=None, columns=columns, is_open=True)
    revision = PolicyRevision(
        id=PolicyId(new_id("pol")),
        product_id=product.id,
        dataset_id=product.dataset_ids[0],
        number=1,
        content=policy.model_dump(mode="json"),
        set_by=approver(session).id,
        set_at=clock.now(),
    )
    session.add(revision)
    session.flush()


def shares_draft(*parts: tuple[str, str]) -> SharesDraft:
    given = parts or ((BUREAU, "0.6"), (OPERATOR, "0.3"), (PLATFORM, "0.1"))
    return SharesDraft(
        parts=tuple(SharePart(party=party, fraction=Decimal(part)) for party, part in given)
    )


def make_shares(session: Session, product_id: str, *parts: tuple[str, str]) -> ShareRule:
    return shares.set_shares(session, approver(session), product_id, shares_draft(*parts))


def make_licence(
    session: Session,
    product_id: str = "",
    *,
    buyer_id: str = BUYER,
    units: int = 1000,
    unit_price: str = "0.80",
    **changes: object,
) -> Licence:
    """A licence that both sides have signed and that waits for its order."""
    stored(session, actor_of(Role.PURCHASER, organization_id=buyer_id, id=f"usr_of_{buyer_id}"))
    product = get_product(session, product_id) if product_id else sold_product(session)
    application = _application(product, buyer_id, units)
    session.add(application)
    session.flush()
    price = Decimal(unit_price)
    facts = _signed_facts(product, application) | {
        "units": units,
        "unit_price": price,
        "amount_minor": UnitPrice(price).charge(units).minor,
    }
    licence = Licence(**{**facts, **changes})
    session.add(licence)
    session.flush()
    return licence


def _signed_facts(product: Product, application: Application) -> dict[str, object]:
    """Everything a signed licence holds, but for how much it is and what it costs."""
    today = clock.today()
    return {
        "id": new_id("lic"),
        "application_id": application.id,
        "product_id": product.id,
        "supplier_id": product.operator_id,
        "buyer_id": application.buyer_id,
        "title": product.title,
        "state": LicenceState.SIGNED.value,
        "purpose": Purpose.INDUSTRY.value,
        "acts": [Act.QUERY.value],
        "starts_on": today,
        "ends_on": add_months(today, 12),
        "unit": "call",
        "payment": PaymentTerms.PREPAID.value,
        "epsilon": Decimal(1),
        "terms": {},
        "content": "{}",
        "content_sha256": secrets.token_hex(32),
        "offered_by": "usr_operator",
        "offered_at": clock.now(),
        "signed_at": clock.now(),
    }


def make_order(session: Session, licence: Licence | None = None, **changes: object) -> Order:
    """An order placed by the purchaser of the licence's buyer. changes: of the licence."""
    chosen = licence or make_licence(session, **changes)  # type: ignore[arg-type]
    buyer = purchaser(session, organization_id=chosen.buyer_id, id=f"usr_of_{chosen.buyer_id}")
    return orders.place(session, buyer, order_draft(chosen.id))


def order_draft(licence_id: str, purchase_number: str = "PO-2026-001") -> OrderDraft:
    return OrderDraft(licence_id=licence_id, purchase_number=purchase_number)


def first_of_next_month(day: date) -> date:
    return add_months(day.replace(day=1), 1)


def _application(product: Product, buyer_id: str, units: int) -> Application:
    return Application(
        id=new_id("app"),
        product_id=product.id,
        bureau_id=product.bureau_id,
        operator_id=product.operator_id,
        buyer_id=buyer_id,
        title=product.title,
        drafted_by="usr_analyst",
        scenario="为连锁餐饮企业评估门店选址的卫生风险，仅供内部研判使用。",
        purpose=Purpose.INDUSTRY.value,
        acts=[Act.QUERY.value],
        term_months=12,
        unit="call",
        units=units,
        measures="结果存放于内网，仅两人可见，项目结束即删除。",
        proof="",
        state=ApplicationState.APPROVED.value,
        submitted_at=clock.now(),
        due_on=clock.today(),
        due_is_provisional=False,
        decided_at=clock.now(),
    )
