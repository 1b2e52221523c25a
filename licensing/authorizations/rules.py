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
from market.catalogue.rules import Purpose

PlanId = NewType("PlanId", str)
AgreementId = NewType("AgreementId", str)
ConsentId = NewType("ConsentId", str)
DecisionId = NewType("DecisionId", str)

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


class Rule(Labelled):
    """A rule of authorised operation, in the words that people read when it refuses."""

    AO_01 = "AO-01", N_("实施方案须经批准并记录三重一大决策，之后才能选择运营机构。")
    AO_02 = "AO-02", N_("实施方案须具备全部要素。")
    AO_03 = "AO-03", N_("运营机构须以公开竞争方式选择，并留存方式与证据。")
    AO_04 = "AO-04", N_("授权期限原则上最长不超过 5 年；更长须有例外依据。")
    AO_05 = "AO-05", N_("授权运营协议须具备十一项内容。")
    AO_06 = "AO-06", N_("协议签订前须经实施机构三重一大决策。")
    AO_07 = "AO-07", N_("每次上架、计算和交付都须在有效授权的期限、范围和用途之内。")
    AO_08 = "AO-08", N_("运营机构及其关联方不得再开发自己授权范围内已交付的产品。")
    AO_09 = "AO-09", N_("对同等买方给予同等条件；价差超过容许范围须记录理由。")
    AO_10 = "AO-10", N_("未依法公开的原始公共数据不得直接进入市场。")
    AO_11 = "AO-11", N_("未经批准不得转授权或转让授权。")
    AO_12 = "AO-12", N_("授权结束后须关闭权限、删除留存数据、移交资产、保存日志。")
    AO_13 = "AO-13", N_("通过共享取得的数据，须有提供方同意才能进入授权运营。")
    DUTIES = "duties", N_("实施机构与运营机构须分开；批准人与起草人须是两个人。")


@dataclass(frozen=True)
class Breach:
    """A rule that is not kept. about: which part, resource or organisation lacks what."""

    rule: Rule
    about: tuple[str, ...] = ()


class AuthorizationMode(Labelled):
    WHOLE = "whole", N_("整体授权")
    FIELD = "field", N_("分领域授权")
    SCENARIO = "scenario", N_("依场景授权")


class SelectionMethod(Labelled):
    """AO-03: the competitive ways in which an operator is chosen."""

    PUBLIC_BIDDING = "public_bidding", N_("公开招标")
    INVITED_BIDDING = "invited_bidding", N_("邀请招标")
    NEGOTIATION = "negotiation", N_("竞争性谈判")
    CONSULTATION = "consultation", N_("竞争性磋商")


class PlanPart(Labelled):
    """AO-02: what a plan must hold."""

    NECESSITY = "necessity", N_("必要性与可行性")
    MODE = "mode", N_("授权模式")
    RESOURCES = "resources", N_("数据资源清单")
    OPERATOR = "operator", N_("运营机构条件与选择方式")
    PRODUCTS = "products", N_("产品服务与使用对象")
    PLATFORM = "platform", N_("运营平台")
    TERM = "term", N_("期限与退出")
    INCOME = "income", N_("收益与价格机制")
    OWNERSHIP = "ownership", N_("资产权属")
    SECURITY = "security", N_("安全保障")
    SUPERVISION = "supervision", N_("监督与评价")


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


class PlanState(Labelled):
    """Life of a plan before selection."""

    PLAN_DRAFT = "plan_draft", N_("起草中")
    PLAN_CONSULTED = "plan_consulted", N_("已征求意见")
    PLAN_APPROVED = "plan_approved", N_("已批准")


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
_PLAN_MOVES: Mapping[PlanState, frozenset[PlanState]] = {
    PlanState.PLAN_DRAFT: frozenset({PlanState.PLAN_CONSULTED}),
    PlanState.PLAN_CONSULTED: frozenset({PlanState.PLAN_APPROVED, PlanState.PLAN_DRAFT}),
    # AO-01: a major change restarts the approval.
    PlanState.PLAN_APPROVED: frozenset({PlanState.PLAN_DRAFT}),
}


def may_move(before: AgreementState, after: AgreementState) -> bool:
    """Whether an agreement may go from one state to another."""
    return after in _MOVES[before]


def may_move_plan(before: PlanState, after: PlanState) -> bool:
    """Whether a plan may go from one state to another."""
    return after in _PLAN_MOVES[before]


@dataclass(frozen=True)
class Decision:
    """三重一大: a collective decision. number: that of the minutes or the reply."""

    body: str
    number: str
    decided_on: date

    @property
    def is_recorded(self) -> bool:
        return bool(self.body.strip() and self.number.strip())


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


def plan_approval_breach(state: PlanState, decision: Decision | None) -> Breach | None:
    """AO-01: the plan is approved with its collective decision before an operator is chosen."""
    is_approved = state is PlanState.PLAN_APPROVED
    is_decided = decision is not None and decision.is_recorded
    return None if is_approved and is_decided else Breach(Rule.AO_01)


def plan_parts_breach(
    parts: Mapping[PlanPart, str], mode: AuthorizationMode | None, dataset_ids: Collection[str]
) -> Breach | None:
    """AO-02: a plan holds every part; mode and resources are fields of their own."""
    held = {part for part, text in parts.items() if text.strip()}
    held |= {PlanPart.MODE} if mode is not None else set()
    held |= {PlanPart.RESOURCES} if dataset_ids else set()
    missing = tuple(part.value for part in PlanPart if part not in held)
    return Breach(Rule.AO_02, missing) if missing else None


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
