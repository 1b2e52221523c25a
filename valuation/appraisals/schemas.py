"""What an appraiser puts in, and how an appraisal is shown."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kernel.i18n import N_
from kernel.money import Currency, Money
from valuation.appraisals.comparison import Coefficients, Comparable
from valuation.appraisals.conclusion import AppraisalInputs, IncomeInputs, Valuation
from valuation.appraisals.cost import CostForm
from valuation.appraisals.income import IncomeSettings, LossTax, TaxBasis, Variant
from valuation.appraisals.models import Appraisal
from valuation.appraisals.rules import (
    AppraisalState,
    InputKey,
    InputSheet,
    Method,
    Purpose,
    ValueInput,
    ValueType,
)

_FROZEN = ConfigDict(frozen=True, extra="forbid")
Figure = Annotated[Decimal, Field(max_digits=24, decimal_places=10, allow_inf_nan=False)]
Weight = Annotated[Decimal, Field(ge=0, le=1, decimal_places=6)]
Factor = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=6)]
Source = Annotated[str, Field(min_length=1, max_length=300)]
Paper = Annotated[str, Field(max_length=300)]
LongText = Annotated[str, Field(max_length=4000)]
MOST_YEARS = 30


class FigureDraft(BaseModel):
    """One figure. Yuan, fractions (0.25 is 25 %), coefficients or years, as the key says."""

    model_config = _FROZEN

    key: InputKey
    value: Figure
    source: Source
    evidence: Paper = ""


class SeriesDraft(BaseModel):
    """One figure for each year of the forecast, from the first on."""

    model_config = _FROZEN

    key: InputKey
    values: Annotated[list[Figure], Field(min_length=1, max_length=MOST_YEARS)]
    source: Source
    evidence: Paper = ""


class SheetDraft(BaseModel):
    """The figures of one method; each stands once."""

    model_config = _FROZEN

    figures: list[FigureDraft] = Field(default_factory=list, max_length=60)
    series: list[SeriesDraft] = Field(default_factory=list, max_length=20)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        keys = [*(one.key for one in self.figures), *(one.key for one in self.series)]
        if len(set(keys)) != len(keys):
            raise ValueError(N_("同一项数值填写了两次。"))
        return self

    def sheet(self) -> InputSheet:
        single = [ValueInput(one.key, one.value, one.source, one.evidence) for one in self.figures]
        yearly = [
            ValueInput(one.key, value, one.source, one.evidence, year)
            for one in self.series
            for year, value in enumerate(one.values, start=1)
        ]
        return InputSheet((*single, *yearly))


class CostDraft(SheetDraft):
    """The cost method's figures."""

    form: CostForm = CostForm.ADJUSTED


class IncomeDraft(SheetDraft):
    """The income method's figures and how they are read."""

    variant: Variant = Variant.DIRECT
    flows: TaxBasis = TaxBasis.AFTER_TAX
    rate: TaxBasis = TaxBasis.AFTER_TAX
    mid_year: bool = False
    loss_tax: LossTax = LossTax.SAVES_TAX

    def inputs(self) -> IncomeInputs:
        settings = IncomeSettings(self.variant, self.flows, self.rate, self.mid_year, self.loss_tax)
        return IncomeInputs(self.sheet(), settings)


class ComparableDraft(BaseModel):
    """One deal and its five coefficients, each subject over comparable."""

    model_config = _FROZEN

    name: str = Field(min_length=1, max_length=200)
    price: Annotated[Decimal, Field(max_digits=15, decimal_places=2)]
    currency: Currency = Currency.CNY
    deal_on: date
    quality: Factor = Decimal(1)
    supply: Factor = Decimal(1)
    date_factor: Factor = Decimal(1)
    capacity: Factor = Decimal(1)
    other: Factor = Decimal(1)
    weight: Weight = Decimal(0)
    source: Source
    is_related_party: bool = False
    is_flagged: bool = False

    def comparable(self) -> Comparable:
        return Comparable(
            self.name,
            Money.of_yuan(self.price, self.currency),
            self.deal_on,
            Coefficients(self.quality, self.supply, self.date_factor, self.capacity, self.other),
            self.weight,
            self.source,
            self.is_related_party,
            self.is_flagged,
        )


class AppraisalDraft(BaseModel):
    """Everything an appraiser decides. income: left out where no benefit can be identified."""

    model_config = _FROZEN

    product_id: str = Field(min_length=1, max_length=60)
    base_on: date
    purpose: Purpose
    value_type: ValueType = ValueType.MARKET_VALUE
    users: str = Field(default="", max_length=300)
    object_facts: LongText = ""
    cost: CostDraft
    income: IncomeDraft | None = None
    comparables: list[ComparableDraft] = Field(default_factory=list, max_length=50)
    cost_weight: Weight
    income_weight: Weight = Decimal(0)
    market_weight: Weight = Decimal(0)
    reason: LongText
    assumptions: LongText = ""
    limits: LongText = ""

    def inputs(self) -> AppraisalInputs:
        """What the pure methods are fed with."""
        return AppraisalInputs(
            base_on=self.base_on,
            cost_form=self.cost.form,
            cost=self.cost.sheet(),
            income=self.income.inputs() if self.income else None,
            comparables=tuple(one.comparable() for one in self.comparables),
            weights={
                Method.COST: self.cost_weight,
                Method.INCOME: self.income_weight,
                Method.MARKET: self.market_weight,
            },
            reason=self.reason.strip(),
            words=self.words(),
        )

    def words(self) -> dict[str, str]:
        """The texts that are sealed with the figures."""
        return {
            "product_id": self.product_id,
            "purpose": self.purpose.value,
            "value_type": self.value_type.value,
            "users": self.users.strip(),
            "object_facts": self.object_facts.strip(),
            "assumptions": self.assumptions.strip(),
            "limits": self.limits.strip(),
        }


class AppraisalForm(AppraisalDraft):
    """The same, as a page sends it: lines that were left blank are not figures."""

    @model_validator(mode="before")
    @classmethod
    def _drop_blank(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        kept = dict(values)
        for method in ("cost", "income"):
            if isinstance(sheet := kept.get(method), dict):
                kept[method] = {
                    **sheet,
                    "figures": [one for one in sheet.get("figures", []) if "value" in one],
                    "series": [one for one in sheet.get("series", []) if "values" in one],
                }
        kept["comparables"] = [one for one in kept.get("comparables", []) if "name" in one]
        if kept.pop("without_income", "") == "true":
            kept.pop("income", None)
        return kept


class MethodOut(BaseModel):
    """One method's answer, or why it gives none."""

    method: Method
    amount: str | None
    weight: str
    rejected_reason: str = ""


class AppraisalOut(BaseModel):
    """One appraisal with its conclusion in yuan."""

    id: str
    organization_id: str
    product_id: str
    title: str
    state: AppraisalState
    is_internal_estimate: bool
    base_on: date
    valid_through_on: date
    value: str
    low: str
    high: str
    currency: str
    methods: list[MethodOut]
    reason: str
    content_sha256: str

    @classmethod
    def of(cls, appraisal: Appraisal, valuation: Valuation) -> Self:
        return cls(
            id=appraisal.id,
            organization_id=appraisal.organization_id,
            product_id=appraisal.product_id,
            title=appraisal.title,
            state=appraisal.stands,
            is_internal_estimate=appraisal.is_internal_estimate,
            base_on=appraisal.base_on,
            valid_through_on=appraisal.valid_through_on,
            value=f"{appraisal.value.yuan:.2f}",
            low=f"{appraisal.low.yuan:.2f}",
            high=f"{appraisal.high.yuan:.2f}",
            currency=appraisal.value_currency,
            methods=_methods(appraisal, valuation),
            reason=appraisal.reason,
            content_sha256=appraisal.content_sha256,
        )


def _methods(appraisal: Appraisal, valuation: Valuation) -> Sequence[MethodOut]:
    used = [
        MethodOut(
            method=one.method,
            amount=f"{one.amount.yuan:.2f}",
            weight=str(appraisal.weights[one.method]),
        )
        for one in valuation.results
    ]
    rejected = [
        MethodOut(method=one.method, amount=None, weight="0", rejected_reason=one.reason.label)
        for one in valuation.rejections
    ]
    return [*used, *rejected]
