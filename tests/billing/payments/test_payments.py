"""Intend, call, settle: each step may be repeated, and money moves once."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from sqlalchemy.orm import Session

from billing.invoices import actions as invoices
from billing.invoices.rules import InvoiceState
from billing.ledger import reads as ledger
from billing.ledger.rules import AccountKind, AccountRef
from billing.orders import actions as orders
from billing.orders.models import Order
from billing.orders.reads import get_order
from billing.orders.rules import OrderState
from billing.payments import actions, reads, tasks
from billing.payments.events import PaymentFailed, PaymentMismatched
from billing.payments.models import PaymentIntent
from billing.payments.rules import (
    CheckoutFacts,
    CheckoutStatus,
    PaymentState,
    PayMethod,
    Trouble,
)
from billing.payments.stripe_gateway import Gateway, PaymentServiceDown
from demo.payment_emulator import Running
from kernel import clock, jobs
from kernel.actor import MissingPermission, OrganizationUnverified
from kernel.db import transaction
from kernel.money import Money
from kernel.settings import Settings
from licensing.licences import actions as licences
from licensing.licences.reads import get_licence
from licensing.licences.rules import LicenceState, PaymentTerms
from market.accounts.rules import Role
from tests.factories.billing import (
    BUYER,
    HOUSE,
    first_of_next_month,
    make_licence,
    make_order,
    purchaser,
    sold_product,
)
from tests.factories.catalogue import set_cap
from tests.factories.events import last_event, names_of_events
from tests.factories.market import actor_of, stored

CREATE = "POST /v1/checkout/sessions"
CLEARING = AccountRef(AccountKind.CLEARING)
WALLET = AccountRef(AccountKind.WALLET, BUYER)

pytestmark = pytest.mark.usefixtures("settings")


@pytest.fixture
def order(session: Session) -> Order:
    placed = make_order(session)
    session.commit()
    return placed


def begun(session: Session, order: Order) -> PaymentIntent:
    intent = actions.begin_payment(session, purchaser(session), order.id)
    session.commit()
    return intent


def opened(session: Session, order: Order) -> PaymentIntent:
    intent = begun(session, order)
    tasks.open_checkout(intent.id)
    session.refresh(intent)
    return intent


def choose(intent: PaymentIntent, outcome: str, method: str = "alipay") -> requests.Response:
    data = {"method": method, "outcome": outcome}
    address = str(intent.checkout_address)
    return requests.post(address, data=data, allow_redirects=False, timeout=5)


def look(session: Session, intent: PaymentIntent) -> PaymentIntent:
    tasks.look_at_checkout(intent.id)
    session.expire_all()
    return intent


def phase(session: Session, order: Order) -> OrderState:
    session.flush()
    session.expire_all()
    return get_order(session, HOUSE, order.id).phase


def test_beginning_writes_the_intent_and_asks_for_a_page_and_calls_nobody(
    session: Session, order: Order, emulator: Running
) -> None:
    intent = begun(session, order)

    assert (intent.phase, intent.amount) == (PaymentState.REQUESTED, Money(80_000))
    assert emulator.store.checkouts == {}
    waiting = session.query(jobs.Job).filter_by(task="payments.open_checkout").all()
    assert [job.arguments for job in waiting] == [{"payment_id": intent.id}]
    assert names_of_events(session)[-1] == "billing.payment_begun"


def test_beginning_again_gives_the_payment_that_is_under_way(
    session: Session, order: Order
) -> None:
    assert begun(session, order).id == begun(session, order).id


def test_the_page_is_opened_once_however_often_it_is_asked_for(
    session: Session, order: Order, emulator: Running
) -> None:
    intent = opened(session, order)
    tasks.open_checkout(intent.id)

    assert intent.phase is PaymentState.OPEN
    assert list(emulator.store.checkouts) == [intent.checkout_id]
    assert str(intent.checkout_address).startswith(emulator.api_base)


@pytest.mark.parametrize("method", ["alipay", "wechat_pay", "card"])
def test_paying_settles_the_order_and_lets_use_begin(
    session: Session, order: Order, method: str
) -> None:
    intent = opened(session, order)
    choose(intent, "paid", method)

    look(session, intent)

    assert (intent.phase, intent.way) == (PaymentState.SUCCEEDED, PayMethod(method))
    assert phase(session, order) is OrderState.PAID
    assert get_licence(session, HOUSE, order.licence_id).phase is LicenceState.ACTIVE
    assert ledger.balance(session, CLEARING) == Money(-80_000)
    assert ledger.sum_of_everything(session) == 0


def test_looking_ten_times_moves_money_once(session: Session, order: Order) -> None:
    intent = opened(session, order)
    choose(intent, "paid")
    look(session, intent)
    before, entries = names_of_events(session), ledger.count_entries(session)

    for _ in range(9):
        look(session, intent)

    assert names_of_events(session) == before
    assert ledger.count_entries(session) == entries


def test_a_declined_payment_is_said_and_the_page_stays_open(session: Session, order: Order) -> None:
    intent = opened(session, order)
    choose(intent, "declined", "card")

    look(session, intent)

    assert (intent.phase, intent.difficulty) == (PaymentState.OPEN, Trouble.DECLINED)
    choose(intent, "paid", "alipay")
    look(session, intent)
    assert (intent.phase, intent.difficulty) == (PaymentState.SUCCEEDED, None)


def test_an_expired_page_leaves_the_order_waiting_for_another_try(
    session: Session, order: Order, emulator: Running
) -> None:
    intent = opened(session, order)
    emulator.store.checkouts[str(intent.checkout_id)]["expires_at"] = 1

    look(session, intent)

    assert intent.phase is PaymentState.EXPIRED
    assert phase(session, order) is OrderState.PLACED
    assert names_of_events(session)[-1] == "billing.payment_expired"
    assert begun(session, order).id != intent.id


def test_while_the_service_is_down_the_intent_stays_and_the_page_says_so(
    session: Session, order: Order, emulator: Running
) -> None:
    intent = begun(session, order)
    emulator.faults.add(CREATE, "unavailable", times=2)

    with pytest.raises(PaymentServiceDown):
        tasks.open_checkout(intent.id)
    session.refresh(intent)
    assert (intent.phase, intent.difficulty) == (PaymentState.REQUESTED, Trouble.SERVICE_DOWN)

    tasks.open_checkout(intent.id)
    session.refresh(intent)
    assert (intent.phase, intent.difficulty) == (PaymentState.OPEN, None)


def test_a_job_that_meets_a_dead_service_is_tried_again_later(
    session: Session, order: Order, emulator: Running
) -> None:
    intent = begun(session, order)
    emulator.faults.add(CREATE, "unavailable", times=2)
    job = session.query(jobs.Job).filter_by(task="payments.open_checkout").one()

    jobs.run(job.id)
    session.refresh(job)
    assert (job.done_at, job.failed_at, job.attempts) == (None, None, 1)
    jobs.run(job.id)
    session.refresh(job)
    session.refresh(intent)

    assert job.done_at is not None
    assert intent.phase is PaymentState.OPEN


@pytest.mark.parametrize("fault", ["cut", "broken"])
def test_an_answer_lost_after_the_commit_makes_no_second_page(
    session: Session, order: Order, emulator: Running, fault: str
) -> None:
    intent = begun(session, order)
    emulator.faults.add(CREATE, fault, times=2)

    with pytest.raises(PaymentServiceDown):
        tasks.open_checkout(intent.id)
    tasks.open_checkout(intent.id)

    session.refresh(intent)
    assert list(emulator.store.checkouts) == [intent.checkout_id]


def test_what_the_service_refuses_for_good_fails_and_can_be_begun_again(
    session: Session, order: Order, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = begun(session, order)
    tasks.open_checkout(intent.id)
    session.refresh(intent)
    monkeypatch.setattr(intent, "state", "requested")
    session.commit()
    tasks.settings.use(settings.model_copy(update={"public_url": "http://elsewhere"}))

    tasks.open_checkout(intent.id)

    session.refresh(intent)
    assert (intent.phase, intent.difficulty) == (PaymentState.FAILED, Trouble.SERVICE_REFUSED)
    assert isinstance(last_event(session), PaymentFailed)


def facts(intent: PaymentIntent, **changes: object) -> CheckoutFacts:
    paid = CheckoutFacts(
        id=str(intent.checkout_id),
        status=CheckoutStatus.COMPLETE,
        is_paid=True,
        amount_minor=intent.amount_minor,
        currency="cny",
        payment_reference="pi_1",
        method=PayMethod.ALIPAY,
    )
    return replace(paid, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes", [{"amount_minor": 79_999}, {"amount_minor": 80_001}, {"currency": "usd"}]
)
def test_another_amount_or_currency_settles_nothing_and_becomes_an_event(
    session: Session, order: Order, changes: dict[str, object]
) -> None:
    intent = opened(session, order)

    actions.settle(session, HOUSE, intent.id, facts(intent, **changes))

    assert intent.phase is PaymentState.MISMATCHED
    assert phase(session, order) is OrderState.PLACED
    assert ledger.count_entries(session) == 0
    event = last_event(session)
    assert isinstance(event, PaymentMismatched)
    assert event.clause == "BL-05"
    actions.settle(session, HOUSE, intent.id, facts(intent))
    assert ledger.count_entries(session) == 0


def test_a_slow_bank_is_waited_for(session: Session, order: Order) -> None:
    intent = opened(session, order)

    actions.settle(session, HOUSE, intent.id, facts(intent, is_paid=False))
    assert intent.phase is PaymentState.PROCESSING
    actions.settle(session, HOUSE, intent.id, facts(intent))

    assert phase(session, order) is OrderState.PAID


def test_a_slow_bank_that_refuses_fails_the_payment(session: Session, order: Order) -> None:
    intent = opened(session, order)
    actions.settle(session, HOUSE, intent.id, facts(intent, is_paid=False))

    actions.settle(session, HOUSE, intent.id, facts(intent, is_paid=False, is_declined=True))

    assert (intent.phase, intent.difficulty) == (PaymentState.FAILED, Trouble.DECLINED)


def test_a_page_that_the_service_forgot_fails_the_payment(
    session: Session, order: Order, emulator: Running
) -> None:
    intent = opened(session, order)
    emulator.store.checkouts.clear()

    look(session, intent)

    assert (intent.phase, intent.difficulty) == (PaymentState.FAILED, Trouble.UNKNOWN_TO_SERVICE)


def test_a_payment_given_up_closes_its_page_and_another_can_begin(
    session: Session, order: Order, gateway: Gateway
) -> None:
    intent = opened(session, order)

    actions.abandon(session, purchaser(session), intent.id)
    session.commit()
    jobs.run_everything()
    session.expire_all()

    assert (intent.phase, intent.difficulty) == (PaymentState.FAILED, Trouble.ABANDONED)
    assert choose(intent, "paid").status_code == 400
    assert begun(session, order).id != intent.id


def test_a_payment_given_up_before_its_page_was_made_closes_the_page_when_it_comes(
    session: Session, order: Order, gateway: Gateway, emulator: Running
) -> None:
    intent = begun(session, order)
    actions.abandon(session, purchaser(session), intent.id)
    session.commit()
    late = gateway.open_checkout(
        tasks.CheckoutRequest(
            intent.id, f"{intent.id}:checkout", intent.title, intent.amount, "http://a", "http://a"
        )
    )

    actions.note_checkout(session, HOUSE, intent.id, late)
    session.commit()
    jobs.run_everything()

    assert emulator.store.checkouts[late.id]["status"] == "expired"


def test_cancelling_the_order_closes_the_page(
    session: Session, order: Order, emulator: Running
) -> None:
    intent = opened(session, order)

    orders.cancel(session, purchaser(session), order.id, "采购计划变更")
    session.commit()
    jobs.run_everything()
    session.expire_all()

    assert (intent.phase, intent.difficulty) == (PaymentState.FAILED, Trouble.ORDER_ENDED)
    assert emulator.store.checkouts[str(intent.checkout_id)]["status"] == "expired"


def paid_too_late(session: Session, order: Order) -> PaymentIntent:
    """Paid at the provider in the moment in which the order was cancelled here."""
    intent = opened(session, order)
    choose(intent, "paid")
    orders.cancel(session, purchaser(session), order.id, "采购计划变更")
    session.commit()
    return intent


def test_money_for_a_cancelled_order_is_the_buyers_own_and_goes_back(
    session: Session, order: Order, emulator: Running
) -> None:
    intent = paid_too_late(session, order)

    look(session, intent)
    assert intent.phase is PaymentState.RETURNING
    assert ledger.balance(session, WALLET) == Money(80_000)

    jobs.run_everything()
    session.expire_all()

    assert intent.phase is PaymentState.RETURNED
    assert phase(session, order) is OrderState.CANCELLED
    [refund] = emulator.store.refunds.values()
    assert (refund["amount"], refund["id"]) == (80_000, intent.refund_reference)
    assert ledger.balance(session, WALLET) == Money(0)
    assert ledger.balance(session, CLEARING) == Money(0)
    assert ledger.imbalances(session) == []
    assert "billing.surplus_received" in names_of_events(session)
    assert "billing.refund_made" in names_of_events(session)


def test_giving_back_twice_gives_back_once(
    session: Session, order: Order, emulator: Running
) -> None:
    intent = paid_too_late(session, order)
    look(session, intent)
    emulator.faults.add("POST /v1/refunds", "cut", times=2)

    with pytest.raises(PaymentServiceDown):
        tasks.give_back(intent.id)
    tasks.give_back(intent.id)
    tasks.give_back(intent.id)

    assert len(emulator.store.refunds) == 1
    session.expire_all()
    assert ledger.balance(session, WALLET) == Money(0)


def test_money_for_a_licence_that_has_ended_goes_back(session: Session, order: Order) -> None:
    intent = opened(session, order)
    choose(intent, "paid")
    licences.end(session, HOUSE, order.licence_id, "双方同意解除")
    session.commit()

    look(session, intent)

    assert intent.phase is PaymentState.RETURNING


def test_a_second_payment_of_one_order_goes_back(session: Session, order: Order) -> None:
    first = opened(session, order)
    actions.abandon(session, purchaser(session), first.id)
    second = opened(session, order)
    for intent in (first, second):
        choose(intent, "paid")

    look(session, first)
    look(session, second)
    jobs.run_everything()
    session.expire_all()

    assert (first.phase, second.phase) == (PaymentState.SUCCEEDED, PaymentState.RETURNED)
    assert phase(session, order) is OrderState.PAID
    assert ledger.balance(session, CLEARING) == Money(-80_000)


def test_a_price_above_todays_cap_is_refused_at_the_charge(session: Session) -> None:
    product = sold_product(session)
    order = make_order(session, make_licence(session, product.id))
    set_cap(session, product, "0.79")

    with pytest.raises(orders.ChargeForbidden) as refusal:
        actions.begin_payment(session, purchaser(session), order.id)
    assert refusal.value.clause == "PR-04"


def test_only_the_buyers_verified_purchaser_pays(session: Session, order: Order) -> None:
    for role in (Role.ANALYST, Role.OPERATOR, Role.BUREAU_APPROVER):
        with pytest.raises(MissingPermission):
            actions.begin_payment(session, stored(session, actor_of(role)), order.id)
    with pytest.raises(OrganizationUnverified):
        actions.begin_payment(session, actor_of(Role.PURCHASER, verified=False), order.id)
    stranger = actor_of(Role.PURCHASER, organization_id="org_other", id="usr_other")
    with pytest.raises(orders.reads.OrderNotFound):
        actions.begin_payment(session, stranger, order.id)


def test_others_payments_do_not_exist(session: Session, order: Order) -> None:
    intent = begun(session, order)
    others = [
        actor_of(Role.PURCHASER, organization_id="org_other", id="usr_other"),
        actor_of(Role.OPERATOR),
        actor_of(Role.BUREAU_APPROVER),
    ]

    for actor in others:
        with pytest.raises(reads.PaymentNotFound):
            reads.get_payment(session, actor, intent.id)
        with pytest.raises(reads.PaymentNotFound):
            actions.abandon(session, actor, intent.id)
    assert reads.get_payment(session, stored(session, actor_of(Role.ANALYST)), intent.id)
    with pytest.raises(MissingPermission):
        actions.abandon(session, actor_of(Role.ANALYST), intent.id)


def test_what_is_paid_cannot_be_paid_or_given_up_again(session: Session, order: Order) -> None:
    intent = opened(session, order)
    choose(intent, "paid")
    look(session, intent)

    with pytest.raises(orders.OrderStateForbids):
        actions.begin_payment(session, purchaser(session), order.id)
    with pytest.raises(actions.PaymentStateForbids):
        actions.abandon(session, purchaser(session), intent.id)


def test_an_invoice_is_paid_the_same_way(session: Session) -> None:
    order = make_order(session, payment=PaymentTerms.INVOICE.value)
    with clock.frozen_at(clock.day_start(first_of_next_month(clock.today()))):
        [invoice] = invoices.issue_past_months(session, HOUSE)
    intent = actions.begin_invoice_payment(session, purchaser(session), invoice.id)
    session.commit()
    tasks.open_checkout(intent.id)
    session.refresh(intent)
    choose(intent, "paid")

    look(session, intent)

    session.refresh(invoice)
    assert invoice.phase is InvoiceState.SETTLED
    assert phase(session, order) is OrderState.PAID
    assert ledger.balance(session, AccountRef(AccountKind.RECEIVABLE, BUYER)) == Money(0)


def test_a_lost_notice_is_made_up_for_by_looking(session: Session, order: Order) -> None:
    intent = opened(session, order)
    choose(intent, "paid")

    with clock.frozen_at(clock.now() + timedelta(seconds=60)):
        tasks.look_at_open_payments()
        jobs.run_everything()

    session.expire_all()
    assert intent.phase is PaymentState.SUCCEEDED


def test_an_order_that_somebody_is_paying_is_not_cancelled_as_overdue(
    session: Session, order: Order
) -> None:
    intent = opened(session, order)
    with clock.frozen_at(clock.now() + timedelta(days=20)):
        tasks.cancel_overdue_orders()
        assert phase(session, order) is OrderState.PLACED

        actions.abandon(session, purchaser(session), intent.id)
        session.commit()
        tasks.cancel_overdue_orders()
        assert phase(session, order) is OrderState.CANCELLED


@pytest.mark.parametrize("seed", range(5))
def test_looks_in_any_order_with_faults_end_in_one_payment(
    session: Session, order: Order, emulator: Running, seed: int
) -> None:
    chance = random.Random(seed)
    intent = opened(session, order)
    steps = ["decline", "look", "look", "pay", "look", "look", "cut", "look", "look"]
    chance.shuffle(steps)
    for step in steps:
        match step:
            case "decline":
                choose(intent, "declined")
            case "pay":
                choose(intent, "paid")
            case "cut":
                emulator.faults.add("GET /v1/checkout/sessions", "cut", times=1)
            case _:
                look(session, intent)
    look(session, intent)

    assert intent.phase is PaymentState.SUCCEEDED
    assert phase(session, order) is OrderState.PAID
    assert ledger.balance(session, CLEARING) == Money(-80_000)
    assert ledger.count_entries(session) == 5


def test_a_transaction_is_not_open_while_the_service_is_called(
    session: Session, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = begun(session, order)
    seen: list[bool] = []
    original = Gateway.open_checkout

    def watched(self: Gateway, request: tasks.CheckoutRequest) -> CheckoutFacts:
        with transaction():
            seen.append(True)  # opening one proves that none was open
        return original(self, request)

    monkeypatch.setattr(Gateway, "open_checkout", watched)
    tasks.open_checkout(intent.id)

    assert seen == [True]
