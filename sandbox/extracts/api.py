"""How do the bureau's machines see how far a product is prepared for queries?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.actor import Permission
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from market.catalogue.reads import get_visible_product
from sandbox.extracts import reads
from sandbox.extracts.schemas import ExtractList, ExtractOut

bp = Blueprint("extracts_api", __name__, url_prefix="/api/extracts")


@bp.get("/<product_id>")
@documented(gives=ExtractList, tag="policies")
def index(product_id: str) -> ResponseReturnValue:
    """The extracts of a product and their states; the bureau only, as on its page."""
    actor = current_actor()
    with transaction() as session:
        product = get_visible_product(session, actor, product_id)
        actor.require(Permission.SET_PRIVACY_POLICY, product.bureau_id)
        items = tuple(ExtractOut.of(one) for one in reads.list_extracts(session, product_id))
    return ExtractList(items=items).model_dump(mode="json")
