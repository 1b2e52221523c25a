"""How do machines read and set privacy policies?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from market.catalogue.reads import get_visible_product
from sandbox.policies import actions, reads
from sandbox.policies.declarations import proposed_policy
from sandbox.policies.rules import PrivacyPolicy
from sandbox.policies.schemas import PolicyOut

bp = Blueprint("policies_api", __name__, url_prefix="/api/policies")


@bp.get("/<product_id>")
@documented(gives=PolicyOut, tag="policies")
def show(product_id: str) -> ResponseReturnValue:
    """What may be asked of a product now."""
    with transaction() as session:
        get_visible_product(session, current_actor(), product_id)
        return PolicyOut.of(reads.get_policy(session, product_id)).model_dump(mode="json")


@bp.put("/<product_id>")
@documented(takes=PrivacyPolicy, gives=PolicyOut, tag="policies")
def put(product_id: str) -> ResponseReturnValue:
    """Put a new revision in force; open budgets stay as they are."""
    policy, actor = parse_json(PrivacyPolicy), current_actor()
    with transaction() as session:
        revision = actions.set_policy(session, actor, product_id, policy)
        return PolicyOut.of(revision).model_dump(mode="json")


@bp.get("/<product_id>/proposal")
@documented(gives=PrivacyPolicy, tag="policies")
def propose(product_id: str) -> ResponseReturnValue:
    """What the dictionary alone suggests, for the bureau to change."""
    with transaction() as session:
        declared = actions.declaration_for(session, current_actor(), product_id)
        return proposed_policy(declared, "data").model_dump(mode="json")
