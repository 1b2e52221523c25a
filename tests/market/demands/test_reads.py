"""Does each purpose of reading show what it should and nothing more?"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from kernel import clock
from market.catalogue.listing import Scenario
from market.demands import actions, reads
from market.demands.reads import DemandNotFound
from market.demands.rules import DemandState
from market.demands.schemas import BoardQuestion, Joining
from market.organizations.models import Organization
from tests.factories.demands import answer_plan, company, demand_draft, make_demand, refusal
from tests.factories.market import actor_of

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HIDDEN = {DemandState.SUBMITTED, DemandState.RETURNED, DemandState.WITHDRAWN}


@pytest.mark.parametrize("state", [s for s in DemandState if s is not DemandState.FULFILLED])
def test_dm_03_the_board_shows_published_demands_only(session, state):
    demand = make_demand(session, state)

    shown = [one.id for one in reads.list_board(session, BoardQuestion()).items]

    assert shown == ([] if state in HIDDEN else [demand.id])
    if state in HIDDEN:
        with pytest.raises(DemandNotFound):
            reads.get_public(session, demand.id)
        with pytest.raises(DemandNotFound):
            reads.get_demand(session, None, demand.id)


def test_dm_03_only_those_who_agreed_are_named(session, analyst):
    demand = make_demand(session)
    named, silent = company(session, "b"), company(session, "c")
    session.get_one(Organization, named.organization_id).name = "愿意公开的企业"
    session.get_one(Organization, silent.organization_id).name = "不愿公开的企业"
    actions.join_demand(session, named, demand.id, Joining(is_named=True))
    actions.join_demand(session, silent, demand.id, Joining())

    shown = reads.get_public(session, demand.id)

    assert (shown.askers, shown.named) == (3, ["愿意公开的企业"])
    told = json.dumps(shown.model_dump(mode="json"), ensure_ascii=False)
    own = session.get_one(Organization, analyst.organization_id)
    for secret in ("不愿公开的企业", own.name, analyst.id, str(analyst.organization_id)):
        assert secret not in told


def test_the_board_is_filtered_by_scenario_and_state(session):
    planned = make_demand(session, DemandState.PLANNED, scenario=Scenario.HEALTH)
    make_demand(session, scenario=Scenario.TRANSPORT)

    by_both = BoardQuestion(scenario=Scenario.HEALTH, state=DemandState.PLANNED)

    assert [one.id for one in reads.list_board(session, by_both).items] == [planned.id]
    other = BoardQuestion(scenario=Scenario.WEATHER)
    assert reads.list_board(session, other).items == []
    hidden = BoardQuestion(state=DemandState.WITHDRAWN)
    assert reads.list_board(session, hidden).items == []


def test_ones_own_demands_are_seen_by_ones_own_organisation(session, analyst):
    demand = make_demand(session, DemandState.SUBMITTED)
    colleague = actor_of("purchaser")
    stranger = company(session, "b")

    assert [one.id for one in reads.list_own(session, colleague)] == [demand.id]
    assert reads.get_case(session, colleague, demand.id) is demand
    assert list(reads.list_own(session, stranger)) == []
    with pytest.raises(DemandNotFound):
        reads.get_demand(session, stranger, demand.id)


def test_the_desk_lists_what_waits_for_the_bureau_soonest_first(session, bureau_officer):
    with clock.frozen_at(clock.now() - timedelta(days=60)):
        late = make_demand(session)
    soon = make_demand(session, DemandState.SUBMITTED)
    planned = make_demand(session, DemandState.PLANNED)
    for state in (DemandState.RETURNED, DemandState.REFUSED, DemandState.WITHDRAWN):
        make_demand(session, state)

    waiting = [one.id for one in reads.list_waiting(session, bureau_officer)]

    assert waiting == [late.id, soon.id, planned.id]


def test_the_figures_count_by_state_scenario_and_month(session, bureau_officer):
    with clock.frozen_at(MONDAY):
        quick = make_demand(session, scenario=Scenario.HEALTH)
        slow, unanswered = make_demand(session), make_demand(session)
    with clock.frozen_at(MONDAY + timedelta(days=1)):
        actions.refuse_demand(session, bureau_officer, quick.id, refusal())
    with clock.frozen_at(MONDAY + timedelta(days=21)):  # the fifteenth working day
        actions.plan_demand(session, bureau_officer, slow.id, answer_plan())
        figures = reads.get_statistics(session, bureau_officer)

    states = {row.state: row.demands for row in figures.by_state}
    assert states == {DemandState.REFUSED: 1, DemandState.PLANNED: 1, unanswered.state: 1}
    scenarios = {row.scenario: row.demands for row in figures.by_scenario}
    assert scenarios == {Scenario.HEALTH: 1, Scenario.TRANSPORT: 2}
    assert [(row.month.isoformat(), row.demands) for row in figures.by_month] == [("2026-03-01", 3)]
    assert (figures.answered, figures.answered_late, figures.overdue) == (2, 1, 1)
    assert figures.median_working_days == Decimal(8)


def test_a_month_is_the_civil_month_of_the_place(session, analyst, bureau_officer):
    with clock.frozen_at(datetime(2026, 3, 31, 17, 0, tzinfo=UTC)):  # 1 April in Shanghai
        actions.submit_demand(session, analyst, demand_draft())

    months = [
        row.month.isoformat() for row in reads.get_statistics(session, bureau_officer).by_month
    ]

    assert months == ["2026-04-01"]


def test_figures_without_any_demand_are_empty(session, bureau_officer):
    figures = reads.get_statistics(session, bureau_officer)

    assert (figures.by_state, figures.answered, figures.median_working_days) == ([], 0, None)
