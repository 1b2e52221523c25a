"""Where people sign in and see what stands under their name."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Request,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as flow
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, ActorKind
from kernel.db import transaction
from kernel.i18n import N_, Labelled, say, translate
from kernel.settings import Settings
from kernel.web.addresses import local_address
from kernel.web.forms import Form
from kernel.web.guard import current_actor, find_actor, public
from kernel.web.limits import limiter
from kernel.web.shell import Desk, Waiting, desk_source
from kernel.web.submissions import claim_once, remember_location
from market.accounts import actions, oidc, reads
from market.accounts.roles import ROLES_OPEN_TO, Role
from market.accounts.rules import (
    SESSION_COOKIE,
    InvitationId,
    LoginSessionId,
    MembershipId,
    browser_name,
)
from market.accounts.schemas import FoundingDraft, MemberInvitationDraft, RolesDraft
from market.organizations.models import Organization
from market.organizations.rules import OrganizationKind, RegulatorScope, scopes_open_to

SIGN_IN_LIMIT = "30 per minute"
KIND_WORDS = {
    OrganizationKind.SOURCE_DEPARTMENT: N_("产生和持有公共数据的部门，同意数据进入授权运营。"),
    OrganizationKind.BUREAU: N_("登记数据、批准上架、核验身份的数据局。"),
    OrganizationKind.OPERATOR: N_("受权开发和经营公共数据产品的法人。"),
    OrganizationKind.ENTERPRISE: N_("申请、购买和使用数据产品的企业。"),
    OrganizationKind.REGISTRAR: N_("受理公共数据资源登记的事业单位。"),
    OrganizationKind.PRICE_AUTHORITY: N_("核定上限收费标准的发展改革部门。"),
    OrganizationKind.REGULATOR: N_("按职责监督市场的部门。"),
    OrganizationKind.PUBLIC_INSTITUTION: N_("使用或提供公共数据的事业单位。"),
}
INVITED = N_("已邀请。对方用该邮箱或账号登录后，在“我的账号”中接受。")
ROLES_CHANGED = N_("角色已调整，即刻生效。")
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
    return render_template(
        "accounts/sign_in.html", target=target, is_configured=oidc.is_configured()
    )


@bp.get("/sign-in/start")
@public
@limiter.limit(SIGN_IN_LIMIT)
def start() -> ResponseReturnValue:
    """Off to the identity provider; where the person wanted to go is remembered."""
    public_url = _settings().public_url.rstrip("/")
    if request.host != urlsplit(public_url).netloc:
        # The answer comes back to the public address: its cookie must stand there too.
        return redirect(public_url + request.full_path)
    flow["next"] = local_address(request.args.get("next", ""), url_for("shell.desk"))
    return oidc.lead_to_provider(public_url + url_for("accounts.callback"))


@bp.get("/sign-in/callback")
@public
@limiter.limit(SIGN_IN_LIMIT)
def callback() -> ResponseReturnValue:
    """Back from the identity provider: open the sign-in of this browser."""
    identity = oidc.finish()
    with transaction() as session:
        secret = actions.open_session(session, identity, request.user_agent.string)
        actor = actions.resume_session(session, secret)
    target = local_address(flow.pop("next", ""), url_for("shell.desk"))
    has_place = actor is not None and actor.organization_id is not None
    answer = redirect(target if has_place else url_for("accounts.welcome"), 303)
    answer.set_cookie(SESSION_COOKIE, secret, **_cookie_rules())
    return answer


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the sign-in here first; then at the provider, as far as it answers."""
    id_token = ""
    with transaction() as session:
        found = reads.find_signed_in(session, actions.hashed(_secret()), clock.now())
        if found is not None:
            id_token = found.login_session.id_token
            actor = reads.actor_for(found.user, found.standing, clock.today())
            actions.end_session(session, actor, found.login_session.id)
    g.pop("actor", None)
    # A page leads on to the provider: a form of ours is never sent to another site.
    back = _settings().public_url.rstrip("/") + url_for("accounts.signed_out")
    page = render_template(
        "accounts/signed_out.html", farewell=oidc.farewell(id_token, back), is_everywhere=False
    )
    answer = make_response(page)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@bp.get("/signed-out")
@public
def signed_out() -> ResponseReturnValue:
    """Back from the provider's own sign-out."""
    is_ours = request.args.get("state", "") == flow.pop("sign_out_state", None)
    return render_template("accounts/signed_out.html", farewell=None, is_everywhere=is_ours)


@bp.get("/me")
def me() -> ResponseReturnValue:
    """What stands under my name: organisations and signed-in browsers."""
    actor = current_actor()
    with transaction() as session:
        return render_template(
            "accounts/me.html",
            standings=reads.list_standings(session, actor.id),
            offers=reads.list_offers(session, actor.id, clock.now()),
            browser_name=browser_name,
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


@bp.get("/welcome")
def welcome() -> ResponseReturnValue:
    """No organisation yet: found one, or be invited."""
    actor = current_actor()
    if actor.organization_id is not None:
        return redirect(url_for("shell.desk"), 303)
    with transaction() as session:
        return render_template(
            "accounts/welcome.html",
            user=reads.get_user(session, actor.id),
            offers=reads.list_offers(session, actor.id, clock.now()),
        )


@bp.route("/organizations/new", methods=["GET", "POST"])
def found_organization() -> ResponseReturnValue:
    """First the kind of organisation, then what belongs to that kind."""
    asked = request.values.get("kind", "")
    kind = OrganizationKind(asked) if asked in set(OrganizationKind) else None
    form = Form(FoundingDraft)
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, current_actor().id)
                browser = _this_browser(session)
                actions.found_organization(session, current_actor(), draft, browser)
                target = url_for("accounts.organization")
                remember_location(session, current_actor().id, target)
            return redirect(target, 303)
    open_roles = ROLES_OPEN_TO[kind] - {Role.ADMINISTRATOR} if kind else frozenset[Role]()
    page = render_template(
        "accounts/found.html",
        form=form,
        kind=kind,
        kinds=[(one, translate(KIND_WORDS[one])) for one in OrganizationKind],
        scopes=_choices(RegulatorScope),
        roles=_choices(role for role in Role if role in open_roles),
    )
    return page, form.status


@bp.route("/organization", methods=["GET", "POST"])
def organization() -> ResponseReturnValue:
    """My organisation: who belongs to it, whether it is verified; sending invites somebody."""
    actor = current_actor()
    if actor.organization_id is None:
        return redirect(url_for("accounts.welcome"), 303)
    form = Form(MemberInvitationDraft)
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                actions.invite(session, actor, draft)
                remember_location(session, actor.id, url_for("accounts.organization"))
            flash(translate(INVITED), "good")
            return redirect(url_for("accounts.organization"), 303)
    with transaction() as session:
        standing = reads.organization_of(session, actor)
        page = render_template(
            "accounts/organization.html",
            form=form,
            organization=standing,
            members=reads.list_members(session, actor),
            invitations=reads.list_open_invitations(session, actor, clock.now()),
            **_choices_of(standing),
        )
    return page, form.status


@bp.post("/organization/invitations/<invitation_id>/withdraw")
def withdraw_invitation(invitation_id: InvitationId) -> ResponseReturnValue:
    with transaction() as session:
        actions.withdraw_invitation(session, current_actor(), invitation_id)
    return redirect(url_for("accounts.organization"), 303)


@bp.post("/invitations/<invitation_id>/accept")
def accept_invitation(invitation_id: InvitationId) -> ResponseReturnValue:
    with transaction() as session:
        browser = _this_browser(session)
        actions.accept_invitation(session, current_actor(), invitation_id, browser)
    return redirect(url_for("shell.desk"), 303)


@bp.route("/organization/members/<membership_id>", methods=["GET", "POST"])
def member(membership_id: MembershipId) -> ResponseReturnValue:
    """One member: their roles here."""
    with transaction() as session:
        found = reads.get_member(session, current_actor(), membership_id)
        standing = reads.organization_of(session, current_actor())
    form = Form(
        RolesDraft,
        {
            "roles": found.membership.roles,
            "regulator_scopes": found.membership.regulator_scopes,
            "entity_ids": "\n".join(found.membership.entity_ids),
        },
    )
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                actions.change_roles(session, current_actor(), membership_id, draft)
            flash(translate(ROLES_CHANGED), "good")
            return redirect(url_for("accounts.organization"), 303)
    page = render_template("accounts/member.html", form=form, member=found, **_choices_of(standing))
    return page, form.status


@bp.post("/organization/members/<membership_id>/end")
def end_membership(membership_id: MembershipId) -> ResponseReturnValue:
    with transaction() as session:
        actions.end_membership(session, current_actor(), membership_id)
    return redirect(url_for("accounts.organization"), 303)


@desk_source
def show_offers(session: Session, actor: Actor, desk: Desk) -> None:
    """Invitations that wait for this person, and where somebody without organisation begins."""
    if actor.kind is not ActorKind.PERSON:
        return
    if actor.organization_id is None:
        desk.starts.append((translate(N_("建立或加入单位")), url_for("accounts.welcome")))
    for offer in reads.list_offers(session, actor.id, clock.now()):
        waiting = Waiting(
            title=say(N_("“{name}”邀请您加入"), name=offer.organization.name),
            address=url_for("accounts.me"),
            button=translate(N_("去接受")),
            due_on=clock.civil_day(offer.invitation.expires_at),
        )
        desk.waiting.append(waiting)


def _choices_of(organization: Organization) -> dict[str, Any]:
    """Roles and scopes that this organisation may give."""
    open_roles = ROLES_OPEN_TO[organization.kind]
    open_scopes = scopes_open_to(organization.kind, organization.scopes)
    return {
        "role_choices": _choices(role for role in Role if role in open_roles),
        "scope_choices": _choices(scope for scope in RegulatorScope if scope in open_scopes),
    }


def _choices(members: Iterable[Labelled]) -> list[tuple[str, str]]:
    return [(member.value, translate(member.label)) for member in members]


def _cookie_rules() -> dict[str, Any]:
    """Out of reach of scripts and of other sites; gone when the browser closes."""
    return {
        "httponly": True,
        "samesite": "Lax",
        "secure": _settings().cookies_secure,
        "path": "/",
    }


def _settings() -> Settings:
    settings: Settings = current_app.extensions["marketplace_settings"]
    return settings


def _secret() -> str:
    return request.cookies.get(SESSION_COOKIE, "")


def _this_browser(session: Session) -> LoginSessionId:
    """The sign-in of this browser; "" for a machine, which has none."""
    return actions.browser_of(session, _secret())
