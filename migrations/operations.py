"""What several migrations do alike: make a table append-only."""

from alembic import op


def refuse_changes(table: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE on a table, whoever asks."""
    op.execute(
        f"""
        CREATE FUNCTION refuse_change_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        f"CREATE TRIGGER {table}_keeps_rows BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change_of_{table}()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_keeps_all BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_{table}()"
    )


def allow_changes(table: str) -> None:
    """Undo refuse_changes."""
    op.execute(f"DROP TRIGGER {table}_keeps_all ON {table}")
    op.execute(f"DROP TRIGGER {table}_keeps_rows ON {table}")
    op.execute(f"DROP FUNCTION refuse_change_of_{table}()")
