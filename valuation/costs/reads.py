"""Which costs does an organisation have for a product, and which lack their proof?"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.money import Money
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


def list_costs(organization_id: str) -> Select[CostRecord]:
    """An ordered select for paging, newest first."""
    return (
        select(CostRecord)
        .where(CostRecord.organization_id == organization_id)
        .order_by(CostRecord.incurred_on.desc(), CostRecord.id.desc())
    )


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
