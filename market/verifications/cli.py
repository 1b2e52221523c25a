"""Who verifies the first bureau? Whoever stands at the console of this installation."""

from datetime import datetime

import click
from flask.cli import AppGroup

from kernel.db import transaction
from kernel.errors import DomainError
from kernel.i18n import say
from market.organizations.rules import compact_credit_code
from market.verifications import actions

group = AppGroup("verifications", help="Identity of organisations.")


@group.command("confirm")
@click.argument("credit_code")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--reason", required=True, help="What was looked at, and by whom.")
def confirm(credit_code: str, until: datetime, reason: str) -> None:
    """Verify the organisation with CREDIT_CODE from the console; the log says so."""
    try:
        with transaction() as session:
            organization = actions.confirm_at_console(
                session, compact_credit_code(credit_code), reason, until.date()
            )
    except DomainError as error:
        raise click.ClickException(say(error.message, **error.facts())) from error
    click.echo(f"{organization.name} is verified until {until.date()}.")
