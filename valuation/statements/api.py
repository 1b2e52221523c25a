"""How do machines read the lines, tables and checks of a year?"""

from datetime import date

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from kernel.db import transaction
from kernel.periods import Period
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_query
from valuation.statements import reads
from valuation.statements.schemas import StatementsOut

bp = Blueprint("statements_api", __name__, url_prefix="/api/statements")


class YearQuery(BaseModel):
    """Which books, which calendar year."""

    model_config = ConfigDict(frozen=True)

    entity_id: str
    year: int = Field(ge=2024, le=9998)


@bp.get("")
@documented(gives=StatementsOut, query=YearQuery, tag="statements")
def index() -> ResponseReturnValue:
    """The three lines, the two disclosure tables and their checks."""
    wanted = parse_query(YearQuery)
    period = Period(date(wanted.year, 1, 1), date(wanted.year + 1, 1, 1))
    with transaction() as session:
        found = reads.get_statements(session, current_actor(), wanted.entity_id, period)
        return StatementsOut.of(found).model_dump(mode="json")
