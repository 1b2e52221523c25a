"""The house itself: story, pages, memory, suite and events."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url

from benchmarks.claims import Bench, Claim, at_least, at_most
from benchmarks.worlds import fresh_world
from kernel import relay
from kernel.actor import Actor
from kernel.db import transaction
from kernel.events import record
from kernel.relay import subscribe
from market.catalogue.events import ProductDrafted

PAGE_ROUNDS = 60
EVENTS = 2000
WEB_LIMIT_MEBIBYTES = 200.0
STORY_LIMIT_SECONDS = 120.0
SUITE_LIMIT_SECONDS = 360.0
PROBE = """
import re
from pathlib import Path
from kernel.settings import Settings
from wsgi import create_app
client = create_app(Settings.from_environment()).test_client()
for path in ("/", "/catalogue?q=航班", "/sign-in", "/api/openapi.json"):
    client.get(path)
# Not getrusage: its peak is inherited from the process that started this one.
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024)
"""


def story() -> Iterator[Claim]:
    """From an empty database to DEMO OK, after installation; a process of its own."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "demo.story"], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    yield at_most("story from empty database to DEMO OK", seconds, "s", STORY_LIMIT_SECONDS, 1)


def pages() -> Iterator[Claim]:
    """Server time of public pages beside a bare Flask page, turn by turn."""
    with fresh_world(plays_story=True) as world:
        bare = Flask("bare")
        bare.add_url_rule("/", "bare", lambda: "<!doctype html><p>bare</p>")
        peer = bare.test_client()
        client = world.app.test_client()
        product = world.any_product_address()
        for name, path in (("home", "/"), ("search", "/catalogue?q=航班"), ("product", product)):
            ours, theirs = _turn_by_turn(
                lambda path=path: _get(client, path), lambda: _get(peer, "/")
            )
            yield at_most(f"server time of the {name} page", ours * 1000, "ms", theirs * 1000, 8)


def memory() -> Iterator[Claim]:
    """Peak memory of a web process that has served pages."""
    with fresh_world(plays_story=False) as world:
        answer = subprocess.run(
            [sys.executable, "-c", PROBE],
            check=True,
            capture_output=True,
            text=True,
            env=world.environment,
        )
    value = float(answer.stdout.splitlines()[-1])
    yield at_most("memory of the web process", value, "MiB", WEB_LIMIT_MEBIBYTES, 1)


def events() -> Iterator[Claim]:
    """Events recorded one by one and relayed to a subscriber, beside bare one-row inserts."""
    heard: list[int] = []

    @subscribe(ProductDrafted)
    def hear(session: object, event: ProductDrafted, fact: relay.Fact) -> None:
        del session, event
        heard.append(fact.seq)

    with fresh_world(plays_story=False) as world:
        bare_rate = _bare_inserts(world.owner_url)
        started = time.perf_counter()
        for number in range(EVENTS):
            with transaction() as session:
                record(session, Actor.system("bench"), ProductDrafted(f"prd_{number}", "题", "org"))
        name = f"{hear.__module__}.{hear.__qualname__}"
        while relay.deliver(name):
            pass
        rate = EVENTS / (time.perf_counter() - started)
    if len(heard) != EVENTS:
        raise AssertionError(f"{len(heard)} of {EVENTS} events were heard")
    yield at_least("events recorded and relayed per second", rate, "1/s", bare_rate, 0.3)


def suite() -> Iterator[Claim]:
    """The whole test suite on this machine."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    yield at_most("suite time", seconds, "s", SUITE_LIMIT_SECONDS, 1)


def _get(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    if response.status_code != 200:
        raise AssertionError(f"{path} answered {response.status_code}")


def _turn_by_turn(ours: Callable[[], None], theirs: Callable[[], None]) -> tuple[float, float]:
    """Median seconds of both, measured alternately so that both meet the same machine."""
    for _ in range(5):
        ours()
        theirs()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(PAGE_ROUNDS):
        for call, seconds in zip((ours, theirs), taken, strict=True):
            started = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - started)
    return median(taken[0]), median(taken[1])


def _bare_inserts(owner_url: str) -> float:
    url = make_url(owner_url)
    settings = {"dbname": url.database, "user": url.username, "password": url.password}
    settings |= {"host": url.host, "port": url.port} | {k: str(v) for k, v in url.query.items()}
    with psycopg.connect(**{k: v for k, v in settings.items() if v}) as connection:  # type: ignore[arg-type]
        connection.execute(
            "CREATE TABLE bare_bench (id bigint GENERATED ALWAYS AS IDENTITY, t text)"
        )
        connection.commit()
        started = time.perf_counter()
        for _ in range(EVENTS):
            connection.execute("INSERT INTO bare_bench (t) VALUES ('x')")
            connection.commit()
        rate = EVENTS / (time.perf_counter() - started)
        connection.execute("DROP TABLE bare_bench")
    return rate


BENCHES: list[Bench] = [story, pages, memory, events, suite]
