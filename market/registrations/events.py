"""What happened to registrations?"""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class RegistrationDrafted(Event):
    name = "market.registration_drafted"
    sentence = N_("起草《{title}》的登记申请（{reg_type}）")

    registration_id: str
    title: str
    reg_type: str
    object_id: str


@dataclass(frozen=True)
class RegistrationRevised(Event):
    name = "market.registration_revised"
    sentence = N_("修改《{title}》的登记申请")

    registration_id: str
    title: str


@dataclass(frozen=True)
class RegistrationPapersAdded(Event):
    name = "market.registration_papers_added"
    sentence = N_("《{title}》的登记申请收到材料 {papers} 份")

    registration_id: str
    title: str
    papers: int


@dataclass(frozen=True)
class RegistrationEvidenced(Event):
    """evidence_sha256: of the canonical facts; with this event it is a leaf of the log (RG-04)."""

    name = "market.registration_evidenced"
    sentence = N_("《{title}》登记前存证（SHA-256 {evidence_sha256}）")

    registration_id: str
    title: str
    object_id: str
    evidence_sha256: str


@dataclass(frozen=True)
class RegistrationExported(Event):
    name = "market.registration_exported"
    sentence = N_("导出《{title}》的登记申请材料包，材料 {papers} 份")

    registration_id: str
    title: str
    papers: int


@dataclass(frozen=True)
class RegistrationSubmitted(Event):
    name = "market.registration_submitted"
    sentence = N_("《{title}》提交登记申请")

    registration_id: str
    title: str


@dataclass(frozen=True)
class RegistrationReturned(Event):
    """items: what is missing, all of it (RG-06)."""

    name = "market.registration_returned"
    sentence = N_("《{title}》的登记申请退回补正：{items}")

    registration_id: str
    title: str
    items: str


@dataclass(frozen=True)
class RegistrationAccepted(Event):
    name = "market.registration_accepted"
    sentence = N_("《{title}》的登记申请获受理，{due_on} 前完成形式审核")

    registration_id: str
    title: str
    due_on: date


@dataclass(frozen=True)
class RegistrationReviewBegun(Event):
    name = "market.registration_review_begun"
    sentence = N_("《{title}》的登记申请进入形式审核")

    registration_id: str
    title: str


@dataclass(frozen=True)
class RegistrationNoticeOpened(Event):
    name = "market.registration_notice_opened"
    sentence = N_("《{title}》的登记开始公示，至 {ends_on} 止")

    registration_id: str
    title: str
    ends_on: date


@dataclass(frozen=True)
class RegistrationObjected(Event):
    name = "market.registration_objected"
    sentence = N_("《{title}》的登记公示收到实名异议")

    registration_id: str
    title: str
    objection_id: str


@dataclass(frozen=True)
class RegistrationObjectionDecided(Event):
    name = "market.registration_objection_decided"
    sentence = N_("《{title}》登记公示的异议已处理，成立：{is_upheld}，理由：{reason}")

    registration_id: str
    title: str
    objection_id: str
    is_upheld: bool
    reason: str


@dataclass(frozen=True)
class RegistrationRejected(Event):
    name = "market.registration_rejected"
    sentence = N_("《{title}》不予登记：{reason}")

    registration_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class RegistrationCoded(Event):
    """is_own: the code was given here; otherwise it was taken from the competent registrar."""

    name = "market.registration_coded"
    sentence = N_("《{title}》完成登记，编码 {code}，有效期至 {valid_until_on}")

    registration_id: str
    title: str
    object_id: str
    code: str
    valid_until_on: date
    is_own: bool


@dataclass(frozen=True)
class RegistrationReplaced(Event):
    name = "market.registration_replaced"
    sentence = N_("《{title}》原登记由新登记代替")

    registration_id: str
    title: str
    replaced_by_id: str


@dataclass(frozen=True)
class RenewalAsked(Event):
    name = "market.registration_renewal_asked"
    sentence = N_("《{title}》申请登记续期")

    registration_id: str
    title: str


@dataclass(frozen=True)
class RegistrationRenewed(Event):
    name = "market.registration_renewed"
    sentence = N_("《{title}》登记续期至 {valid_until_on}")

    registration_id: str
    title: str
    valid_until_on: date


@dataclass(frozen=True)
class RenewalRefused(Event):
    name = "market.registration_renewal_refused"
    sentence = N_("《{title}》登记续期未获同意：{reason}")

    registration_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class RegistrationExpiring(Event):
    name = "market.registration_expiring"
    sentence = N_("《{title}》的登记将于 {valid_until_on} 到期，可以申请续期")

    registration_id: str
    title: str
    valid_until_on: date


@dataclass(frozen=True)
class RegistrationEnded(Event):
    """how: lapsed, cancelled or revoked. clause: RG-09, RG-11 or RG-12."""

    name = "market.registration_ended"
    sentence = N_("《{title}》的登记终止（{clause}）：{reason}")

    registration_id: str
    title: str
    object_id: str
    how: str
    clause: str
    reason: str


@dataclass(frozen=True)
class FirstRegistrationDue(Event):
    name = "market.registration_due"
    sentence = N_("《{title}》须在 {due_on} 前首次登记")

    object_id: str
    title: str
    due_on: date


@dataclass(frozen=True)
class FirstRegistrationMissed(Event):
    name = "market.registration_missed"
    sentence = N_("《{title}》逾期未首次登记，期限为 {due_on}")

    object_id: str
    title: str
    due_on: date
