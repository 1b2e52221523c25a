"""Is this data resource an asset, of which class, and from when on do its costs count?

A walked decision tree: every node passed has an answer, a reason and, where the answer is yes,
its evidence.
Source: docs/rules/data-assets.md, DA-01 (财会〔2023〕11号 第二条; CAS 6 第九条; CAS 1).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, assert_never

from kernel.errors import Conflict, Invalid
from kernel.i18n import N_, Labelled
from kernel.money import Money
from valuation.assets.rules import RULE_IN_FORCE_ON, AcquisitionRoute
from valuation.costs.rules import CostComponent, Stage, is_attributable


class Node(Labelled):
    """The questions of the tree, in their order."""

    RIGHTS = "rights", N_("权利是否合法、清楚？")
    CONTROL = "control", N_("企业是否拥有或控制它？")
    BENEFIT = "benefit", N_("预期经济利益是否很可能流入？")
    RELIABLE_COST = "reliable_cost", N_("成本能否可靠计量？")
    PURPOSE = "purpose", N_("持有目的是什么？")
    IDENTIFIABLE = "identifiable", N_("是否可辨认（可分离或源自合同权利）？")
    STAGE = "stage", N_("来自外购、研究还是开发？")
    CRITERIA = "criteria", N_("开发支出资本化的五项条件是否同时满足？")


class Purpose(Labelled):
    OWN_USE = "own_use", N_("内部使用")
    SERVICE = "service", N_("对外提供服务，不转移控制")
    SALE = "sale", N_("日常活动中持有以备出售，控制随之转移")


class Origin(Labelled):
    BOUGHT = "bought", N_("外购")
    RESEARCH = "research", N_("自行研究")
    DEVELOPMENT = "development", N_("自行开发")


class Criterion(Labelled):
    """CAS 6 article 9; all five, each with document, date and approver."""

    FEASIBLE = "feasible", N_("完成以使其能够使用或出售，在技术上可行")
    INTENDED = "intended", N_("有完成并使用或出售的意图")
    BENEFICIAL = "beneficial", N_("产生经济利益的方式已证明")
    RESOURCED = "resourced", N_("有足够的技术、财务等资源完成并使用或出售")
    MEASURABLE = "measurable", N_("归属于开发阶段的支出能够可靠计量")


class Outcome(Labelled):
    NO_ASSET = "no_asset", N_("不确认为资产，支出计入当期损益")
    EXPENSE = "expense", N_("费用化，计入当期损益")
    INVENTORY = "inventory", N_("确认为存货")
    INTANGIBLE = "intangible", N_("确认为无形资产")
    DEVELOPMENT = "development", N_("资本化为开发支出，达到预定用途时转入无形资产")


@dataclass(frozen=True)
class Answer:
    """What a person says at one node. evidence: id or SHA-256 of a document; a yes needs one."""

    holds: bool
    reason: str
    evidence: str = ""


@dataclass(frozen=True)
class CriterionProof:
    """Why one of the five criteria is met, and since when."""

    document: str
    met_on: date
    approver: str


@dataclass(frozen=True)
class RecognitionFacts:
    """All answers. Nodes that the walk does not reach need none."""

    answers: Mapping[Node, Answer]
    purpose: Purpose
    origin: Origin
    criteria: Mapping[Criterion, CriterionProof]


@dataclass(frozen=True)
class Finding:
    """One node passed on the walk. said: the answer in words."""

    node: Node
    holds: bool
    said: Labelled | None
    reason: str
    evidence: str


@dataclass(frozen=True)
class RecognitionDecision:
    """Where the walk ended, by which way, and from when costs may be capitalised."""

    outcome: Outcome
    path: tuple[Finding, ...]
    capitalise_from_on: date | None = None


@dataclass(eq=False)
class AnswerMissing(Invalid):
    code: ClassVar[str] = "recognition-answer-missing"
    message: ClassVar[str] = N_("“{node}”还没有回答。请作出判断并写明理由。")

    node: Node


@dataclass(eq=False)
class ReasonMissing(Invalid):
    code: ClassVar[str] = "recognition-reason-missing"
    message: ClassVar[str] = N_("“{node}”没有写明理由。审计人员要看到判断的依据。")

    node: Node


@dataclass(eq=False)
class EvidenceMissing(Invalid):
    code: ClassVar[str] = "recognition-evidence-missing"
    message: ClassVar[str] = N_("“{node}”答为“是”，需要附上凭据。请上传或填写凭据编号。")
    clause: ClassVar[str] = "DA-01"

    node: Node


@dataclass(eq=False)
class CriterionUnproven(Invalid):
    code: ClassVar[str] = "recognition-criterion-unproven"
    message: ClassVar[str] = N_("资本化条件“{criterion}”缺少文件、日期或批准人，请补齐。")
    clause: ClassVar[str] = "DA-01"

    criterion: Criterion


@dataclass(eq=False)
class OriginMismatch(Invalid):
    code: ClassVar[str] = "recognition-origin-mismatch"
    message: ClassVar[str] = N_("来源“{origin}”与取得方式“{route}”不一致。请更正来源。")

    origin: Origin
    route: AcquisitionRoute


@dataclass(eq=False)
class CostsUnproven(Conflict):
    code: ClassVar[str] = "recognition-costs-unproven"
    message: ClassVar[str] = N_(
        "有 {count} 笔成本（共 {total}）没有凭据，不能资本化。请先上传凭据。"
    )
    clause: ClassVar[str] = "DA-01"

    count: int
    total: Money


@dataclass(eq=False)
class VatAbovePrice(Invalid):
    code: ClassVar[str] = "recognition-vat-above-price"
    message: ClassVar[str] = N_("可抵扣进项税 {vat} 应小于付款额 {price}。请按发票填写。")

    vat: Money
    price: Money


class Treatment(Labelled):
    """What one cost becomes. PRIOR: expensed before 2024-01-01, never brought back (DA-03)."""

    PRIOR = "prior", N_("2024 年以前已费用化")
    EXPENSE = "expense", N_("费用化")
    CAPITALISE = "capitalise", N_("资本化")


def walk(facts: RecognitionFacts) -> RecognitionDecision:
    """Walk the tree to its end (DA-01).

    Raises: AnswerMissing, ReasonMissing, EvidenceMissing, CriterionUnproven.
    """
    path: list[Finding] = []
    for node, refusal in _GATES:
        if not _ask(facts, node, path):
            return RecognitionDecision(refusal, tuple(path))
    _note(facts, Node.PURPOSE, facts.purpose, path)
    if facts.purpose is Purpose.SALE:
        return RecognitionDecision(Outcome.INVENTORY, tuple(path))
    _note(facts, Node.STAGE, facts.origin, path)
    if facts.origin is Origin.BOUGHT:
        is_own = _ask(facts, Node.IDENTIFIABLE, path)
        return RecognitionDecision(Outcome.INTANGIBLE if is_own else Outcome.EXPENSE, tuple(path))
    if facts.origin is Origin.RESEARCH or not _ask(facts, Node.CRITERIA, path):
        return RecognitionDecision(Outcome.EXPENSE, tuple(path))
    return RecognitionDecision(Outcome.DEVELOPMENT, tuple(path), capitalise_from(facts.criteria))


def require_origin(origin: Origin, route: AcquisitionRoute) -> None:
    """What was bought is not called developed, nor the other way round. Raises: OriginMismatch."""
    if (origin is Origin.BOUGHT) != (route is AcquisitionRoute.PURCHASED):
        raise OriginMismatch(origin, route)


def split_vat(paid: Money | None, vat: Money) -> tuple[Money, Money]:
    """The price without VAT and the deductible VAT inside it; nothing for one's own product.

    Raises: VatAbovePrice.
    """
    if paid is None:
        return Money(0), Money(0)
    if vat and vat >= paid:
        raise VatAbovePrice(vat, paid)
    return paid - vat, vat


def capitalise_from(criteria: Mapping[Criterion, CriterionProof]) -> date:
    """The latest of the five dates. Costs before it stay expensed for ever.

    Raises: CriterionUnproven.
    """
    for criterion in Criterion:
        proof = criteria.get(criterion)
        if proof is None or not (proof.document.strip() and proof.approver.strip()):
            raise CriterionUnproven(criterion)
    return max(proof.met_on for proof in criteria.values())


@dataclass(frozen=True)
class CostFacts:
    """What decides a cost's treatment."""

    component: CostComponent
    stage: Stage
    incurred_on: date


def treatment_of(
    cost: CostFacts, outcome: Outcome, capitalise_from_on: date | None, ready_on: date | None
) -> Treatment:
    """What one cost becomes under a decision (DA-03, DA-04).

    Development counts from the day all criteria are met; a purchase or stock from its first cost;
    nothing counts after the asset is ready.
    """
    if cost.incurred_on < RULE_IN_FORCE_ON:
        return Treatment.PRIOR
    is_late = ready_on is not None and cost.incurred_on > ready_on
    if not is_attributable(cost.component) or cost.stage is Stage.OPERATION or is_late:
        return Treatment.EXPENSE
    match outcome:
        case Outcome.NO_ASSET | Outcome.EXPENSE:
            return Treatment.EXPENSE
        case Outcome.INVENTORY | Outcome.INTANGIBLE:
            return Treatment.CAPITALISE
        case Outcome.DEVELOPMENT:
            is_qualified = (
                cost.stage is Stage.DEVELOPMENT
                and capitalise_from_on is not None
                and cost.incurred_on >= capitalise_from_on
            )
            return Treatment.CAPITALISE if is_qualified else Treatment.EXPENSE
        case _:
            assert_never(outcome)


def unmet(criteria: Iterable[Criterion]) -> list[Criterion]:
    """Which of the five are still without proof."""
    met = set(criteria)
    return [criterion for criterion in Criterion if criterion not in met]


_GATES = (
    (Node.RIGHTS, Outcome.NO_ASSET),
    (Node.CONTROL, Outcome.NO_ASSET),
    (Node.BENEFIT, Outcome.EXPENSE),
    (Node.RELIABLE_COST, Outcome.EXPENSE),
)


def _ask(facts: RecognitionFacts, node: Node, path: list[Finding]) -> bool:
    """A yes-or-no node: its answer, reason and evidence go into the path."""
    answer = _answer(facts, node)
    if answer.holds and not answer.evidence.strip() and node is not Node.CRITERIA:
        raise EvidenceMissing(node)
    path.append(Finding(node, answer.holds, None, answer.reason.strip(), answer.evidence.strip()))
    return answer.holds


def _note(facts: RecognitionFacts, node: Node, choice: Labelled, path: list[Finding]) -> None:
    """A node with more than two ways: the choice and its reason go into the path."""
    answer = _answer(facts, node)
    path.append(Finding(node, True, choice, answer.reason.strip(), answer.evidence.strip()))


def _answer(facts: RecognitionFacts, node: Node) -> Answer:
    answer = facts.answers.get(node)
    if answer is None:
        raise AnswerMissing(node)
    if not answer.reason.strip():
        raise ReasonMissing(node)
    return answer
