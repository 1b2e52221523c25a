"""Entries sum to zero, one key posts once, floors hold."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from billing.ledger import reads
from billing.ledger.actions import BalanceTooLow, KeyReused, post_transfer
from billing.ledger.kinds import TransferKind
from billing.ledger.rules import AccountKind, AccountRef, Leg, LegsUnsound, TransferDraft
from kernel.actor import Actor
from kernel.db import transaction
from kernel.money import Money

SYSTEM = Actor.system("test")
CLEARING = AccountRef(AccountKind.CLEARING)
BUREAU = AccountRef(AccountKind.PAYABLE, "org_bureau")
OPERATOR = AccountRef(AccountKind.PAYABLE, "org_operator")
WALLET = AccountRef(AccountKind.WALLET, "org_buyer")


def payment(key: str = "ord_1", bureau: int = 60, operator: int = 40) -> TransferDraft:
    legs = (
        Leg(CLEARING, Money(-bureau - operator)),
        Leg(BUREAU, Money(bureau)),
        Leg(OPERATOR, Money(operator)),
    )
    return TransferDraft(key, TransferKind.PAYMENT, key, date(2026, 3, 1), legs)


def wallet(key: str, amount: int) -> TransferDraft:
    legs = (Leg(WALLET, Money(amount)), Leg(CLEARING, Money(-amount)))
    return TransferDraft(key, TransferKind.TOP_UP, key, date(2026, 3, 1), legs)


def test_a_transfer_moves_money_and_everything_sums_to_zero(session: Session) -> None:
    post_transfer(session, SYSTEM, payment())

    assert reads.balance(session, BUREAU) == Money(60)
    assert reads.balance(session, CLEARING) == Money(-100)
    assert reads.sum_of_everything(session) == 0
    assert reads.imbalances(session) == []


def test_the_same_key_posts_once(session: Session) -> None:
    first = post_transfer(session, SYSTEM, payment())
    again = post_transfer(session, SYSTEM, payment())

    assert first == again
    assert reads.count_entries(session) == 3


def test_one_key_cannot_mean_two_things(session: Session) -> None:
    post_transfer(session, SYSTEM, payment())

    with pytest.raises(KeyReused):
        post_transfer(session, SYSTEM, payment(bureau=61))


def test_a_wallet_goes_down_to_nothing_and_not_below(session: Session) -> None:
    post_transfer(session, SYSTEM, wallet("in", 100))
    post_transfer(session, SYSTEM, wallet("out", -100))

    with pytest.raises(BalanceTooLow):
        post_transfer(session, SYSTEM, wallet("more", -1))
    assert reads.balance(session, WALLET) == Money(0)
    assert reads.imbalances(session) == []


@pytest.mark.parametrize("table", ["transfers", "entries"])
def test_nobody_changes_what_was_posted(session: Session, table: str) -> None:
    post_transfer(session, SYSTEM, payment())

    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(f"DELETE FROM {table}"))


def test_the_application_may_only_call_the_function(own_database: Engine) -> None:
    with own_database.begin() as owner:
        if not owner.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = 'market_app'")):
            pytest.skip("this server has no role market_app; the embedded one has")
        allowed = {
            table: owner.scalar(
                text("SELECT has_table_privilege('market_app', :table, 'INSERT,UPDATE,DELETE')"),
                {"table": table},
            )
            for table in ("ledger_accounts", "transfers", "entries", "event_log", "jobs")
        }
        event_update = owner.scalar(
            text("SELECT has_table_privilege('market_app', 'event_log', 'UPDATE,DELETE,TRUNCATE')")
        )

    assert allowed == {
        "ledger_accounts": False,
        "transfers": False,
        "entries": False,
        "event_log": True,
        "jobs": True,
    }
    assert event_update is False


def test_the_database_itself_refuses_legs_that_do_not_sum_to_zero(session: Session) -> None:
    statement = text(
        "SELECT post_transfer('t','k','h','payment','s','2026-03-01',now(),'',NULL,'CNY',"
        "ARRAY['a','b'],ARRAY['clearing','payable'],ARRAY['',''],ARRAY[NULL,NULL]::bigint[],"
        "ARRAY[-100,99]::bigint[])"
    )

    with pytest.raises(DBAPIError, match="unsound"), session.begin_nested():
        session.execute(statement)


@given(st.lists(st.integers(-(10**12), 10**12), min_size=2, max_size=6))
def test_legs_are_sound_exactly_when_they_sum_to_zero_and_none_is_zero(amounts: list[int]) -> None:
    legs = tuple(
        Leg(AccountRef(AccountKind.PAYABLE, f"org_{i}"), Money(amount))
        for i, amount in enumerate(amounts)
    )
    is_sound = sum(amounts) == 0 and 0 not in amounts

    if is_sound:
        TransferDraft("k", TransferKind.PAYMENT, "s", date(2026, 1, 1), legs)
    else:
        with pytest.raises(LegsUnsound):
            TransferDraft("k", TransferKind.PAYMENT, "s", date(2026, 1, 1), legs)


def test_parallel_spenders_never_overdraw_a_wallet(own_database: Engine) -> None:
    with transaction() as session:
        post_transfer(session, SYSTEM, wallet("in", 1000))

    def spend(number: int) -> bool:
        try:
            with transaction() as session:
                post_transfer(session, SYSTEM, wallet(f"out-{number}", -70))
            return True
        except BalanceTooLow:
            return False

    with ThreadPoolExecutor(16) as pool:
        spent = sum(pool.map(spend, range(50)))

    with transaction() as session:
        assert spent == 14
        assert reads.balance(session, WALLET) == Money(1000 - 14 * 70)
        assert reads.imbalances(session) == []
        assert reads.sum_of_everything(session) == 0
