"""How does a change reach the database? One transaction per request, task or command."""

import select as sockets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Engine,
    MetaData,
    Text,
    create_engine,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator, UserDefinedType

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Mother of every table. Python types map to the column types of docs/architecture.md §7.

    A table whose rows are never changed says so: `__table_args__ = ({"info": APPEND_ONLY},)`;
    its migration adds the trigger and the application's role loses UPDATE and DELETE on it.
    """

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        int: BigInteger(),
        datetime: DateTime(timezone=True),
        date: Date(),
    }


APPEND_ONLY = {"append_only": True}


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's xid8: which transaction wrote a row."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"

    def result_processor(self, dialect: object, coltype: object) -> Any:
        return lambda value: None if value is None else int(value)

    def bind_processor(self, dialect: object) -> Any:
        return lambda value: None if value is None else str(value)


class Choice(TypeDecorator[Any]):
    """A closed choice in a text column: `mapped_column(Choice(ProductState))` gives members back.

    With plain Text a freshly loaded row holds a str, which has no label and is no member.
    """

    impl = Text
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: Any, dialect: object) -> str | None:
        return None if value is None else self.members(value).value

    def process_result_value(self, value: Any, dialect: object) -> StrEnum | None:
        return None if value is None else self.members(value)


_sessions: sessionmaker[Session] | None = None
_is_open: ContextVar[bool] = ContextVar("transaction_is_open", default=False)


class TransactionNested(RuntimeError):
    """Our own mistake: an edge called another edge."""


def connect(url: str, *, pool_size: int = 8) -> Engine:
    """Open the pool of this process and make transaction() use it."""
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={"options": "-c timezone=UTC -c lock_timeout=10s"},
    )
    event.listen(engine, "checkout", _refuse_closed)
    use(sessionmaker(engine, expire_on_commit=False))
    return engine


def _refuse_closed(connection: Any, *_: object) -> None:
    """Open a new connection where the server has closed this one.

    A server that goes says so, and nothing else is ever said on an idle connection: looking
    whether something came costs no round trip, as a question (pool_pre_ping) would each time.
    """
    idle = sockets.poll()
    idle.register(connection.fileno(), sockets.POLLIN)
    if idle.poll(0):
        raise InvalidatePoolError


def use(sessions: sessionmaker[Session]) -> None:
    """Make transaction() draw its sessions from here (composition roots and tests)."""
    global _sessions  # noqa: PLW0603 - one process, one database
    _sessions = sessions


def sessions() -> sessionmaker[Session]:
    """The factory in use. Raises RuntimeError before connect()."""
    if _sessions is None:
        raise RuntimeError("no database: a composition root calls kernel.db.connect first")
    return _sessions


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: commits at the end, rolls back on any error. Never nests."""
    if _is_open.get():
        raise TransactionNested("transactions do not nest: an edge opens exactly one")
    token = _is_open.set(True)
    try:
        with sessions()() as session, session.begin():
            yield session
    finally:
        _is_open.reset(token)


@contextmanager
def alone_with(name: str) -> Iterator[bool]:
    """Whether nobody else holds this name; if so it is ours until the block ends or we die.

    Held on a connection of its own, outside any transaction: long work keeps no row and no
    snapshot, and what a killed process held is free at once.
    """
    key = func.hashtextextended(literal(name), 0)
    engine = sessions()().get_bind().engine
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_ours = bool(connection.scalar(select(func.pg_try_advisory_lock(key))))
        try:
            yield is_ours
        finally:
            if is_ours:
                connection.execute(select(func.pg_advisory_unlock(key)))
