"""What stands on a card, on a product's page, and in a search?"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from kernel.i18n import N_, Labelled
from kernel.money import UnitPrice
from kernel.rates import Rate
from market.catalogue.listing import DeliveryKind, ProductForm, Scenario
from market.catalogue.prices import ChargeUnit, Price, Tier
from market.catalogue.rules import ProductState, Purpose
from market.datasets.rules import DataLevel, Sensitivity, TypeCode, UpdateCycle
from market.organizations.rules import is_verified_on
from market.quality.rules import Grade, QualityDimension


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RegistrationStanding(Labelled):
    """Where a registration stands, as visitors read it."""

    NONE = "none", N_("未登记")
    TIME_LIMIT = "time_limit", N_("登记办理中，在首次登记时限内")
    OVERDUE = "overdue", N_("逾期未登记")
    VALID = "valid", N_("已登记")
    LAPSED = "lapsed", N_("登记已逾期注销")
    CANCELLED = "cancelled", N_("登记已注销")
    REVOKED = "revoked", N_("登记已撤销")


class ColumnLine(_Frozen):
    """One line of the data dictionary."""

    name: str
    title: str
    type: TypeCode
    unit: str
    sensitivity: Sensitivity
    description: str


class VersionLine(_Frozen):
    """One version that was loaded."""

    id: str
    number: int
    rows: int
    sha256: str
    delivered_at: datetime


class QualityCard(_Frozen):
    """What the check of the version in service found; None of a dimension: not measured."""

    run_id: str
    version_number: int
    grade: Grade | None
    score: Decimal | None
    has_passed: bool
    checked_at: datetime
    valid_until: datetime | None
    rules: int
    dimensions: Mapping[QualityDimension, Decimal | None]


class RegistrationLine(_Frozen):
    """What is known of the registration of a data set or product (RG-).

    state: none, time_limit, overdue, valid, or how it ended. until: its last day, or the limit.
    """

    state: RegistrationStanding = RegistrationStanding.NONE
    code: str = ""
    query_code: str = ""
    until: date | None = None


class SourceSheet(_Frozen):
    """One data set that the product is made from."""

    dataset_id: str
    title: str
    abstract: str
    category: str = ""
    provider_id: str
    provider: str
    update_cycle: UpdateCycle
    protected_unit: str
    sample_origin: str
    sample_licence: str
    columns: list[ColumnLine]
    versions: list[VersionLine]
    quality: QualityCard | None
    purposes: list[Purpose]
    authorised_until: datetime | None
    registration: RegistrationLine = RegistrationLine()


class TierLine(_Frozen):
    from_units: int
    unit_price: Decimal


class PriceSheet(_Frozen):
    """What one unit costs, under which cap. share_of_cap: None without a valid cap."""

    unit: ChargeUnit
    unit_price: Decimal
    is_tax_included: bool
    tax_rate: Decimal
    tiers: list[TierLine]
    cap: Decimal | None
    is_cap_taxed: bool
    cap_document: str
    share_of_cap: Decimal | None
    set_at: datetime

    @property
    def price(self) -> Price:
        tiers = tuple(Tier(tier.from_units, UnitPrice(tier.unit_price)) for tier in self.tiers)
        unit_price = UnitPrice(self.unit_price)
        return Price(self.unit, unit_price, self.is_tax_included, Rate(self.tax_rate), tiers)


class PriceChange(_Frozen):
    """One earlier price (PR-12: fees and their history are published)."""

    unit: ChargeUnit
    unit_price: Decimal
    set_at: datetime
    replaced_at: datetime | None
    reason: str


class Sheet(_Frozen):
    """The whole page of one product."""

    product_id: str
    title_zh: str
    title_en: str
    use_sentence: str
    description: str
    form: ProductForm
    scenarios: list[Scenario]
    delivery_kinds: list[DeliveryKind]
    level: DataLevel
    legal_basis: str
    is_sample: bool
    sample_origin: str
    operator_id: str
    operator: str
    is_operator_verified: bool
    operator_verified_until_on: date | None = None
    bureau: str
    state: ProductState
    suspension_reason: str
    published_at: datetime | None
    submitted_at: datetime | None
    suspended_at: datetime | None
    withdrawn_at: datetime | None
    sources: list[SourceSheet]
    prices: list[PriceSheet]
    price_changes: list[PriceChange]
    registration: RegistrationLine = RegistrationLine()
    requires_registration: bool = False

    def as_of(self, today: date) -> "Sheet":
        """The mark of a verified operator ends with its last day, whoever looks when."""
        if self.operator_verified_until_on is None:
            return self
        stands = is_verified_on(self.operator_verified_until_on, today)
        return self.model_copy(update={"is_operator_verified": stands})

    @property
    def purposes(self) -> list[Purpose]:
        """What every source may be used for."""
        if not self.sources:
            return []
        common = set.intersection(*(set(source.purposes) for source in self.sources))
        return [purpose for purpose in Purpose if purpose in common]

    @property
    def grade(self) -> Grade | None:
        """The lowest grade of the sources in service."""
        grades = [source.quality.grade for source in self.sources if source.quality]
        found = [Grade(grade) for grade in grades if grade is not None]
        return max(found) if found else None

    @property
    def data_arrived_at(self) -> datetime | None:
        """When the latest version of any source was delivered."""
        return max((s.versions[0].delivered_at for s in self.sources if s.versions), default=None)

    @property
    def rows(self) -> int:
        """Rows of the newest version of each source."""
        return sum(source.versions[0].rows for source in self.sources if source.versions)

    @property
    def authorised_until(self) -> datetime | None:
        ends = [s.authorised_until for s in self.sources if s.authorised_until is not None]
        return min(ends) if ends else None

    @property
    def columns(self) -> int:
        return sum(len(source.columns) for source in self.sources)


class Order(Labelled):
    """How results are ordered."""

    RELEVANCE = "relevance", N_("相关度")
    NEWEST = "newest", N_("最新上架")
    TITLE = "title", N_("名称")
    PRICE = "price", N_("价格")


class PriceKind(Labelled):
    """Whether a product costs anything."""

    FREE = "free", N_("免费")
    PAID = "paid", N_("收费")
    UNPRICED = "unpriced", N_("未定价")


class Freshness(Labelled):
    """How lately data arrived, at the latest source."""

    WEEK = "week", N_("7 天内有更新")
    MONTH = "month", N_("31 天内有更新")
    QUARTER = "quarter", N_("92 天内有更新")
    YEAR = "year", N_("366 天内有更新")

    @property
    def days(self) -> int:
        return {"week": 7, "month": 31, "quarter": 92, "year": 366}[self.value]


class SearchQuestion(_Frozen):
    """What a visitor looks for."""

    q: Annotated[str, StringConstraints(max_length=100)] = ""
    department: Annotated[str, StringConstraints(max_length=60)] = ""
    theme: Annotated[str, StringConstraints(max_length=60)] = ""
    scenario: Scenario | None = None
    form: ProductForm | None = None
    level: DataLevel | None = None
    grade: Grade | None = None
    price: PriceKind | None = None
    freshness: Freshness | None = None
    order: Order = Order.RELEVANCE
    page: Annotated[int, Field(ge=1, le=500)] = 1


class Card(_Frozen):
    """One product in a list."""

    product_id: str
    title_zh: str
    title_en: str
    use_sentence: str
    form: ProductForm
    scenarios: list[Scenario]
    delivery_kinds: list[DeliveryKind]
    department_names: list[str]
    grade: Grade | None
    price_from: Decimal | None
    price_unit: ChargeUnit | None
    is_sample: bool
    published_at: datetime | None


class FacetValue(_Frozen):
    """One value of a facet, and how many results it leaves."""

    value: str
    label: str
    count: int


class Facet(_Frozen):
    """One way of narrowing a search. name: the question's field."""

    name: str
    heading: str
    values: Sequence[FacetValue]


class SearchResult(_Frozen):
    """One page of results with the facets of all of them.

    is_more: there are more than total; only the best of them are counted, listed and paged.
    suggestion: what may have been meant when nothing was found; "" when nothing is known.
    """

    cards: Sequence[Card]
    total: int
    is_more: bool
    page: int
    pages: int
    facets: Sequence[Facet]
    suggestion: str = ""

    def counts_of(self, name: str) -> dict[str, int]:
        """How many results each value of a facet leaves."""
        found = next((facet for facet in self.facets if facet.name == name), None)
        return {value.value: value.count for value in found.values} if found else {}


class Suggestion(_Frozen):
    """One title that begins to answer what is being typed."""

    product_id: str
    title_zh: str
    title_en: str


class Suggestions(_Frozen):
    """What may be meant, the best first."""

    suggestions: Sequence[Suggestion]


class Related(_Frozen):
    """A product that a reader of this one may want. reason: why, in the reader's language."""

    product_id: str
    title_zh: str
    title_en: str
    use_sentence: str
    reason: str


class RelatedProducts(_Frozen):
    """The closest ties first."""

    related: Sequence[Related]


class FrontPage(_Frozen):
    """What the home page says: the newest, and the figures of the market."""

    newest: Sequence[Card]
    products: int
    departments: int
    free: int
    rows: int
