"""What remains true of a demand when several act at the same moment? Real commits, real locks."""

import pytest

from kernel.db import transaction
from market.accounts.roles import Role
from market.demands import actions, reads
from market.demands.models import Demand
from market.demands.rules import DemandState
from market.demands.schemas import Joining
from tests.factories.demands import company, make_demand
from tests.factories.market import actor_of
from tests.market.accounts.test_races import at_once

pytestmark = pytest.mark.usefixtures("own_database")


def published() -> str:
    with transaction() as session:
        return make_demand(session).id


def standing(demand_id):
    with transaction() as session:
        state = session.get_one(Demand, demand_id).state
        return state, reads.count_askers(session, [demand_id]).get(demand_id, 0)


def join(actor, demand_id):
    with transaction() as session:
        actions.join_demand(session, actor, demand_id, Joining())


def leave(actor, demand_id):
    with transaction() as session:
        actions.leave_demand(session, actor, demand_id)


def test_dm_02_of_six_clicks_of_one_organisation_one_joins():
    demand_id = published()
    with transaction() as session:
        other = company(session, "b")

    ends = at_once(*[lambda: join(other, demand_id)] * 6)

    assert ends == ["demand-joined-already"] * 5 + ["done"]
    assert standing(demand_id) == (DemandState.PUBLISHED, 2)


def test_dm_06_who_joins_while_the_last_one_leaves_is_in_or_told():
    demand_id = published()
    with transaction() as session:
        other = company(session, "b")

    ends = at_once(lambda: leave(actor_of(Role.ANALYST), demand_id), lambda: join(other, demand_id))

    state, askers = standing(demand_id)
    assert (state is DemandState.WITHDRAWN) == (askers == 0)
    assert (ends == ["done", "done"]) == (askers == 1)
    assert set(ends) <= {"done", "demand-state-forbids", "demand-not-found"}
