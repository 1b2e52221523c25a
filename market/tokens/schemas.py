"""What is asked for when a program gets a key, and what is told of it?"""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from kernel.actor import Permission
from market.tokens.models import ApiToken, OAuthClient
from market.tokens.rules import DEFAULT_LIFE_DAYS, LONGEST_LIFE_DAYS


class ApiTokenDraft(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1, max_length=60)
    scopes: list[Permission] = Field(min_length=1)
    life_days: int = Field(DEFAULT_LIFE_DAYS, ge=1, le=LONGEST_LIFE_DAYS)


class OAuthClientDraft(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1, max_length=60)
    scopes: list[Permission] = Field(min_length=1)


class ApiTokenOut(BaseModel):
    """token: the key itself, once, in the answer that issues it."""

    id: str
    name: str
    hint: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    token: str | None = None

    @classmethod
    def of(cls, token: ApiToken, secret: str | None = None) -> Self:
        return cls(
            id=token.id,
            name=token.name,
            hint=token.hint,
            scopes=list(token.scopes),
            created_at=token.created_at,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
            token=secret,
        )


class ApiTokensOut(BaseModel):
    tokens: list[ApiTokenOut]


class OAuthClientOut(BaseModel):
    """client_secret: once, in the answer that registers the client."""

    client_id: str
    name: str
    scopes: list[str]
    created_at: datetime
    client_secret: str | None = None

    @classmethod
    def of(cls, client: OAuthClient, secret: str | None = None) -> Self:
        return cls(
            client_id=client.id,
            name=client.name,
            scopes=list(client.scopes),
            created_at=client.created_at,
            client_secret=secret,
        )


class OAuthClientsOut(BaseModel):
    clients: list[OAuthClientOut]
