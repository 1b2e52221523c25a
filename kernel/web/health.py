"""Does this process live, and can it work?"""

from collections.abc import Callable

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from kernel import jobs, migrate
from kernel.db import transaction
from kernel.web.guard import public

EXTENSION = "marketplace_remarks"
Remark = Callable[[], str]
bp = Blueprint("health", __name__)


def install(app: Flask, *remarks: Remark) -> None:
    """remarks: each finds out one thing about this machine, and gives "" where all is well."""
    app.extensions[EXTENSION] = remarks
    app.register_blueprint(bp)


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    return {"alive": True}


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """200 when the database answers and stands at the structure of this program.

    remarks: what does not keep it from working, and operations should know.
    """
    with transaction() as session:
        session.execute(text("SELECT 1"))
        is_current = migrate.is_current(session.connection())
        waiting = sum(jobs.pending_counts(session).values())
        is_stalled = jobs.is_stalled(session)
    remarks = [words for find in current_app.extensions[EXTENSION] if (words := find())]
    answer = jsonify(
        ready=is_current, jobs_waiting=waiting, jobs_are_stalled=is_stalled, remarks=remarks
    )
    return answer, 200 if is_current else 503
