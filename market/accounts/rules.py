"""Which roles may be given, and how long does a sign-in last?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from kernel.i18n import N_, Labelled
from market.accounts.roles import ROLES_OPEN_TO, Role
from market.organizations.rules import OrganizationKind, RegulatorScope, scopes_open_to

UserId = NewType("UserId", str)
MembershipId = NewType("MembershipId", str)
LoginSessionId = NewType("LoginSessionId", str)
InvitationId = NewType("InvitationId", str)

SESSION_COOKIE = "market_session"
SESSION_IDLE = timedelta(hours=1)
SESSION_LIFE = timedelta(hours=12)
INVITATION_LIFE = timedelta(days=14)
SESSION_TOUCH = timedelta(minutes=1)  # last_seen_at is written at most this often


# More telling signs first: Edge also says Chrome, Chrome also says Safari, Android also Linux.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("MicroMessenger", "微信"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


class GrantProblem(Labelled):
    """Why these roles may not be given in this organisation."""

    NONE = "none", N_("请至少选择一个角色。")
    ROLE = "role", N_("所选角色不适用于本单位的类型。")
    SCOPE = "scope", N_("所选监管范围超出本单位的职责。")
    SCOPE_MISSING = "scope_missing", N_("监管人员须至少有一项监管范围。")
    SCOPE_UNUSED = "scope_unused", N_("只有监管人员需要监管范围。")
    ENTITY_UNUSED = "entity_unused", N_("只有审计人需要指定会计主体。")


@dataclass(frozen=True)
class Grant:
    """Roles as they are given. entity_ids: whose books an auditor reads, of this organisation."""

    roles: frozenset[Role]
    regulator_scopes: frozenset[RegulatorScope] = frozenset()
    entity_ids: frozenset[str] = frozenset()


def grant_problem(
    grant: Grant, kind: OrganizationKind, own_scopes: frozenset[RegulatorScope]
) -> GrantProblem | None:
    """Why an organisation may not give these roles; None when it may."""
    is_regulator = Role.REGULATOR in grant.roles
    checks = (
        (not grant.roles, GrantProblem.NONE),
        (not grant.roles <= ROLES_OPEN_TO[kind], GrantProblem.ROLE),
        (not grant.regulator_scopes <= scopes_open_to(kind, own_scopes), GrantProblem.SCOPE),
        (is_regulator and not grant.regulator_scopes, GrantProblem.SCOPE_MISSING),
        (not is_regulator and bool(grant.regulator_scopes), GrantProblem.SCOPE_UNUSED),
        (Role.AUDITOR not in grant.roles and bool(grant.entity_ids), GrantProblem.ENTITY_UNUSED),
    )
    return next((problem for is_wrong, problem in checks if is_wrong), None)


def has_session_ended(last_seen_at: datetime, expires_at: datetime, now: datetime) -> bool:
    """A sign-in lasts twelve hours, and one hour without a sign of life."""
    return now >= expires_at or now >= last_seen_at + SESSION_IDLE


def browser_name(user_agent: str) -> str:
    """What a person calls their browser: "Firefox · Windows". Only for telling sign-ins apart."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return " · ".join(word for word in (browser, system) if word) or user_agent or "—"
