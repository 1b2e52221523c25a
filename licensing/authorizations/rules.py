"""May this body let that operator run this data? The rules AO-01 to AO-13, pure.

Source: docs/rules/authorized-operation.md. AO-08 stands in ownership.py, AO-10 in the catalogue.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NewType

from kernel.i18n import N_, Labelled
from kernel.parameters import Mark, Parameter, Setting
from kernel.periods import Period, add_years
from licensing.plans.rules import Breach, Decision, PlanState, Rule, plan_approval_breach
from market.catalogue.rules import Purpose

AgreementId = NewType("AgreementId", str)
ConsentId = NewType("ConsentId", str)

LONGEST_TERM = Parameter(
    "AO-04", "years", (Setting(5, "发改数据规〔2025〕27号", Mark.UNCONFIRMED),)
)
LIKE_BUYERS_TOLERANCE = Parameter(
    "AO-09", "max / min", (Setting(Decimal("1.2"), "docs/rules/supervision.md SU-10", Mark.DESIGN),)
)
WARN_BEFORE_END = Parameter(
    "authorization-ending",
    "days",
    (Setting(90, "docs/rules/authorized-operation.md", Mark.DESIGN),),
)


class SelectionMethod(Labelled):
    """AO-03: the competitive ways in which an operator is chosen."""

    PUBLIC_BIDDING = "public_bidding", N_("公开招标")
    INVITED_BIDDING = "invited_bidding", N_("邀请招标")
    NEGOTIATION = "negotiation", N_("竞争性谈判")
    CONSULTATION = "consultation", N_("竞争性磋商")


class AgreementPart(Labelled):
    """AO-05: the eleven parts of an agreement, in the order of the rule."""

    SCOPE = "scope", N_("数据范围与目录")
    TERM = "term", N_("授权期限")
    PRODUCTS = "products", N_("产品服务清单及技术标准、安全与合规审查")
    PLATFORM = "platform", N_("平台与技术支撑")
    OWNERSHIP = "ownership", N_("资产权属")
    INCOME = "income", N_("成本、价格与收益分配")
    SECURITY = "security", N_("数据安全、个人信息保护与应急预案")
    PERFORMANCE = "performance", N_("绩效评价、续期与退出")
    LIABILITY = "liability", N_("违约责任")
    DISPUTES = "disputes", N_("争议解决")
    CHANGE = "change", N_("变更与终止")


class AgreementState(Labelled):
    """Life of an agreement. AMENDING and EXPIRING are phases of ACTIVE: use goes on."""

    AGREEMENT_DRAFT = "agreement_draft", N_("起草中")
    AGREEMENT_APPROVED = "agreement_approved", N_("已审议，待签订")
    SIGNED = "signed", N_("已签订，待生效")
    ACTIVE = "active", N_("生效")
    AMENDING = "amending", N_("变更中")
    EXPIRING = "expiring", N_("临近到期")
    SUSPENDED = "suspended", N_("已暂停")
    RENEWED = "renewed", N_("已续签")
    EXPIRED = "expired", N_("已到期")
    TERMINATED = "terminated", N_("已终止")
    REVOKED = "revoked", N_("已撤销")
    WIND_DOWN = "wind_down", N_("收尾中")
    CLOSED = "closed", N_("已关闭")

    @property
    def allows_use(self) -> bool:
        return self in _IN_USE


_IN_USE = frozenset({AgreementState.ACTIVE, AgreementState.AMENDING, AgreementState.EXPIRING})
_ENDS = frozenset({AgreementState.EXPIRED, AgreementState.TERMINATED, AgreementState.REVOKED})
_FROM_USE = _ENDS | {AgreementState.SUSPENDED}
_MOVES: Mapping[AgreementState, frozenset[AgreementState]] = {
    AgreementState.AGREEMENT_DRAFT: frozenset({AgreementState.AGREEMENT_APPROVED}),
    AgreementState.AGREEMENT_APPROVED: frozenset(
        {AgreementState.AGREEMENT_DRAFT, AgreementState.SIGNED}
    ),
    AgreementState.SIGNED: _ENDS | {AgreementState.ACTIVE},
    AgreementState.ACTIVE: _FROM_USE | {AgreementState.AMENDING, AgreementState.EXPIRING},
    AgreementState.AMENDING: _FROM_USE | {AgreementState.ACTIVE},
    AgreementState.EXPIRING: _FROM_USE | {AgreementState.AMENDING, AgreementState.RENEWED},
    AgreementState.SUSPENDED: _ENDS | {AgreementState.ACTIVE},
    AgreementState.RENEWED: frozenset(),
    AgreementState.EXPIRED: frozenset({AgreementState.WIND_DOWN}),
    AgreementState.TERMINATED: frozenset({AgreementState.WIND_DOWN}),
    AgreementState.REVOKED: frozenset({AgreementState.WIND_DOWN}),
    AgreementState.WIND_DOWN: frozenset({AgreementState.CLOSED}),
    AgreementState.CLOSED: frozenset(),
}


def may_move(before: AgreementState, after: AgreementState) -> bool:
    """Whether an agreement may go from one state to another."""
    return after in _MOVES[before]


@dataclass(frozen=True)
class Resource:
    """One data set in an agreement's scope.

    provider_id: the body that holds the data. consent_id: of the provider, "" where none.
    """

    dataset_id: str
    provider_id: str
    consent_id: str = ""


@dataclass(frozen=True)
class AgreementFacts:
    """What the rules look at before an agreement is approved and signed."""

    agency_id: str
    operator_id: str
    is_operator_a_legal_person: bool
    plan_state: PlanState
    plan_decision: Decision | None
    term: Period
    term_exception: str
    parts: Mapping[AgreementPart, str]
    selection_method: SelectionMethod | None
    selection_evidence: str
    resources: tuple[Resource, ...]
    planned_dataset_ids: frozenset[str]
    decision: Decision | None


def selection_breach(method: SelectionMethod | None, evidence: str) -> Breach | None:
    """AO-03: a competitive way, and its evidence."""
    return None if method is not None and evidence.strip() else Breach(Rule.AO_03)


def term_breach(term: Period, exception: str, longest_years: int) -> Breach | None:
    """AO-04: at most so many years; longer only with a recorded exception."""
    is_short = term.end_on <= add_years(term.start_on, longest_years)
    return None if is_short or exception.strip() else Breach(Rule.AO_04)


def agreement_parts_breach(parts: Mapping[AgreementPart, str]) -> Breach | None:
    """AO-05: all eleven parts have a text."""
    missing = tuple(part.value for part in AgreementPart if not parts.get(part, "").strip())
    return Breach(Rule.AO_05, missing) if missing else None


def decision_breach(decision: Decision | None) -> Breach | None:
    """AO-06: the implementing agency decided collectively before signing."""
    return None if decision is not None and decision.is_recorded else Breach(Rule.AO_06)


def consent_breach(agency_id: str, resources: Iterable[Resource]) -> Breach | None:
    """AO-13: what the agency has from another body needs that body's consent."""
    lacking = tuple(
        resource.dataset_id
        for resource in resources
        if resource.provider_id != agency_id and not resource.consent_id
    )
    return Breach(Rule.AO_13, lacking) if lacking else None


def like_terms_breach(prices: Sequence[Decimal], reason: str, tolerance: Decimal) -> Breach | None:
    """AO-09: like buyers pay alike; the spread max / min stays within the tolerance."""
    if len(prices) < 2 or reason.strip():
        return None
    return Breach(Rule.AO_09) if max(prices) > tolerance * min(prices) else None


def transfer_breach(from_operator_id: str, to_operator_id: str, approval: str) -> Breach | None:
    """AO-11: nobody passes the authorisation on without approval."""
    is_same = from_operator_id == to_operator_id
    return None if is_same or approval.strip() else Breach(Rule.AO_11, (to_operator_id,))


class WindDownDuty(Labelled):
    """AO-12: what is done after the end."""

    ACCESS_CLOSED = "access_closed", N_("平台权限已关闭")
    DATA_DELETED = "data_deleted", N_("留存数据已删除")
    ASSETS_HANDED_OVER = "assets_handed_over", N_("资产已按约移交")
    LOGS_KEPT = "logs_kept", N_("日志已封存（不少于 6 个月）")


def wind_down_breach(done: Mapping[WindDownDuty, str]) -> Breach | None:
    """AO-12: each duty is done, with a note that says how."""
    missing = tuple(duty.value for duty in WindDownDuty if not done.get(duty, "").strip())
    return Breach(Rule.AO_12, missing) if missing else None


def duties_breach(agency_id: str, operator_id: str, *, is_legal_person: bool) -> Breach | None:
    """The agency does not operate, and the operator is a legal person."""
    is_apart = agency_id != operator_id and is_legal_person
    return None if is_apart else Breach(Rule.DUTIES, (operator_id,))


def breaches_before_approval(facts: AgreementFacts, longest_years: int) -> list[Breach]:
    """Everything that an agreement lacks before the agency may decide on it."""
    found = (
        plan_approval_breach(facts.plan_state, facts.plan_decision),
        selection_breach(facts.selection_method, facts.selection_evidence),
        term_breach(facts.term, facts.term_exception, longest_years),
        agreement_parts_breach(facts.parts),
        _scope_breach(facts),
        duties_breach(
            facts.agency_id,
            facts.operator_id,
            is_legal_person=facts.is_operator_a_legal_person,
        ),
    )
    return [breach for breach in found if breach is not None]


def breaches_before_signing(facts: AgreementFacts, longest_years: int) -> list[Breach]:
    """Everything that an agreement lacks before anybody signs it."""
    found = (decision_breach(facts.decision), consent_breach(facts.agency_id, facts.resources))
    return breaches_before_approval(facts, longest_years) + [b for b in found if b is not None]


def _scope_breach(facts: AgreementFacts) -> Breach | None:
    """AO-01: an agreement does not reach beyond the plan that was approved."""
    beyond = {resource.dataset_id for resource in facts.resources} - facts.planned_dataset_ids
    if beyond:
        return Breach(Rule.AO_01, tuple(sorted(beyond)))
    return None if facts.resources else Breach(Rule.AO_05, (AgreementPart.SCOPE.value,))


@dataclass(frozen=True)
class Authorization:
    """What an agreement lets an operator do, as far as use is concerned."""

    agreement_id: AgreementId
    operator_id: str
    agency_id: str
    state: AgreementState
    term: Period
    purposes: frozenset[Purpose]
    dataset_ids: frozenset[str]

    def is_in_force(self, today: date) -> bool:
        """AO-07: in use, and today inside [start, end)."""
        return self.state.allows_use and today in self.term

    def covers(self, dataset_ids: Collection[str], purpose: Purpose, today: date) -> bool:
        """AO-07: in force, every resource in scope, the purpose on the list."""
        is_in_scope = bool(dataset_ids) and self.dataset_ids.issuperset(dataset_ids)
        return self.is_in_force(today) and is_in_scope and purpose in self.purposes


@dataclass(frozen=True)
class Coverage:
    """What all agreements together let one operator do with one resource."""

    end_on: date
    purposes: frozenset[Purpose]
    agreement_ids: tuple[AgreementId, ...]


def coverage_of(
    authorizations: Iterable[Authorization], dataset_id: str, today: date
) -> Coverage | None:
    """The union of what is in force today; None when nothing is."""
    in_force = [
        authorization
        for authorization in authorizations
        if authorization.is_in_force(today) and dataset_id in authorization.dataset_ids
    ]
    if not in_force:
        return None
    return Coverage(
        end_on=max(authorization.term.end_on for authorization in in_force),
        purposes=frozenset().union(*(authorization.purposes for authorization in in_force)),
        agreement_ids=tuple(sorted(authorization.agreement_id for authorization in in_force)),
    )


def due_moves(
    state: AgreementState, term: Period, today: date, warn_days: int
) -> Iterator[AgreementState]:
    """Which states the calendar alone brings about today, in order."""
    if state is AgreementState.SIGNED and today >= term.start_on:
        state = AgreementState.ACTIVE
        yield state
    if today >= term.end_on and may_move(state, AgreementState.EXPIRED):
        yield AgreementState.EXPIRED
    elif state is AgreementState.ACTIVE and (term.end_on - today).days <= warn_days:
        yield AgreementState.EXPIRING
