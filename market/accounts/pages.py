"""Where people sign in and see what stands under their name."""

from flask import Blueprint, Request, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.db import transaction
from kernel.web.guard import current_actor, find_actor, public
from market.accounts import actions, reads
from market.accounts.rules import LoginSessionId, MembershipId, local_address

SESSION_COOKIE = "market_session"
bp = Blueprint("accounts", __name__, template_folder="templates")


def load_actor(asked: Request) -> Actor | None:
    """Who asks, by the cookie of an open sign-in."""
    secret = asked.cookies.get(SESSION_COOKIE)
    if not secret:
        return None
    with transaction() as session:
        return actions.resume_session(session, secret)


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    target = local_address(request.args.get("next", ""), url_for("shell.desk"))
    if find_actor() is not None:
        return redirect(target, 303)
    return render_template("accounts/sign_in.html", target=target)


@bp.get("/me")
def me() -> ResponseReturnValue:
    """What stands under my name: organisations and signed-in browsers."""
    actor = current_actor()
    with transaction() as session:
        return render_template(
            "accounts/me.html",
            standings=reads.list_standings(session, actor.id),
            browsers=reads.list_open_sessions(session, actor.id, clock.now()),
            this_browser=_this_browser(session),
        )


@bp.post("/me/organization")
def act_for() -> ResponseReturnValue:
    """Act for another of my organisations from now on, in this browser."""
    membership_id = MembershipId(request.form.get("membership_id", ""))
    with transaction() as session:
        actions.act_for(session, current_actor(), _this_browser(session), membership_id)
    g.pop("actor")
    return redirect(local_address(request.form.get("next", ""), url_for("shell.desk")), 303)


@bp.post("/me/sessions/<session_id>/end")
def end_session(session_id: LoginSessionId) -> ResponseReturnValue:
    with transaction() as session:
        actions.end_session(session, current_actor(), session_id)
    return redirect(url_for("accounts.me"), 303)


def _this_browser(session: Session) -> LoginSessionId:
    """The sign-in of this browser; "" for a machine, which has none."""
    secret = request.cookies.get(SESSION_COOKIE, "")
    found = reads.find_signed_in(session, actions.hashed(secret), clock.now())
    return found.login_session.id if found else LoginSessionId("")
