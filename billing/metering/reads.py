"""What was used, by whom, in which span of time?"""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.metering.models import UsageRecord
from billing.metering.rules import worth
from billing.metering.schemas import Usage
from kernel import clock
from kernel.actor import Actor, MissingPermission, Permission
from kernel.periods import add_months

READERS = (Permission.RUN_QUERY, Permission.PLACE_ORDER, Permission.KEEP_BOOKS)


def own_usage_of_month(session: Session, actor: Actor, month_on: date) -> list[Usage]:
    """The uses of the actor's organisation in the month of this day. Raises: MissingPermission."""
    if not any(actor.may(permission) for permission in READERS):
        raise MissingPermission(Permission.RUN_QUERY)
    since = month_on.replace(day=1)
    until = add_months(since, 1)
    buyer_id = actor.organization_id or ""
    return usage_in(session, buyer_id, clock.day_start(since), clock.day_start(until))


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
