"""Is a demand asked, joined once, answered in time, withdrawn and turned into a product?"""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from kernel import clock
from kernel.actor import (
    MissingPermission,
    OrganizationUnverified,
    Permission,
    SecondPersonNeeded,
)
from kernel.errors import InvalidFields
from market.accounts.roles import PERMISSIONS, Role
from market.catalogue.rules import ProductState
from market.demands import actions, reads
from market.demands.actions import AlreadyAsking, NotAsking
from market.demands.events import (
    DemandFulfilled,
    DemandJoined,
    DemandLeft,
    DemandPlanned,
    DemandPublished,
    DemandRefused,
    DemandReturned,
    DemandRevised,
    DemandSubmitted,
    DemandWithdrawn,
)
from market.demands.models import DemandAsker, DemandStateForbids
from market.demands.reads import DemandNotFound
from market.demands.rules import DemandState
from market.demands.schemas import Joining, ProductLink
from tests.factories.catalogue import make_product
from tests.factories.demands import answer_plan, company, demand_draft, make_demand, refusal
from tests.factories.events import last_event
from tests.factories.market import actor_of, stored

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
MAY_ASK = {role for role in Role if Permission.ASK_FOR_DATA in PERMISSIONS[role]}
MAY_ANSWER = {role for role in Role if Permission.ANSWER_DEMAND in PERMISSIONS[role]}


def test_a_demand_is_asked_and_due_after_ten_working_days(session, analyst):
    with clock.frozen_at(MONDAY):
        demand = actions.submit_demand(session, analyst, demand_draft())

    assert demand.state is DemandState.SUBMITTED
    assert demand.answer_due_on == date(2026, 3, 16)
    assert not demand.is_public
    assert last_event(session) == DemandSubmitted(demand.id, demand.title, demand.answer_due_on)


def test_who_asks_and_who_answers_stands_in_the_one_table():
    assert {Role.ANALYST, Role.PURCHASER} == MAY_ASK
    assert {Role.BUREAU_OFFICER, Role.BUREAU_APPROVER} == MAY_ANSWER


@pytest.mark.parametrize("role", sorted(set(Role) - MAY_ASK))
def test_no_other_role_asks_or_joins(session, role):
    demand = make_demand(session)
    actor = stored(session, actor_of(role))

    with pytest.raises(MissingPermission):
        actions.submit_demand(session, actor, demand_draft())
    with pytest.raises(MissingPermission):
        actions.join_demand(session, actor, demand.id, Joining())


@pytest.mark.parametrize("role", sorted(set(Role) - MAY_ANSWER))
def test_no_other_role_answers_or_reads_the_desk_and_the_figures(session, role):
    demand = make_demand(session)
    actor = stored(session, actor_of(role))

    for attempt in (
        lambda: actions.publish_demand(session, actor, demand.id),
        lambda: actions.return_demand(session, actor, demand.id, refusal()),
        lambda: actions.plan_demand(session, actor, demand.id, answer_plan()),
        lambda: actions.refuse_demand(session, actor, demand.id, refusal()),
        lambda: actions.fulfil_demand(session, actor, demand.id, ProductLink(product_id="prd_1")),
        lambda: reads.list_waiting(session, actor),
        lambda: reads.list_askers(session, actor, demand.id),
        lambda: reads.get_statistics(session, actor),
    ):
        with pytest.raises(MissingPermission):
            attempt()


def test_an_unverified_organisation_looks_but_does_not_ask(session):
    unverified = stored(session, actor_of("analyst", verified=False))

    with pytest.raises(OrganizationUnverified):
        actions.submit_demand(session, unverified, demand_draft())


@pytest.mark.parametrize("days", [0, -1])
def test_a_demand_is_for_days_to_come(session, analyst, days):
    late = demand_draft(needed_until_on=clock.today() + timedelta(days=days))

    with pytest.raises(InvalidFields) as refused:
        actions.submit_demand(session, analyst, late)

    assert refused.value.problems[0].field == "needed_until_on"


@pytest.mark.parametrize("field", ["title", "purpose", "wanted_fields"])
def test_dm_03_a_text_that_tells_of_a_person_is_refused(field):
    with pytest.raises(ValidationError):
        demand_draft(**{field: "请联系经办人张某，电话 13812345678，他会说明用途和字段。"})


def test_a_published_demand_is_public_and_a_second_person_read_it(session, bureau_officer):
    demand = make_demand(session)

    assert demand.is_public
    assert demand.published_by == bureau_officer.id
    assert last_event(session) == DemandPublished(demand.id, demand.title)


def test_whoever_asked_does_not_answer(session, analyst):
    demand = make_demand(session)
    same_person = actor_of("bureau_officer", id=analyst.id)

    with pytest.raises(SecondPersonNeeded):
        actions.plan_demand(session, same_person, demand.id, answer_plan())


def test_a_returned_demand_is_mended_and_its_clock_starts_anew(session, analyst):
    demand = make_demand(session, DemandState.RETURNED)
    assert isinstance(last_event(session), DemandReturned)
    later = clock.now() + timedelta(days=30)

    with clock.frozen_at(later):
        draft = demand_draft(title="全市充电桩每月使用次数", is_named=True)
        actions.revise_demand(session, analyst, demand.id, draft)

    assert demand.state is DemandState.SUBMITTED
    assert demand.title == "全市充电桩每月使用次数"
    assert demand.submitted_at == later
    assert reads.find_asker(session, analyst, demand.id).is_named
    assert last_event(session) == DemandRevised(demand.id, demand.title, demand.answer_due_on)


def test_only_a_returned_demand_is_mended_and_only_by_who_asked(session, analyst):
    published = make_demand(session)
    returned = make_demand(session, DemandState.RETURNED)

    with pytest.raises(DemandStateForbids):
        actions.revise_demand(session, analyst, published.id, demand_draft())
    with pytest.raises(DemandNotFound):
        actions.revise_demand(session, company(session, "b"), returned.id, demand_draft())


def test_dm_02_an_organisation_joins_once(session):
    demand = make_demand(session)
    other = company(session, "b")

    actions.join_demand(session, other, demand.id, Joining())

    assert last_event(session) == DemandJoined(demand.id, demand.title, 2)
    with pytest.raises(AlreadyAsking):
        actions.join_demand(session, other, demand.id, Joining(is_named=True))


def test_dm_02_the_database_lets_nobody_join_twice(session, analyst):
    demand = make_demand(session)
    standing = reads.find_asker(session, analyst, demand.id)
    again = DemandAsker(
        id="dma_second",
        demand_id=demand.id,
        organization_id=standing.organization_id,
        person_id="usr_purchaser",
        is_named=False,
        joined_at=standing.joined_at,
    )
    session.add(again)

    with pytest.raises(IntegrityError, match="uq_demand_askers_once"):
        session.flush()


def test_dm_02_nobody_joins_what_is_not_public(session):
    demand = make_demand(session, DemandState.SUBMITTED)

    with pytest.raises(DemandNotFound):
        actions.join_demand(session, company(session, "b"), demand.id, Joining())


def test_dm_02_nobody_joins_after_the_last_day(session):
    demand = make_demand(session, needed_until_on=clock.today() + timedelta(days=1))
    other = company(session, "b")

    with clock.frozen_at(clock.now() + timedelta(days=2)), pytest.raises(DemandStateForbids):
        actions.join_demand(session, other, demand.id, Joining())


def test_dm_06_a_demand_lives_as_long_as_anybody_asks(session, analyst):
    demand = make_demand(session)
    other = company(session, "b")
    actions.join_demand(session, other, demand.id, Joining())

    actions.leave_demand(session, analyst, demand.id)

    assert demand.state is DemandState.PUBLISHED
    assert last_event(session) == DemandLeft(demand.id, demand.title, 1)
    with pytest.raises(NotAsking):
        actions.leave_demand(session, analyst, demand.id)
    actions.leave_demand(session, other, demand.id)
    assert demand.state is DemandState.WITHDRAWN
    assert not demand.is_public
    assert last_event(session) == DemandWithdrawn(demand.id, demand.title)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=10))
def test_dm_06_a_demand_is_withdrawn_exactly_when_nobody_asks(session, steps):
    demand = make_demand(session)
    who = {name: company(session, name) for name in "abc"}
    who["0"] = actor_of(Role.ANALYST)
    asking = {"0"}
    for name, joins in [*steps, ("0", False)]:
        if not asking:
            break
        if joins and name not in asking:
            actions.join_demand(session, who[name], demand.id, Joining())
            asking.add(name)
        elif not joins and name in asking:
            actions.leave_demand(session, who[name], demand.id)
            asking.discard(name)

        assert reads.count_askers(session, [demand.id]).get(demand.id, 0) == len(asking)
        assert (demand.state is DemandState.WITHDRAWN) == (not asking)


def test_dm_05_a_plan_says_what_and_by_when(session, bureau_officer):
    demand = make_demand(session)
    plan = answer_plan()

    actions.plan_demand(session, bureau_officer, demand.id, plan)

    assert (demand.state, demand.answer) == (DemandState.PLANNED, plan.answer)
    assert demand.answered_by == bureau_officer.id
    assert last_event(session) == DemandPlanned(
        demand.id, demand.title, plan.planned_until_on, plan.answer
    )


def test_dm_05_a_plan_is_not_for_a_day_gone_by(session, bureau_officer):
    demand = make_demand(session)

    with pytest.raises(InvalidFields):
        actions.plan_demand(session, bureau_officer, demand.id, answer_plan(days=0))

    assert demand.state is DemandState.PUBLISHED


@pytest.mark.parametrize(
    "state", [DemandState.SUBMITTED, DemandState.PUBLISHED, DemandState.PLANNED]
)
def test_dm_05_a_no_has_its_reason_at_any_time_before_the_end(session, bureau_officer, state):
    demand = make_demand(session, state)
    first = demand.answered_at

    actions.refuse_demand(session, bureau_officer, demand.id, refusal())

    assert (demand.state, demand.answer) == (DemandState.REFUSED, refusal().reason)
    assert demand.answered_at == (first or demand.ended_at)
    assert demand.is_public == (state is not DemandState.SUBMITTED)
    assert last_event(session) == DemandRefused(demand.id, demand.title, refusal().reason)


def test_dm_07_a_demand_becomes_a_product_on_sale(session, bureau_officer):
    demand = make_demand(session, DemandState.PLANNED)
    actions.join_demand(session, company(session, "b"), demand.id, Joining())
    product = make_product(session)

    address = f"http://localhost/products/{product.id}?tab=price"
    actions.fulfil_demand(session, bureau_officer, demand.id, ProductLink(product_id=address))

    assert (demand.state, demand.product_id) == (DemandState.FULFILLED, product.id)
    assert last_event(session) == DemandFulfilled(
        demand.id, demand.title, product.id, product.title, 2
    )


def test_dm_07_a_draft_or_unknown_product_answers_nothing(session, bureau_officer):
    demand = make_demand(session)
    draft = make_product(session, state=ProductState.DRAFT)

    for product_id in (draft.id, "prd_unknown"):
        link = ProductLink(product_id=product_id)
        with pytest.raises(InvalidFields) as refused:
            actions.fulfil_demand(session, bureau_officer, demand.id, link)
        assert refused.value.problems[0].field == "product_id"

    assert demand.state is DemandState.PUBLISHED


@pytest.mark.parametrize(
    "state", [DemandState.REFUSED, DemandState.WITHDRAWN, DemandState.RETURNED]
)
def test_what_has_ended_or_is_at_the_asker_is_not_answered(session, bureau_officer, state):
    demand = make_demand(session, state)

    with pytest.raises(DemandStateForbids):
        actions.plan_demand(session, bureau_officer, demand.id, answer_plan())


@pytest.mark.parametrize(
    "change",
    [
        {"state": DemandState.PLANNED},
        {"state": DemandState.WITHDRAWN},
        {"state": DemandState.FULFILLED},
        {"published_by": "usr_analyst"},
        {"answered_at": MONDAY},
        {"published_at": None},
    ],
)
def test_the_database_refuses_half_a_step(session, change):
    demand = make_demand(session)
    for name, value in change.items():
        setattr(demand, name, value)

    with pytest.raises(IntegrityError):
        session.flush()
