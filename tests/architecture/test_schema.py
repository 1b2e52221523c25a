"""Models and migrations describe the same database."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from kernel.db import Base
from kernel.migrate import append_only_tables
from migrations.tables import load_every_table


def test_models_and_migrations_agree(connection: Connection) -> None:
    load_every_table()
    context = MigrationContext.configure(connection, opts={"compare_type": True})

    assert compare_metadata(context, Base.metadata) == []


def test_every_append_only_table_refuses_changes_in_the_database(connection: Connection) -> None:
    load_every_table()
    guarded = {
        row[0]
        for row in connection.execute(
            text(
                "SELECT event_object_table FROM information_schema.triggers"
                " WHERE trigger_name LIKE '%\\_keeps\\_rows'"
            )
        )
    }

    assert set(append_only_tables()) - guarded == set()
