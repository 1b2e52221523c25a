"""How is an appraisal kept, with every input beside its result?"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.db import APPEND_ONLY, Base
from kernel.money import Currency, Money
from valuation.appraisals.comparison import Coefficients, Comparable
from valuation.appraisals.cost import CostForm
from valuation.appraisals.income import IncomeSettings, LossTax, TaxBasis, Variant
from valuation.appraisals.rules import (
    AppraisalState,
    InputKey,
    Method,
    Purpose,
    ValueInput,
    ValueType,
)


class Appraisal(Base):
    """One valuation of one product on one base date; an internal estimate until two have signed."""

    __tablename__ = "appraisals"
    __table_args__ = (
        CheckConstraint("value_minor >= 0", name="value_not_negative"),
        CheckConstraint("low_minor <= high_minor", name="range_in_order"),
        CheckConstraint("cost_weight + income_weight + market_weight = 1", name="weights_of_one"),
        CheckConstraint("length(trim(reason)) > 0", name="reason_given"),
        CheckConstraint("(income_variant IS NULL) = (mid_year IS NULL)", name="income_whole"),
        CheckConstraint("(state = 'signed') = (signed_at IS NOT NULL)", name="signed_once"),
        Index("ix_appraisals_product_id", "product_id", "organization_id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    organization_id: Mapped[str] = mapped_column(ForeignKey("organizations.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    title: Mapped[str]
    state: Mapped[str]
    purpose: Mapped[str]
    value_type: Mapped[str]
    users: Mapped[str]
    base_on: Mapped[date]
    valid_through_on: Mapped[date]
    object_facts: Mapped[str]
    cost_form: Mapped[str]
    income_variant: Mapped[str | None]
    flows_basis: Mapped[str | None]
    rate_basis: Mapped[str | None]
    loss_tax: Mapped[str | None]
    mid_year: Mapped[bool | None] = mapped_column(Boolean)
    cost_weight: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    income_weight: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    market_weight: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    reason: Mapped[str]
    assumptions: Mapped[str]
    limits: Mapped[str]
    value_minor: Mapped[int] = mapped_column(BigInteger)
    low_minor: Mapped[int] = mapped_column(BigInteger)
    high_minor: Mapped[int] = mapped_column(BigInteger)
    value_currency: Mapped[str] = mapped_column(CHAR(3))
    content_sha256: Mapped[str]
    drafted_by: Mapped[str]
    drafted_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]

    inputs: Mapped[list["AppraisalInput"]] = relationship(
        lazy="raise", order_by="AppraisalInput.position"
    )
    comparables: Mapped[list["ComparableRow"]] = relationship(
        lazy="raise", order_by="ComparableRow.position"
    )
    signatures: Mapped[list["AppraisalSignature"]] = relationship(
        lazy="raise", order_by="AppraisalSignature.signed_at"
    )

    @property
    def stands(self) -> AppraisalState:
        return AppraisalState(self.state)

    @property
    def is_internal_estimate(self) -> bool:
        return self.stands is not AppraisalState.SIGNED

    @property
    def meant_for(self) -> Purpose:
        return Purpose(self.purpose)

    @property
    def kind_of_value(self) -> ValueType:
        return ValueType(self.value_type)

    @property
    def form(self) -> CostForm:
        return CostForm(self.cost_form)

    @property
    def settings(self) -> IncomeSettings | None:
        if self.income_variant is None:
            return None
        return IncomeSettings(
            Variant(self.income_variant),
            TaxBasis(str(self.flows_basis)),
            TaxBasis(str(self.rate_basis)),
            bool(self.mid_year),
            LossTax(str(self.loss_tax)),
        )

    @property
    def weights(self) -> dict[Method, Decimal]:
        return {
            Method.COST: self.cost_weight,
            Method.INCOME: self.income_weight,
            Method.MARKET: self.market_weight,
        }

    @property
    def words(self) -> dict[str, str]:
        """The texts that are sealed with the figures."""
        return {
            "product_id": self.product_id,
            "purpose": self.purpose,
            "value_type": self.value_type,
            "users": self.users,
            "object_facts": self.object_facts,
            "assumptions": self.assumptions,
            "limits": self.limits,
        }

    @property
    def value(self) -> Money:
        return Money(self.value_minor, Currency(self.value_currency))

    @property
    def low(self) -> Money:
        return Money(self.low_minor, Currency(self.value_currency))

    @property
    def high(self) -> Money:
        return Money(self.high_minor, Currency(self.value_currency))

    def sign_off(self, at: datetime) -> None:
        self.state, self.signed_at = AppraisalState.SIGNED, at


class AppraisalInput(Base):
    """One figure of one method, with its source. year: 0 for a single figure."""

    __tablename__ = "appraisal_inputs"
    __table_args__ = (
        CheckConstraint("length(trim(source)) > 0", name="source_given"),
        CheckConstraint("year >= 0", name="year_not_negative"),
        {"info": APPEND_ONLY},
    )

    appraisal_id: Mapped[str] = mapped_column(ForeignKey("appraisals.id"), primary_key=True)
    method: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer)
    value: Mapped[Decimal] = mapped_column(Numeric)
    source: Mapped[str]
    evidence: Mapped[str]

    def as_input(self) -> ValueInput:
        return ValueInput(InputKey(self.key), self.value, self.source, self.evidence, self.year)


class ComparableRow(Base):
    """One deal as the market method saw it."""

    __tablename__ = "comparables"
    __table_args__ = (
        CheckConstraint("price_minor > 0", name="price_positive"),
        CheckConstraint("length(trim(source)) > 0", name="source_given"),
        {"info": APPEND_ONLY},
    )

    appraisal_id: Mapped[str] = mapped_column(ForeignKey("appraisals.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    name: Mapped[str]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    price_currency: Mapped[str] = mapped_column(CHAR(3))
    deal_on: Mapped[date]
    quality_factor: Mapped[Decimal] = mapped_column(Numeric)
    supply_factor: Mapped[Decimal] = mapped_column(Numeric)
    date_factor: Mapped[Decimal] = mapped_column(Numeric)
    capacity_factor: Mapped[Decimal] = mapped_column(Numeric)
    other_factor: Mapped[Decimal] = mapped_column(Numeric)
    weight: Mapped[Decimal] = mapped_column(Numeric)
    source: Mapped[str]
    is_related_party: Mapped[bool] = mapped_column(Boolean)
    is_flagged: Mapped[bool] = mapped_column(Boolean)

    def as_comparable(self) -> Comparable:
        return Comparable(
            self.name,
            Money(self.price_minor, Currency(self.price_currency)),
            self.deal_on,
            Coefficients(
                self.quality_factor,
                self.supply_factor,
                self.date_factor,
                self.capacity_factor,
                self.other_factor,
            ),
            self.weight,
            self.source,
            self.is_related_party,
            self.is_flagged,
        )


class AppraisalSignature(Base):
    """One appraiser's signature. signer: the name as it stands under the report."""

    __tablename__ = "appraisal_signatures"
    __table_args__ = ({"info": APPEND_ONLY},)

    appraisal_id: Mapped[str] = mapped_column(ForeignKey("appraisals.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(Text, primary_key=True)
    signer: Mapped[str]
    signed_at: Mapped[datetime]
