"""How the keys of programs are kept: hashed, never readable again."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import Permission
from kernel.db import Base
from market.accounts.rules import MembershipId
from market.tokens.rules import ApiTokenId, ClientId, is_alive


class ApiToken(Base):
    """A scoped, expiring key that a member gave to a program; shown once.

    hint: its last characters, by which its owner tells it from others.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (
        CheckConstraint("token_hash ~ '^[0-9a-f]{64}$'", name="token_is_hashed"),
        CheckConstraint("cardinality(scopes) > 0", name="some_scope"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint("expires_at <= created_at + interval '366 days'", name="not_for_ever"),
        Index("ix_api_tokens_membership_id", "membership_id"),
    )

    id: Mapped[ApiTokenId] = mapped_column(Text, primary_key=True)
    membership_id: Mapped[MembershipId] = mapped_column(Text, ForeignKey("memberships.id"))
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    hint: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @property
    def granted(self) -> list[Permission]:
        return [Permission(scope) for scope in self.scopes]

    def is_alive(self, now: datetime) -> bool:
        return is_alive(self.expires_at, self.revoked_at, now)


class OAuthClient(Base):
    """A program that asks for short-lived tokens with its own secret, for one member."""

    __tablename__ = "oauth_clients"
    __table_args__ = (
        CheckConstraint("secret_hash ~ '^[0-9a-f]{64}$'", name="secret_is_hashed"),
        CheckConstraint("cardinality(scopes) > 0", name="some_scope"),
        Index("ix_oauth_clients_membership_id", "membership_id"),
    )

    id: Mapped[ClientId] = mapped_column(Text, primary_key=True)
    membership_id: Mapped[MembershipId] = mapped_column(Text, ForeignKey("memberships.id"))
    name: Mapped[str]
    secret_hash: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @property
    def granted(self) -> list[Permission]:
        return [Permission(scope) for scope in self.scopes]


class OAuthToken(Base):
    """A short-lived token given to a client."""

    __tablename__ = "oauth_tokens"
    __table_args__ = (
        CheckConstraint("token_hash ~ '^[0-9a-f]{64}$'", name="token_is_hashed"),
        CheckConstraint("expires_at > issued_at", name="expires_later"),
        Index("ix_oauth_tokens_client_id", "client_id"),
    )

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[ClientId] = mapped_column(Text, ForeignKey("oauth_clients.id"))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
