"""What a clerk says about one cost, and what is shown of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kernel.i18n import N_
from valuation.costs.models import CostRecord
from valuation.costs.rules import CostComponent, PaidFrom, Stage

YuanAmount = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]


@dataclass(frozen=True)
class EvidenceFile:
    """A proof that is already kept in the object store. sha256: hex of its bytes."""

    key: str
    name: str
    sha256: str


class CostRecordDraft(BaseModel):
    """One cost in yuan without deductible VAT; the VAT stands apart."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product_id: str = Field(min_length=1, max_length=60)
    stage: Stage
    component: CostComponent
    incurred_on: date
    amount: Annotated[Decimal, Field(gt=0, max_digits=15, decimal_places=2)]
    vat: YuanAmount = Decimal(0)
    paid_from: PaidFrom = PaidFrom.BANK
    document: str = Field(min_length=1, max_length=100)
    note: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _vat_is_part(self) -> Self:
        if self.vat >= self.amount:
            raise ValueError(N_("可抵扣进项税应小于不含税金额。"))
        return self


class CostRecordOut(BaseModel):
    """One cost record."""

    id: str
    organization_id: str
    product_id: str
    stage: Stage
    component: CostComponent
    incurred_on: date
    amount: str
    vat: str
    currency: str
    document: str
    evidence_name: str | None
    evidence_sha256: str | None

    @classmethod
    def of(cls, cost: CostRecord) -> Self:
        return cls(
            id=cost.id,
            organization_id=cost.organization_id,
            product_id=cost.product_id,
            stage=cost.at_stage,
            component=cost.kind,
            incurred_on=cost.incurred_on,
            amount=f"{cost.amount.yuan:.2f}",
            vat=f"{cost.vat.yuan:.2f}",
            currency=cost.amount_currency,
            document=cost.document,
            evidence_name=cost.evidence_name,
            evidence_sha256=cost.evidence_sha256,
        )
