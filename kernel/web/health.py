"""Does this process live, and can it work?"""

import json
from collections.abc import Callable

import click
from flask import Blueprint, Flask, current_app, jsonify
from flask.cli import AppGroup
from flask.typing import ResponseReturnValue

from kernel import jobs, migrate
from kernel.db import transaction
from kernel.web.guard import public

EXTENSION = "marketplace_remarks"
Remark = Callable[[], str]
bp = Blueprint("health", __name__)
group = AppGroup("health", help="How this machine is.")


def install(app: Flask, *remarks: Remark) -> None:
    """remarks: each finds out one thing about this machine, and gives "" where all is well."""
    app.extensions[EXTENSION] = remarks
    app.register_blueprint(bp)
    app.cli.add_command(group)


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    return {"alive": True}


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """200 when the database answers and stands at the structure of this program.

    Anybody may ask this, so it says nothing else: what this machine lacks is told at its console.
    """
    with transaction() as session:
        is_current = migrate.is_current(session.connection())
    return jsonify(ready=is_current), 200 if is_current else 503


@group.command("show")
def show() -> None:
    """Say whether this machine can work, how its jobs stand, and what it lacks."""
    with transaction() as session:
        is_current = migrate.is_current(session.connection())
        waiting = sum(jobs.pending_counts(session).values())
        is_stalled = jobs.is_stalled(session)
    remarks = [words for find in current_app.extensions[EXTENSION] if (words := find())]
    facts = {"ready": is_current, "jobs_waiting": waiting, "jobs_are_stalled": is_stalled}
    click.echo(json.dumps(facts | {"remarks": remarks}, ensure_ascii=False, indent=2))
