"""Do people who act at the same moment leave books without a gap, a double or a half?"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError

from kernel.actor import Actor
from kernel.db import transaction
from tests.factories.books import (
    make_books,
    make_candidate,
    make_cost,
    make_decision,
    make_use,
)
from tests.factories.market import actor_of, stored
from tests.factories.valuation import YUAN
from valuation.assets import actions as assets
from valuation.assets.models import AmortisationCharge
from valuation.assets.rules import AssetStateWrong
from valuation.books import actions
from valuation.books.models import AccountingEntity, Voucher
from valuation.books.rules import Account, spend_as_expense
from valuation.books.schemas import VoucherFacts
from valuation.recognitions import actions as recognitions
from valuation.recognitions.models import BookedCost

MONTH = date(2024, 6, 1)
pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def clerk() -> Actor:
    return actor_of("finance_clerk")


@pytest.fixture
def entity_id(own_database: Engine, clerk: Actor) -> str:
    with transaction() as session:
        stored(session, clerk)
        return make_books(session, clerk).id


def test_vouchers_posted_at_once_are_numbered_without_gap_or_double(
    clerk: Actor, entity_id: str
) -> None:
    def post(number: int) -> None:
        with transaction() as session:
            entity = session.get_one(AccountingEntity, entity_id)
            posting = spend_as_expense(YUAN(number + 1), YUAN(0), Account.BANK)
            facts = VoucherFacts(MONTH, "培训费", "csr_1")
            actions.post_voucher(session, clerk, entity, posting, facts)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(post, range(24)))

    with transaction() as session:
        numbers = session.scalars(select(Voucher.number).order_by(Voucher.number)).all()
    assert list(numbers) == list(range(1, 25))


def test_two_clerks_who_decide_at_once_book_the_costs_once(clerk: Actor, entity_id: str) -> None:
    with transaction() as session:
        entity = session.get_one(AccountingEntity, entity_id)
        asset_id = make_candidate(session, clerk, entity).id
        make_cost(session, clerk, 720)

    def decide(_: int) -> bool:
        try:
            with transaction() as session:
                recognitions.decide(session, clerk, asset_id, make_decision())
        except AssetStateWrong:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        decided = list(pool.map(decide, range(4)))

    with transaction() as session:
        booked = session.scalars(select(BookedCost)).all()
    assert decided.count(True) == 1
    assert len(booked) == 1


def test_two_month_ends_at_once_charge_each_month_once(clerk: Actor, entity_id: str) -> None:
    with transaction() as session:
        entity = session.get_one(AccountingEntity, entity_id)
        asset = make_candidate(session, clerk, entity)
        make_cost(session, clerk, 720)
        recognitions.decide(session, clerk, asset.id, make_decision())
        assets.put_into_use(session, clerk, asset.id, make_use(MONTH, 72))

    def month_end(_: int) -> int:
        with transaction() as session:
            return assets.run_month_end(session, clerk, entity_id, date(2024, 12, 1))

    with ThreadPoolExecutor(4) as pool:
        charged = list(pool.map(month_end, range(4)))

    with transaction() as session:
        months = session.scalars(
            select(AmortisationCharge.month_on).order_by(AmortisationCharge.month_on)
        ).all()
    assert sorted(charged) == [0, 0, 0, 7]
    assert [month.month for month in months] == [6, 7, 8, 9, 10, 11, 12]


def test_a_voucher_that_does_not_balance_cannot_be_committed(clerk: Actor, entity_id: str) -> None:
    statement = text(
        "INSERT INTO accounting_periods (entity_id, month_on, last_number) VALUES (:e, :m, 1);"
        "INSERT INTO vouchers (id, entity_id, month_on, number, posted_on, business, text,"
        " source_id, line_count, content_sha256, prepared_by, prepared_at) VALUES"
        " ('vch_1', :e, :m, 1, :m, 'expense', 'x', 'x', 2, 'x', 'x', now());"
        "INSERT INTO voucher_lines (voucher_id, position, account, debit_minor, credit_minor)"
        " VALUES ('vch_1', 1, '6602', 1, 0), ('vch_1', 2, '1002', 0, 2)"
    )

    with pytest.raises(IntegrityError, match="does not balance"), transaction() as session:
        for one in statement.text.split(";"):
            session.execute(text(one), {"e": entity_id, "m": MONTH} if ":e" in one else {})
