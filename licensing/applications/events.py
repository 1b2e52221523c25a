"""What happened to applications."""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_
from market.catalogue.rules import Purpose


@dataclass(frozen=True)
class ApplicationSubmitted(Event):
    name = "licensing.application_submitted"
    sentence = N_("企业申请使用《{title}》，用途：{purpose}，答复期限 {due_on}")

    application_id: str
    product_id: str
    title: str
    buyer_id: str
    purpose: Purpose
    due_on: date


@dataclass(frozen=True)
class ApplicationReviewed(Event):
    name = "licensing.application_reviewed"
    sentence = N_("《{title}》的使用申请通过初审")

    application_id: str
    title: str


@dataclass(frozen=True)
class ApplicationApproved(Event):
    name = "licensing.application_approved"
    sentence = N_("《{title}》的使用申请由第二人批准")

    application_id: str
    product_id: str
    title: str
    buyer_id: str


@dataclass(frozen=True)
class ApplicationRefused(Event):
    name = "licensing.application_refused"
    sentence = N_("《{title}》的使用申请未获批准：{reason}")

    application_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class ApplicationLapsed(Event):
    name = "licensing.application_lapsed"
    sentence = N_("《{title}》的使用申请逾期未决，自动失效")

    application_id: str
    title: str
