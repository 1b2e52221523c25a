"""What was used, by whom, in which span of time?"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.metering.models import UsageRecord
from billing.metering.rules import worth
from kernel.money import Money


@dataclass(frozen=True)
class Usage:
    """The uses under one licence in a span of time. worth: at the licence's price."""

    licence_id: str
    title: str
    unit: str
    uses: int
    units: int
    worth: Money


def usage_in(session: Session, buyer_id: str, since: datetime, until: datetime) -> list[Usage]:
    """A buyer's uses in [since, until) by licence; the caller has checked who may see them."""
    rows = session.execute(
        select(
            UsageRecord.licence_id,
            func.max(UsageRecord.title),
            UsageRecord.unit,
            func.count(),
            func.sum(UsageRecord.units),
            UsageRecord.unit_price,
        )
        .where(
            UsageRecord.buyer_id == buyer_id,
            UsageRecord.used_at >= since,
            UsageRecord.used_at < until,
        )
        .group_by(UsageRecord.licence_id, UsageRecord.unit, UsageRecord.unit_price)
        .order_by(UsageRecord.licence_id)
    )
    return [
        Usage(licence_id, title, unit, uses, int(units), worth(int(units), price))
        for licence_id, title, unit, uses, units, price in rows
    ]


def count_uses_of_product(
    session: Session, product_id: str, since: datetime, until: datetime
) -> int:
    """Uses of one product in [since, until), for the room that values it."""
    statement = select(func.count()).where(
        UsageRecord.product_id == product_id,
        UsageRecord.used_at >= since,
        UsageRecord.used_at < until,
    )
    return session.scalar(statement) or 0


def count_uses(session: Session, licence_id: str) -> int:
    statement = select(func.count()).where(UsageRecord.licence_id == licence_id)
    return session.scalar(statement) or 0
