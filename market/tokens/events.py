"""What happened to the keys of programs? Ids and scopes only, never a secret."""

from dataclasses import dataclass
from datetime import datetime

from kernel.actor import Permission
from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class TokenIssued(Event):
    name = "market.token_issued"
    sentence = N_("用户 {user_id} 签发接口令牌，范围：{scopes}，有效期至 {expires_at}")

    token_id: str
    user_id: str
    scopes: tuple[Permission, ...]
    expires_at: datetime


@dataclass(frozen=True)
class TokenRevoked(Event):
    name = "market.token_revoked"
    sentence = N_("用户 {user_id} 撤销接口令牌")

    token_id: str
    user_id: str


@dataclass(frozen=True)
class ClientRegistered(Event):
    name = "market.client_registered"
    sentence = N_("用户 {user_id} 登记客户端，范围：{scopes}")

    client_id: str
    user_id: str
    scopes: tuple[Permission, ...]


@dataclass(frozen=True)
class ClientRevoked(Event):
    name = "market.client_revoked"
    sentence = N_("用户 {user_id} 撤销客户端，其令牌同时失效")

    client_id: str
    user_id: str
