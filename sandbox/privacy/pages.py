"""Where does anyone see how much of a product's privacy is left, and who spent it?"""

from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.i18n import N_, format_moment, translate
from kernel.web.guard import current_actor
from market.organizations.reads import names_of
from sandbox.privacy import reads
from sandbox.privacy.reads import Book
from sandbox.privacy.rules import Purse, SpendState

bp = Blueprint("privacy", __name__, template_folder="templates", url_prefix="/privacy")
TONES = {
    SpendState.CHARGED: "wait",
    SpendState.ANSWERED: "good",
    SpendState.FAILED: "bad",
    SpendState.REFUNDED: "idle",
}


@bp.get("/<product_id>")
def show(product_id: str) -> ResponseReturnValue:
    """The purses of a product, their burn-down and every charge."""
    with transaction() as session:
        book = reads.get_book(session, current_actor(), product_id)
        return render_template(
            "privacy/show.html",
            book=book,
            names=names_of(session, {spend.buyer_id for spend in book.spends}),
            tones=TONES,
            states=SpendState,
            chart=_burn_down(book),
        )


def _burn_down(book: Book) -> dict[str, Any] | None:
    """What was left of the product's lifetime after each charge, as an ECharts option."""
    product = [budget for budget in book.budgets if budget.purse == Purse.PRODUCT]
    kept = [spend for spend in book.spends if spend.state != SpendState.REFUNDED]
    if not (book.is_whole and product and kept):
        return None
    left = product[0].balance.left_epsilon + sum(spend.epsilon for spend in kept)
    begin = N_("开立") if book.charges == len(book.spends) else N_("此前")
    points: list[tuple[str, Decimal]] = [(translate(begin), left)]
    for spend in kept:
        left -= spend.epsilon
        points.append((format_moment(spend.charged_at), left))
    return {
        "grid": {"left": 56, "right": 16, "top": 24, "bottom": 32},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [moment for moment, _ in points]},
        "yAxis": {
            "type": "value",
            "min": 0,
            "max": float(product[0].limit_epsilon),
            "name": translate(N_("剩余 ε")),
        },
        "series": [{"type": "line", "step": "end", "data": [float(value) for _, value in points]}],
    }
