"""Ask, run, release. Every charge is made before a query waits, and none is lost in silence."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.events import record
from kernel.ids import new_id
from kernel.jobs import enqueue
from licensing.applications.rules import Act
from licensing.entitlements import actions as entitlements
from licensing.entitlements import reads as entitlement_reads
from licensing.entitlements.kinds import AllowanceKind
from licensing.licences import reads as licences
from licensing.licences.rules import LicenceState
from market.catalogue.rules import Purpose
from sandbox.engines.isolation import Wall
from sandbox.extracts import reads as extracts
from sandbox.plans.rules import CheckedPlan, Question
from sandbox.policies import reads as policies
from sandbox.policies.rules import PrivacyPolicy
from sandbox.privacy import actions as privacy
from sandbox.privacy import reads as privacy_reads
from sandbox.privacy.actions import Charge
from sandbox.privacy.models import Spend
from sandbox.queries import reads
from sandbox.queries.answers import Answer, table_of
from sandbox.queries.endings import Ending
from sandbox.queries.events import QueryFinished, QueryRefused, QueryReleased, QuerySubmitted
from sandbox.queries.models import Query, QueryResult
from sandbox.queries.plan import plan_query
from sandbox.queries.reads import Case
from sandbox.queries.rules import QueryId, QueryState
from sandbox.queries.schemas import QueryDraft, content_of

RUN = "queries.run"
ONE_CALL = Decimal(1)


@dataclass(frozen=True)
class Grant:
    """By which licence somebody asks, and what for."""

    licence_id: str
    buyer_id: str
    purpose: Purpose


@dataclass(frozen=True)
class Work:
    """What a worker needs to answer one query."""

    question: Question
    policy: PrivacyPolicy
    epsilon: Decimal
    object_key: str


def submit(session: Session, actor: Actor, draft: QueryDraft) -> Query:
    """Take a question, charge it and queue it; an equal one is answered from the stored answer.

    Raises: MissingPermission, OrganizationUnverified, LicenceNotFound, UseRefused, PolicyMissing,
        ExtractNotReady, QuestionRefused, EpsilonTooLarge, BudgetLacking, AllowanceTooSmall.
    """
    actor.require(Permission.RUN_QUERY)
    actor.require_verified()
    licence = licences.get_licence(session, actor, draft.licence_id)
    right = Grant(licence.id, licence.buyer_id, Purpose(licence.purpose))
    entitlements.require_use(session, actor, licence_id=licence.id, act=Act.QUERY)
    case = reads.case_of(session, licence.product_id)
    charge = _charge(session, case, right, draft)
    budgets = privacy.lock_purses(session, actor, charge)
    equal = privacy_reads.find_equal_for_update(session, right.buyer_id, charge.question_key)
    if equal is not None:
        return _replay(session, actor, case, _new_query(actor, draft, right, case, equal))
    calls = _draw(session, actor, right, charge.epsilon)
    paid = privacy.spend(session, actor, charge, budgets)
    query = _new_query(actor, draft, right, case, paid)
    query.cost_epsilon, query.drawn_calls, query.is_replay = charge.epsilon, calls, False
    session.add(query)
    session.flush()
    _record_submission(session, actor, case, query)
    enqueue(session, RUN, query_id=query.id)
    return query


def start(session: Session, query_id: str) -> Work | None:
    """Begin to work on a query, or begin again where a worker was lost; None where it is over."""
    query = reads.query_for_update(session, query_id)
    if query is None or query.phase.is_over:
        return None
    if query.phase is QueryState.SUBMITTED:
        query.move(QueryState.RUNNING)
        query.started_at = clock.now()
    extract = extracts.find_extract(session, query.extract_id)
    if extract is None or extract.object_key is None:
        return None
    plan, policy = _planned(session, query)
    return Work(plan.question, policy, query.wished_epsilon, extract.object_key)


def finish(
    session: Session, actor: Actor, query_id: str, answer: Answer, walls: tuple[Wall, ...]
) -> list[Query]:
    """Keep the noisy answer beside its charge; every query that waits for it is finished.

    A second answer to one charge is thrown away: nobody ever sees both.
    """
    query = reads.find_query(session, query_id)
    if query is None or privacy.answer(session, query.spend_id, answer.plain()) is None:
        return []
    waiting = reads.unfinished_of_spend_for_update(session, query.spend_id)
    for one in waiting:
        one.move(QueryState.FINISHED)
        names = ", ".join(wall.value for wall in walls)
        record(session, actor, QueryFinished(one.id, one.product_id, one.licence_id, names))
    return list(waiting)


def release(session: Session, actor: Actor, query_id: str) -> Query | None:
    """Give a finished answer to the buyer, where the licence still stands (SB-01)."""
    query = reads.query_for_update(session, query_id)
    if query is None or query.phase is not QueryState.FINISHED:
        return None
    if not _is_still_licensed(session, query):
        _end(session, actor, query, Ending.LICENCE, is_refunded=False)
        return query
    paid = privacy_reads.get_spend(session, query.spend_id)
    plan, _ = _planned(session, query)
    table = table_of(plan, Answer.of_plain(paid.answer or {}))
    session.add(QueryResult(query_id=query.id, content=content_of(table), released_at=clock.now()))
    query.move(QueryState.RELEASED)
    query.ended_at = clock.now()
    _record_release(session, actor, query)
    return query


def refuse(
    session: Session, actor: Actor, query_id: str, ending: Ending, *, has_read: bool
) -> list[Query]:
    """End a query and its equals without an answer; what read no data is given back."""
    query = reads.find_query(session, query_id)
    if query is None or query.phase.is_over:
        return []
    if has_read:
        settled = privacy.fail(session, query.spend_id)
    else:
        settled = privacy.refund(session, actor, query.spend_id)
    if settled is None:
        return []
    waiting = reads.unfinished_of_spend_for_update(session, query.spend_id)
    for one in waiting:
        if not has_read:
            _give_back(session, actor, one)
        _end(session, actor, one, ending, is_refunded=not has_read)
    return list(waiting)


def close_abandoned(session: Session, actor: Actor, query_id: str) -> None:
    """End a query that nobody finished; what never began is given back."""
    query = reads.find_query(session, query_id)
    if query is not None:
        has_read = query.phase is not QueryState.SUBMITTED
        refuse(session, actor, query.id, Ending.ABANDONED, has_read=has_read)


def _charge(session: Session, case: Case, right: Grant, draft: QueryDraft) -> Charge:
    """What this question costs whom, on the newest version that is ready."""
    extract = extracts.get_ready(session, case.revision.id, case.product_id)
    plan = plan_query(draft.sql, case.policy)
    cost = reads.cost_of(case.policy, draft.epsilon)
    return Charge(
        holders=case.holders(right.licence_id, right.buyer_id),
        caps=case.policy.caps if cost else None,
        extract_id=extract.id,
        question_key=reads.key_of(plan.question, extract.id, cost),
        epsilon=cost,
        usual_epsilon=case.policy.query_epsilon,
    )


def _replay(session: Session, actor: Actor, case: Case, query: Query) -> Query:
    """An equal question waits for, or is at once given, the answer that was paid for once."""
    session.add(query)
    _record_submission(session, actor, case, query)
    if privacy_reads.get_spend(session, query.spend_id).is_answered:
        query.move(QueryState.FINISHED)
        session.flush()
        release(session, actor, query.id)
    return query


def _new_query(actor: Actor, draft: QueryDraft, right: Grant, case: Case, paid: Spend) -> Query:
    return Query(
        id=QueryId(new_id("qry")),
        product_id=case.product_id,
        licence_id=right.licence_id,
        buyer_id=right.buyer_id,
        policy_id=case.revision.id,
        extract_id=paid.extract_id,
        spend_id=paid.id,
        purpose=right.purpose.value,
        sql=draft.sql,
        question_sha256=paid.question_key,
        wished_epsilon=paid.epsilon,
        cost_epsilon=Decimal(0),
        drawn_calls=0,
        is_replay=True,
        state=QueryState.SUBMITTED,
        asked_by=actor.id,
        submitted_at=clock.now(),
    )


def _draw(session: Session, actor: Actor, right: Grant, cost: Decimal) -> int:
    """Take one call where calls are counted, and epsilon always; returns the calls taken."""
    allowances = entitlement_reads.allowances_of(session, right.licence_id)
    calls = 1 if AllowanceKind.CALLS in {row.kind for row in allowances} else 0
    wanted = [(AllowanceKind.CALLS, ONE_CALL)] * calls
    wanted += [(AllowanceKind.EPSILON, cost)] if cost else []
    for kind, amount in wanted:
        entitlements.draw(session, actor, right.licence_id, kind, amount, right.purpose)
    return calls


def _give_back(session: Session, actor: Actor, query: Query) -> None:
    purpose = Purpose(query.purpose)
    if query.drawn_calls:
        entitlements.give_back(
            session, actor, query.licence_id, AllowanceKind.CALLS, ONE_CALL, purpose
        )
    if query.cost_epsilon:
        entitlements.give_back(
            session, actor, query.licence_id, AllowanceKind.EPSILON, query.cost_epsilon, purpose
        )


def _planned(session: Session, query: Query) -> tuple[CheckedPlan, PrivacyPolicy]:
    """The plan of a stored query, under the policy that it was accepted by."""
    revision = policies.find_revision(session, query.policy_id)
    if revision is None:
        raise RuntimeError("a query keeps its policy")  # a foreign key says so
    policy = revision.policy
    return plan_query(query.sql, policy), policy


def _is_still_licensed(session: Session, query: Query) -> bool:
    licence = licences.get_licence(session, Actor.system("sandbox.queries"), query.licence_id)
    is_active = licence.state == LicenceState.ACTIVE
    return is_active and licence.starts_on <= clock.today() < licence.ends_on


def _end(
    session: Session, actor: Actor, query: Query, ending: Ending, *, is_refunded: bool
) -> None:
    query.move(QueryState.REFUSED)
    query.ending = ending
    query.ended_at = clock.now()
    record(
        session,
        actor,
        QueryRefused(query.id, query.product_id, query.licence_id, ending, is_refunded),
    )


def _record_submission(session: Session, actor: Actor, case: Case, query: Query) -> None:
    extract = extracts.find_extract(session, query.extract_id)
    record(
        session,
        actor,
        QuerySubmitted(
            query_id=query.id,
            product_id=query.product_id,
            title=case.title,
            licence_id=query.licence_id,
            buyer_id=query.buyer_id,
            version_id=extract.version_id if extract else "",
            purpose=query.purpose,
            question_sha256=query.question_sha256,
            cost_epsilon=query.cost_epsilon,
            is_replay=query.is_replay,
        ),
    )


def _record_release(session: Session, actor: Actor, query: Query) -> None:
    case = reads.case_of(session, query.product_id)
    record(
        session,
        actor,
        QueryReleased(
            query_id=query.id,
            product_id=query.product_id,
            title=case.title,
            licence_id=query.licence_id,
            buyer_id=query.buyer_id,
            purpose=query.purpose,
            cost_epsilon=query.cost_epsilon,
            is_replay=query.is_replay,
        ),
    )
