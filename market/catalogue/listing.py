"""What is offered, in the words that the law looks at? Pure.

Source: docs/rules/catalogue.md, sections 2 and 3; registration.md, RG-02.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NewType

from kernel.i18n import N_, Labelled
from kernel.parameters import Mark, Parameter, Setting
from market.catalogue.prices import Price
from market.datasets.rules import DataLevel, DatasetId, Openness, PersonalData

ProductId = NewType("ProductId", str)
PricePlanId = NewType("PricePlanId", str)


class Scenario(Labelled):
    """The business setting of a use: the twelve fields of the national "data element x" plan."""

    MANUFACTURING = "manufacturing", N_("工业制造")
    AGRICULTURE = "agriculture", N_("现代农业")
    COMMERCE = "commerce", N_("商贸流通")
    TRANSPORT = "transport", N_("交通运输")
    FINANCE = "finance", N_("金融服务")
    SCIENCE = "science", N_("科技创新")
    CULTURE = "culture", N_("文化旅游")
    HEALTH = "health", N_("医疗健康")
    EMERGENCY = "emergency", N_("应急管理")
    WEATHER = "weather", N_("气象服务")
    CITY = "city", N_("城市治理")
    GREEN = "green", N_("绿色低碳")


class ProductForm(Labelled):
    """The six forms of the Hainan rules of 2021, data set and interface."""

    MODEL = "model", N_("数据模型")
    REPORT = "report", N_("数据分析报告")
    VISUALISATION = "visualisation", N_("数据可视化")
    INDEX = "index", N_("数据指数")
    ENGINE = "engine", N_("数据引擎")
    SERVICE = "service", N_("数据服务")
    DATASET = "dataset", N_("数据集")
    INTERFACE = "interface", N_("数据接口")


class DeliveryKind(Labelled):
    """How a buyer gets something out of a product."""

    SANDBOX = "sandbox", N_("沙箱查询")
    API = "api", N_("接口调用")
    MODEL = "model", N_("模型调用")
    REPORT = "report", N_("分析报告")
    DASHBOARD = "dashboard", N_("可视化看板")
    DOWNLOAD = "download", N_("文件下载")

    @property
    def gives_rows(self) -> bool:
        """Rows as they stand leave the domain."""
        return self in {DeliveryKind.API, DeliveryKind.DOWNLOAD}


REQUIRES_PRODUCT_REGISTRATION = Parameter(
    "RG-02",
    "",
    (
        Setting(value=False, source="26号：鼓励登记 (C, S16)", mark=Mark.CONFIRMED),
        Setting(
            value=True,
            source="琼发改数据〔2025〕692号：全量登记 (C, S10)",
            mark=Mark.CONFIRMED,
            since=date(2025, 6, 30),
            jurisdiction="hainan",
        ),
    ),
)
# RG-01 obliges the holder to register; before that its state is shown and blocks nothing (D).
REQUIRES_RESOURCE_REGISTRATION = Parameter(
    "RG-01",
    "",
    (
        Setting(value=False, source="docs/rules/registration.md", mark=Mark.DESIGN),
        Setting(
            value=True,
            source="琼发改数据〔2025〕692号：全量登记 (C, S10)",
            mark=Mark.CONFIRMED,
            since=date(2025, 6, 30),
            jurisdiction="hainan",
        ),
    ),
)
NOTICE_WORKING_DAYS = Parameter(
    "listing-notice",
    "working days",
    (
        Setting(value=0, source="docs/rules/catalogue.md §3", mark=Mark.DESIGN),
        Setting(
            value=3,
            source="docs/rules/catalogue.md §2：交易所公示 3 天",
            mark=Mark.DESIGN,
            jurisdiction="hainan",
        ),
    ),
)


@dataclass(frozen=True)
class ListingProfile:
    """What a place asks for before a product goes on sale.

    Where registration is not required its state is shown, and blocks nothing.
    """

    requires_product_registration: bool
    requires_resource_registration: bool
    notice_working_days: int


def listing_profile(jurisdiction: str, today: date) -> ListingProfile:
    """The rules of a place as they stand on a day."""
    return ListingProfile(
        REQUIRES_PRODUCT_REGISTRATION.at(today, jurisdiction).value,
        REQUIRES_RESOURCE_REGISTRATION.at(today, jurisdiction).value,
        NOTICE_WORKING_DAYS.at(today, jurisdiction).value,
    )


@dataclass(frozen=True)
class Source:
    """What the catalogue must know of a data set that a product is made from."""

    dataset_id: DatasetId
    level: DataLevel
    personal_data: PersonalData
    openness: Openness


@dataclass(frozen=True)
class Listing:
    """What is offered, as far as the law looks at it.

    missing_fields: parts of the public description that are still empty.
    level_review: the derived-data review that lowered the level (CL-01), "" where none.
    """

    product_id: ProductId
    operator_id: str
    level: DataLevel
    delivery_kinds: tuple[DeliveryKind, ...]
    sources: tuple[Source, ...]
    prices: tuple[Price, ...] = ()
    missing_fields: tuple[str, ...] = ()
    legal_basis: str = ""
    risk_report: str = ""
    level_review: str = ""
    has_sample_origin: bool = True

    @property
    def has_personal_data(self) -> bool:
        return any(source.personal_data is PersonalData.WITH_BASIS for source in self.sources)


def is_raw_dump(kinds: Sequence[DeliveryKind], sources: Sequence[Source]) -> bool:
    """AO-10: raw public data that is not lawfully public may not leave row by row.

    A file of one data set is that data set; an interface answers one question at a time.
    """
    gives_files = DeliveryKind.DOWNLOAD in kinds
    return gives_files and any(source.openness is not Openness.UNCONDITIONAL for source in sources)
