"""Real services on loopback: a database of this test's own, and brokers nobody else uses now."""

import fcntl
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import kombu
import psycopg
import pytest
import redis

from kernel import db, migrate
from worker import QUEUES

HOST = "127.0.0.1"
PORTS = {"postgresql": 5432, "redis": 6379, "rabbitmq": 5672}
HOW = {
    "postgresql": "start PostgreSQL 15+ with a trusted superuser postgres there",
    "redis": "start redis-server there",
    "rabbitmq": "start rabbitmq-server there, with its user guest",
}
APPLICATION_ROLE = "market_app"  # the role that migrations give the application's rights to
EMPTY_REDIS = range(8, 16)


@dataclass(frozen=True)
class Database:
    """One database of an external server, for its owner and for the application."""

    owner_url: str
    app_url: str


@dataclass(frozen=True)
class Broker:
    """Where messages go. url_through: the same broker behind another port."""

    kind: str
    pattern: str

    @property
    def url(self) -> str:
        return self.url_through(PORTS[self.kind])

    def has_been_used(self) -> bool:
        """Whether a worker of ours has declared its queues here."""
        with kombu.Connection(self.url) as connection:
            channel = connection.default_channel
            if self.kind == "redis":
                return bool(channel.client.exists("_kombu.binding.default"))
            return bool(channel.queue_declare(QUEUES[0], passive=True))

    def url_through(self, port: int) -> str:
        return self.pattern.format(port=port)


def need(service: str) -> None:
    """Skip, and say how to enable, where a service does not listen."""
    try:
        socket.create_connection((HOST, PORTS[service]), 1).close()
    except OSError:
        pytest.skip(f"no {service} on {HOST}:{PORTS[service]}; to run this test, {HOW[service]}")


@pytest.fixture
def external_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Fresh, and removed afterwards; migrated and used by this process too, unless "empty"."""
    need("postgresql")
    server = f"postgresql://postgres@{HOST}:{PORTS['postgresql']}/postgres"
    name = f"market_services_{secrets.token_hex(5)}"
    with psycopg.connect(server, autocommit=True) as connection:
        if not connection.execute(
            "SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION_ROLE]
        ).fetchone():
            connection.execute(f"CREATE ROLE {APPLICATION_ROLE} LOGIN")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        address = f"{HOST}:{PORTS['postgresql']}/{name}"
        found = Database(
            f"postgresql+psycopg://postgres@{address}",
            f"postgresql+psycopg://{APPLICATION_ROLE}@{address}",
        )
        if getattr(request, "param", "migrated") == "empty":
            yield found
        else:
            migrate.upgrade(found.owner_url)
            engine = db.connect(found.app_url)
            yield found
            engine.dispose()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """An empty broker; two tests never use one at the same time."""
    need(request.param)
    with _alone(request.param):
        if request.param == "redis":
            yield from _redis()
        else:
            yield from _rabbitmq()


def environment(database: Database, broker_url: str, folder: Path) -> dict[str, str]:
    """What a process of ours is told."""
    return os.environ | {
        "DATABASE_URL": database.app_url,
        "DATABASE_OWNER_URL": database.owner_url,
        "CELERY_BROKER_URL": broker_url,
        "DATA_FOLDER": str(folder),
    }


def _redis() -> Iterator[Broker]:
    for number in EMPTY_REDIS:
        client = redis.Redis(HOST, PORTS["redis"], db=number)
        if client.dbsize() == 0:
            yield Broker("redis", f"redis://{HOST}:{{port}}/{number}")
            client.flushdb()
            return
    pytest.skip("the databases 8 to 15 of this Redis are all in use; empty one of them")


def _rabbitmq() -> Iterator[Broker]:
    found = Broker("rabbitmq", f"amqp://guest:guest@{HOST}:{{port}}//")
    _remove_queues(found.url)
    yield found
    _remove_queues(found.url)


def _remove_queues(url: str) -> None:
    with kombu.Connection(url) as connection:
        for name in QUEUES:
            connection.default_channel.queue_delete(name)


class _alone:  # noqa: N801 - reads as a statement
    """Hold a service for one test at a time on this machine."""

    def __init__(self, service: str) -> None:
        self._path = Path(tempfile.gettempdir()) / f"market-tests-{os.getuid()}-{service}.lock"

    def __enter__(self) -> None:
        self._file = self._path.open("w")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()
