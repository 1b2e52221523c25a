"""/api/usage: what my organisation used."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from billing.metering import reads
from billing.metering.schemas import MonthOfUseOut, UsageOut, UsageQuery
from kernel import clock
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_query

bp = Blueprint("usage_api", __name__, url_prefix="/api/usage")


@bp.get("")
@documented(gives=MonthOfUseOut, query=UsageQuery, tag="usage")
def month() -> ResponseReturnValue:
    """Uses of one month by licence, each counted once."""
    month_on = (parse_query(UsageQuery).month_on or clock.today()).replace(day=1)
    with transaction() as session:
        found = reads.own_usage_of_month(session, current_actor(), month_on)
    items = [UsageOut.of(usage) for usage in found]
    return MonthOfUseOut(month_on=month_on, items=items).model_dump(mode="json")
