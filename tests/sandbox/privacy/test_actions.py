from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.actor import Actor, MissingPermission
from kernel.db import transaction
from kernel.events import EventLog
from sandbox.policies.rules import Caps
from sandbox.privacy import actions, reads
from sandbox.privacy.actions import BudgetLacking, Charge
from sandbox.privacy.models import Budget, Spend, SpendShare
from sandbox.privacy.reads import Holders
from sandbox.privacy.rules import Purse, SpendState
from tests.factories.market import actor_of

HOUSE = Actor.system("test")
HOLDERS = Holders(licence_id="lic_1", buyer_id="org_b", product_id="prd_1", family_id="dts_1")
CAPS = Caps(
    licence_epsilon=Decimal(1),
    buyer_epsilon=Decimal(2),
    product_epsilon=Decimal(3),
    family_epsilon=Decimal(4),
)
NOISY = {"values": [[1]], "scales": [2.0]}


def charge(key: str = "q", epsilon: str = "0.1", **changes: object) -> Charge:
    made = Charge(HOLDERS, CAPS, "ext_1", key, Decimal(epsilon), Decimal("0.1"))
    return replace(made, **changes)


def pay(session: Session, wanted: Charge) -> Spend:
    budgets = actions.lock_purses(session, HOUSE, wanted)
    return actions.spend(session, HOUSE, wanted, budgets)


def spent(session: Session) -> dict[Purse, Decimal]:
    session.flush()
    return {Purse(b.purse): b.spent_epsilon for b in session.scalars(select(Budget))}


def names(session: Session) -> list[str]:
    session.flush()
    return list(session.scalars(select(EventLog.name).order_by(EventLog.seq)))


def test_one_charge_is_made_to_all_four_purses(session):
    made = pay(session, charge(epsilon="0.25"))

    assert spent(session) == dict.fromkeys(Purse, Decimal("0.25"))
    assert made.state == SpendState.CHARGED
    assert session.scalar(select(func.count()).select_from(SpendShare)) == 4
    assert names(session) == ["sandbox.budget_opened"] * 4 + ["sandbox.budget_spent"]


@pytest.mark.parametrize(("epsilon", "fits"), [("1", True), ("1.000001", False)])
def test_a_purse_may_be_emptied_and_not_overdrawn(session, epsilon, fits):
    if fits:
        pay(session, charge(epsilon=epsilon))
        assert spent(session)[Purse.LICENCE] == 1
    else:
        with pytest.raises(BudgetLacking) as caught:
            pay(session, charge(epsilon=epsilon))
        assert caught.value.purse is Purse.LICENCE
        assert spent(session) == dict.fromkeys(Purse, Decimal(0))


def test_a_second_licence_opens_no_second_purse_of_the_buyer(session):
    for number in (1, 2):
        pay(
            session, charge(f"q{number}", "1", holders=replace(HOLDERS, licence_id=f"lic_{number}"))
        )

    with pytest.raises(BudgetLacking) as caught:
        pay(session, charge("q3", "0.1", holders=replace(HOLDERS, licence_id="lic_3")))

    assert caught.value.purse is Purse.BUYER


def test_another_product_of_the_same_data_draws_from_the_same_family(session):
    for number in range(4):
        holders = Holders(f"lic_{number}", f"org_{number}", f"prd_{number}", "dts_1")
        pay(session, charge(f"q{number}", "1", holders=holders))

    with pytest.raises(BudgetLacking) as caught:
        pay(session, charge("q", "0.1", holders=Holders("lic_9", "org_9", "prd_9", "dts_1")))

    assert caught.value.purse is Purse.FAMILY


def test_buyers_who_act_together_stop_at_the_lifetime_of_the_product(session):
    for number in range(3):
        pay(
            session,
            charge(
                "q", "1", holders=replace(HOLDERS, licence_id=f"l{number}", buyer_id=f"b{number}")
            ),
        )

    with pytest.raises(BudgetLacking) as caught:
        pay(session, charge("q", "0.1", holders=replace(HOLDERS, licence_id="l9", buyer_id="b9")))

    assert caught.value.purse is Purse.PRODUCT


def test_new_caps_neither_refill_nor_raise_an_open_purse(session):
    pay(session, charge(epsilon="1"))
    wider = Caps(**{name: value * 10 for name, value in CAPS.model_dump().items()})

    with pytest.raises(BudgetLacking):
        pay(session, charge("another", "0.1", caps=wider))


def test_a_usual_query_that_no_longer_fits_is_announced_once(session):
    pay(session, charge("a", "0.85"))
    assert "sandbox.budget_exhausted" not in names(session)

    pay(session, charge("b", "0.1"))
    pay(session, charge("c", "0.05"))

    assert names(session).count("sandbox.budget_exhausted") == 1


def test_an_equal_question_of_the_buyer_is_found_while_it_is_paid_or_answered(session):
    paid = pay(session, charge("equal"))

    assert reads.find_equal(session, "org_b", "equal") is paid
    assert reads.find_equal(session, "org_other", "equal") is None
    actions.answer(session, paid.id, NOISY)
    assert reads.find_equal(session, "org_b", "equal").answer == NOISY


def test_the_database_refuses_a_second_charge_for_an_equal_question(session):
    pay(session, charge("equal"))

    with pytest.raises(IntegrityError):
        pay(session, charge("equal"))


def test_the_first_answer_counts(session):
    paid = pay(session, charge())

    assert actions.answer(session, paid.id, NOISY) is paid
    assert actions.answer(session, paid.id, {"values": [[2]], "scales": [2.0]}) is None
    assert paid.answer == NOISY


def test_a_refund_restores_every_purse_once_and_is_recorded(session):
    paid = pay(session, charge(epsilon="0.3"))

    assert actions.refund(session, HOUSE, paid.id) is paid
    assert actions.refund(session, HOUSE, paid.id) is None

    assert spent(session) == dict.fromkeys(Purse, Decimal(0))
    assert session.scalar(select(func.sum(SpendShare.epsilon))) == 0
    assert names(session)[-1] == "sandbox.budget_refunded"


def test_what_was_answered_or_failed_is_never_given_back(session):
    answered, failed = pay(session, charge("a")), pay(session, charge("b"))
    actions.answer(session, answered.id, NOISY)
    actions.fail(session, failed.id)

    assert actions.refund(session, HOUSE, answered.id) is None
    assert actions.refund(session, HOUSE, failed.id) is None
    assert spent(session)[Purse.LICENCE] == Decimal("0.2")


def test_after_a_failure_the_question_can_be_asked_and_paid_again(session):
    actions.fail(session, pay(session, charge("again")).id)

    assert pay(session, charge("again")).state == SpendState.CHARGED


def test_open_statistics_cost_nothing_and_touch_no_purse(session):
    made = pay(session, charge(epsilon="0", caps=None))

    assert made.epsilon == 0
    assert spent(session) == {}


def test_only_who_sets_policies_opens_the_purses_of_a_product(session):
    bureau, analyst = actor_of("bureau_officer"), actor_of("analyst")
    wanted = {"product_id": "prd_1", "family_id": "dts_1", "caps": CAPS, "bureau_id": "org_bureau"}

    opened = actions.open_budgets(session, bureau, **wanted)

    assert {(b.purse, b.limit_epsilon) for b in opened} == {("product", 3), ("family", 4)}
    assert actions.open_budgets(session, bureau, **wanted) == []
    with pytest.raises(MissingPermission):
        actions.open_budgets(session, analyst, **wanted)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE privacy_budgets SET spent_epsilon = limit_epsilon + 0.000001",
        "UPDATE privacy_budgets SET spent_epsilon = -0.1",
        "UPDATE privacy_spend_shares SET epsilon = 0.01",
        "DELETE FROM privacy_spend_shares",
    ],
)
def test_the_database_itself_keeps_the_book(session, change):
    pay(session, charge())
    session.flush()

    with pytest.raises(IntegrityError if "budgets" in change else Exception):
        session.execute(text(change))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(0, 3), st.sampled_from(["0.1", "0.25", "0.7", "1"])),
        st.tuples(st.sampled_from(["refund", "answer", "fail"]), st.integers(0, 9), st.just("")),
    ),
    max_size=25,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_whatever_happens_the_book_adds_up_and_no_cap_is_passed(session, steps):
    with session.begin_nested() as nested:
        made: list[Spend] = []
        for place, (act, number, epsilon) in enumerate(steps):
            if act == "pay":
                holders = replace(HOLDERS, licence_id=f"lic_{number}", buyer_id=f"org_{number % 2}")
                try:
                    made.append(pay(session, charge(f"q{place}", epsilon, holders=holders)))
                except BudgetLacking:
                    continue
            elif made:
                chosen = made[number % len(made)].id
                if act == "refund":
                    actions.refund(session, HOUSE, chosen)
                elif act == "answer":
                    actions.answer(session, chosen, NOISY)
                else:
                    actions.fail(session, chosen)
        session.flush()
        for budget in session.scalars(select(Budget)):
            booked = session.scalar(
                select(func.sum(SpendShare.epsilon)).where(SpendShare.budget_id == budget.id)
            )
            owed = sum(
                spend.epsilon
                for spend in made
                if spend.state != SpendState.REFUNDED
                and budget.holder_id in {h for _, h, _ in holders_of(spend).purses(CAPS)}
            )
            assert budget.spent_epsilon == (booked or 0) == owed
            assert 0 <= budget.spent_epsilon <= budget.limit_epsilon
        nested.rollback()


def holders_of(spend: Spend) -> Holders:
    return Holders(spend.licence_id, spend.buyer_id, spend.product_id, spend.family_id)


def test_fifty_clients_at_once_never_overspend(own_database: Engine):
    """Real commits: 50 threads, ten licences of five buyers, one product of 3 with 0.07 a query."""

    def ask(number: int) -> bool:
        holders = replace(HOLDERS, licence_id=f"lic_{number % 10}", buyer_id=f"org_{number % 5}")
        try:
            with transaction() as session:
                pay(session, charge(f"q{number}", "0.07", holders=holders))
        except BudgetLacking:
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        accepted = list(pool.map(ask, range(100)))

    with Session(own_database) as session:
        budgets = {b.holder_id: b for b in session.scalars(select(Budget))}
        total = session.scalar(select(func.sum(Spend.epsilon)))
    assert sum(accepted) == 42  # 3 // 0.07
    assert budgets["prd_1"].spent_epsilon == total == Decimal("2.94")
    assert all(b.spent_epsilon <= b.limit_epsilon for b in budgets.values())
    assert budgets["dts_1"].spent_epsilon == total


def test_an_equal_question_asked_fifty_times_at_once_is_paid_once(own_database: Engine):
    def ask(_: int) -> str:
        with transaction() as session:
            wanted = charge("equal")
            budgets = actions.lock_purses(session, HOUSE, wanted)
            found = reads.find_equal(session, "org_b", "equal")
            return (found or actions.spend(session, HOUSE, wanted, budgets)).id

    with ThreadPoolExecutor(50) as pool:
        answers = set(pool.map(ask, range(50)))

    with Session(own_database) as session:
        assert session.scalar(select(func.sum(Spend.epsilon))) == Decimal("0.1")
    assert len(answers) == 1


def test_a_refund_that_is_tried_by_many_at_once_happens_once(own_database: Engine):
    with transaction() as session:
        paid = pay(session, charge(epsilon="0.5")).id

    def give_back(_: int) -> bool:
        with transaction() as session:
            return actions.refund(session, HOUSE, paid) is not None

    with ThreadPoolExecutor(20) as pool:
        done = list(pool.map(give_back, range(20)))

    with Session(own_database) as session:
        assert {b.spent_epsilon for b in session.scalars(select(Budget))} == {Decimal(0)}
    assert sum(done) == 1
