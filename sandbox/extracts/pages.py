"""Where does the bureau see what a policy did to its data?"""

from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from kernel.actor import Permission
from kernel.db import transaction
from kernel.web.guard import current_actor
from market.catalogue.reads import get_visible_product
from sandbox.extracts import reads
from sandbox.extracts.models import Extract
from sandbox.extracts.rules import ExtractState

bp = Blueprint("extracts", __name__, template_folder="templates", url_prefix="/extracts")
TONES = {ExtractState.WAITING: "wait", ExtractState.READY: "good", ExtractState.FAILED: "bad"}


@dataclass(frozen=True)
class Loss:
    """What a column's declaration did not cover: rows outside, clipped, not of its kind."""

    column: str
    outside: int
    clipped: int
    unreadable: int


@bp.get("/<product_id>")
def index(product_id: str) -> ResponseReturnValue:
    """The extracts of a product with what was cut off; exact figures, for the bureau only."""
    actor = current_actor()
    with transaction() as session:
        product = get_visible_product(session, actor, product_id)
        actor.require(Permission.SET_PRIVACY_POLICY, product.bureau_id)
        found = reads.list_extracts(session, product_id)
        return render_template(
            "extracts/index.html",
            product=product,
            extracts=found,
            newest=found[0] if found else None,
            kept=_kept(found[0]) if found else None,
            losses=_losses(found[0]) if found else [],
            states=ExtractState,
            tones=TONES,
        )


def _kept(extract: Extract) -> Decimal | None:
    """The share of rows that count, of those that name a unit."""
    facts = extract.facts or {}
    named = facts.get("rows_read", 0) - facts.get("without_unit", 0)
    return Decimal(facts["rows_kept"]) / named if named else None


def _losses(extract: Extract) -> list[Loss]:
    """Columns with anything to tell, worst first."""
    facts = extract.facts or {}
    kinds = ("outside", "clipped", "unreadable")
    columns = {name for kind in kinds for name in facts.get(kind, {})}
    losses = [
        Loss(name, *(int(facts.get(kind, {}).get(name, 0)) for kind in kinds)) for name in columns
    ]
    told = [loss for loss in losses if loss.outside or loss.clipped or loss.unreadable]
    return sorted(told, key=lambda loss: (-loss.outside - loss.unreadable, loss.column))
