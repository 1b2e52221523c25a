"""How do machines read the book of privacy?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from sandbox.privacy import reads
from sandbox.privacy.schemas import BookOut, BudgetOut, SpendOut

bp = Blueprint("privacy_api", __name__, url_prefix="/api/privacy")


@bp.get("/<product_id>")
@documented(gives=BookOut, tag="privacy")
def show(product_id: str) -> ResponseReturnValue:
    """Purses and charges of a product: all of them for its keepers, its own for a buyer."""
    with transaction() as session:
        book = reads.get_book(session, current_actor(), product_id)
        return BookOut(
            product_id=book.product_id,
            budgets=tuple(BudgetOut.of(budget) for budget in book.budgets),
            spends=tuple(SpendOut.of(spend) for spend in book.spends),
            spent_epsilon=book.spent_epsilon,
        ).model_dump(mode="json")
