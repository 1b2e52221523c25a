"""One pure function decides every use: request + facts -> permit or refuse, with the clause."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from kernel.i18n import N_, Labelled
from kernel.periods import Period, civil_day
from licensing.applications.rules import Act
from licensing.entitlements.kinds import AllowanceKind
from licensing.licences.rules import LicenceState
from market.catalogue.rules import Purpose


class Ground(Labelled):
    """Why a use is permitted or refused; each is a clause of the contract or of the law."""

    PERMITTED = "permitted", N_("许可合同允许这次使用。")
    NOT_YOURS = "not_yours", N_("这份许可合同不属于贵单位。请用本单位的合同。")
    UNVERIFIED = "unverified", N_("贵单位的身份审核已失效。请先在“单位”页重新提交材料。")
    NOT_ACTIVE = "not_active", N_("许可合同当前不在生效状态。请先完成签署与付款，或联系供方。")
    OUTSIDE_TERM = "outside_term", N_("不在许可期限内。请申请续期。")
    ACT_NOT_LICENSED = "act_not_licensed", N_("许可合同不含这种使用方式。请申请变更合同。")
    PURPOSE_NOT_LICENSED = (
        "purpose_not_licensed",
        N_("许可合同不含这个用途。请按新用途重新申请。"),
    )
    NOT_AUTHORISED = (
        "not_authorised",
        N_("授权运营协议未覆盖这次使用。请联系运营机构。"),
    )
    ORDERED_OFF = "ordered_off", N_("监管机构已暂停该产品。恢复后可继续使用。")
    PRODUCT_SUSPENDED = "product_suspended", N_("该产品已暂停供给。恢复后可继续使用。")
    ALLOWANCE_USED_UP = "allowance_used_up", N_("额度不足。请续购，或换用消耗更小的查询。")


CLAUSES: dict[Ground, str] = {
    Ground.PERMITTED: "",
    Ground.NOT_YOURS: "AO-11",
    Ground.UNVERIFIED: "SU-25",
    Ground.NOT_ACTIVE: "LC-01",
    Ground.OUTSIDE_TERM: "LC-02",
    Ground.ACT_NOT_LICENSED: "LC-03",
    Ground.PURPOSE_NOT_LICENSED: "LC-04",
    Ground.NOT_AUTHORISED: "AO-07",
    Ground.ORDERED_OFF: "LC-05",
    Ground.PRODUCT_SUSPENDED: "LC-05",
    Ground.ALLOWANCE_USED_UP: "LC-06",
}


@dataclass(frozen=True)
class UseRequest:
    """Who wants to do what, for which purpose, when, and how much it would draw."""

    organization_id: str
    act: Act
    purpose: Purpose
    at: datetime
    draws: tuple[tuple[AllowanceKind, Decimal], ...] = ()


@dataclass(frozen=True)
class UseFacts:
    """Everything the decision rests on. left: what each granted allowance still holds.

    A kind that was never granted is not limited by this licence (epsilon always is: SB-04).
    """

    licence_id: str
    buyer_id: str
    buyer_is_verified: bool
    state: LicenceState
    period: Period | None
    acts: frozenset[Act]
    purposes: frozenset[Purpose]
    is_authorised: bool
    is_ordered_off: bool
    is_on_sale: bool
    left: dict[AllowanceKind, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """Permit or refuse, on which ground. clause: the rule that decided, "" when permitted."""

    ground: Ground
    lacking: AllowanceKind | None = None

    @property
    def permitted(self) -> bool:
        return self.ground is Ground.PERMITTED

    @property
    def clause(self) -> str:
        return CLAUSES[self.ground]

    @property
    def reason(self) -> str:
        """Chinese message id, for kernel.i18n.say."""
        return self.ground.label


def decide(request: UseRequest, facts: UseFacts) -> Decision:
    """May they, now? The first ground that refuses decides; the order is the law before the house.

    Source: docs/rules/licences.md.
    """
    for ground, refuses in _grounds(request, facts):
        if refuses:
            return Decision(ground)
    for kind, amount in request.draws:
        if amount > facts.left.get(kind, _unlimited(kind)):
            return Decision(Ground.ALLOWANCE_USED_UP, kind)
    return Decision(Ground.PERMITTED)


def _grounds(request: UseRequest, facts: UseFacts) -> list[tuple[Ground, bool]]:
    day = civil_day(request.at)
    return [
        (Ground.NOT_YOURS, request.organization_id != facts.buyer_id),
        (Ground.UNVERIFIED, not facts.buyer_is_verified),
        (Ground.NOT_ACTIVE, facts.state is not LicenceState.ACTIVE),
        (Ground.OUTSIDE_TERM, not _is_inside(facts.period, day)),
        (Ground.ACT_NOT_LICENSED, request.act not in facts.acts),
        (Ground.PURPOSE_NOT_LICENSED, request.purpose not in facts.purposes),
        (Ground.NOT_AUTHORISED, not facts.is_authorised),
        (Ground.ORDERED_OFF, facts.is_ordered_off),
        (Ground.PRODUCT_SUSPENDED, not facts.is_on_sale),
    ]


def _is_inside(period: Period | None, day: date) -> bool:
    return period is not None and day in period


def _unlimited(kind: AllowanceKind) -> Decimal:
    return Decimal(0) if kind is AllowanceKind.EPSILON else Decimal("Infinity")
