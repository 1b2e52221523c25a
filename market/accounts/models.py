"""How people, their memberships and their sign-ins are kept."""

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from market.accounts.roles import Role
from market.accounts.rules import (
    Grant,
    InvitationId,
    LoginSessionId,
    MembershipId,
    UserId,
    has_session_ended,
)
from market.organizations.rules import OrganizationId, RegulatorScope

KNOWN_ROLES = ", ".join(f"'{role.value}'" for role in Role)


class User(Base):
    """One person who signs in, known by the identity provider's subject.

    email: only as far as the identity provider has verified it.
    """

    __tablename__ = "users"

    id: Mapped[UserId] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str | None]
    created_at: Mapped[datetime]


class Membership(Base):
    """One person's roles in one organisation.

    regulator_scopes: of the role regulator. entity_ids: the accounting entities of this
    organisation whose books the role auditor may read.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint(f"roles <@ ARRAY[{KNOWN_ROLES}]", name="roles_are_known"),
        CheckConstraint("cardinality(roles) > 0", name="some_role"),
        CheckConstraint(
            "regulator_scopes <@ ARRAY['data', 'price', 'cyberspace', 'finance']",
            name="scopes_are_known",
        ),
        CheckConstraint(
            "('regulator' = ANY(roles)) = (cardinality(regulator_scopes) > 0)",
            name="only_regulators_have_scopes",
        ),
        CheckConstraint(
            "'auditor' = ANY(roles) OR cardinality(entity_ids) = 0",
            name="only_auditors_have_entities",
        ),
        Index(
            "uq_memberships_standing",
            "user_id",
            "organization_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_memberships_organization_id", "organization_id"),
    )

    id: Mapped[MembershipId] = mapped_column(Text, primary_key=True)
    user_id: Mapped[UserId] = mapped_column(Text, ForeignKey("users.id"))
    organization_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    regulator_scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    entity_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    joined_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def held_roles(self) -> frozenset[Role]:
        return frozenset(Role(role) for role in self.roles)

    @property
    def scopes(self) -> frozenset[RegulatorScope]:
        return frozenset(RegulatorScope(scope) for scope in self.regulator_scopes)

    def take(self, grant: Grant) -> None:
        """Hold these roles from now on."""
        self.roles = sorted(role.value for role in grant.roles)
        self.regulator_scopes = sorted(scope.value for scope in grant.regulator_scopes)
        self.entity_ids = sorted(grant.entity_ids)


class MemberInvitation(Base):
    """Named roles offered to a person whom the provider will vouch for, with an expiry."""

    __tablename__ = "member_invitations"
    __table_args__ = (
        CheckConstraint("num_nonnulls(subject, email) = 1", name="one_addressee"),
        CheckConstraint("email = lower(email)", name="email_in_small_letters"),
        CheckConstraint(f"roles <@ ARRAY[{KNOWN_ROLES}]", name="roles_are_known"),
        CheckConstraint("cardinality(roles) > 0", name="some_role"),
        CheckConstraint("expires_at > invited_at", name="expires_later"),
        CheckConstraint("num_nonnulls(accepted_at, withdrawn_at) <= 1", name="one_end"),
        Index("ix_member_invitations_organization_id", "organization_id"),
        Index("ix_member_invitations_subject", "subject"),
        Index("ix_member_invitations_email", "email"),
    )

    id: Mapped[InvitationId] = mapped_column(Text, primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    subject: Mapped[str | None]
    email: Mapped[str | None]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    regulator_scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    entity_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    invited_by: Mapped[UserId] = mapped_column(Text, ForeignKey("users.id"))
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    @property
    def held_roles(self) -> frozenset[Role]:
        return frozenset(Role(role) for role in self.roles)

    def grant(self) -> Grant:
        scopes = frozenset(RegulatorScope(scope) for scope in self.regulator_scopes)
        return Grant(self.held_roles, scopes, frozenset(self.entity_ids))

    def is_open(self, now: datetime) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at


class LoginSession(Base):
    """One signed-in browser. The cookie holds a secret; here stands only its SHA-256.

    membership_id: for which organisation the person acts now.
    id_token: what the identity provider wants to see again when the person signs out.
    """

    __tablename__ = "login_sessions"
    __table_args__ = (
        CheckConstraint("token_hash ~ '^[0-9a-f]{64}$'", name="token_is_hashed"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint("ended_at IS NULL OR id_token = ''", name="ended_keeps_no_id_token"),
        Index("ix_login_sessions_user_id", "user_id", "created_at"),
    )

    id: Mapped[LoginSessionId] = mapped_column(Text, primary_key=True)
    user_id: Mapped[UserId] = mapped_column(Text, ForeignKey("users.id"))
    membership_id: Mapped[MembershipId | None] = mapped_column(Text, ForeignKey("memberships.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_agent: Mapped[str]
    id_token: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    def is_open(self, now: datetime) -> bool:
        return self.ended_at is None and not has_session_ended(
            self.last_seen_at, self.expires_at, now
        )

    def end(self, at: datetime) -> None:
        self.ended_at = at
        self.id_token = ""
