"""What happened to people, memberships and sign-ins? Ids only: no names, no addresses."""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_
from market.accounts.roles import Role
from market.organizations.rules import RegulatorScope


@dataclass(frozen=True)
class SessionOpened(Event):
    name = "market.session_opened"
    sentence = N_("用户 {user_id} 登录")

    session_id: str
    user_id: str


@dataclass(frozen=True)
class SessionEnded(Event):
    name = "market.session_ended"
    sentence = N_("用户 {user_id} 的一次登录结束")

    session_id: str
    user_id: str


@dataclass(frozen=True)
class MemberInvited(Event):
    name = "market.member_invited"
    sentence = N_("单位 {organization_id} 邀请一人担任{roles}")

    invitation_id: str
    organization_id: str
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class MemberJoined(Event):
    name = "market.member_joined"
    sentence = N_("用户 {user_id} 加入单位 {organization_id}，担任{roles}")

    membership_id: str
    user_id: str
    organization_id: str
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class RoleChanged(Event):
    name = "market.role_changed"
    sentence = N_("单位 {organization_id} 将用户 {user_id} 的角色由{former_roles}改为{roles}")

    membership_id: str
    user_id: str
    organization_id: str
    former_roles: tuple[Role, ...]
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class ReadingChanged(Event):
    """What a regulator's scopes and an auditor's books open to a member from now on; all of it."""

    name = "market.reading_changed"
    sentence = N_(
        "单位 {organization_id} 的用户 {user_id} 现在可查阅："
        "监管范围 {scopes}，会计主体 {entity_ids}"
    )

    membership_id: str
    user_id: str
    organization_id: str
    scopes: tuple[RegulatorScope, ...]
    entity_ids: tuple[str, ...]


@dataclass(frozen=True)
class MemberLeft(Event):
    name = "market.member_left"
    sentence = N_("用户 {user_id} 不再是单位 {organization_id} 的成员")

    membership_id: str
    user_id: str
    organization_id: str
