"""Is the database at the newest structure, and may the application touch what it should?"""

import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text

from kernel.db import Base

# Spends numbers of transactions until the next one is beyond every number kept in a table.
CATCH_UP = """
DO $$
DECLARE
  kept record;
  found xid8;
  newest xid8 := '0';
BEGIN
  FOR kept IN
    SELECT attrelid::regclass AS place, attname
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE atttypid = 'xid8'::regtype AND NOT attisdropped AND relkind = 'r'
      AND relnamespace = current_schema()::regnamespace
  LOOP
    EXECUTE format('SELECT max(%I) FROM %s', kept.attname, kept.place) INTO found;
    newest := greatest(newest, found);
  END LOOP;
  WHILE pg_current_xact_id() <= newest LOOP
    COMMIT;
  END LOOP;
END $$
"""
ROOT = Path(__file__).resolve().parent.parent
REVISION = re.compile(r'^(revision|down_revision) = "(\w+)"', re.MULTILINE)


def upgrade(owner_url: str, report: Callable[[str], None] = lambda _: None) -> None:
    """Bring the database to the newest structure and grant the application's role its rights.

    Alembic is set up here; there is no ini file.
    """
    # 8 MB of modules that a web or worker process with a current database never needs.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    config.attributes["owner_url"] = owner_url
    config.attributes["report"] = report
    command.upgrade(config, "head")


@cache
def heads() -> list[str]:
    """The newest revisions of this checkout, read without Alembic (a test compares the two)."""
    written: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        for name, value in REVISION.findall(path.read_text(encoding="utf-8")):
            written[name].add(value)
    return sorted(written["revision"] - written["down_revision"])


def is_current(connection: Connection) -> bool:
    """Whether the database stands at the head of this checkout."""
    found = connection.execute(text("SELECT to_regclass('alembic_version')")).scalar()
    if not found:
        return False
    versions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return sorted(versions) == heads()


def catch_up(connection: Connection) -> None:
    """Let a database that was loaded from a dump go on where its old server stood.

    A new server numbers its transactions from the beginning; events of small numbers would count
    as heard by every subscriber and as taken into the log. Where nothing is behind, one look.
    """
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(CATCH_UP))


def grant_application(connection: Connection, role: str = "market_app") -> None:
    """Give the application's role what it needs: no DDL, no change of append-only tables."""
    known = connection.execute(
        text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}
    ).scalar()
    if not known:
        return
    connection.execute(text(f'GRANT USAGE ON SCHEMA public TO "{role}"'))
    connection.execute(
        text(f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}"')
    )
    connection.execute(text(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}"'))
    present = set(inspect(connection).get_table_names())
    for table in present.intersection(append_only_tables()):
        connection.execute(text(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM "{role}"'))
    for table in present.intersection(posted_only_tables()):
        connection.execute(
            text(f'REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON "{table}" FROM "{role}"')
        )


def append_only_tables() -> list[str]:
    return sorted(t.name for t in Base.metadata.tables.values() if t.info.get("append_only"))


def posted_only_tables() -> list[str]:
    """Tables that only a function of the database may write (the ledger)."""
    return sorted(t.name for t in Base.metadata.tables.values() if t.info.get("posted_only"))


def _print_line(line: str) -> None:
    sys.stdout.write(line + "\n")


def main(arguments: list[str]) -> int:
    """Python -m kernel.migrate heads | upgrade OWNER_URL"""
    if arguments[:1] == ["heads"]:
        sys.stdout.write("\n".join(heads()) + "\n")
        return 0
    if arguments[:1] == ["upgrade"] and len(arguments) == 2:
        upgrade(arguments[1], _print_line)
        with create_engine(arguments[1]).connect() as connection:
            return 0 if is_current(connection) else 1
    sys.stderr.write((main.__doc__ or "") + "\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
