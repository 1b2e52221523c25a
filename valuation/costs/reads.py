"""Which costs does an organisation have for a product, and which lack their proof?"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.money import Money
from kernel.paging import Page, page_of
from market.catalogue import reads as catalogue
from valuation.assets import reads as assets
from valuation.books import reads as books
from valuation.costs.models import CostRecord
from valuation.costs.rules import CostComponent

READERS = (Permission.RECORD_COST, Permission.APPRAISE, Permission.KEEP_BOOKS)


def may_read(session: Session, actor: Actor, organization_id: str) -> bool:
    """People of the organisation who record, value or book its costs, and those who audit them."""
    if any(actor.may(permission, organization_id) for permission in READERS):
        return True
    entity = books.find_entity_of(session, organization_id)
    return entity is not None and books.may_read(actor, entity)


def get_project_title(session: Session, actor: Actor, product_id: str) -> str:
    """The title of a product for which one may have costs: one's own, or one that is public.

    Raises: ProductNotFound.
    """
    product = catalogue.get_product(session, product_id)
    if not (actor.is_system or product.is_public or product.operator_id == actor.organization_id):
        raise catalogue.ProductNotFound
    return product.title


def list_projects(session: Session, organization_id: str) -> list[tuple[str, str]]:
    """Products an organisation operates or has bought: id and title, for choosing."""
    titles = {
        str(product.id): product.title
        for product in catalogue.list_operated(session, organization_id)
    }
    titles.update(assets.bought_products(session, organization_id))
    return sorted(titles.items(), key=lambda pair: pair[1])


def get_cost(session: Session, actor: Actor, cost_record_id: str) -> CostRecord:
    """Raises: NotFound, also where the actor may not see it."""
    cost = session.get(CostRecord, cost_record_id)
    if cost is None or not may_read(session, actor, cost.organization_id):
        raise NotFound
    return cost


def cost_for_update(session: Session, cost_record_id: str) -> CostRecord:
    """Raises: NotFound."""
    cost = session.get(CostRecord, cost_record_id, with_for_update=True)
    if cost is None:
        raise NotFound
    return cost


def costs_of(session: Session, organization_id: str, product_id: str) -> Sequence[CostRecord]:
    """An organisation's costs for one product, oldest first."""
    return session.scalars(
        select(CostRecord)
        .where(CostRecord.organization_id == organization_id, CostRecord.product_id == product_id)
        .order_by(CostRecord.incurred_on, CostRecord.id)
    ).all()


def list_costs(
    session: Session,
    actor: Actor,
    organization_id: str,
    *,
    product_id: str = "",
    is_missing: bool = False,
    cursor: str = "",
) -> Page[CostRecord]:
    """An organisation's costs, newest first; of one product, or only those without proof.

    Raises: NotFound where the actor may not see them, CursorUnknown.
    """
    if not may_read(session, actor, organization_id):
        raise NotFound
    statement = select(CostRecord).where(CostRecord.organization_id == organization_id)
    if product_id:
        statement = statement.where(CostRecord.product_id == product_id)
    if is_missing:
        statement = statement.where(CostRecord.evidence_key.is_(None))
    ordered = statement.order_by(CostRecord.incurred_on.desc(), CostRecord.id.desc())
    return page_of(session, ordered, cursor)


def costs_without_evidence(session: Session, organization_id: str) -> Sequence[CostRecord]:
    """What an auditor would ask for first, oldest first."""
    return session.scalars(
        select(CostRecord)
        .where(CostRecord.organization_id == organization_id, CostRecord.evidence_key.is_(None))
        .order_by(CostRecord.incurred_on, CostRecord.id)
    ).all()


def totals_by_component(
    session: Session, organization_id: str, product_id: str, until_on: date
) -> dict[CostComponent, Money]:
    """What was spent on a product until the end of a day, by kind, without VAT."""
    rows = session.execute(
        select(CostRecord.component, func.sum(CostRecord.amount_minor))
        .where(
            CostRecord.organization_id == organization_id,
            CostRecord.product_id == product_id,
            CostRecord.incurred_on <= until_on,
        )
        .group_by(CostRecord.component)
    )
    return {CostComponent(name): Money(int(minor)) for name, minor in rows}
