"""What happened to ratings and to the work that bad ones call for? No word of a rating is here."""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class ReviewSubmitted(Event):
    name = "market.review_submitted"
    sentence = N_("买方评价《{title}》：{level} 星")

    review_id: str
    product_id: str
    title: str
    level: int


@dataclass(frozen=True)
class ReviewAppended(Event):
    name = "market.review_appended"
    sentence = N_("买方追评《{title}》")

    review_id: str
    product_id: str
    title: str


@dataclass(frozen=True)
class ReviewReplied(Event):
    name = "market.review_replied"
    sentence = N_("供方答复《{title}》的评价")

    review_id: str
    product_id: str
    title: str


@dataclass(frozen=True)
class RectificationOpened(Event):
    name = "market.rectification_opened"
    sentence = N_("《{title}》收到差评：{contact_due_on} 前联系买方，{rectify_due_on} 前整改并反馈")

    review_id: str
    title: str
    contact_due_on: date
    rectify_due_on: date


@dataclass(frozen=True)
class BuyerContacted(Event):
    name = "market.rectification_contacted"
    sentence = N_("供方就《{title}》的差评联系了买方")

    review_id: str
    title: str


@dataclass(frozen=True)
class ReviewVerified(Event):
    name = "market.rectification_verified"
    sentence = N_("供方核实《{title}》的差评，属实：{is_founded}")

    review_id: str
    title: str
    is_founded: bool


@dataclass(frozen=True)
class ReviewRectified(Event):
    name = "market.rectification_reported"
    sentence = N_("供方报告《{title}》整改完成")

    review_id: str
    title: str


@dataclass(frozen=True)
class RectificationRechecked(Event):
    name = "market.rectification_rechecked"
    sentence = N_("数据局复核《{title}》的整改，通过：{passes}")

    review_id: str
    title: str
    passes: bool


@dataclass(frozen=True)
class RectificationOverdue(Event):
    name = "market.rectification_overdue"
    sentence = N_("《{title}》的差评逾期未办，应于 {due_on} 前完成，已升级到数据局")

    review_id: str
    title: str
    due_on: date
