"""What happened to people, memberships and sign-ins? Ids only: no names, no addresses."""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


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
