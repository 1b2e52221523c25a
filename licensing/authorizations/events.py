"""What happened to agreements and consents?"""

from dataclasses import dataclass
from datetime import date

from kernel.events import Event
from kernel.i18n import N_


@dataclass(frozen=True)
class AuthorizationDrafted(Event):
    name = "licensing.authorization_drafted"
    sentence = N_("起草授权运营协议《{title}》")

    agreement_id: str
    title: str
    plan_id: str
    operator_id: str


@dataclass(frozen=True)
class AuthorizationRevised(Event):
    name = "licensing.authorization_revised"
    sentence = N_("修改授权运营协议《{title}》")

    agreement_id: str
    title: str


@dataclass(frozen=True)
class AuthorizationApproved(Event):
    """text_sha256: of the text that was decided on; the parties sign this and nothing else."""

    name = "licensing.authorization_approved"
    sentence = N_("授权运营协议《{title}》通过审议（{decision}）")

    agreement_id: str
    title: str
    decision: str
    text_sha256: str


@dataclass(frozen=True)
class ConsentGiven(Event):
    name = "licensing.consent_given"
    sentence = N_("数源单位同意数据集《{dataset}》进入授权运营协议《{title}》")

    agreement_id: str
    title: str
    dataset_id: str
    dataset: str
    consent_id: str


@dataclass(frozen=True)
class SignatureGiven(Event):
    """party: agency or operator."""

    name = "licensing.authorization_signature_given"
    sentence = N_("一方签署授权运营协议《{title}》")

    agreement_id: str
    title: str
    party: str
    text_sha256: str


@dataclass(frozen=True)
class AuthorizationSigned(Event):
    name = "licensing.authorization_signed"
    sentence = N_("授权运营协议《{title}》由双方签订，期限自 {start_on} 起，至 {end_on} 前一日止")

    agreement_id: str
    title: str
    operator_id: str
    start_on: date
    end_on: date


@dataclass(frozen=True)
class AuthorizationActivated(Event):
    name = "licensing.authorization_activated"
    sentence = N_("授权运营协议《{title}》生效")

    agreement_id: str
    title: str


@dataclass(frozen=True)
class AuthorizationExpiring(Event):
    name = "licensing.authorization_expiring"
    sentence = N_("授权运营协议《{title}》将于 {end_on} 到期")

    agreement_id: str
    title: str
    end_on: date


@dataclass(frozen=True)
class AuthorizationSuspended(Event):
    name = "licensing.authorization_suspended"
    sentence = N_("授权运营协议《{title}》暂停：{reason}")

    agreement_id: str
    title: str
    reason: str


@dataclass(frozen=True)
class AuthorizationResumed(Event):
    name = "licensing.authorization_resumed"
    sentence = N_("授权运营协议《{title}》恢复")

    agreement_id: str
    title: str


@dataclass(frozen=True)
class AuthorizationEnded(Event):
    """how: expired, terminated or revoked."""

    name = "licensing.authorization_ended"
    sentence = N_("授权运营协议《{title}》结束：{reason}")

    agreement_id: str
    title: str
    how: str
    reason: str


@dataclass(frozen=True)
class WindDownClosed(Event):
    name = "licensing.authorization_closed"
    sentence = N_("授权运营协议《{title}》收尾完成：权限已关闭，数据已删除，日志已封存")

    agreement_id: str
    title: str
