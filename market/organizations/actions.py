"""How does an organisation come to stand here, and what does a verification change?"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from kernel.errors import Conflict
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from market.organizations import reads
from market.organizations.events import OrganizationFounded, OrganizationVerified
from market.organizations.models import Organization
from market.organizations.rules import OrganizationId
from market.organizations.schemas import OrganizationDraft


@dataclass(eq=False)
class CreditCodeTaken(Conflict):
    """An organisation with this code stands here already."""

    code = "credit-code-taken"
    message = N_(
        "统一社会信用代码 {credit_code} 已有账户。请联系该单位管理员邀请您；"
        "若被他人冒用，请联系数据管理部门。"
    )

    credit_code: str


def found(session: Session, actor: Actor, draft: OrganizationDraft) -> Organization:
    """Let an organisation stand here, unverified. Raises: CreditCodeTaken."""
    founded = Organization(
        id=OrganizationId(new_id("org")),
        name=draft.name,
        kind=draft.kind,
        credit_code=draft.credit_code,
        regulator_scopes=sorted({scope.value for scope in draft.regulator_scopes}),
        founded_at=clock.now(),
        verified_until_on=None,
    )
    _add_alone(session, founded)
    fact = OrganizationFounded(founded.id, founded.name, founded.kind.value, founded.credit_code)
    record(session, actor, fact)
    return founded


def mark_verified(
    session: Session,
    actor: Actor,
    organization_id: OrganizationId,
    *,
    verification_id: str,
    until_on: date,
) -> None:
    """Take over the verdict of a verification; the verifying slice has decided who may."""
    organization = reads.organization_for_update(session, organization_id)
    organization.verified_until_on = until_on
    fact = OrganizationVerified(organization.id, organization.name, verification_id, until_on)
    record(session, actor, fact)


def _add_alone(session: Session, founded: Organization) -> None:
    """Two who found the same organisation at once: the database lets one through."""
    try:
        with session.begin_nested():
            session.add(founded)
    except IntegrityError as error:
        if "uq_organizations_credit_code" not in str(error.orig):
            raise
        raise CreditCodeTaken(founded.credit_code) from error
