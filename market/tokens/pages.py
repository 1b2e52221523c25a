"""Where a person gives keys to programs, and takes them back."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel import clock
from kernel.actor import Permission
from kernel.db import transaction
from kernel.i18n import translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.submissions import claim_once, remember_location
from market.tokens import actions, reads
from market.tokens.rules import DEFAULT_LIFE_DAYS, ApiTokenId, ClientId, scopes_open_to
from market.tokens.schemas import ApiTokenDraft, OAuthClientDraft

bp = Blueprint("tokens", __name__, template_folder="templates", url_prefix="/me/tokens")


@bp.route("", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """My tokens; sending issues one, and the answer shows it this once."""
    if current_actor().organization_id is None:
        return redirect(url_for("accounts.welcome"), 303)
    form = Form(ApiTokenDraft, {"life_days": DEFAULT_LIFE_DAYS})
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, current_actor().id)
                issued, secret = actions.issue_token(session, current_actor(), draft)
                remember_location(session, current_actor().id, url_for("tokens.index"))
                return render_template("tokens/issued.html", token=issued, secret=secret)
    with transaction() as session:
        page = render_template(
            "tokens/index.html",
            form=form,
            tokens=reads.list_tokens(session, current_actor()),
            clients=reads.list_clients(session, current_actor()),
            scope_choices=_scope_choices(),
            now=clock.now(),
        )
    return page, form.status


@bp.post("/<token_id>/revoke")
def revoke(token_id: ApiTokenId) -> ResponseReturnValue:
    with transaction() as session:
        actions.revoke_token(session, current_actor(), token_id)
    return redirect(url_for("tokens.index"), 303)


@bp.route("/clients/new", methods=["GET", "POST"])
def new_client() -> ResponseReturnValue:
    """A program that asks for short-lived tokens; the answer shows its secret this once."""
    form = Form(OAuthClientDraft)
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, current_actor().id)
                client, secret = actions.register_client(session, current_actor(), draft)
                remember_location(session, current_actor().id, url_for("tokens.index"))
                return render_template("tokens/registered.html", client=client, secret=secret)
    page = render_template("tokens/client.html", form=form, scope_choices=_scope_choices())
    return page, form.status


@bp.post("/clients/<client_id>/revoke")
def revoke_client(client_id: ClientId) -> ResponseReturnValue:
    with transaction() as session:
        actions.revoke_client(session, current_actor(), client_id)
    return redirect(url_for("tokens.index"), 303)


def _scope_choices() -> list[tuple[str, str]]:
    """What this person may let a program do."""
    mine = scopes_open_to(current_actor().permissions)
    return [(scope.value, translate(scope.label)) for scope in Permission if scope in mine]
