"""POST /api/entitlements/decision: may we, now? A dry run that draws nothing."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from kernel.db import transaction
from kernel.i18n import translate
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from licensing.applications.rules import Act
from licensing.entitlements import reads

bp = Blueprint("entitlements_api", __name__, url_prefix="/api/entitlements")


class UseQuestion(BaseModel):
    """Which act under which licence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    licence_id: str
    act: Act


class AllowanceOut(BaseModel):
    """What is left of one kind."""

    kind: str
    granted: str
    left: str


class DecisionOut(BaseModel):
    """Permit or refuse, with the deciding clause and what is left."""

    permitted: bool
    ground: str
    clause: str
    reason: str
    allowances: list[AllowanceOut]


@bp.post("/decision")
@documented(takes=UseQuestion, gives=DecisionOut, tag="entitlements")
def decide() -> ResponseReturnValue:
    """Ask without drawing."""
    question = parse_json(UseQuestion)
    with transaction() as session:
        decision = reads.decide(
            session, current_actor(), licence_id=question.licence_id, act=question.act
        )
        left = [
            AllowanceOut(kind=row.kind, granted=str(row.granted), left=str(row.left))
            for row in reads.allowances_of(session, question.licence_id)
        ]
    return DecisionOut(
        permitted=decision.permitted,
        ground=decision.ground.value,
        clause=decision.clause,
        reason=translate(decision.reason),
        allowances=left,
    ).model_dump(mode="json")
