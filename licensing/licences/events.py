"""What happened to licences."""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_
from licensing.licences.parties import Party


@dataclass(frozen=True)
class LicenceOffered(Event):
    name = "licensing.licence_offered"
    sentence = N_("供方就《{title}》向需方发出许可合同")

    licence_id: str
    product_id: str
    title: str
    supplier_id: str
    buyer_id: str


@dataclass(frozen=True)
class LicencePartySigned(Event):
    name = "licensing.licence_party_signed"
    sentence = N_("《{title}》许可合同由一方签署（{party}），签署内容哈希 {content_sha256}")

    licence_id: str
    title: str
    party: Party
    content_sha256: str


@dataclass(frozen=True)
class LicenceSigned(Event):
    name = "licensing.licence_signed"
    sentence = N_("《{title}》许可合同双方签署完成")

    licence_id: str
    product_id: str
    title: str
    supplier_id: str
    buyer_id: str
    content_sha256: str


@dataclass(frozen=True)
class LicenceActivated(Event):
    name = "licensing.licence_activated"
    sentence = N_("《{title}》许可合同生效，有效期至 {ends_on} 前")

    licence_id: str
    product_id: str
    title: str
    supplier_id: str
    buyer_id: str
    ends_on: date


@dataclass(frozen=True)
class LicenceSuspended(Event):
    name = "licensing.licence_suspended"
    sentence = N_("《{title}》许可合同暂停：{reason}")

    licence_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class LicenceResumed(Event):
    name = "licensing.licence_resumed"
    sentence = N_("《{title}》许可合同恢复")

    licence_id: str
    title: str


@dataclass(frozen=True)
class LicenceEnded(Event):
    name = "licensing.licence_ended"
    sentence = N_("《{title}》许可合同终止：{reason}")

    licence_id: str
    product_id: str
    title: str
    buyer_id: str
    reason: str
