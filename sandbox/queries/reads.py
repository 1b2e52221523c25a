"""What was asked and answered, and what would a question do?"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.errors import Invalid, NotFound
from kernel.i18n import N_, say
from kernel.paging import Page, page_of
from licensing.licences import reads as licences
from market.catalogue import reads as catalogue
from sandbox.extracts import reads as extracts
from sandbox.extracts.models import Extract
from sandbox.plans.refusals import QuestionRefused
from sandbox.plans.rules import CheckedPlan, OutputKind, Question, question_key
from sandbox.plans.sensitivity import bound_of
from sandbox.policies import reads as policies
from sandbox.policies.models import PolicyRevision
from sandbox.policies.rules import PrivacyPolicy
from sandbox.privacy import reads as privacy
from sandbox.privacy.reads import Holders
from sandbox.privacy.rules import (
    Balance,
    answers_left,
    charged_epsilon,
    zero_concentrated_cost,
)
from sandbox.queries.answers import error_of, scales_of, typical_error
from sandbox.queries.models import Query, QueryResult
from sandbox.queries.plan import plan_query
from sandbox.queries.rules import QueryId, QueryState
from sandbox.queries.schemas import ColumnOut, Explanation, ExplanationDraft, PurseOut


class QueryNotFound(NotFound):
    """There is no such query, or it belongs to another organisation."""

    code = "query-not-found"
    message = N_("没有这次查询，或它不属于贵单位。请从“查询”页的列表进入。")


class ResultMissing(NotFound):
    """The query has no released answer, or not yet."""

    code = "result-missing"
    message = N_("这次查询还没有放行的结果。请稍后再看，或查看它为什么没有放行。")


@dataclass(eq=False)
class EpsilonTooLarge(Invalid):
    """The wish is above what a licence may hold at all."""

    code = "epsilon-too-large"
    message = N_("ε 不能大于本产品每份许可的上限 {limit_epsilon}。请填较小的值。")
    clause = "SB-04"

    limit_epsilon: Decimal


@dataclass(frozen=True)
class Case:
    """What a question is asked of: the product, the policy in force and the file it may read."""

    product_id: str
    title: str
    revision: PolicyRevision
    policy: PrivacyPolicy
    extract: Extract | None

    def holders(self, licence_id: str, buyer_id: str) -> Holders:
        return Holders(licence_id, buyer_id, self.product_id, self.revision.dataset_id)


@dataclass(frozen=True)
class Right:
    """By which licence an organisation asks."""

    licence_id: str
    buyer_id: str
    product_id: str


def get_right(session: Session, actor: Actor, licence_id: str) -> Right:
    """A licence of the actor's own organisation; its supplier has no business at the desk.

    Raises: LicenceNotFound.
    """
    licence = licences.get_licence(session, actor, licence_id)
    if not actor.is_system and licence.buyer_id != actor.organization_id:
        raise licences.LicenceNotFound
    return Right(licence.id, licence.buyer_id, licence.product_id)


def case_of(session: Session, product_id: str) -> Case:
    """Raises: ProductNotFound, PolicyMissing."""
    product = catalogue.get_product(session, product_id)
    revision = policies.get_policy(session, product_id)
    extract = extracts.find_ready(session, revision.id)
    return Case(product.id, product.title, revision, revision.policy, extract)


def cost_of(policy: PrivacyPolicy, wished: Decimal | None) -> Decimal:
    """What a question costs: nothing where statistics are open, else the wish or the usual.

    Raises: EpsilonTooLarge.
    """
    if policy.is_open or policy.caps is None:
        return Decimal(0)
    cost = charged_epsilon(policy.query_epsilon if wished is None else wished)
    if cost > policy.caps.licence_epsilon:
        raise EpsilonTooLarge(policy.caps.licence_epsilon)
    return cost


def key_of(question: Question, extract_id: str, cost: Decimal) -> str:
    """Equal for equal questions on one extract at one price."""
    text = f"{extract_id} {cost:f} {question_key(question)}"
    return hashlib.sha256(text.encode()).hexdigest()


def explain(session: Session, actor: Actor, draft: ExplanationDraft) -> Explanation:
    """What a question would do and cost. Reads no data and charges nothing.

    Raises: MissingPermission, LicenceNotFound, ProductNotFound, PolicyMissing, EpsilonTooLarge.
    """
    actor.require(Permission.RUN_QUERY)
    holders = None
    product_id = draft.product_id
    if draft.licence_id:
        right = get_right(session, actor, draft.licence_id)
        product_id = right.product_id
    else:
        catalogue.get_visible_product(session, actor, product_id)
    case = case_of(session, product_id)
    if draft.licence_id:
        holders = case.holders(right.licence_id, right.buyer_id)
    cost = cost_of(case.policy, draft.epsilon)
    try:
        plan = plan_query(draft.sql, case.policy)
    except QuestionRefused as refused:
        return Explanation.refused(refused)
    return _explained(session, case, plan, cost, holders)


def _explained(
    session: Session, case: Case, plan: CheckedPlan, cost: Decimal, holders: Holders | None
) -> Explanation:
    purses = purses_of(session, case, holders)
    is_replay = False
    if holders and case.extract:
        key = key_of(plan.question, case.extract.id, cost)
        is_replay = privacy.find_equal(session, holders.buyer_id, key) is not None
    return Explanation(
        accepted=True,
        cost_epsilon=Decimal(0) if is_replay else cost,
        cost_rho=Decimal(0) if is_replay else zero_concentrated_cost(cost),
        columns=_columns(plan, case, cost),
        advice=_advice(plan, case, cost),
        words=tuple(words_of(plan, case.policy, cost)),
        purses=tuple(PurseOut.of(balance) for balance in purses),
        answers_left=answers_left(purses, cost) if purses else None,
        is_replay=is_replay,
    )


def purses_of(session: Session, case: Case, holders: Holders | None) -> list[Balance]:
    """What a question would be charged to: all four purses, or the product's two for nobody."""
    if case.policy.caps is None:
        return []
    if holders is not None:
        return privacy.balances(session, holders, case.policy.caps)
    nobody = case.holders("", "")
    return privacy.balances(session, nobody, case.policy.caps)[2:]


def _rows_in_group(plan: CheckedPlan, case: Case) -> int:
    """How many rows a group has on average, from public figures: the version's rows, the groups."""
    rows = case.extract.version_rows if case.extract else 0
    return max(rows // max(plan.question.group_count, 1), 1)


def _advice(plan: CheckedPlan, case: Case, cost: Decimal) -> str:
    """A word of warning where the noise of a count is wider than half an average group."""
    scales = scales_of(plan.question, case.policy, cost)
    errors = [
        error_of(output, scales) for output in plan.outputs if output.kind is OutputKind.COUNT
    ]
    widest = max((error for error in errors if error is not None), default=0)
    rows = _rows_in_group(plan, case)
    if widest * 2 <= rows:
        return ""
    text = N_("平均每组约 {rows} 行，误差可能盖过结果。请减少分组列、少统计几个量，或多花一些 ε。")
    return say(text, rows=rows)


def _columns(plan: CheckedPlan, case: Case, cost: Decimal) -> tuple[ColumnOut, ...]:
    scales = scales_of(plan.question, case.policy, cost)
    rows_in_group = _rows_in_group(plan, case)
    return tuple(
        ColumnOut(
            name=output.label,
            kind=output.kind,
            error95=typical_error(output, scales, rows_in_group),
        )
        for output in plan.outputs
    )


def words_of(plan: CheckedPlan, policy: PrivacyPolicy, cost: Decimal) -> list[str]:
    """The plan in plain words."""
    question = plan.question
    words = []
    if question.keys:
        columns = [key.column for key in question.keys]
        text = N_("按 {columns} 分成 {groups} 组，没有行的组也会回答。")
        words.append(say(text, columns=columns, groups=question.group_count))
    else:
        words.append(say(N_("不分组，回答一行。")))
    if policy.is_open or policy.unit is None:
        words.append(say(N_("这是公开统计：答案是精确值，不扣隐私预算。")))
        return words
    bound = bound_of(question, policy)
    text = N_("任何一个{unit}最多影响其中 {rows} 行，每组最多 {in_group} 行。")
    words.append(say(text, unit=policy.unit.label, rows=bound.rows, in_group=bound.rows_in_group))
    text = N_("共 {measures} 个量加噪，合计 ε {cost}。")
    words.append(say(text, measures=len(question.measures), cost=cost))
    return words


def get_query(session: Session, actor: Actor, query_id: str) -> Query:
    """A query of the actor's own organisation. Raises: QueryNotFound."""
    found = session.scalar(_visible(actor).where(Query.id == query_id))
    if found is None:
        raise QueryNotFound
    return found


def find_query(session: Session, query_id: str) -> Query | None:
    """A query, for tasks."""
    return session.get(Query, query_id)


def query_for_update(session: Session, query_id: str) -> Query | None:
    return session.get(Query, query_id, with_for_update=True)


def unfinished_of_spend_for_update(session: Session, spend_id: str) -> Sequence[Query]:
    """The queries that wait for the answer of one charge: the one that paid and its equals."""
    statement = (
        select(Query)
        .where(
            Query.spend_id == spend_id,
            Query.state.in_([QueryState.SUBMITTED, QueryState.RUNNING]),
        )
        .order_by(Query.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(statement).all()


def find_result(session: Session, query_id: str) -> QueryResult | None:
    """The released answer of a query that the caller has already been shown."""
    return session.get(QueryResult, query_id)


def get_result(session: Session, actor: Actor, query_id: str) -> QueryResult:
    """Raises: QueryNotFound, ResultMissing."""
    found = find_result(session, get_query(session, actor, query_id).id)
    if found is None:
        raise ResultMissing
    return found


def list_abandoned(session: Session, before: datetime) -> Sequence[QueryId]:
    """Queries that were paid for and that nobody finished since."""
    statement = select(Query.id).where(
        Query.state.in_([QueryState.SUBMITTED, QueryState.RUNNING]),
        Query.submitted_at < before,
        Query.is_replay.is_(False),
    )
    return session.scalars(statement.order_by(Query.id)).all()


def list_for_buyer(
    session: Session, actor: Actor, *, licence_id: str = "", cursor: str = ""
) -> Page[Query]:
    """Queries of the actor's organisation, newest first."""
    statement = _visible(actor).order_by(Query.submitted_at.desc(), Query.id.desc())
    if licence_id:
        statement = statement.where(Query.licence_id == licence_id)
    return page_of(session, statement, cursor)


def list_ended(session: Session, product_ids: Iterable[str], limit: int) -> Sequence[Query]:
    """The newest queries that were released or refused; whoever asks shows no question."""
    over = [state.value for state in QueryState if state.is_over]
    statement = select(Query).where(Query.product_id.in_(list(product_ids)), Query.state.in_(over))
    return session.scalars(statement.order_by(Query.ended_at.desc()).limit(limit)).all()


def _visible(actor: Actor) -> Select[Query]:
    statement = select(Query)
    if actor.is_system:
        return statement
    is_analyst = actor.may(Permission.RUN_QUERY)
    return statement.where(Query.buyer_id == (actor.organization_id if is_analyst else ""))
