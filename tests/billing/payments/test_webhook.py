"""Only a fresh notice signed by the provider is taken, and each of its signatures once."""

import json
import random
import time
from threading import Thread
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from billing.ledger import reads as ledger
from billing.ledger.rules import AccountKind, AccountRef
from billing.orders.models import Order
from billing.orders.reads import get_order
from billing.orders.rules import OrderState
from billing.payments import actions, tasks
from billing.payments.models import PaymentIntent, WebhookReceipt
from billing.payments.rules import PaymentState
from demo.payment_emulator import Running, run_in_thread
from demo.payment_webhooks import signature
from kernel import jobs, settings
from kernel.events import ActRefused, EventLog
from kernel.money import Money
from tests.billing.payments.conftest import SECRET
from tests.factories.billing import HOUSE, make_order, purchaser

CLEARING = AccountRef(AccountKind.CLEARING)
STARTED = int(time.time())


@pytest.fixture
def order(session: Session, client: FlaskClient) -> Order:
    placed = make_order(session)
    session.commit()
    return placed


@pytest.fixture
def intent(session: Session, order: Order) -> PaymentIntent:
    made = actions.begin_payment(session, purchaser(session), order.id)
    session.commit()
    tasks.open_checkout(made.id)
    session.refresh(made)
    return made


def choose(intent: PaymentIntent, outcome: str) -> None:
    data = {"method": "alipay", "outcome": outcome}
    requests.post(str(intent.checkout_address), data=data, allow_redirects=False, timeout=5)


def deliver(
    client: FlaskClient, event: Any, *, secret: str = SECRET, age_seconds: int = 0, stamp: str = ""
) -> TestResponse:
    """age_seconds: before the start of this module, so that equal ages are equal stamps."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    given = stamp or signature(body, secret, STARTED - age_seconds)
    return client.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": given})


def refusals(session: Session) -> list[ActRefused]:
    rows = session.query(EventLog).filter_by(name=ActRefused.name).order_by(EventLog.seq)
    return [ActRefused.from_payload(row.payload) for row in rows]


def phase(session: Session, order: Order) -> OrderState:
    session.expire_all()
    return get_order(session, HOUSE, order.id).phase


def test_a_signed_notice_is_kept_and_answered_and_settles_the_order(
    client: FlaskClient, session: Session, order: Order, intent: PaymentIntent, emulator: Running
) -> None:
    choose(intent, "paid")
    event = emulator.store.events[-1]

    answer = deliver(client, event)

    assert (answer.status_code, answer.get_json()) == (200, {"received": True})
    receipt = session.get_one(WebhookReceipt, event["id"])
    assert (receipt.kind, receipt.payment_id) == ("checkout.session.completed", intent.id)
    assert phase(session, order) is OrderState.PLACED
    jobs.run_everything()
    assert phase(session, order) is OrderState.PAID
    assert receipt.applied_at is not None


def test_a_forged_notice_is_refused_recorded_and_without_effect(
    client: FlaskClient, session: Session, order: Order, intent: PaymentIntent, emulator: Running
) -> None:
    choose(intent, "paid")

    answer = deliver(client, emulator.store.events[-1], secret="whsec_attacker")

    assert (answer.status_code, answer.get_json()["fault"]) == (400, "forged")
    [refusal] = refusals(session)
    assert (refusal.code, refusal.clause) == ("webhook-refused", "BL-06")
    assert session.query(WebhookReceipt).count() == 0
    jobs.run_everything()
    assert phase(session, order) is OrderState.PLACED


def test_a_changed_body_is_a_forgery(
    client: FlaskClient, intent: PaymentIntent, emulator: Running
) -> None:
    choose(intent, "paid")
    event = emulator.store.events[-1]
    body = json.dumps(event).encode()
    stamp = signature(body, SECRET, int(time.time()))

    answer = deliver(client, body.replace(b"80000", b"1"), stamp=stamp)

    assert (answer.status_code, answer.get_json()["fault"]) == (400, "forged")


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"age_seconds": 310}, "old"),
        ({"stamp": "t=1,v1=0"}, "forged"),
        ({"stamp": "nonsense"}, "forged"),
    ],
)
def test_a_stale_or_broken_stamp_is_refused(
    client: FlaskClient, intent: PaymentIntent, arguments: dict[str, Any], fault: str
) -> None:
    answer = deliver(client, {"id": "evt_1"}, **arguments)

    assert (answer.status_code, answer.get_json()["fault"]) == (400, fault)


def test_without_a_signature_nothing_is_taken(client: FlaskClient, intent: PaymentIntent) -> None:
    answer = client.post("/webhooks/stripe", data=b"{}")

    assert (answer.status_code, answer.get_json()["fault"]) == (400, "unsigned")


def test_the_same_signature_twice_is_a_replay(
    client: FlaskClient, session: Session, intent: PaymentIntent, emulator: Running
) -> None:
    choose(intent, "paid")
    body = json.dumps(emulator.store.events[-1]).encode()
    stamp = signature(body, SECRET, int(time.time()))

    first, again = deliver(client, body, stamp=stamp), deliver(client, body, stamp=stamp)

    assert (first.status_code, again.status_code) == (200, 400)
    assert again.get_json()["fault"] == "replayed"
    assert len(refusals(session)) == 1
    assert session.query(WebhookReceipt).one().deliveries == 1


@pytest.mark.parametrize(
    ("kind", "chinese", "english"),
    [
        ("unsigned", "没有签名", "it is not signed"),
        ("forged", "签名不符", "its signature does not match"),
        ("old", "时间戳过期", "its time stamp is too old"),
        ("replayed", "重复使用同一签名", "the same signature was used before"),
    ],
)
def test_a_refused_notice_says_what_to_do_and_leaves_the_order_as_it_is(
    client: FlaskClient,
    session: Session,
    order: Order,
    kind: str,
    chinese: str,
    english: str,
) -> None:
    body = json.dumps({"id": "evt_1", "type": "x", "data": {"object": {"id": "cs_1"}}}).encode()
    stamps = {
        "unsigned": "",
        "forged": signature(body, "whsec_attacker", STARTED),
        "old": signature(body, SECRET, STARTED - 310),
        "replayed": signature(body, SECRET, STARTED),
    }
    headers = {"Stripe-Signature": stamps[kind]}
    if kind == "replayed":
        client.post("/webhooks/stripe", data=body, headers=headers)

    said = [
        client.post("/webhooks/stripe", data=body, headers=headers | {"Accept-Language": language})
        for language in ("zh", "en")
    ]

    assert [answer.status_code for answer in said] == [400, 400]
    assert said[0].get_json()["detail"] == (
        f"支付通知被拒绝：{chinese}。通知没有任何效果；请核对签名密钥和时钟后由支付服务重发。"
    )
    assert said[1].get_json()["detail"].startswith(f"Payment notice refused: {english}.")
    jobs.run_everything()
    assert phase(session, order) is OrderState.PLACED


def test_a_repeated_delivery_with_a_stamp_of_its_own_is_counted(
    client: FlaskClient, session: Session, intent: PaymentIntent, emulator: Running
) -> None:
    choose(intent, "paid")
    event = emulator.store.events[-1]

    answers = [deliver(client, event, age_seconds=age).status_code for age in range(10)]

    assert answers == [200] * 10
    assert session.query(WebhookReceipt).one().deliveries == 10


@pytest.mark.parametrize("seed", range(4))
def test_ten_deliveries_of_each_notice_in_any_order_move_money_once(
    client: FlaskClient,
    session: Session,
    order: Order,
    intent: PaymentIntent,
    emulator: Running,
    seed: int,
) -> None:
    choose(intent, "declined")
    choose(intent, "paid")
    deliveries = [(event, age) for event in emulator.store.events for age in range(10)]
    random.Random(seed).shuffle(deliveries)

    for number, (event, age) in enumerate(deliveries):
        assert deliver(client, event, age_seconds=age).status_code == 200
        if number % 7 == 0:
            jobs.run_everything()
    jobs.run_everything()
    session.expire_all()

    assert intent.phase is PaymentState.SUCCEEDED
    assert phase(session, order) is OrderState.PAID
    assert ledger.balance(session, CLEARING) == Money(-80_000)
    assert ledger.count_entries(session) == 5
    assert ledger.sum_of_everything(session) == 0
    assert session.query(WebhookReceipt).filter_by(applied_at=None).count() == 0


def test_a_notice_about_a_strangers_payment_is_kept_and_changes_nothing(
    client: FlaskClient, session: Session, intent: PaymentIntent
) -> None:
    subject = {"id": "cs_other", "client_reference_id": "pay_other"}
    event = {"id": "evt_9", "type": "checkout.session.completed", "data": {"object": subject}}

    assert deliver(client, event).status_code == 200
    receipt = session.get_one(WebhookReceipt, "evt_9")
    assert receipt.payment_id is None
    assert receipt.applied_at is not None
    assert session.query(jobs.Job).filter_by(task="payments.look_at_checkout").count() == 0


def test_a_notice_that_claims_payment_is_not_believed_only_the_provider_is(
    client: FlaskClient, session: Session, order: Order, intent: PaymentIntent
) -> None:
    subject = {"id": intent.checkout_id, "payment_status": "paid", "status": "complete"}
    event = {"id": "evt_8", "type": "checkout.session.completed", "data": {"object": subject}}

    assert deliver(client, event).status_code == 200
    jobs.run_everything()

    assert phase(session, order) is OrderState.PLACED


def test_a_huge_body_is_refused_by_its_size(client: FlaskClient, intent: PaymentIntent) -> None:
    assert deliver(client, b"x" * (256 * 1024 + 1)).status_code == 413


def test_a_flood_of_forgeries_does_not_fill_the_record(
    client: FlaskClient, session: Session, intent: PaymentIntent
) -> None:
    for _ in range(30):
        assert deliver(client, {"id": "evt_1"}, secret="whsec_attacker").status_code == 400

    assert len(refusals(session)) == 20


def test_the_emulators_own_deliveries_are_taken_by_a_served_application(
    session: Session, client: FlaskClient, order: Order
) -> None:
    """Over real sockets: pay on the emulator's page, its thread delivers, the order is paid."""
    server = make_server("127.0.0.1", 0, client.application, threaded=False)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    hook = f"http://127.0.0.1:{server.server_port}/webhooks/stripe"
    try:
        with run_in_thread(hook, SECRET) as running:
            use_account_of(running)
            intent = actions.begin_payment(session, purchaser(session), order.id)
            session.commit()
            tasks.open_checkout(intent.id)
            session.refresh(intent)
            choose(intent, "paid")
            wait_for(lambda: receipts_of(session) >= 2)
            jobs.run_everything()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

    assert phase(session, order) is OrderState.PAID


def use_account_of(running: Running) -> None:
    changes = {"stripe_api_base": running.api_base}
    settings.use(settings.in_use().model_copy(update=changes))


def receipts_of(session: Session) -> int:
    session.expire_all()
    return session.query(WebhookReceipt).count()


def wait_for(condition: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
