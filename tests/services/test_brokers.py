"""Is work neither lost nor doubled when a real broker goes away, or a worker is killed?"""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from kernel.db import transaction
from kernel.jobs import enqueue
from tests.services.conftest import HOST, PORTS, Database, environment
from tests.services.ringing import RING
from tests.services.wire import Wire

pytestmark = pytest.mark.services
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 90
AWAY_SECONDS = 2.5


@pytest.fixture
def rings(external_database: Database) -> Database:
    owner = external_database.owner_url.replace("+psycopg", "")
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE rings (id serial, bell_id text NOT NULL)")
        connection.execute("GRANT ALL ON rings, rings_id_seq TO market_app")
    return external_database


def test_work_survives_a_broker_that_is_away_at_first_and_again_later(rings, broker, tmp_path):
    wire = Wire((HOST, PORTS[broker.kind]))
    with worker(rings, broker.url_through(wire.port), tmp_path):
        ask(range(20))
        time.sleep(AWAY_SECONDS)
        assert rung() == Counter()

        wire.mend()
        until(lambda: len(rung()) >= 5)
        wire.cut()
        ask(range(20, 40))
        time.sleep(AWAY_SECONDS)
        wire.mend()
        until(lambda: waiting() == 0)
    wire.cut()

    assert rung() == Counter({f"bell_{number}": 1 for number in range(40)})


def test_work_of_a_killed_worker_is_done_by_another(rings, broker, tmp_path):
    with worker(rings, broker.url, tmp_path) as first:
        ask(range(40))
        until(lambda: len(rung()) >= 5)
        first.send_signal(signal.SIGKILL)
        first.wait()
    with worker(rings, broker.url, tmp_path):
        until(lambda: waiting() == 0)

    assert set(rung()) == {f"bell_{number}" for number in range(40)}


def test_two_workers_share_the_work_and_do_nothing_twice(rings, broker, tmp_path):
    with worker(rings, broker.url, tmp_path), worker(rings, broker.url, tmp_path):
        ask(range(60))
        until(lambda: waiting() == 0)

    assert rung() == Counter({f"bell_{number}": 1 for number in range(60)})


@contextmanager
def worker(
    database: Database, broker_url: str, folder: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker of this house as a process of its own."""
    log = folder / "worker.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.services.ringing"],
            cwd=ROOT,
            env=environment(database, broker_url, folder),
            stdout=output,
            stderr=output,
        )
    try:
        yield process
        assert process.poll() in {None, -signal.SIGKILL}, log.read_text()[-3000:]
    finally:
        process.kill()
        process.wait()


def ask(numbers: range) -> None:
    for number in numbers:
        with transaction() as session:
            enqueue(session, RING, bell_id=f"bell_{number}")


def rung() -> Counter[str]:
    with transaction() as session:
        return Counter(session.scalars(text("SELECT bell_id FROM rings")))


def waiting() -> int:
    """Bells that nobody has rung; work of the house's own calendar does not count."""
    with transaction() as session:
        sentence = "SELECT count(*) FROM jobs WHERE done_at IS NULL AND task = :ring"
        return int(session.scalars(text(sentence), {"ring": RING}).one())


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"{len(rung())} rung, {waiting()} waiting"
        time.sleep(0.1)
