"""An order takes the licence's price by value, and lets use begin when it is settled."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from billing.ledger import reads as ledger
from billing.ledger.rules import AccountKind, AccountRef
from billing.orders import actions, reads
from billing.orders.events import OrderCancelled, OrderFulfilled, OrderPaid
from billing.orders.models import Order
from billing.orders.rules import Obstacle, OrderState
from billing.orders.tasks import close_order
from kernel import clock, relay
from kernel.actor import MissingPermission, OrganizationUnverified
from kernel.money import Money
from licensing.entitlements.reads import allowances_of
from licensing.licences import actions as licences
from licensing.licences.events import LicenceEnded
from licensing.licences.models import Licence
from licensing.licences.reads import LicenceNotFound, get_licence
from licensing.licences.rules import LicenceState, PaymentTerms
from market.accounts.rules import Role
from market.catalogue import actions as catalogue
from market.catalogue.rules import VerdictKind, VerdictState
from market.organizations.reads import get_organization
from tests.factories.billing import (
    BUREAU,
    BUYER,
    HOUSE,
    OPERATOR,
    approver,
    make_licence,
    make_order,
    make_shares,
    open_for_queries,
    order_draft,
    purchaser,
    sold_product,
)
from tests.factories.catalogue import make_product, make_source, push, set_cap
from tests.factories.events import last_event, names_of_events
from tests.factories.licensing import make_agreement
from tests.factories.market import actor_of, stored


def granted(session: Session, licence: Licence) -> dict[str, Decimal]:
    return {row.kind: row.granted for row in allowances_of(session, licence.id)}


def phase(session: Session, licence: Licence) -> LicenceState:
    return get_licence(session, HOUSE, licence.id).phase


def test_nobody_orders_queries_that_cannot_be_asked(session: Session) -> None:
    product = make_product(session, source := make_source(session))
    make_agreement(session, [source])
    make_shares(session, product.id)
    licence = make_licence(session, product.id)

    with pytest.raises(actions.QueriesNotReady):
        actions.place(session, purchaser(session), order_draft(licence.id))

    open_for_queries(session, product)
    assert actions.place(session, purchaser(session), order_draft(licence.id))


def test_placing_takes_the_licences_price_and_waits_for_payment(session: Session) -> None:
    licence = make_licence(session, units=1000, unit_price="0.80")

    order = actions.place(session, purchaser(session), order_draft(licence.id, "PO-7"))

    assert (order.phase, order.amount, order.tax) == (
        OrderState.PLACED,
        Money.of_yuan("800.00"),
        Money.of_yuan("45.28"),
    )
    assert (order.purchase_number, order.units, order.share_version) == ("PO-7", 1000, 1)
    assert (order.buyer_id, order.supplier_id, order.bureau_id) == (BUYER, OPERATOR, BUREAU)
    assert order.due_on == clock.today() + timedelta(days=15)
    assert phase(session, licence) is LicenceState.SIGNED
    assert names_of_events(session)[-1] == "billing.order_placed"
    assert ledger.count_entries(session) == 0


def test_a_later_price_does_not_reach_a_signed_licence(session: Session) -> None:
    product = sold_product(session)
    licence = make_licence(session, product.id, units=10, unit_price="0.50")

    order = make_order(session, licence)

    assert order.amount == Money.of_yuan("5.00")


def test_a_use_that_is_free_by_law_is_paid_at_zero_and_active_at_once(session: Session) -> None:
    product = sold_product(session, is_shared=False)
    licence = make_licence(
        session, product.id, unit_price="0", payment=PaymentTerms.FREE.value, epsilon=Decimal("2.5")
    )

    order = make_order(session, licence)

    assert (order.phase, order.amount) == (OrderState.PAID, Money(0))
    assert phase(session, licence) is LicenceState.ACTIVE
    assert granted(session, licence) == {"calls": Decimal(1000), "epsilon": Decimal("2.5")}
    assert ledger.count_entries(session) == 0
    assert "billing.order_paid" in names_of_events(session)


def test_on_invoice_terms_the_amount_is_owed_and_use_begins(session: Session) -> None:
    licence = make_licence(session, payment=PaymentTerms.INVOICE.value)

    order = make_order(session, licence)

    assert (order.phase, order.on_account_on) == (OrderState.PLACED, clock.today())
    assert not order.waits_for_payment
    assert phase(session, licence) is LicenceState.ACTIVE
    owed = ledger.balance(session, AccountRef(AccountKind.RECEIVABLE, BUYER))
    assert owed == Money.of_yuan("-800.00")
    assert ledger.balance(session, AccountRef(AccountKind.PAYABLE, BUREAU)) == Money(45_283)
    assert ledger.sum_of_everything(session) == 0
    assert "billing.order_put_on_account" in names_of_events(session)
    assert "billing.order_paid" not in names_of_events(session)


def test_a_paid_order_is_shared_activates_the_licence_and_grants_what_was_bought(
    session: Session,
) -> None:
    order = make_order(session)
    licence = get_licence(session, HOUSE, order.licence_id)

    actions.mark_paid(session, HOUSE, order.id)

    assert (order.phase, order.paid_on) == (OrderState.PAID, clock.today())
    assert phase(session, licence) is LicenceState.ACTIVE
    assert granted(session, licence) == {"calls": Decimal(1000), "epsilon": Decimal(1)}
    assert ledger.balance(session, AccountRef(AccountKind.CLEARING)) == Money(-80_000)
    assert ledger.sum_of_everything(session) == 0
    names = names_of_events(session)
    assert {"billing.order_paid", "billing.revenue_shared", "licensing.licence_activated"} <= {
        *names
    }


def test_marking_paid_ten_times_moves_money_once(session: Session) -> None:
    order = make_order(session)
    actions.mark_paid(session, HOUSE, order.id)
    before = names_of_events(session)

    for _ in range(9):
        actions.mark_paid(session, HOUSE, order.id)

    assert names_of_events(session) == before
    assert ledger.count_entries(session) == 5


def test_the_paid_event_says_what_the_books_need(session: Session) -> None:
    order = make_order(session)
    actions.mark_paid(session, HOUSE, order.id)

    paid = next(e for e in events(session) if isinstance(e, OrderPaid))

    assert (paid.amount_minor, paid.tax_minor, paid.currency) == (80_000, 4_528, "CNY")
    assert (paid.order_id, paid.buyer_id, paid.paid_on) == (order.id, BUYER, clock.today())


def events(session: Session) -> list[object]:
    from kernel.events import EventLog  # noqa: PLC0415 - only this test reads the rows

    return [row.event() for row in session.query(EventLog).order_by(EventLog.seq)]


def test_a_time_unit_grants_no_calls(session: Session) -> None:
    product = sold_product(session)
    licence = make_licence(
        session, product.id, unit="year", units=1, unit_price="0", payment=PaymentTerms.FREE.value
    )

    make_order(session, licence)

    assert granted(session, licence) == {"epsilon": Decimal(1)}


def test_a_second_order_for_one_licence_leads_to_the_first(session: Session) -> None:
    order = make_order(session)

    with pytest.raises(actions.OrderExists) as refusal:
        actions.place(session, purchaser(session), order_draft(order.licence_id))
    assert refusal.value.order_id == order.id


def test_after_a_cancelled_order_the_licence_can_be_ordered_again(session: Session) -> None:
    order = make_order(session)
    actions.cancel(session, purchaser(session), order.id, "采购计划变更")

    again = actions.place(session, purchaser(session), order_draft(order.licence_id))

    assert again.id != order.id
    assert again.waits_for_payment


@pytest.mark.parametrize("state", ["offered", "active", "suspended"])
def test_only_a_licence_signed_by_both_sides_can_be_ordered(session: Session, state: str) -> None:
    licence = make_licence(session, state=state)

    with pytest.raises(actions.LicenceNotReady):
        actions.place(session, purchaser(session), order_draft(licence.id))


def test_without_a_share_rule_the_refusal_says_who_must_set_it(session: Session) -> None:
    product = sold_product(session, is_shared=False)
    licence = make_licence(session, product.id)

    with pytest.raises(actions.SharesMissing) as refusal:
        actions.place(session, purchaser(session), order_draft(licence.id))
    assert refusal.value.bureau == get_organization(session, BUREAU).name
    assert refusal.value.clause == "BL-04"
    make_shares(session, product.id)
    assert actions.place(session, purchaser(session), order_draft(licence.id))


def test_another_buyers_licence_does_not_exist(session: Session) -> None:
    licence = make_licence(session, buyer_id="org_somebody_else")

    with pytest.raises(LicenceNotFound):
        actions.place(session, purchaser(session), order_draft(licence.id))


def test_the_supplier_cannot_order_for_the_buyer(session: Session) -> None:
    licence = make_licence(session)

    with pytest.raises(MissingPermission):
        actions.place(session, stored(session, actor_of(Role.OPERATOR)), order_draft(licence.id))


def test_the_buyers_analyst_may_look_and_not_order(session: Session) -> None:
    order = make_order(session)
    analyst = stored(session, actor_of(Role.ANALYST))

    assert reads.get_order(session, analyst, order.id) is order
    with pytest.raises(MissingPermission):
        actions.cancel(session, analyst, order.id, "不需要了")


def test_an_unverified_buyer_may_not_order(session: Session) -> None:
    licence = make_licence(session)
    buyer = actor_of(Role.PURCHASER, verified=False)

    with pytest.raises(OrganizationUnverified) as refusal:
        actions.place(session, buyer, order_draft(licence.id))
    assert refusal.value.clause == "SU-25"


def test_a_price_above_todays_cap_is_not_charged(session: Session) -> None:
    product = sold_product(session)
    licence = make_licence(session, product.id)
    set_cap(session, product, "0.79")

    with pytest.raises(actions.ChargeForbidden) as refusal:
        actions.place(session, purchaser(session), order_draft(licence.id))
    assert (refusal.value.obstacle, refusal.value.clause) == (Obstacle.ABOVE_CAP, "PR-04")


def test_a_cap_lowered_after_the_order_stops_the_payment(session: Session) -> None:
    product = sold_product(session)
    order = make_order(session, make_licence(session, product.id))
    set_cap(session, product, "0.79")

    with pytest.raises(actions.ChargeForbidden):
        actions.require_payable(session, purchaser(session), order.id)


def test_without_an_authorisation_nothing_is_charged(session: Session) -> None:
    product = sold_product(session, is_authorised=False)
    licence = make_licence(session, product.id)

    with pytest.raises(actions.ChargeForbidden) as refusal:
        actions.place(session, purchaser(session), order_draft(licence.id))
    assert refusal.value.obstacle is Obstacle.NOT_AUTHORISED


def test_a_suspended_product_is_not_charged(session: Session) -> None:
    product = sold_product(session)
    licence = make_licence(session, product.id)
    catalogue.suspend_product(session, approver(session), product.id, "核查中")

    with pytest.raises(actions.ChargeForbidden) as refusal:
        actions.place(session, purchaser(session), order_draft(licence.id))
    assert refusal.value.obstacle is Obstacle.NOT_ON_SALE


def test_a_product_stopped_by_the_regulator_is_not_charged(session: Session) -> None:
    product = sold_product(session)
    licence = make_licence(session, product.id)
    push(session, VerdictKind.ORDERED, product.id, state=VerdictState.FAILS, clause="SU-20")

    with pytest.raises(actions.ChargeForbidden):
        actions.place(session, purchaser(session), order_draft(licence.id))


def test_strangers_see_no_order(session: Session) -> None:
    order = make_order(session)
    strangers = [
        actor_of(Role.PURCHASER, organization_id="org_other", id="usr_1"),
        actor_of(Role.OPERATOR, organization_id="org_other", id="usr_2"),
        actor_of(Role.BUREAU_APPROVER, organization_id="org_other", id="usr_3"),
        actor_of(Role.APPRAISER),
    ]

    for stranger in strangers:
        with pytest.raises(reads.OrderNotFound):
            reads.get_order(session, stranger, order.id)
        assert reads.list_orders(session, stranger).items == []
    for side in (Role.OPERATOR, Role.BUREAU_OFFICER, Role.PURCHASER, Role.REGULATOR):
        assert reads.get_order(session, stored(session, actor_of(side)), order.id)


def test_cancelling_says_why_and_twice_changes_nothing(session: Session) -> None:
    order = make_order(session)
    actions.cancel(session, purchaser(session), order.id, "采购计划变更")
    before = names_of_events(session)
    event = last_event(session)

    actions.cancel(session, purchaser(session), order.id, "又一次")

    assert (order.phase, order.cancelled_reason) == (OrderState.CANCELLED, "采购计划变更")
    assert isinstance(event, OrderCancelled)
    assert names_of_events(session) == before


def test_what_is_paid_or_owed_is_not_cancelled(session: Session) -> None:
    paid = make_order(session)
    actions.mark_paid(session, HOUSE, paid.id)
    owed = make_order(session, payment=PaymentTerms.INVOICE.value)

    for order in (paid, owed):
        with pytest.raises(actions.OrderStateForbids):
            actions.cancel(session, purchaser(session), order.id, "不要了")


def test_a_cancelled_order_is_never_marked_paid(session: Session) -> None:
    order = make_order(session)
    actions.cancel(session, purchaser(session), order.id, "不要了")

    with pytest.raises(actions.OrderStateForbids):
        actions.mark_paid(session, HOUSE, order.id)
    assert ledger.count_entries(session) == 0


def overdue(session: Session, order: Order, days: int, keep: frozenset[str]) -> int:
    later = clock.now() + timedelta(days=days)
    with clock.frozen_at(later):
        return actions.cancel_overdue(session, HOUSE, keep)


def test_an_order_stands_on_its_last_day_and_falls_on_the_next(session: Session) -> None:
    order = make_order(session)

    assert overdue(session, order, 15, frozenset()) == 0
    assert overdue(session, order, 16, frozenset({order.id})) == 0
    assert order.phase is OrderState.PLACED
    assert overdue(session, order, 16, frozenset()) == 1
    assert order.phase is OrderState.CANCELLED


def ended(session: Session, order: Order) -> None:
    event = LicenceEnded(order.licence_id, order.product_id, order.title, order.buyer_id, "期满")
    fact = relay.Fact(1, "evt_1", event.name, clock.now(), "system", "system:test", None)
    close_order(session, event, fact)


def test_with_the_licence_a_paid_order_is_fulfilled(session: Session) -> None:
    order = make_order(session)
    actions.mark_paid(session, HOUSE, order.id)

    ended(session, order)
    ended(session, order)

    assert (order.phase, order.fulfilled_on) == (OrderState.FULFILLED, clock.today())
    assert isinstance(last_event(session), OrderFulfilled)
    assert names_of_events(session).count("billing.order_fulfilled") == 1


def test_with_the_licence_an_unpaid_order_is_void(session: Session) -> None:
    order = make_order(session)

    ended(session, order)

    assert order.phase is OrderState.CANCELLED


def test_an_order_whose_licence_has_ended_waits_for_no_money(session: Session) -> None:
    order = make_order(session)
    assert reads.still_waits(session, order)

    licences.end(session, HOUSE, order.licence_id, "双方同意解除")

    assert not reads.still_waits(session, order)
