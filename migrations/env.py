"""Runs migrations: loads the tables of every room, bounds locks and statements, grants rights."""

from alembic import context
from sqlalchemy import Connection, create_engine, text

from kernel.db import Base, Choice
from kernel.migrate import grant_application
from migrations.tables import load_every_table

load_every_table()
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "5s"


def render_item(kind: str, item: object, _: object) -> str | bool:
    """A drawn migration names the column type that stands in the database."""
    return "sa.Text()" if kind == "type" and isinstance(item, Choice) else False


def run(connection: Connection) -> None:
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=False,
        compare_type=True,
        render_item=render_item,
        compare_server_default=False,
    )
    with context.begin_transaction():
        # Two programs that start together must not migrate at the same time.
        connection.execute(text("SELECT pg_advisory_xact_lock(72, 1)"))
        context.run_migrations()
        grant_application(connection)


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = create_engine(context.config.attributes["owner_url"])
    with engine.connect() as opened:
        run(opened)
        opened.commit()
    engine.dispose()
