"""What is said about an organisation when it is founded, and to those who ask?"""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from kernel.i18n import N_
from market.organizations.models import Organization
from market.organizations.rules import (
    OrganizationId,
    OrganizationKind,
    RegulatorScope,
    compact_credit_code,
    credit_code_problem,
)


def _credit_code(text: str) -> str:
    code = compact_credit_code(text)
    if problem := credit_code_problem(code):
        raise ValueError(problem.label)
    return code


CreditCode = Annotated[str, AfterValidator(_credit_code)]


class OrganizationDraft(BaseModel):
    """regulator_scopes: what a regulator's office watches; empty for everybody else."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=2, max_length=100)
    kind: OrganizationKind
    credit_code: CreditCode
    regulator_scopes: list[RegulatorScope] = Field(default_factory=list)

    @model_validator(mode="after")
    def _only_regulators_watch(self) -> Self:
        if self.kind is OrganizationKind.REGULATOR and not self.regulator_scopes:
            raise ValueError(N_("监管部门请至少选择一项监管范围。"))
        if self.kind is not OrganizationKind.REGULATOR and self.regulator_scopes:
            raise ValueError(N_("只有监管部门需要选择监管范围。"))
        return self


class OrganizationOut(BaseModel):
    """What everybody signed in may know about an organisation."""

    id: OrganizationId
    name: str
    kind: OrganizationKind
    credit_code: str
    is_verified: bool
    verified_until_on: date | None

    @classmethod
    def of(cls, organization: Organization, today: date) -> Self:
        return cls(
            id=organization.id,
            name=organization.name,
            kind=organization.kind,
            credit_code=organization.credit_code,
            is_verified=organization.is_verified(today),
            verified_until_on=organization.verified_until_on,
        )
