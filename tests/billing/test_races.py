"""Many at once: one order, one payment, one transfer, and nobody waits for ever."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from billing.ledger import reads as ledger
from billing.ledger.rules import AccountKind, AccountRef
from billing.orders import actions as orders
from billing.orders.models import Order
from billing.orders.rules import OrderState
from billing.payments import actions as payments
from billing.payments.models import PaymentIntent
from billing.payments.rules import CheckoutFacts, CheckoutStatus, PaymentState
from billing.shares.actions import set_shares
from billing.shares.reads import current_rule
from kernel.db import transaction
from kernel.errors import Conflict
from kernel.money import Money
from tests.factories.billing import (
    BUREAU,
    HOUSE,
    OPERATOR,
    approver,
    make_licence,
    make_order,
    order_draft,
    purchaser,
    shares_draft,
    sold_product,
)

pytestmark = pytest.mark.usefixtures("own_database")
CLEARING = AccountRef(AccountKind.CLEARING)


def at_once(acts: list[Callable[[], object]]) -> Counter[str]:
    """Run all in threads; count what each came to."""

    def run(act: Callable[[], object]) -> str:
        try:
            act()
        except Conflict as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(run, acts))


def test_one_licence_ordered_by_many_at_once_is_ordered_once() -> None:
    with transaction() as session:
        buyer, licence_id = purchaser(session), make_licence(session).id

    def place() -> None:
        with transaction() as session:
            orders.place(session, buyer, order_draft(licence_id))

    outcome = at_once([place] * 8)

    assert outcome == {"done": 1, "order-exists": 7}


def test_one_order_paid_by_many_clicks_has_one_payment(own_database: Engine) -> None:
    with transaction() as session:
        order_id, buyer = make_order(session).id, purchaser(session)

    def begin() -> None:
        with transaction() as session:
            payments.begin_payment(session, buyer, order_id)

    assert at_once([begin] * 8) == {"done": 8}
    with transaction() as session:
        assert session.query(PaymentIntent).count() == 1


def begun_payment() -> tuple[str, str]:
    with transaction() as session:
        order = make_order(session)
        return order.id, payments.begin_payment(session, purchaser(session), order.id).id


def paid(payment_id: str) -> CheckoutFacts:
    return CheckoutFacts(
        id=f"cs_{payment_id}",
        status=CheckoutStatus.COMPLETE,
        is_paid=True,
        amount_minor=80_000,
        currency="cny",
        payment_reference=f"pi_{payment_id}",
    )


def test_one_payment_settled_by_many_looks_moves_money_once(own_database: Engine) -> None:
    order_id, payment_id = begun_payment()

    def settle() -> None:
        with transaction() as session:
            payments.settle(session, HOUSE, payment_id, paid(payment_id))

    assert at_once([settle] * 8) == {"done": 8}
    with transaction() as session:
        assert session.get_one(Order, order_id).phase is OrderState.PAID
        assert ledger.count_entries(session) == 5
        assert ledger.balance(session, CLEARING) == Money(-80_000)


@pytest.mark.parametrize("_round", range(4))
def test_paid_and_cancelled_at_once_ends_in_one_or_the_other(
    own_database: Engine, _round: int
) -> None:
    order_id, payment_id = begun_payment()

    def settle() -> None:
        with transaction() as session:
            payments.settle(session, HOUSE, payment_id, paid(payment_id))

    def cancel() -> None:
        with transaction() as session:
            orders.cancel(session, purchaser(session), order_id, "采购计划变更")

    at_once([settle, cancel, settle, cancel])

    with transaction() as session:
        order = session.get_one(Order, order_id)
        intent = session.get_one(PaymentIntent, payment_id)
        ends = {
            OrderState.PAID: PaymentState.SUCCEEDED,
            OrderState.CANCELLED: PaymentState.RETURNING,
        }
        assert intent.phase is ends[order.phase]
        assert ledger.sum_of_everything(session) == 0
        assert ledger.balance(session, CLEARING) == Money(-80_000)


def test_share_rules_set_at_once_get_versions_without_gap(own_database: Engine) -> None:
    with transaction() as session:
        product_id = sold_product(session, is_shared=False).id
        by = approver(session)

    def set_to(percent: int) -> Callable[[], None]:
        def act() -> None:
            parts = (BUREAU, f"0.{percent}"), (OPERATOR, f"0.{100 - percent}")
            with transaction() as session:
                set_shares(session, by, product_id, shares_draft(*parts))

        return act

    assert at_once([set_to(percent) for percent in range(51, 59)]) == {"done": 8}
    with transaction() as session:
        rule = current_rule(session, product_id)
        assert rule is not None
        assert rule.version == 8
