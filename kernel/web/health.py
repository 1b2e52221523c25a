"""Does this process live, and can it work?"""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from kernel import jobs, migrate
from kernel.db import transaction
from kernel.web.guard import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    return {"alive": True}


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """200 when the database answers and stands at the structure of this program."""
    with transaction() as session:
        session.execute(text("SELECT 1"))
        is_current = migrate.is_current(session.connection())
        waiting = sum(jobs.pending_counts(session).values())
    answer = jsonify(ready=is_current, jobs_waiting=waiting)
    return answer, 200 if is_current else 503
