"""How does the log stand, and how does anyone check it?"""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import public
from supervision.transparency import actions, reads

bp = Blueprint("transparency", __name__, template_folder="templates")


@bp.get("/log")
@public
def log() -> ResponseReturnValue:
    """The newest checkpoint, the key, and where to fetch what."""
    key = actions.log_key(current_app.extensions["marketplace_settings"]).verification_key
    with transaction() as session:
        health = reads.get_health(session)
    return render_template("transparency/log.html", health=health, key=key)


@bp.get("/log/find")
@public
def find() -> ResponseReturnValue:
    """From an event's id to its proof."""
    wanted = request.args.get("event_id", "").strip()
    if not wanted:
        return redirect(url_for("transparency.log"))
    return redirect(url_for("transparency_api.proof_file", event_id=wanted))
