"""/api/ledger: an organisation's own entries."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from billing.ledger import reads
from billing.ledger.rules import AccountKind, AccountRef
from billing.ledger.schemas import EntryOut, MoneyOut, StatementOut
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented

bp = Blueprint("ledger_api", __name__, url_prefix="/api/ledger")


@bp.get("/statement")
@documented(gives=StatementOut, tag="ledger")
def statement() -> ResponseReturnValue:
    """The newest 200 entries of my organisation, and what they come to."""
    actor = current_actor()
    mine = actor.organization_id or ""
    with transaction() as session:
        lines = reads.statement(session, actor, mine)
        owed = reads.balance(session, AccountRef(AccountKind.PAYABLE, mine))
        owing = reads.balance(session, AccountRef(AccountKind.RECEIVABLE, mine))
    return StatementOut(
        owed=MoneyOut.of(owed),
        owing=MoneyOut.of(-owing),
        items=[EntryOut.of(line) for line in lines],
    ).model_dump(mode="json")
