"""One transaction per edge: whole or not at all, and never one inside another."""

import pytest
from sqlalchemy import create_engine, text

from kernel.db import TransactionNested, transaction


@pytest.fixture
def bells(own_database):
    with own_database.begin() as connection:
        connection.execute(text("CREATE TABLE bells (name text)"))


def rung() -> list[str]:
    with transaction() as session:
        return list(session.scalars(text("SELECT name FROM bells ORDER BY name")))


def ring(session, name: str) -> None:
    session.execute(text("INSERT INTO bells VALUES (:name)"), {"name": name})


def test_what_ends_well_is_kept_and_what_does_not_leaves_nothing(bells):
    with transaction() as session:
        ring(session, "kept")
    with pytest.raises(RuntimeError), transaction() as session:
        ring(session, "lost")
        raise RuntimeError

    assert rung() == ["kept"]


def test_transactions_do_not_nest_and_the_outer_one_is_undone(bells):
    with pytest.raises(TransactionNested), transaction() as session:
        ring(session, "outer")
        with transaction() as inner:
            ring(inner, "inner")

    assert rung() == []


def test_after_an_error_the_next_transaction_begins_as_if_nothing_had_been(bells):
    with pytest.raises(ZeroDivisionError), transaction():
        _ = 1 / 0

    with transaction() as session:
        ring(session, "next")

    assert rung() == ["next"]


def test_what_the_server_closed_while_it_was_idle_is_opened_anew(bells, own_database, server_url):
    held = [own_database.connect() for _ in range(3)]
    closed = {connection.scalar(text("SELECT pg_backend_pid()")) for connection in held}
    for connection in held:
        connection.close()

    watcher = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with watcher.connect() as connection:
        for process in closed:
            connection.execute(text("SELECT pg_terminate_backend(:p, 5000)"), {"p": process})
    watcher.dispose()

    with transaction() as session:
        ring(session, "again")
        assert session.scalar(text("SELECT pg_backend_pid()")) not in closed
    assert rung() == ["again"]
