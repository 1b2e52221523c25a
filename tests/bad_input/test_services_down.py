"""Database, broker, payment provider and identity provider away in the middle: nothing is lost."""

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import requests
from flask.testing import FlaskClient
from kombu.exceptions import OperationalError
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

import worker
import wsgi
from billing.orders.reads import get_order
from billing.orders.rules import OrderState
from billing.payments.models import PaymentIntent
from demo.identity import Person, running
from demo.payment_emulator import API_KEY, run_in_thread
from kernel import clock, db, jobs, workers
from kernel import settings as configured
from kernel.jobs import Job
from kernel.settings import Settings
from kernel.web.limits import limiter
from market.accounts.models import LoginSession
from market.accounts.roles import Role
from market.datasets import reads as datasets
from market.datasets.models import Dataset
from market.datasets.rules import VersionState
from market.quality import reads as quality
from tests.bad_input.words import both_languages, text_of
from tests.factories.billing import HOUSE, make_order
from tests.factories.data import GOOD_CSV, make_version
from tests.factories.market import sign_in_as

STALLED = (
    "后台处理暂时没有响应。您的任务已保存，恢复后自动继续，不需要重新提交。",
    "Background work does not respond just now. Your task is kept and goes on by itself",
)


def closed_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def seconds_later(seconds: int) -> Iterator[None]:
    with clock.frozen_at(clock.now() + timedelta(seconds=seconds)):
        yield


# ---- the database ----


@both_languages(
    "数据库暂时没有响应。已填内容不会丢失，请稍后重试。",
    "The database does not answer now. Nothing you typed is lost; try again later.",
)
def test_with_the_database_down_a_form_is_kept_on_the_page_and_can_be_sent_again(
    client: FlaskClient, dataset: Dataset, language: str, words: str
) -> None:
    db.connect(f"postgresql+psycopg://nobody@127.0.0.1:{closed_port()}/nothing")

    answer = client.post(
        f"/datasets/new?lang={language}", data={"title": "很长的<说明>", "submission_id": "n"}
    )

    assert answer.status_code == 503
    page = text_of(answer)
    assert words in page
    assert '<textarea name="title" hidden>很长的<说明></textarea>' in page
    assert '<textarea name="submission_id" hidden>n</textarea>' in page
    program = client.get(f"/api/datasets?lang={language}")
    assert (program.status_code, program.get_json()["code"]) == (503, "database-down")
    assert words in text_of(program)


# ---- the broker ----


BROKERS = ("redis://127.0.0.1:{port}/0", "amqp://127.0.0.1:{port}//")


def test_with_the_broker_down_upload_and_check_are_kept_said_to_wait_and_done_later(
    client: FlaskClient, session: Session, dataset: Dataset
) -> None:
    worker.load_tasks()
    form = {"file": (io.BytesIO(GOOD_CSV), "数据.csv"), "encoding": "utf-8"}

    place = client.post(f"/datasets/{dataset.id}/deliver", data=form).location

    for address in BROKERS:
        with pytest.raises(OperationalError):
            jobs.dispatch(workers.make_celery(address.format(port=closed_port())), [])
    with seconds_later(jobs.STALLED_SECONDS + 1):
        for part in ("", "/progress"):
            assert STALLED[0] in text_of(client.get(f"{place}{part}"))
            assert STALLED[1] in text_of(client.get(f"{place}{part}?lang=en"))
    jobs.run_everything()
    assert STALLED[0] not in text_of(client.get(place))
    session.expire_all()
    [version] = datasets.list_versions(session, dataset.id)
    assert (version.state, version.rows) == (VersionState.READY, 3)
    assert quality.latest_verdict(session, version.id) is not None


def test_a_check_that_nobody_takes_up_is_said_to_wait(
    client: FlaskClient, session: Session, dataset: Dataset
) -> None:
    version = make_version(session, dataset)
    session.commit()

    client.post(f"/quality/versions/{version.id}/checks")

    with seconds_later(jobs.STALLED_SECONDS + 1):
        assert STALLED[0] in text_of(client.get(f"/quality/versions/{version.id}"))


def test_work_that_is_taken_up_in_time_is_not_called_stalled(session: Session) -> None:
    start = clock.now()
    jobs.enqueue(session, "test.soon", after=start + timedelta(seconds=10))
    taken = jobs.enqueue(session, "test.taken")
    session.flush()
    session.get_one(Job, taken).leased_until = start + timedelta(minutes=5)
    session.flush()
    border = start + timedelta(seconds=10 + jobs.STALLED_SECONDS)

    with clock.frozen_at(border):
        assert not jobs.is_stalled(session)
    with clock.frozen_at(border + timedelta(microseconds=1)):
        assert jobs.is_stalled(session)


# ---- the payment provider ----


def test_with_the_payment_provider_down_the_order_is_kept_and_paid_for_later(
    client: FlaskClient, session: Session
) -> None:
    worker.load_tasks()
    port = closed_port()
    use_provider_at(port)
    order = make_order(session)
    session.commit()
    sign_in_as(client, Role.PURCHASER)

    place = client.post(f"/payments/for-order/{order.id}").location
    jobs.run_everything()

    chinese, english = (text_of(client.get(f"{place}?lang={code}")) for code in ("zh", "en"))
    assert "支付服务暂时没有响应" in chinese
    assert "可以离开此页，订单会一直保留。" in chinese
    assert "The payment service does not answer now" in english
    assert get_order(session, HOUSE, order.id).phase is OrderState.PLACED
    with run_in_thread("", "whsec_for_tests", port=port), seconds_later(3600):
        jobs.run_everything()
    session.expire_all()
    [intent] = session.query(PaymentIntent).all()
    assert str(intent.checkout_address).startswith(f"http://127.0.0.1:{port}/")


def use_provider_at(port: int) -> None:
    found = {
        "stripe_api_key": SecretStr(API_KEY),
        "stripe_api_base": f"http://127.0.0.1:{port}",
        "stripe_webhook_secret": SecretStr("whsec_for_tests"),
    }
    configured.use(configured.in_use().model_copy(update=found))


# ---- the identity provider ----

PEOPLE = (Person("ana", "安娜", "ana@demo.invalid"),)


@pytest.fixture
def left_alone(store: object, settings: Settings, connection: object) -> FlaskClient:
    """A browser that signed in, of an application whose identity provider has gone since."""
    with running(PEOPLE, "marketplace", "marketplace") as issuer:
        app = wsgi.create_app(
            settings.model_copy(update={"oidc_issuer": issuer}), opens_process=False
        )
        limiter.reset()
        browser = app.test_client()
        start = browser.get("/sign-in/start?next=/me").location
        agreed = requests.post(start, data={"sub": "ana"}, allow_redirects=False, timeout=10)
        browser.get(agreed.headers["Location"].removeprefix("http://localhost"))
    app.extensions["marketplace_identity_provider"].server_metadata.clear()
    return browser


@both_languages(
    "统一身份平台暂时没有响应，登录没有完成。已填内容不会丢失，请稍后重试。",
    "The identity provider does not answer at the moment, so you are not signed in.",
)
def test_with_the_identity_provider_down_a_sign_in_is_said_to_wait_and_keeps_its_way(
    left_alone: FlaskClient, language: str, words: str
) -> None:
    answer = left_alone.get(f"/sign-in/start?next=/datasets/new&lang={language}")

    assert answer.status_code == 503
    assert words in text_of(answer)
    with left_alone.session_transaction() as kept:
        assert kept["next"] == "/datasets/new"


@both_languages(
    "您已退出本站。统一身份平台暂时没有响应，您在那里可能仍是登录状态；公用电脑请关闭浏览器。",
    "you may still be signed in there; on a shared computer, close the browser.",
)
def test_with_the_identity_provider_down_a_sign_out_ends_here_and_says_what_remains(
    left_alone: FlaskClient, session: Session, language: str, words: str
) -> None:
    answer = left_alone.post(f"/sign-out?lang={language}")

    assert answer.status_code == 200
    assert words in text_of(answer)
    assert session.scalars(select(LoginSession)).one().ended_at is not None
    assert left_alone.get("/me").status_code == 302
