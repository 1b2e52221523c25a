"""Where does an auditor read the lines, the two tables and whether they agree?"""

from datetime import date

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from kernel import clock
from kernel.actor import Permission
from kernel.db import transaction
from kernel.periods import Period
from kernel.web.guard import current_actor
from kernel.web.parse import parse_query
from valuation.books import reads as books
from valuation.statements import reads

bp = Blueprint("statements", __name__, template_folder="templates", url_prefix="/statements")
FIRST_YEAR = 2024  # 财会〔2023〕11号 is in force from 2024-01-01 on


class StatementQuery(BaseModel):
    """Whose statements, of which calendar year."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    entity_id: str = ""
    year: int | None = Field(default=None, ge=FIRST_YEAR, le=9998)


@bp.get("")
def index() -> ResponseReturnValue:
    """Balance-sheet lines, disclosure tables and checks of one year."""
    actor, wanted = current_actor(), parse_query(StatementQuery)
    this_year = clock.today().year
    year = wanted.year or this_year
    with transaction() as session:
        entity = books.choose_entity(session, actor, wanted.entity_id)
        if entity is None:
            may_open = actor.may(Permission.KEEP_BOOKS)
            return render_template("books/none.html", may_open=may_open)
        period = Period(date(year, 1, 1), date(year + 1, 1, 1))
        return render_template(
            "statements/index.html",
            entity=entity,
            entities=books.list_entities(session, actor),
            found=reads.get_statements(session, actor, entity.id, period),
            year=year,
            years=range(FIRST_YEAR, this_year + 1),
        )
