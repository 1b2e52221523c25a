"""How are products, their prices and what was said about them kept?"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kernel.actor import Actor
from kernel.db import Base
from kernel.errors import Conflict
from kernel.i18n import N_, Labelled
from kernel.money import UnitPrice
from kernel.rates import Rate
from market.catalogue.listing import (
    DeliveryKind,
    PricePlanId,
    ProductForm,
    ProductId,
    Scenario,
)
from market.catalogue.prices import ChargeUnit, Price, Tier
from market.catalogue.rules import (
    ProductState,
    Verdict,
    VerdictKind,
    VerdictState,
    may_move,
)
from market.datasets.rules import DataLevel, DatasetId
from market.organizations.rules import OrganizationId


def _one_of(column: str, choices: type[Labelled]) -> str:
    known = ", ".join(f"'{choice.value}'" for choice in choices)
    return f"{column} IN ({known})"


def _all_of(column: str, choices: type[Labelled]) -> str:
    known = ", ".join(f"'{choice.value}'" for choice in choices)
    return f"{column} <@ ARRAY[{known}]"


@dataclass(eq=False)
class ProductStateForbids(Conflict):
    """The product is not in a state in which this can be done."""

    code = "product-state-forbids"
    message = N_("产品现在是“{state}”，不能这样做。请刷新页面，看它的下一步。")

    product_id: str
    state: ProductState


@dataclass(eq=False)
class StaleRevision(Conflict):
    """Somebody else changed the product after this form was opened."""

    code = "product-changed-meanwhile"
    message = N_(
        "这个产品在您编辑期间已被他人修改。您填写的内容仍在本页；请在新标签页核对最新内容后再提交。"
    )

    product_id: str


class Product(Base):
    """What is offered: a product or service made from authorised resources.

    revision: grows with every change, so that a stale form is noticed.
    level_review: the derived-data review that lowered the level below the sources' (CL-01).
    """

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint(_one_of("state", ProductState), name="state_is_known"),
        CheckConstraint(_one_of("form", ProductForm), name="form_is_known"),
        CheckConstraint(_one_of("level", DataLevel), name="level_is_known"),
        CheckConstraint(_all_of("scenarios", Scenario), name="scenarios_are_known"),
        CheckConstraint(_all_of("delivery_kinds", DeliveryKind), name="deliveries_are_known"),
        CheckConstraint(
            "state <> 'on_sale' OR (published_at IS NOT NULL AND published_by IS NOT NULL)",
            name="on_sale_was_published",
        ),
        CheckConstraint(
            "published_by IS NULL OR published_by <> drafted_by", name="published_by_another"
        ),
        CheckConstraint("(state = 'notice') = (notice_ends_on IS NOT NULL)", name="notice_ends"),
        CheckConstraint(
            "state <> 'suspended' OR suspension_reason <> ''", name="suspended_for_a_reason"
        ),
        CheckConstraint("revision > 0", name="revision_counts"),
        Index("ix_products_operator_id", "operator_id", "drafted_at"),
        Index("ix_products_bureau_id", "bureau_id", "drafted_at"),
        Index("ix_products_state", "state"),
    )

    id: Mapped[ProductId] = mapped_column(Text, primary_key=True)
    operator_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    bureau_id: Mapped[OrganizationId] = mapped_column(Text, ForeignKey("organizations.id"))
    title_zh: Mapped[str]
    title_en: Mapped[str]
    use_sentence: Mapped[str]
    description: Mapped[str]
    form: Mapped[ProductForm] = mapped_column(Text)
    scenarios: Mapped[list[str]] = mapped_column(ARRAY(Text))
    delivery_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    level: Mapped[DataLevel] = mapped_column(Text)
    level_review: Mapped[str]
    legal_basis: Mapped[str]
    risk_report: Mapped[str]
    is_sample: Mapped[bool]
    sample_origin: Mapped[str]
    jurisdiction: Mapped[str]
    state: Mapped[ProductState] = mapped_column(Text)
    revision: Mapped[int]
    drafted_by: Mapped[str]
    drafted_at: Mapped[datetime]
    submitted_by: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    returned_reason: Mapped[str]
    notice_ends_on: Mapped[date | None]
    published_by: Mapped[str | None]
    published_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspension_reason: Mapped[str]
    withdrawn_at: Mapped[datetime | None]

    sources: Mapped[list["ProductSource"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="ProductSource.dataset_id"
    )
    plans: Mapped[list["PricePlan"]] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin="and_(PricePlan.product_id == Product.id, PricePlan.replaced_at.is_(None))",
        order_by="PricePlan.unit",
    )

    @property
    def title(self) -> str:
        return self.title_zh

    @property
    def prices(self) -> tuple[Price, ...]:
        return tuple(plan.price for plan in self.plans)

    @property
    def dataset_ids(self) -> list[DatasetId]:
        return [source.dataset_id for source in self.sources]

    @property
    def is_on_sale(self) -> bool:
        return self.state == ProductState.ON_SALE

    @property
    def is_public(self) -> bool:
        return ProductState(self.state).is_public

    def require_state(self, *allowed: ProductState) -> None:
        """Raises: ProductStateForbids."""
        if ProductState(self.state) not in allowed:
            raise ProductStateForbids(self.id, ProductState(self.state))

    def require_revision(self, shown: int) -> None:
        """Raises: StaleRevision."""
        if self.revision != shown:
            raise StaleRevision(self.id)

    def require_second_person(self, actor: Actor) -> None:
        """Four eyes: who drafted, submitted or priced it may not publish it."""
        setters = [plan.set_by for plan in self.plans]
        actor.require_another_person_than(self.drafted_by, self.submitted_by, *setters)

    def submit(self, by: str, at: datetime) -> None:
        self._move(ProductState.REVIEW)
        self.submitted_by, self.submitted_at, self.returned_reason = by, at, ""

    def give_back(self, reason: str) -> None:
        self._move(ProductState.DRAFT)
        self.returned_reason, self.notice_ends_on = reason, None
        self.submitted_by = self.submitted_at = None

    def open_notice(self, by: str, ends_on: date) -> None:
        self._move(ProductState.NOTICE)
        self.published_by, self.notice_ends_on = by, ends_on

    def go_on_sale(self, by: str, at: datetime) -> None:
        self._move(ProductState.ON_SALE)
        self.published_by, self.published_at, self.notice_ends_on = by, at, None
        self.suspended_at, self.suspension_reason = None, ""

    def suspend(self, reason: str, at: datetime) -> None:
        self._move(ProductState.SUSPENDED)
        self.suspended_at, self.suspension_reason = at, reason

    def resume(self) -> None:
        self._move(ProductState.ON_SALE)
        self.suspended_at, self.suspension_reason = None, ""

    def withdraw(self, at: datetime) -> None:
        self._move(ProductState.WITHDRAWN)
        self.withdrawn_at = at

    def _move(self, after: ProductState) -> None:
        before = ProductState(self.state)
        if not may_move(before, after):
            raise ProductStateForbids(self.id, before)
        self.state = after
        self.revision += 1


class ProductSource(Base):
    """One data set that a product is made from."""

    __tablename__ = "product_sources"
    __table_args__ = (Index("ix_product_sources_dataset_id", "dataset_id"),)

    product_id: Mapped[ProductId] = mapped_column(Text, ForeignKey("products.id"), primary_key=True)
    dataset_id: Mapped[DatasetId] = mapped_column(Text, ForeignKey("datasets.id"), primary_key=True)


class PricePlan(Base):
    """How a product is charged per unit. A change adds a row: fees have a history (PR-12)."""

    __tablename__ = "price_plans"
    __table_args__ = (
        CheckConstraint(_one_of("unit", ChargeUnit), name="unit_is_known"),
        CheckConstraint("unit_price_yuan >= 0", name="price_not_negative"),
        CheckConstraint("tax_rate >= 0 AND tax_rate < 1", name="tax_rate_is_a_fraction"),
        CheckConstraint("replaced_at IS NULL OR replaced_at >= set_at", name="replaced_later"),
        Index(
            "uq_price_plans_current",
            "product_id",
            "unit",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        Index("ix_price_plans_product_id", "product_id", "set_at"),
    )

    id: Mapped[PricePlanId] = mapped_column(Text, primary_key=True)
    product_id: Mapped[ProductId] = mapped_column(Text, ForeignKey("products.id"))
    unit: Mapped[ChargeUnit] = mapped_column(Text)
    unit_price_yuan: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    is_tax_included: Mapped[bool]
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    reason: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]

    tiers: Mapped[list["PriceTier"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="PriceTier.from_units"
    )

    @property
    def price(self) -> Price:
        tiers = tuple(Tier(tier.from_units, UnitPrice(tier.unit_price_yuan)) for tier in self.tiers)
        return Price(
            unit=ChargeUnit(self.unit),
            unit_price=UnitPrice(self.unit_price_yuan),
            is_tax_included=self.is_tax_included,
            tax_rate=Rate(self.tax_rate),
            tiers=tiers,
        )


class PriceTier(Base):
    """One cumulative step of a price plan, above the first."""

    __tablename__ = "price_tiers"
    __table_args__ = (
        CheckConstraint("from_units > 0", name="begins_above_zero"),
        CheckConstraint("unit_price_yuan >= 0", name="price_not_negative"),
    )

    plan_id: Mapped[PricePlanId] = mapped_column(
        Text, ForeignKey("price_plans.id"), primary_key=True
    )
    from_units: Mapped[int] = mapped_column(primary_key=True)
    unit_price_yuan: Mapped[Decimal] = mapped_column(Numeric(18, 6))


class StandingVerdict(Base):
    """What another room last said about a subject. event_id: the fact it came from."""

    __tablename__ = "standing_verdicts"
    __table_args__ = (
        CheckConstraint(_one_of("kind", VerdictKind), name="kind_is_known"),
        CheckConstraint(_one_of("state", VerdictState), name="state_is_known"),
        Index(
            "ix_standing_verdicts_valid_until",
            "valid_until",
            postgresql_where=text("state = 'holds' AND valid_until IS NOT NULL"),
        ),
        Index("ix_standing_verdicts_subject_id", "subject_id"),
    )

    kind: Mapped[VerdictKind] = mapped_column(Text, primary_key=True)
    subject_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[VerdictState] = mapped_column(Text)
    valid_until: Mapped[datetime | None]
    clause: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    event_id: Mapped[str]
    pushed_by: Mapped[str]
    pushed_at: Mapped[datetime]

    @property
    def verdict(self) -> Verdict:
        return Verdict(
            kind=VerdictKind(self.kind),
            subject_id=self.subject_id,
            state=VerdictState(self.state),
            valid_until=self.valid_until,
            clause=self.clause,
            facts=self.facts,
            event_id=self.event_id,
        )
