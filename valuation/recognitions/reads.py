"""What was decided about a data resource, and which of its costs are not booked yet?"""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from kernel.actor import Actor
from kernel.money import Money
from valuation.assets import reads as assets
from valuation.costs.models import CostRecord
from valuation.recognitions.models import BookedCost, Recognition
from valuation.recognitions.rules import Treatment


def find_recognition(session: Session, actor: Actor, asset_id: str) -> Recognition | None:
    """The decision about an asset, with its findings. Raises: NotFound where it may not be read."""
    assets.get_asset(session, actor, asset_id)
    return session.scalar(
        select(Recognition)
        .where(Recognition.asset_id == asset_id)
        .options(selectinload(Recognition.findings), selectinload(Recognition.criteria))
    )


def unbooked_costs(session: Session, organization_id: str, product_id: str) -> Sequence[CostRecord]:
    """Cost records of a product that stand in no books yet, oldest first."""
    booked = select(BookedCost.cost_record_id)
    return session.scalars(
        select(CostRecord)
        .where(
            CostRecord.organization_id == organization_id,
            CostRecord.product_id == product_id,
            CostRecord.id.not_in(booked),
        )
        .order_by(CostRecord.incurred_on, CostRecord.id)
    ).all()


def booked_costs(session: Session, asset_id: str) -> Sequence[tuple[CostRecord, BookedCost]]:
    """Every cost that was booked for an asset and what became of it, oldest first."""
    rows = session.execute(
        select(CostRecord, BookedCost)
        .join(BookedCost, BookedCost.cost_record_id == CostRecord.id)
        .where(BookedCost.asset_id == asset_id)
        .order_by(CostRecord.incurred_on, CostRecord.id)
    )
    return list(rows)


def capitalised_costs(session: Session, asset_id: str) -> Money:
    """What of the cost records went into the asset, without VAT."""
    minor = session.scalar(
        select(func.coalesce(func.sum(CostRecord.amount_minor), 0))
        .join(BookedCost, BookedCost.cost_record_id == CostRecord.id)
        .where(BookedCost.asset_id == asset_id, BookedCost.treatment == Treatment.CAPITALISE.value)
    )
    return Money(int(minor or 0))
