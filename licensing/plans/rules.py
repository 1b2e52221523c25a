"""Is a plan of authorised operation complete and approved? AO-01 and AO-02, pure.

Here too stands how a rule of authorised operation refuses. Source:
docs/rules/authorized-operation.md.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NewType

from kernel.errors import Conflict
from kernel.i18n import N_, Labelled

PlanId = NewType("PlanId", str)
DecisionId = NewType("DecisionId", str)


class Rule(Labelled):
    """A rule of authorised operation, in the words that people read when it refuses."""

    AO_01 = "AO-01", N_("实施方案须经批准并记录三重一大决策，之后才能选择运营机构")
    AO_02 = "AO-02", N_("实施方案须具备全部要素")
    AO_03 = "AO-03", N_("运营机构须以公开竞争方式选择，并留存方式与证据")
    AO_04 = "AO-04", N_("授权期限原则上最长不超过 5 年；更长须有例外依据")
    AO_05 = "AO-05", N_("授权运营协议须具备十一项内容")
    AO_06 = "AO-06", N_("协议签订前须经实施机构三重一大决策")
    AO_07 = "AO-07", N_("每次上架、计算和交付都须在有效授权的期限、范围和用途之内")
    AO_08 = "AO-08", N_("运营机构及其关联方不得再开发自己授权范围内已交付的产品")
    AO_09 = "AO-09", N_("对同等买方给予同等条件；价差超过容许范围须记录理由")
    AO_10 = "AO-10", N_("未依法公开的原始公共数据不得直接进入市场")
    AO_11 = "AO-11", N_("未经批准不得转授权或转让授权")
    AO_12 = "AO-12", N_("授权结束后须关闭权限、删除留存数据、移交资产、保存日志")
    AO_13 = "AO-13", N_("通过共享取得的数据，须有提供方同意才能进入授权运营")
    DUTIES = "duties", N_("实施机构与运营机构须分开；批准人与起草人须是两个人")


@dataclass(frozen=True)
class Breach:
    """A rule that is not kept. about: which part, resource or organisation lacks what."""

    rule: Rule
    about: tuple[str, ...] = ()


class AuthorizationMode(Labelled):
    WHOLE = "whole", N_("整体授权")
    FIELD = "field", N_("分领域授权")
    SCENARIO = "scenario", N_("依场景授权")


@dataclass(eq=False)
class AuthorizationIncomplete(Conflict):
    """A rule of authorised operation is not kept yet."""

    code = "authorization-incomplete"
    message = N_("还不能进入下一步：{rules}。请在本页逐项补齐。")

    about_id: str
    rules: list[str]
    lacking: list[str]
    first_clause: str

    @property
    def clause(self) -> str:  # type: ignore[override]  # the first rule that refuses
        return self.first_clause


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


class PlanState(Labelled):
    """Life of a plan before selection."""

    PLAN_DRAFT = "plan_draft", N_("起草中")
    PLAN_CONSULTED = "plan_consulted", N_("已征求意见")
    PLAN_APPROVED = "plan_approved", N_("已批准")


_PLAN_MOVES: Mapping[PlanState, frozenset[PlanState]] = {
    PlanState.PLAN_DRAFT: frozenset({PlanState.PLAN_CONSULTED}),
    PlanState.PLAN_CONSULTED: frozenset({PlanState.PLAN_APPROVED, PlanState.PLAN_DRAFT}),
    # AO-01: a major change restarts the approval.
    PlanState.PLAN_APPROVED: frozenset({PlanState.PLAN_DRAFT}),
}


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


def require_kept(about_id: str, *breaches: Breach | None) -> None:
    """Raises: AuthorizationIncomplete, with every rule that is not kept."""
    found = [breach for breach in breaches if breach is not None]
    if found:
        raise AuthorizationIncomplete(
            about_id,
            rules=[breach.rule.label for breach in found],
            lacking=[part for breach in found for part in breach.about],
            first_clause=found[0].rule.value,
        )
