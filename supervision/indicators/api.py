"""How do machines of a regulator read the figures?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from supervision.indicators import reads
from supervision.indicators.schemas import MarketFiguresOut

bp = Blueprint("indicators_api", __name__, url_prefix="/api/indicators")


@bp.get("")
@documented(gives=MarketFiguresOut, tag="indicators")
def figures() -> ResponseReturnValue:
    """Every figure, counted now."""
    with transaction() as session:
        found = reads.market_figures(session, current_actor())
    return MarketFiguresOut.of(found).model_dump(mode="json")
