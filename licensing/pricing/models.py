"""How are permitted revenues and caps kept?"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from kernel.money import Money, UnitPrice
from kernel.periods import Period
from kernel.rates import Rate
from licensing.pricing.rules import (
    Forecast,
    PermittedRevenueId,
    PriceCapId,
    ProfitBase,
    RevenueBasis,
)
from market.catalogue.prices import Cap, ChargeUnit


class PermittedRevenue(Base):
    """最高准许收入 of one operator in one period, as an approval document says (PR-05 to PR-07).

    excess: of earlier periods, deducted here (PR-10). carried: what could not be deducted yet.
    """

    __tablename__ = "permitted_revenues"
    __table_args__ = (
        CheckConstraint("end_on > start_on", name="ends_after_start"),
        CheckConstraint("profit_base IN ('cost', 'invested_capital')", name="base_is_known"),
        CheckConstraint(
            "profit_base = 'cost' OR invested_capital_minor IS NOT NULL", name="capital_is_named"
        ),
        CheckConstraint("subsidy_minor <= gross_cost_minor", name="subsidy_within_cost"),
        CheckConstraint(
            "gross_cost_minor >= 0 AND subsidy_minor >= 0 AND tax_minor >= 0 AND excess_minor >= 0 "
            "AND carried_minor >= 0 AND permitted_minor >= 0 AND profit_minor >= 0",
            name="amounts_not_negative",
        ),
        CheckConstraint(
            "permitted_minor - carried_minor = gross_cost_minor - subsidy_minor + profit_minor "
            "+ tax_minor - excess_minor",
            name="parts_add_up",
        ),
        CheckConstraint("profit_rate >= 0 AND profit_rate <= 1", name="rate_is_a_fraction"),
        CheckConstraint("document <> ''", name="document_written"),
        Index("ix_permitted_revenues_operator_id", "operator_id", "start_on"),
        Index(
            "uq_permitted_revenues_standing",
            "operator_id",
            "start_on",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    id: Mapped[PermittedRevenueId] = mapped_column(Text, primary_key=True)
    operator_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    authority_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    start_on: Mapped[date]
    end_on: Mapped[date]
    gross_cost_minor: Mapped[int]
    subsidy_minor: Mapped[int]
    profit_base: Mapped[ProfitBase] = mapped_column(Text)
    profit_rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    invested_capital_minor: Mapped[int | None]
    profit_minor: Mapped[int]
    tax_minor: Mapped[int]
    excess_minor: Mapped[int]
    carried_minor: Mapped[int]
    permitted_minor: Mapped[int]
    document: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]

    @property
    def period(self) -> Period:
        return Period(self.start_on, self.end_on)

    @property
    def permitted(self) -> Money:
        return Money(self.permitted_minor)

    @property
    def basis(self) -> RevenueBasis:
        capital = self.invested_capital_minor
        return RevenueBasis(
            gross_cost=Money(self.gross_cost_minor),
            subsidy=Money(self.subsidy_minor),
            profit_base=ProfitBase(self.profit_base),
            profit_rate=Rate(self.profit_rate),
            tax=Money(self.tax_minor),
            invested_capital=None if capital is None else Money(capital),
        )


class PriceCap(Base):
    """上限收费标准 of one product and unit. A new decision adds a row (PR-12).

    forecast_units: what the authority expects to be sold in the period of the revenue.
    """

    __tablename__ = "price_caps"
    __table_args__ = (
        CheckConstraint("unit_price_yuan >= 0", name="price_not_negative"),
        CheckConstraint("forecast_units >= 0", name="forecast_not_negative"),
        CheckConstraint("end_on IS NULL OR end_on > start_on", name="ends_after_start"),
        CheckConstraint(
            "is_trial OR permitted_revenue_id IS NOT NULL", name="formal_within_revenue"
        ),
        CheckConstraint("document <> ''", name="document_written"),
        Index(
            "uq_price_caps_standing",
            "product_id",
            "unit",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        Index("ix_price_caps_product_id", "product_id", "set_at"),
        Index("ix_price_caps_permitted_revenue_id", "permitted_revenue_id"),
    )

    id: Mapped[PriceCapId] = mapped_column(Text, primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    authority_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    permitted_revenue_id: Mapped[PermittedRevenueId | None] = mapped_column(
        Text, ForeignKey("permitted_revenues.id")
    )
    unit: Mapped[ChargeUnit] = mapped_column(Text)
    unit_price_yuan: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    is_tax_included: Mapped[bool]
    is_trial: Mapped[bool]
    forecast_units: Mapped[int]
    start_on: Mapped[date]
    end_on: Mapped[date | None]
    document: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]

    @property
    def cap(self) -> Cap:
        return Cap(ChargeUnit(self.unit), UnitPrice(self.unit_price_yuan), self.is_tax_included)

    @property
    def forecast(self) -> Forecast:
        return Forecast(UnitPrice(self.unit_price_yuan), self.forecast_units)
