"""How does the log stand, and how does anyone check it?"""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.guard import public
from kernel.web.shell import Desk, Panel, desk_source
from supervision.transparency import actions, reads

bp = Blueprint("transparency", __name__, template_folder="templates")

STANDS = N_("日志正常：已签名 {size} 条，最近签名 {signed_at}。")
LATE = N_("日志中断：{late} 条记录超过十分钟没有进入日志，最近签名 {signed_at}。")
UNSIGNED = N_("日志还没有签过名。")


@bp.get("/log")
@public
def log() -> ResponseReturnValue:
    """The newest checkpoint, the key, and where to fetch what."""
    key = actions.log_key(current_app.extensions["marketplace_settings"]).verification_key
    with transaction() as session:
        health = reads.get_health(session)
    return render_template("transparency/log.html", health=health, key=key)


@desk_source
def show_log(session: Session, actor: Actor, desk: Desk) -> None:
    """A regulator's desk says how the log stands."""
    if not actor.may(Permission.SEE_TIMELINE):
        return
    health = reads.get_health(session)
    if health.checkpoint is None:
        words = translate(UNSIGNED)
    else:
        words = say(
            LATE if health.late else STANDS,
            size=health.checkpoint.size,
            signed_at=health.checkpoint.signed_at,
            late=health.late,
        )
    address = url_for("transparency.log")
    desk.at_risk.append(Panel(translate(N_("透明日志")), [(words, address)]))


@bp.get("/log/find")
@public
def find() -> ResponseReturnValue:
    """From an event's id to its proof."""
    wanted = request.args.get("event_id", "").strip()
    if not wanted:
        return redirect(url_for("transparency.log"))
    return redirect(url_for("transparency_api.proof_file", event_id=wanted))
