from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from kernel import clock
from kernel.actor import MissingPermission, OrganizationUnverified
from kernel.events import EventLog
from kernel.jobs import Job
from licensing.applications.rules import Act
from licensing.entitlements.actions import AllowanceTooSmall, UseRefused
from licensing.entitlements.models import Allowance
from licensing.licences import actions as licences
from licensing.licences.rules import LicenceState
from market.datasets.reads import find_dataset
from sandbox.engines.isolation import IsolationMissing
from sandbox.extracts.reads import ExtractNotReady
from sandbox.plans.refusals import QuestionRefused
from sandbox.policies.actions import set_policy
from sandbox.policies.reads import PolicyMissing
from sandbox.privacy.actions import BudgetLacking
from sandbox.privacy.models import Budget, Spend
from sandbox.privacy.rules import Purse, SpendState
from sandbox.queries import actions, reads, runner, tasks
from sandbox.queries.endings import Ending
from sandbox.queries.models import Query, QueryResult
from sandbox.queries.reads import EpsilonTooLarge, QueryNotFound
from sandbox.queries.rules import QueryState
from sandbox.queries.runner import RunFailed
from sandbox.queries.schemas import QueryDraft, ResultOut
from tests.factories.market import actor_of, stored
from tests.factories.sandbox import (
    deliver_visits,
    make_policy,
    make_visits,
    run_sandbox_work,
    set_up_queries,
)
from tests.sandbox.conftest import licensed

ANALYST = actor_of("analyst")
OPERATOR = actor_of("operator")
COUNT = "SELECT 区, COUNT(*) AS n FROM visits GROUP BY 区"


@pytest.fixture(autouse=True, scope="module")
def _no_spare_left() -> Iterator[None]:
    yield
    runner.cool_down()


def ask(session, licence, sql: str = COUNT, actor=ANALYST, **changes: object) -> Query:
    draft = QueryDraft(licence_id=licence.id, sql=sql, **changes)
    query = actions.submit(session, actor, draft)
    session.commit()
    return query


def answered(session, query: Query) -> ResultOut:
    run_sandbox_work()
    session.expire_all()
    assert query.phase is QueryState.RELEASED
    return ResultOut.of(reads.find_result(session, query.id))


def spent(session) -> dict[str, Decimal]:
    return {b.purse: b.spent_epsilon for b in session.scalars(select(Budget))}


def drawn(session, licence) -> dict[str, Decimal]:
    rows = session.scalars(select(Allowance).where(Allowance.licence_id == licence.id))
    return {row.kind: row.drawn for row in rows}


def names(session) -> list[str]:
    return [
        name
        for name in session.scalars(select(EventLog.name).order_by(EventLog.seq))
        if name.startswith("sandbox.")
    ]


def test_a_question_is_charged_first_and_answered_with_error_bars(session, licence):
    query = ask(session, licence)

    assert spent(session) == dict.fromkeys(Purse, Decimal("0.5"))
    assert drawn(session, licence) == {"calls": 1, "epsilon": Decimal("0.5")}
    assert (query.phase, query.cost_epsilon, query.is_replay) == (
        QueryState.SUBMITTED,
        Decimal("0.5"),
        False,
    )

    result = answered(session, query)

    assert [column.name for column in result.columns] == ["区", "n"]
    assert [row[0] for row in result.rows] == ["东城", "西城", "朝阳", "海淀"]
    assert result.columns[1].error95 == 48
    assert all(row[1].low <= row[1].high for row in result.rows)
    assert names(session)[-4:] == [
        "sandbox.budget_spent",
        "sandbox.query_submitted",
        "sandbox.query_finished",
        "sandbox.query_released",
    ]


def test_events_of_a_query_hold_neither_its_text_nor_its_answer(session, licence):
    query = ask(session, licence, "SELECT COUNT(*) FROM visits WHERE name = '机密店铺'")
    answered(session, query)

    payloads = [str(row.payload) for row in session.scalars(select(EventLog))]
    assert not any("机密" in payload or "SELECT" in payload for payload in payloads)


def test_select_star_is_refused_and_nothing_is_charged(session, licence):
    with pytest.raises(QuestionRefused) as caught:
        ask(session, licence, "SELECT * FROM visits")

    session.rollback()
    assert caught.value.reason == "star"
    assert caught.value.clause == "SB-05"
    assert session.scalar(select(func.count()).select_from(Query)) == 0
    assert spent(session) == {}


def test_an_equal_question_is_answered_from_the_stored_answer_free(session, licence):
    first = answered(session, ask(session, licence))
    before = (spent(session), drawn(session, licence))

    again = ask(session, licence, "select count(*) 次数, 区 from visits group by 区 order by 次数")

    assert (again.phase, again.is_replay, again.cost_epsilon) == (QueryState.RELEASED, True, 0)
    assert (spent(session), drawn(session, licence)) == before
    replayed = ResultOut.of(reads.find_result(session, again.id))
    assert {row[1]: row[0].value for row in replayed.rows} == {
        row[0]: row[1].value for row in first.rows
    }


def test_an_equal_question_joins_one_that_is_still_running(session, licence):
    first, second = ask(session, licence), ask(session, licence)

    assert second.is_replay
    assert second.phase is QueryState.SUBMITTED
    run_sandbox_work()
    session.expire_all()
    assert first.phase is second.phase is QueryState.RELEASED
    contents = [reads.find_result(session, query.id).content for query in (first, second)]
    assert contents[0] == contents[1]
    assert session.scalar(select(func.count()).select_from(Spend)) == 1


def test_another_price_or_another_version_is_another_question(session, product, licence):
    dataset_id = product.dataset_ids[0]
    ask(session, licence)
    dearer = ask(session, licence, epsilon=Decimal("0.6"))
    deliver_visits(session, find_dataset(session, dataset_id))
    session.commit()
    run_sandbox_work()
    newer = ask(session, licence)

    assert not dearer.is_replay
    assert not newer.is_replay
    assert spent(session)[Purse.LICENCE] == Decimal("1.6")


def test_the_purse_of_the_licence_ends_the_asking(session, licence):
    for number in range(4):
        ask(session, licence, f"SELECT COUNT(*) FROM visits WHERE score > {number}")

    with pytest.raises((BudgetLacking, AllowanceTooSmall)):
        ask(session, licence, "SELECT COUNT(*) FROM visits")
    session.rollback()
    assert spent(session)[Purse.LICENCE] == Decimal(2)


def test_a_licence_with_less_epsilon_than_the_policy_allows_ends_earlier(session, product):
    small = licensed(session, product, "0.7")
    ask(session, small)

    with pytest.raises(AllowanceTooSmall):
        ask(session, small, "SELECT COUNT(*) FROM visits")
    session.rollback()
    assert spent(session)[Purse.LICENCE] == Decimal("0.5")


@pytest.mark.parametrize("wished", ["2.000001", "5"])
def test_a_wish_above_the_licence_cap_is_refused(session, licence, wished):
    with pytest.raises(EpsilonTooLarge):
        ask(session, licence, epsilon=Decimal(wished))


@pytest.mark.parametrize("role", ["purchaser", "bureau_officer", "operator", "regulator"])
def test_only_an_analyst_asks(session, licence, role):
    with pytest.raises(MissingPermission):
        ask(session, licence, actor=actor_of(role))


def test_an_unverified_organisation_does_not_ask(session, licence):
    with pytest.raises(OrganizationUnverified):
        ask(session, licence, actor=actor_of("analyst", verified=False))


def test_another_organisation_neither_asks_nor_sees(session, licence):
    query = ask(session, licence)
    stranger = stored(session, actor_of("analyst", organization_id="org_stranger"))

    with pytest.raises(Exception, match="licence-not-found"):
        ask(session, licence, actor=stranger)
    session.rollback()
    with pytest.raises(QueryNotFound):
        reads.get_query(session, stranger, query.id)
    assert reads.list_for_buyer(session, stranger).items == []
    assert [q.id for q in reads.list_for_buyer(session, ANALYST).items] == [query.id]


def test_a_licence_without_the_right_to_query_refuses(session, product):
    product.delivery_kinds = ["sandbox", "api"]
    other = licensed(session, product, acts=[Act.CALL])

    with pytest.raises(UseRefused):
        ask(session, other)


def test_a_suspended_licence_refuses(session, product):
    other = licensed(session, product, state=LicenceState.SUSPENDED)

    with pytest.raises(UseRefused) as caught:
        ask(session, other)
    assert caught.value.clause == "LC-01"


def test_without_a_policy_there_is_nothing_to_ask(session, store):
    licence = licensed(session, make_visits(session))

    with pytest.raises(PolicyMissing):
        ask(session, licence)


def test_before_the_extract_is_written_people_are_told_to_wait(session, store):
    product = make_visits(session)
    licence = licensed(session, product)
    set_policy(session, stored(session, actor_of("bureau_officer")), product.id, make_policy())
    session.commit()

    with pytest.raises(ExtractNotReady):
        ask(session, licence)


def test_a_run_that_read_nothing_gives_everything_back(session, licence, monkeypatch):
    def missing(*_: object) -> None:
        raise IsolationMissing

    monkeypatch.setattr(tasks, "run_question", missing)
    query = ask(session, licence)
    run_sandbox_work()
    session.expire_all()

    assert (query.phase, query.ending) == (QueryState.REFUSED, Ending.WALLS)
    assert spent(session) == dict.fromkeys(Purse, Decimal(0))
    assert drawn(session, licence) == dict.fromkeys(drawn(session, licence), Decimal(0))
    assert names(session)[-2:] == ["sandbox.budget_refunded", "sandbox.query_refused"]


def test_a_run_that_read_data_gives_nothing_back(session, licence, monkeypatch):
    def late(*_: object) -> None:
        raise RunFailed("time", has_read=True)

    monkeypatch.setattr(tasks, "run_question", late)
    query, equal = ask(session, licence), ask(session, licence)
    run_sandbox_work()
    session.expire_all()

    assert {q.ending for q in (query, equal)} == {Ending.TIME}
    assert spent(session)[Purse.LICENCE] == Decimal("0.5")
    assert session.scalar(select(Spend.state)) == SpendState.FAILED
    assert "sandbox.budget_refunded" not in names(session)


def test_after_a_failure_the_same_question_is_paid_again(session, licence, monkeypatch):
    monkeypatch.setattr(
        tasks, "run_question", lambda *_: (_ for _ in ()).throw(RunFailed("died", has_read=True))
    )
    ask(session, licence)
    run_sandbox_work()
    monkeypatch.undo()

    query = ask(session, licence)

    assert not query.is_replay
    answered(session, query)
    assert spent(session)[Purse.LICENCE] == Decimal(1)


def test_a_worker_that_died_in_the_middle_is_followed_by_another_and_draws_once(session, licence):
    query = ask(session, licence)
    actions.start(session, query.id)
    session.commit()
    assert query.phase is QueryState.RUNNING

    answered(session, query)

    assert spent(session)[Purse.LICENCE] == Decimal("0.5")
    assert drawn(session, licence)["epsilon"] == Decimal("0.5")


def test_running_twice_shows_one_answer_only(session, licence):
    query = ask(session, licence)
    first = answered(session, query)
    events = names(session)

    tasks.run(query.id)

    session.expire_all()
    assert ResultOut.of(reads.find_result(session, query.id)) == first
    assert names(session) == events


def test_two_workers_on_one_query_keep_the_first_answer(session, licence):
    query = ask(session, licence)
    work = actions.start(session, query.id)
    one, other = (
        tasks.noisy_answer(work.question, {}, work.policy, work.epsilon) for _ in range(2)
    )

    assert [q.id for q in actions.finish(session, ANALYST, query.id, one, ())] == [query.id]
    assert actions.finish(session, ANALYST, query.id, other, ()) == []
    assert session.get_one(Spend, query.spend_id).answer == one.plain()


def test_a_licence_that_ends_while_the_job_runs_releases_nothing(session, licence):
    query = ask(session, licence)
    licences.end(session, OPERATOR, licence.id, "双方解除")
    session.commit()

    run_sandbox_work()

    session.expire_all()
    assert (query.phase, query.ending) == (QueryState.REFUSED, Ending.LICENCE)
    assert reads.find_result(session, query.id) is None
    assert spent(session)[Purse.LICENCE] == Decimal("0.5")


def test_an_open_product_answers_exactly_and_charges_nothing(session, store):
    product = make_visits(session, protected_unit="")
    set_up_queries(session, product, make_policy(unit=None, is_open=True, caps=None))
    licence = licensed(session, product)

    query = ask(session, licence, "SELECT COUNT(*) AS n FROM visits")
    result = answered(session, query)

    assert result.rows[0][0].model_dump() == {"value": 400, "low": 400, "high": 400}
    assert query.cost_epsilon == 0
    assert spent(session) == {}


def test_what_nobody_finished_is_ended_and_what_never_began_is_given_back(session, licence):
    waiting = ask(session, licence)
    begun = ask(session, licence, "SELECT COUNT(*) FROM visits")
    actions.start(session, begun.id)
    session.commit()

    with clock.frozen_at(clock.now() + timedelta(minutes=31)):
        tasks.close_abandoned()

    session.expire_all()
    assert waiting.ending == begun.ending == Ending.ABANDONED
    assert spent(session)[Purse.LICENCE] == Decimal("0.5")
    states = set(session.scalars(select(Spend.state)))
    assert states == {SpendState.REFUNDED, SpendState.FAILED}
    tasks.run(waiting.id)
    assert session.scalar(select(func.count()).select_from(QueryResult)) == 0


def test_a_query_that_still_may_be_answered_is_left_alone(session, licence):
    query = ask(session, licence)

    tasks.close_abandoned()

    session.expire_all()
    assert query.phase is QueryState.SUBMITTED


def test_the_job_is_put_on_the_sandbox_queue(session, licence):
    query = ask(session, licence)

    job = session.scalar(select(Job).where(Job.task == actions.RUN))

    assert (job.queue, job.arguments) == ("sandbox", {"query_id": query.id})
