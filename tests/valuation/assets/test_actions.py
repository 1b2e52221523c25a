"""Is an asset charged, written down, refused and taken out exactly as the rules say?"""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from kernel.actor import Actor
from tests.factories.books import (
    make_candidate,
    make_cost,
    make_decision,
    make_use,
    on_day,
)
from tests.factories.events import last_event
from tests.factories.valuation import YUAN
from tests.valuation.assets.keeping import (
    READY,
)
from valuation.assets import actions
from valuation.assets.models import DataAsset
from valuation.assets.rules import (
    AssetState,
    AssetStateWrong,
    AssetUse,
    DayOutOfRange,
    LifeNotPositive,
)
from valuation.books import reads as books
from valuation.books.actions import PeriodLocked, close_period
from valuation.books.models import AccountingEntity
from valuation.books.rules import Account
from valuation.recognitions import actions as recognitions


def test_amortisation_begins_in_the_month_ready(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    assert (in_use.amortise_from_on, in_use.amortise_until_on) == (
        date(2024, 4, 1),
        date(2025, 4, 1),
    )
    assert last_event(session).name == "valuation.asset_ready_for_use"


def test_life_is_cut_to_the_right(
    session: Session, finance_clerk: Actor, bought: DataAsset
) -> None:
    use = make_use(READY, 60).model_copy(update={"right_ends_on": date(2024, 10, 1)})

    actions.put_into_use(session, finance_clerk, bought.id, use)

    assert bought.amortise_until_on == date(2024, 10, 1)


def test_a_right_that_ends_at_once_leaves_no_life(
    session: Session, finance_clerk: Actor, bought: DataAsset
) -> None:
    use = make_use(READY, 60).model_copy(update={"right_ends_on": date(2024, 4, 30)})

    with pytest.raises(LifeNotPositive):
        actions.put_into_use(session, finance_clerk, bought.id, use)


def test_an_asset_is_not_ready_before_it_came_nor_in_the_future(
    session: Session, finance_clerk: Actor, bought: DataAsset
) -> None:
    with on_day(date(2024, 5, 1)):
        for day in (date(2024, 4, 1), date(2024, 5, 2)):
            with pytest.raises(DayOutOfRange):
                actions.put_into_use(session, finance_clerk, bought.id, make_use(day, 12))
        actions.put_into_use(session, finance_clerk, bought.id, make_use(date(2024, 4, 2), 12))


def test_an_asset_is_put_into_use_once(
    session: Session, finance_clerk: Actor, in_use: DataAsset
) -> None:
    with pytest.raises(AssetStateWrong):
        actions.put_into_use(session, finance_clerk, in_use.id, make_use(READY, 24))


def test_a_closed_month_is_no_month_to_begin_in(
    session: Session, finance_clerk: Actor, bought: DataAsset
) -> None:
    with on_day(date(2024, 6, 1)):
        close_period(session, finance_clerk, bought.entity_id, READY)

        with pytest.raises(PeriodLocked):
            actions.put_into_use(session, finance_clerk, bought.id, make_use(READY, 12))


def test_development_moves_into_the_asset_when_ready(
    session: Session, finance_clerk: Actor, entity: AccountingEntity
) -> None:
    asset = make_candidate(session, finance_clerk, entity)
    make_cost(session, finance_clerk, 720)
    recognitions.decide(session, finance_clerk, asset.id, make_decision())
    assert asset.stands is AssetState.DEVELOPING

    actions.put_into_use(
        session, finance_clerk, asset.id, make_use(date(2024, 7, 1), 72, AssetUse.SERVICE)
    )

    assert asset.stands is AssetState.RECOGNISED
    balances = books.account_balances(session, entity.id, date(2024, 7, 1))
    assert balances[Account.RESEARCH_CAPITALISED] == 0
    assert balances[Account.INTANGIBLE] == YUAN(720).minor


# --- month end -----------------------------------------------------------------------------------
