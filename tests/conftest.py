"""A database, a session, a store and a client for every test; nothing survives a test."""

import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.errors import ObjectInUse
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from kernel import db, embedded, migrate, objects
from kernel.actor import Actor
from kernel.i18n import CHINESE, use_language
from kernel.settings import Settings
from kernel.settings import use as use_settings
from kernel.web.limits import limiter
from market.accounts.roles import Role
from tests.factories.market import actor_of, stored

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.", "::1", "localhost")

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The owner's address of a PostgreSQL server: TEST_DATABASE_URL, or a disposable one."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = ROOT / "var" / "test-postgres"
    cluster = embedded.start(folder, settings=embedded.DISPOSABLE)
    try:
        yield cluster.owner_url
    finally:
        cluster.close()


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """The name of a migrated database that others are copied from."""
    name = f"test_{secrets.token_hex(5)}"
    _on_server(server_url, f'CREATE DATABASE "{name}"')
    try:
        migrate.upgrade(address(server_url, name))
        yield name
    finally:
        _on_server(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def engine(server_url: str, template: str) -> Iterator[Engine]:
    """One engine on one database, shared by all tests that roll back."""
    name = f"{template}_shared"
    _on_server(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    made = create_engine(address(server_url, name))
    yield made
    made.dispose()
    _on_server(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection in an outer transaction that is rolled back at the end."""
    with engine.connect() as opened:
        outer = opened.begin()
        db.use(
            sessionmaker(opened, join_transaction_mode="create_savepoint", expire_on_commit=False)
        )
        yield opened
        outer.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """For arranging and asserting; code under test commits for real, into a savepoint."""
    with db.sessions()() as opened:
        yield opened


@pytest.fixture
def own_database(server_url: str, template: str) -> Iterator[Engine]:
    """A database of this test's own, with real commits: for races and for the sequencer."""
    name = f"{template}_{secrets.token_hex(3)}"
    _on_server(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    made = db.connect(address(server_url, name), pool_size=60)
    yield made
    made.dispose()
    _on_server(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def module_database(server_url: str, template: str) -> Iterator[str]:
    """The owner's address of a database that all tests of one file share, with real commits."""
    name = f"{template}_{secrets.token_hex(3)}"
    _on_server(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield address(server_url, name)
    _on_server(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data_folder=tmp_path, database_url="unused", public_url="http://localhost")
    use_settings(made)
    return made


@pytest.fixture
def store(settings: Settings) -> objects.ObjectStore:
    """An empty object store of this test's own, in use by objects.store()."""
    objects.use(objects.open_store(settings))
    return objects.store()


@pytest.fixture(scope="session")
def built_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application, built once: its routes and templates are the same for every test."""
    import wsgi  # noqa: PLC0415 - tests of rules need no web application

    folder = tmp_path_factory.mktemp("app")
    made = Settings(data_folder=folder, database_url="unused", public_url="http://localhost")
    app = wsgi.create_app(made, opens_process=False)
    app.testing = True
    return app


@pytest.fixture
def app(
    built_app: Flask, connection: Connection, store: objects.ObjectStore, settings: Settings
) -> Flask:
    """The whole application on this test's database, store and settings."""
    built_app.extensions["marketplace_settings"] = settings
    limiter.reset()
    return built_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser in which nobody is signed in; see tests.factories.market.sign_in_as."""
    return app.test_client()


def _holder_of(role: Role) -> Any:
    @pytest.fixture(name=role.value)
    def holder(session: Session) -> Actor:
        return stored(session, actor_of(role))

    return holder


# One fixture per role, named like it: a stored actor, e.g. `bureau_officer`, `analyst`.
for _role in Role:
    globals()[f"_{_role.value}"] = _holder_of(_role)


@pytest.fixture(autouse=True)
def _chinese() -> None:
    """A request of an earlier test may have chosen English for this thread."""
    use_language(CHINESE)


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests reach loopback and unix sockets, nothing else."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        is_local = self.family == socket.AF_UNIX or str(address[0]).startswith(LOOPBACK)
        if not is_local:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def address(server_url: str, database: str) -> str:
    """The same server, another database."""
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)


def _on_server(server_url: str, statement: str) -> None:
    """Create or drop a database; on a busy machine the last one who used it may be slow to go."""
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    for tries_left in (2, 1, 0):
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
            break
        except OperationalError as error:
            if not tries_left or not isinstance(error.orig, ObjectInUse):
                raise
    engine.dispose()
