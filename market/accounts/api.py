"""Who am I, and who belongs to my organisation? For machines and programs."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Permission
from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json
from kernel.web.submissions import claim_once
from market.accounts import actions, reads
from market.accounts.rules import SESSION_COOKIE, InvitationId, LoginSessionId, MembershipId
from market.accounts.schemas import (
    AccountOut,
    FoundedOut,
    FoundingDraft,
    InvitationOut,
    InvitationsOut,
    MemberInvitationDraft,
    MemberOut,
    MembersOut,
    OfferOut,
    OffersOut,
    RolesDraft,
    SignInOut,
    SignInsOut,
)
from market.organizations.reads import get_organization
from market.organizations.schemas import OrganizationOut

bp = Blueprint("accounts_api", __name__, url_prefix="/api")
TAG = "accounts"


@bp.get("/me")
@documented(gives=AccountOut, tag=TAG)
def me() -> ResponseReturnValue:
    """Who asks, for which organisation, with which permissions."""
    return AccountOut.of(current_actor()).model_dump(mode="json")


@bp.get("/me/invitations")
@documented(gives=OffersOut, tag=TAG)
def offers() -> ResponseReturnValue:
    """Open invitations addressed to me; accepting one is /api/invitations/<id>/acceptance."""
    with transaction() as session:
        found = reads.list_offers(session, current_actor().id, clock.now())
        items = [OfferOut.told(offer.invitation, offer.organization) for offer in found]
    return OffersOut(items=items).model_dump(mode="json")


@bp.get("/me/sessions")
@documented(gives=SignInsOut, tag=TAG)
def sign_ins() -> ResponseReturnValue:
    """My signed-in browsers, newest first; a person's own matter, closed to tokens."""
    actor = current_actor()
    actor.require_person()
    with transaction() as session:
        here = _this_browser(session)
        found = reads.list_open_sessions(session, actor.id, clock.now())
        items = [SignInOut.of(one, is_this=one.id == here) for one in found]
    return SignInsOut(items=items).model_dump(mode="json")


@bp.delete("/me/sessions/<session_id>")
@documented(status=204, tag=TAG)
def end_sign_in(session_id: LoginSessionId) -> ResponseReturnValue:
    """Sign one of my browsers out."""
    actor = current_actor()
    actor.require_person()
    with transaction() as session:
        actions.end_session(session, actor, session_id)
    return "", 204


@bp.post("/organizations")
@documented(takes=FoundingDraft, gives=FoundedOut, status=201, tag=TAG)
def found_organization() -> ResponseReturnValue:
    """Found an organisation; it stays unverified until a bureau has reviewed its papers.

    The sign-in that asks acts for it from now on.
    """
    draft, actor = parse_json(FoundingDraft), current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        membership = actions.found_organization(session, actor, draft, _this_browser(session))
        founded = get_organization(session, membership.organization_id)
        return FoundedOut.of(founded, membership, clock.today()).model_dump(mode="json"), 201


@bp.get("/organizations/<organization_id>")
@documented(gives=OrganizationOut, tag=TAG)
def show_organization(organization_id: str) -> ResponseReturnValue:
    """Name, code, kind and standing of any organisation."""
    with transaction() as session:
        found = get_organization(session, organization_id)
        return OrganizationOut.of(found, clock.today()).model_dump(mode="json")


@bp.get("/members")
@documented(gives=MembersOut, tag=TAG)
def list_members() -> ResponseReturnValue:
    """The members of my organisation."""
    with transaction() as session:
        members = reads.list_members(session, current_actor())
        rows = [MemberOut.of(member.membership, member.user) for member in members]
        return MembersOut(members=rows).model_dump(mode="json")


@bp.put("/members/<membership_id>/roles")
@documented(takes=RolesDraft, gives=MemberOut, tag=TAG)
def change_roles(membership_id: MembershipId) -> ResponseReturnValue:
    draft = parse_json(RolesDraft)
    with transaction() as session:
        actor = current_actor()
        changed = actions.change_roles(session, actor, membership_id, draft)
        member = reads.get_member(session, actor, changed.id)
        return MemberOut.of(member.membership, member.user).model_dump(mode="json")


@bp.delete("/members/<membership_id>")
@documented(status=204, tag=TAG)
def end_membership(membership_id: MembershipId) -> ResponseReturnValue:
    with transaction() as session:
        actions.end_membership(session, current_actor(), membership_id)
    return "", 204


@bp.get("/invitations")
@documented(gives=InvitationsOut, tag=TAG)
def list_invitations() -> ResponseReturnValue:
    """Open invitations that my organisation made, for whoever manages its members."""
    actor = current_actor()
    actor.require(Permission.MANAGE_MEMBERS)
    with transaction() as session:
        found = reads.list_open_invitations(session, actor, clock.now())
        items = [InvitationOut.of(one) for one in found]
    return InvitationsOut(items=items).model_dump(mode="json")


@bp.post("/invitations")
@documented(takes=MemberInvitationDraft, gives=InvitationOut, status=201, tag=TAG)
def invite() -> ResponseReturnValue:
    draft = parse_json(MemberInvitationDraft)
    with transaction() as session:
        claim_once(session, current_actor().id)
        invitation = actions.invite(session, current_actor(), draft)
        return InvitationOut.of(invitation).model_dump(mode="json"), 201


@bp.delete("/invitations/<invitation_id>")
@documented(status=204, tag=TAG)
def withdraw_invitation(invitation_id: InvitationId) -> ResponseReturnValue:
    with transaction() as session:
        actions.withdraw_invitation(session, current_actor(), invitation_id)
    return "", 204


@bp.post("/invitations/<invitation_id>/acceptance")
@documented(gives=MemberOut, status=201, tag=TAG)
def accept_invitation(invitation_id: InvitationId) -> ResponseReturnValue:
    """Join; the sign-in that asks acts for this organisation from now on."""
    with transaction() as session:
        actor = current_actor()
        browser = _this_browser(session)
        membership = actions.accept_invitation(session, actor, invitation_id, browser)
        user = reads.get_user(session, membership.user_id)
        return MemberOut.of(membership, user).model_dump(mode="json"), 201


def _this_browser(session: Session) -> LoginSessionId:
    """The sign-in that asks; "" for a token."""
    return actions.browser_of(session, request.cookies.get(SESSION_COOKIE, ""))
