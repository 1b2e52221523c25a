"""Where an organisation reads every entry of its accounts."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from billing.ledger import reads
from billing.ledger.rules import AccountKind, AccountRef
from kernel.db import transaction
from kernel.web.guard import current_actor

bp = Blueprint("ledger", __name__, template_folder="templates", url_prefix="/revenue")


@bp.get("/statement")
def statement() -> ResponseReturnValue:
    """My organisation's entries, newest first, with what they come to."""
    actor = current_actor()
    mine = actor.organization_id or ""
    with transaction() as session:
        return render_template(
            "ledger/statement.html",
            lines=reads.statement(session, actor, mine),
            owed=reads.balance(session, AccountRef(AccountKind.PAYABLE, mine)),
            owing=reads.balance(session, AccountRef(AccountKind.RECEIVABLE, mine)),
        )
