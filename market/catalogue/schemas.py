"""What a product, a price and a verdict look like at the border."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from kernel.i18n import N_
from kernel.money import UnitPrice
from kernel.rates import rate
from market.catalogue.listing import DeliveryKind, ProductForm, Scenario
from market.catalogue.models import PricePlan, Product
from market.catalogue.prices import ChargeUnit, Price, Tier, are_tiers_in_order
from market.catalogue.rules import Blocker, Check, ProductState, Verdict
from market.datasets.rules import DataLevel

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, max_length=8000)]
Yuan = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=6)]
TaxRate = Annotated[Decimal, Field(ge=0, lt=1, max_digits=9, decimal_places=6)]
DEFAULT_TAX_RATE = Decimal("0.06")  # modern services; each price states its own


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProductDraft(_Frozen):
    """What the editor of a product sends. Only the title is needed for a first draft."""

    title_zh: Annotated[Line, Field(min_length=2)]
    title_en: Line = ""
    use_sentence: Line = ""
    description: Paragraph = ""
    form: ProductForm = ProductForm.SERVICE
    scenarios: list[Scenario] = []
    delivery_kinds: list[DeliveryKind] = []
    dataset_ids: list[str] = Field(default=[], max_length=20)
    level: DataLevel = DataLevel.GENERAL
    level_review: Line = ""
    legal_basis: Line = ""
    risk_report: Line = ""
    is_sample: bool = False
    sample_origin: Line = ""
    bureau_id: str = ""


class ProductRevision(ProductDraft):
    """The same, for a draft that exists. revision: the one that the editor was shown."""

    revision: int


class TierDraft(_Frozen):
    from_units: Annotated[int, Field(gt=0)]
    unit_price: Yuan


class PricePlanDraft(_Frozen):
    """A price per unit, with further cumulative steps where there are any."""

    unit: ChargeUnit
    unit_price: Yuan
    is_tax_included: bool = True
    tax_rate: TaxRate = DEFAULT_TAX_RATE
    tiers: list[TierDraft] = Field(default=[], max_length=20)
    reason: Annotated[Line, Field(min_length=2)]

    @model_validator(mode="after")
    def _tiers_rise(self) -> Self:
        if not are_tiers_in_order(self._tiers()):
            raise ValueError(N_("阶梯的起点必须大于 0 并逐级增大。"))
        return self

    @property
    def price(self) -> Price:
        return Price(
            self.unit,
            UnitPrice(self.unit_price),
            self.is_tax_included,
            rate(self.tax_rate),
            self._tiers(),
        )

    def _tiers(self) -> tuple[Tier, ...]:
        return tuple(Tier(tier.from_units, UnitPrice(tier.unit_price)) for tier in self.tiers)


class Reason(_Frozen):
    """Why a product is returned, suspended or withdrawn."""

    reason: Annotated[Line, Field(min_length=2)]


class TierOut(_Frozen):
    from_units: int
    unit_price: str


class PriceOut(_Frozen):
    """unit_price: yuan per unit as an exact decimal text."""

    unit: ChargeUnit
    unit_price: str
    is_tax_included: bool
    tax_rate: str
    tiers: list[TierOut]
    set_at: datetime
    replaced_at: datetime | None

    @classmethod
    def of(cls, plan: PricePlan) -> Self:
        price = plan.price
        return cls(
            unit=price.unit,
            unit_price=plain(price.unit_price.yuan),
            is_tax_included=price.is_tax_included,
            tax_rate=plain(price.tax_rate),
            tiers=[
                TierOut(from_units=tier.from_units, unit_price=plain(tier.unit_price.yuan))
                for tier in price.tiers
            ],
            set_at=plan.set_at,
            replaced_at=plan.replaced_at,
        )


class ProductOut(_Frozen):
    """A product as the JSON API gives it."""

    id: str
    title_zh: str
    title_en: str
    use_sentence: str
    description: str
    form: ProductForm
    scenarios: list[Scenario]
    delivery_kinds: list[DeliveryKind]
    dataset_ids: list[str]
    level: DataLevel
    is_sample: bool
    sample_origin: str
    operator_id: str
    bureau_id: str
    jurisdiction: str
    state: ProductState
    revision: int
    prices: list[PriceOut]
    notice_ends_on: date | None
    published_at: datetime | None
    suspended_at: datetime | None
    suspension_reason: str

    @classmethod
    def of(cls, product: Product) -> Self:
        own = ("dataset_ids", "prices", "state", "form", "level")
        names = [name for name in cls.model_fields if name not in own]
        return cls(
            dataset_ids=list(product.dataset_ids),
            prices=[PriceOut.of(plan) for plan in product.plans],
            state=ProductState(product.state),
            form=ProductForm(product.form),
            level=DataLevel(product.level),
            **{name: getattr(product, name) for name in names},
        )


class ProductPage(_Frozen):
    """Some products. next_cursor: "" on the last page."""

    items: Sequence[ProductOut]
    next_cursor: str


class CheckOut(_Frozen):
    """One thing publication asks for, and whether it is met."""

    code: Blocker
    clause: str
    about_id: str
    is_met: bool

    @classmethod
    def of(cls, check: Check) -> Self:
        return cls(
            code=check.blocker,
            clause=check.blocker.clause,
            about_id=check.about_id,
            is_met=check.is_met,
        )


class VerdictOut(_Frozen):
    """One standing verdict."""

    kind: str
    subject_id: str
    state: str
    valid_until: datetime | None
    clause: str
    facts: Mapping[str, Any]
    event_id: str

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        return cls(**{name: getattr(verdict, name) for name in cls.model_fields})


class PublicationOut(_Frozen):
    """May it go on sale today, and on which verdicts does the answer rest?"""

    may_be_published: bool
    checks: list[CheckOut]
    verdicts: list[VerdictOut]


def plain(number: Decimal) -> str:
    """A decimal without an exponent and without trailing zeros: 0.80 -> "0.8"."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
