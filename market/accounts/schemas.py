"""What do people send about themselves and their organisation, and what are they told?"""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from kernel.actor import Actor
from kernel.i18n import N_
from market.accounts.models import LoginSession, MemberInvitation, Membership, User
from market.accounts.roles import Role
from market.accounts.rules import Grant
from market.organizations.models import Organization
from market.organizations.rules import RegulatorScope
from market.organizations.schemas import OrganizationDraft, OrganizationOut


class Identity(BaseModel):
    """Whom the identity provider vouches for. email: only when the provider has verified it."""

    model_config = ConfigDict(frozen=True)

    subject: str
    name: str
    email: str | None = None
    id_token: str = ""


class FoundingDraft(OrganizationDraft):
    """A new organisation. roles: the founder's own, besides administrator."""

    roles: list[Role] = Field(default_factory=list)

    def founder_grant(self) -> Grant:
        roles = frozenset(self.roles) | {Role.ADMINISTRATOR}
        scopes = frozenset(self.regulator_scopes) if Role.REGULATOR in roles else frozenset()
        return Grant(roles, scopes)


class RolesDraft(BaseModel):
    """Roles as an administrator gives them."""

    model_config = ConfigDict(frozen=True)

    roles: list[Role] = Field(min_length=1)
    regulator_scopes: list[RegulatorScope] = Field(default_factory=list)
    entity_ids: list[str] = Field(default_factory=list, max_length=50)

    @field_validator("entity_ids", mode="before")
    @classmethod
    def _one_per_line(cls, given: object) -> object:
        """A form sends one field with an id per line or comma."""
        if isinstance(given, str):
            given = [given]
        if isinstance(given, list):
            parts = (part for text in given for part in str(text).replace(",", " ").split())
            return list(dict.fromkeys(parts))
        return given

    def grant(self) -> Grant:
        return Grant(
            frozenset(self.roles), frozenset(self.regulator_scopes), frozenset(self.entity_ids)
        )


class MemberInvitationDraft(RolesDraft):
    """Whom to invite: by the provider's subject, or by an address that the provider verified."""

    subject: str | None = Field(None, max_length=255)
    email: str | None = Field(None, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")

    @model_validator(mode="after")
    def _one_addressee(self) -> Self:
        if (self.subject is None) == (self.email is None):
            raise ValueError(N_("请填写电子邮箱或统一身份账号，二者选一。"))
        return self


class AccountOut(BaseModel):
    """Who asks, and what they may do now."""

    id: str
    name: str
    kind: str
    organization_id: str | None
    organization_name: str
    is_verified: bool
    roles: list[str]
    permissions: list[str]
    regulator_scopes: list[str]

    @classmethod
    def of(cls, actor: Actor) -> Self:
        return cls(
            id=actor.id,
            name=actor.name,
            kind=actor.kind.value,
            organization_id=actor.organization_id,
            organization_name=actor.organization_name,
            is_verified=actor.is_verified,
            roles=sorted(actor.roles),
            permissions=sorted(permission.value for permission in actor.permissions),
            regulator_scopes=sorted(actor.regulator_scopes),
        )


class MemberOut(BaseModel):
    id: str
    user_id: str
    name: str
    roles: list[str]
    regulator_scopes: list[str]
    joined_at: datetime

    @classmethod
    def of(cls, membership: Membership, user: User) -> Self:
        return cls(
            id=membership.id,
            user_id=user.id,
            name=user.name,
            roles=list(membership.roles),
            regulator_scopes=list(membership.regulator_scopes),
            joined_at=membership.joined_at,
        )


class MembersOut(BaseModel):
    members: list[MemberOut]


class InvitationOut(BaseModel):
    id: str
    organization_id: str
    roles: list[str]
    expires_at: datetime

    @classmethod
    def of(cls, invitation: MemberInvitation) -> Self:
        return cls(
            id=invitation.id,
            organization_id=invitation.organization_id,
            roles=list(invitation.roles),
            expires_at=invitation.expires_at,
        )


class InvitationsOut(BaseModel):
    items: list[InvitationOut]


class SignInOut(BaseModel):
    """One of a person's signed-in browsers. is_this: the one that asks."""

    id: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_this: bool

    @classmethod
    def of(cls, row: LoginSession, *, is_this: bool) -> Self:
        return cls(
            id=row.id,
            user_agent=row.user_agent,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
            is_this=is_this,
        )


class SignInsOut(BaseModel):
    items: list[SignInOut]


class OfferOut(InvitationOut):
    """An invitation as its addressee sees it."""

    organization_name: str

    @classmethod
    def told(cls, invitation: MemberInvitation, organization: Organization) -> Self:
        known = InvitationOut.of(invitation).model_dump()
        return cls(**known, organization_name=organization.name)


class OffersOut(BaseModel):
    items: list[OfferOut]


class FoundedOut(BaseModel):
    """A founded organisation, and the founder's place in it."""

    organization: OrganizationOut
    membership_id: str
    roles: list[str]

    @classmethod
    def of(cls, organization: Organization, membership: Membership, today: date) -> Self:
        return cls(
            organization=OrganizationOut.of(organization, today),
            membership_id=membership.id,
            roles=list(membership.roles),
        )
