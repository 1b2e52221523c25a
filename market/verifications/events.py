"""What happened to requests for verification? (A verified organisation has its own fact.)"""

from dataclasses import dataclass

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class VerificationSubmitted(Event):
    name = "market.verification_submitted"
    sentence = N_("《{title}》提交身份材料 {documents} 份")

    verification_id: str
    organization_id: str
    title: str
    documents: int


@dataclass(frozen=True)
class VerificationRefused(Event):
    name = "market.verification_refused"
    sentence = N_("《{title}》的身份审核未通过")

    verification_id: str
    organization_id: str
    title: str
