"""What an approval document, a cap and their answers look like at the border."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kernel.i18n import N_
from kernel.money import Money
from kernel.rates import rate
from licensing.pricing.models import PermittedRevenue, PriceCap
from licensing.pricing.rules import ProfitBase, RevenueBasis
from market.catalogue.prices import ChargeUnit
from market.catalogue.schemas import Yuan, plain

Document = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]
Fraction = Annotated[Decimal, Field(ge=0, le=1, max_digits=7, decimal_places=6)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RevenueDraft(_Frozen):
    """What the approval document says, in yuan; profit_rate is a fraction: 6 % is 0.06."""

    operator_id: str
    start_on: date
    end_on: date
    gross_cost: Amount
    subsidy: Amount = Decimal(0)
    profit_base: ProfitBase
    profit_rate: Fraction
    invested_capital: Amount | None = None
    tax: Amount
    excess: Amount = Decimal(0)
    document: Document

    @model_validator(mode="after")
    def _period_has_days(self) -> Self:
        if self.end_on <= self.start_on:
            raise ValueError(N_("期限的结束日须晚于起始日。"))
        return self

    @property
    def basis(self) -> RevenueBasis:
        capital = self.invested_capital
        return RevenueBasis(
            gross_cost=Money.of_yuan(self.gross_cost),
            subsidy=Money.of_yuan(self.subsidy),
            profit_base=self.profit_base,
            profit_rate=rate(self.profit_rate),
            tax=Money.of_yuan(self.tax),
            invested_capital=None if capital is None else Money.of_yuan(capital),
        )


class CapDraft(_Frozen):
    """A cap for one product and unit, from today. end_on: the first day without it, if any."""

    product_id: str
    unit: ChargeUnit
    unit_price: Yuan
    is_tax_included: bool = True
    is_trial: bool = False
    forecast_units: Annotated[int, Field(ge=0, le=10**12)]
    end_on: date | None = None
    document: Document


class CapEnd(_Frozen):
    reason: Document


class MoneyOut(_Frozen):
    """An amount of money: yuan as text with two places."""

    amount: str
    currency: str

    @classmethod
    def of(cls, money: Money) -> Self:
        return cls(amount=f"{money.yuan:.2f}", currency=money.currency.value)


class RevenueOut(_Frozen):
    id: str
    operator_id: str
    start_on: date
    end_on: date
    gross_cost: MoneyOut
    subsidy: MoneyOut
    profit_base: ProfitBase
    profit_rate: str
    profit: MoneyOut
    tax: MoneyOut
    excess: MoneyOut
    carried: MoneyOut
    permitted: MoneyOut
    document: str
    decided_at: datetime
    replaced_at: datetime | None

    @classmethod
    def of(cls, row: PermittedRevenue) -> Self:
        amounts = ("gross_cost", "subsidy", "profit", "tax", "excess", "carried", "permitted")
        same = ("id", "operator_id", "start_on", "end_on", "document", "decided_at", "replaced_at")
        return cls.model_validate(
            {name: getattr(row, name) for name in same}
            | {name: MoneyOut.of(Money(getattr(row, f"{name}_minor"))) for name in amounts}
            | {"profit_base": row.profit_base, "profit_rate": plain(row.profit_rate)}
        )


class CapOut(_Frozen):
    id: str
    product_id: str
    unit: ChargeUnit
    unit_price: str
    is_tax_included: bool
    is_trial: bool
    forecast_units: int
    permitted_revenue_id: str | None
    start_on: date
    end_on: date | None
    document: str
    set_at: datetime
    replaced_at: datetime | None

    @classmethod
    def of(cls, row: PriceCap) -> Self:
        names = cls.model_fields.keys() - {"unit_price"}
        return cls.model_validate(
            {name: getattr(row, name) for name in names}
            | {"unit_price": plain(row.unit_price_yuan)}
        )


class CapPage(_Frozen):
    items: Sequence[CapOut]
