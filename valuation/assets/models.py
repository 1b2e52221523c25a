"""What is kept of one data asset beside its vouchers? Amounts stand in the vouchers alone."""

from datetime import date, datetime

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import APPEND_ONLY, Base
from kernel.money import Currency, Money
from kernel.periods import add_months
from valuation.assets.rules import (
    AcquisitionRoute,
    AssetClass,
    AssetState,
    AssetUse,
    first_month,
)


class DataAsset(Base):
    """One data resource in the books of one entity: from candidate to derecognition.

    price_minor: what the order cost, VAT included; price_vat_minor: the VAT inside it; only for
    purchases of this market.
    amortise_from_on, amortise_until_on: first month charged, first month not charged any more.
    """

    __tablename__ = "data_assets"
    __table_args__ = (
        UniqueConstraint("entity_id", "order_id"),
        CheckConstraint(
            "(price_minor IS NULL) = (price_currency IS NULL)"
            " AND (price_minor IS NULL) = (price_vat_minor IS NULL)",
            name="price_whole",
        ),
        CheckConstraint(
            "price_minor IS NULL OR (price_vat_minor >= 0 AND price_vat_minor <= price_minor)",
            name="vat_inside_price",
        ),
        CheckConstraint(
            "(amortise_from_on IS NULL) = (amortise_until_on IS NULL)", name="life_whole"
        ),
        CheckConstraint("amortise_until_on > amortise_from_on", name="life_positive"),
        CheckConstraint(
            "(state IN ('candidate', 'expensed')) = (asset_class IS NULL)", name="class_when_booked"
        ),
        CheckConstraint(
            "(state = 'derecognised') = (derecognised_on IS NOT NULL)", name="derecognised_once"
        ),
        # One living set of books per self-developed product: two clerks cannot book it twice.
        Index(
            "uq_data_assets_own_product",
            "entity_id",
            "product_id",
            unique=True,
            postgresql_where=text(
                "route = 'self_developed' AND state NOT IN ('derecognised', 'expensed')"
            ),
        ),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    entity_id: Mapped[str] = mapped_column(ForeignKey("accounting_entities.id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    title: Mapped[str]
    route: Mapped[str]
    order_id: Mapped[str | None]
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    price_vat_minor: Mapped[int | None] = mapped_column(BigInteger)
    price_currency: Mapped[str | None] = mapped_column(CHAR(3))
    acquired_on: Mapped[date]
    state: Mapped[str]
    asset_class: Mapped[str | None]
    ready_on: Mapped[date | None]
    use: Mapped[str | None]
    amortise_from_on: Mapped[date | None]
    amortise_until_on: Mapped[date | None]
    right_ends_on: Mapped[date | None]
    derecognised_on: Mapped[date | None]
    created_at: Mapped[datetime]

    @property
    def price(self) -> Money | None:
        if self.price_minor is None or self.price_currency is None:
            return None
        return Money(self.price_minor, Currency(self.price_currency))

    @property
    def price_vat(self) -> Money:
        return Money(self.price_vat_minor or 0)

    def bought_for(self, paid: Money, vat: Money) -> None:
        """What the order cost; the deductible VAT stands inside it."""
        self.price_minor, self.price_vat_minor = paid.minor, vat.minor
        self.price_currency = paid.currency.value

    @property
    def stands(self) -> AssetState:
        return AssetState(self.state)

    @property
    def came_by(self) -> AcquisitionRoute:
        return AcquisitionRoute(self.route)

    @property
    def booked_as(self) -> AssetClass | None:
        return AssetClass(self.asset_class) if self.asset_class else None

    @property
    def works_for(self) -> AssetUse | None:
        return AssetUse(self.use) if self.use else None

    @property
    def is_amortising(self) -> bool:
        return self.is_booked and self.amortise_from_on is not None

    @property
    def is_booked(self) -> bool:
        return self.stands in {AssetState.RECOGNISED, AssetState.IMPAIRED}

    def decide(self, state: AssetState, asset_class: AssetClass | None) -> None:
        """Leave the candidates: recognised, in development, or expensed."""
        self.state, self.asset_class = state, asset_class

    def begin_use(self, ready_on: date, use: AssetUse, life_months: int) -> None:
        """Ready for its intended use; amortised from this month on."""
        self.state = AssetState.RECOGNISED
        self.ready_on = ready_on
        self.use = use
        self.amortise_from_on = first_month(ready_on)
        self.amortise_until_on = add_months(self.amortise_from_on, life_months)

    def finish(self, ready_on: date) -> None:
        """Processed and in stock; inventory is not amortised."""
        self.state = AssetState.RECOGNISED
        self.ready_on = ready_on

    def leave(self, on: date) -> None:
        self.state, self.derecognised_on = AssetState.DERECOGNISED, on


class AmortisationCharge(Base):
    """One asset was charged for one month, once."""

    __tablename__ = "amortisation_charges"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("extract(day FROM month_on) = 1", name="month_starts_on_first"),
        {"info": APPEND_ONLY},
    )

    asset_id: Mapped[str] = mapped_column(ForeignKey("data_assets.id"), primary_key=True)
    month_on: Mapped[date] = mapped_column(primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    voucher_id: Mapped[str] = mapped_column(ForeignKey("vouchers.id"))

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor)
