"""What happened to organisations?"""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class OrganizationFounded(Event):
    name = "market.organization_founded"
    sentence = N_("《{title}》建立账户，统一社会信用代码 {credit_code}")

    organization_id: str
    title: str
    kind: str
    credit_code: str


@dataclass(frozen=True)
class OrganizationVerified(Event):
    name = "market.organization_verified"
    sentence = N_("《{title}》通过身份审核，有效期至 {valid_until_on}")

    organization_id: str
    title: str
    verification_id: str
    valid_until_on: date
