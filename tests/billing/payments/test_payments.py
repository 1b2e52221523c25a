"""Intend, call, settle: each step may be repeated, and money moves once."""

import pytest
from sqlalchemy.orm import Session

from billing.invoices import actions as invoices
from billing.invoices.rules import InvoiceState
from billing.ledger import reads as ledger
from billing.ledger.rules import AccountKind, AccountRef
from billing.orders import actions as orders
from billing.orders.models import Order
from billing.orders.rules import OrderState
from billing.payments import actions, tasks
from billing.payments.events import PaymentFailed, PaymentMismatched
from billing.payments.rules import (
    PaymentState,
    PayMethod,
    Trouble,
)
from billing.payments.stripe_gateway import Gateway, PaymentServiceDown
from demo.payment_emulator import Running
from kernel import clock, jobs
from kernel.money import Money
from kernel.settings import Settings
from licensing.licences.reads import get_licence
from licensing.licences.rules import LicenceState, PaymentTerms
from tests.billing.payments.paying import (
    CLEARING,
    CREATE,
    begun,
    choose,
    facts,
    look,
    opened,
    phase,
)
from tests.factories.billing import (
    BUYER,
    HOUSE,
    first_of_next_month,
    make_order,
    purchaser,
)
from tests.factories.events import last_event, names_of_events

pytestmark = pytest.mark.usefixtures("settings")


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
