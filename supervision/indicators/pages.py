"""Where does a regulator see at a glance how the market is doing?"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import current_actor
from supervision.indicators import reads

bp = Blueprint("indicators", __name__, template_folder="templates", url_prefix="/supervision")


@bp.get("")
def board() -> ResponseReturnValue:
    """The live board."""
    return _render("indicators/board.html")


@bp.get("/figures")
def figures() -> ResponseReturnValue:
    """Only the figures: the board fetches them anew; opened directly, it leads to the board."""
    if "HX-Request" not in request.headers:
        return redirect(url_for("indicators.board"))
    return _render("indicators/figures.html")


def _render(template: str) -> str:
    with transaction() as session:
        found = reads.market_figures(session, current_actor())
    return render_template(template, figures=found)
