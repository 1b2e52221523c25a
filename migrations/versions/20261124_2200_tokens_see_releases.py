"""Scopes of tokens name what output checkers really may do (docs/decisions/0021).

How to go back: downgrade() gives the scope its old name.

Revision ID: 20261124_2200
Revises: 20261124_2150
"""

from alembic import op

revision = "20261124_2200"
down_revision = "20261124_2150"
branch_labels = None
depends_on = None

TABLES = ("api_tokens", "oauth_clients", "oauth_tokens")


def upgrade() -> None:
    _rename("check_output", "see_releases")


def downgrade() -> None:
    _rename("see_releases", "check_output")


def _rename(before: str, after: str) -> None:
    for table in TABLES:
        op.execute(
            f"UPDATE {table} SET scopes = array_replace(scopes, '{before}', '{after}')"  # noqa: S608
            f" WHERE '{before}' = ANY(scopes)"
        )
