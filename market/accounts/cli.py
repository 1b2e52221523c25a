"""Who is the first administrator of an empty installation?"""

import click
from flask.cli import AppGroup

from kernel.db import transaction
from kernel.errors import DomainError
from kernel.i18n import say
from kernel.web.parse import validated
from market.accounts import actions
from market.accounts.schemas import FoundingDraft, Identity
from market.organizations.rules import OrganizationKind

group = AppGroup("accounts", help="People and organisations.")


@group.command("first-administrator")
@click.argument("subject")
@click.argument("name")
@click.option("--organization", prompt=True, help="Name of the bureau that runs this installation.")
@click.option("--credit-code", prompt=True, help="Its unified social credit code.")
def first_administrator(subject: str, name: str, organization: str, credit_code: str) -> None:
    """Name the first administrator: SUBJECT is their account at the identity provider.

    Works only while nobody is a member of anything. The bureau is unverified at first; the
    command `verifications confirm` verifies it from the console.
    """
    facts = {
        "name": organization,
        "kind": OrganizationKind.BUREAU,
        "credit_code": credit_code,
    }
    try:
        draft = validated(FoundingDraft, facts)
        with transaction() as session:
            actions.name_first_administrator(session, Identity(subject=subject, name=name), draft)
    except DomainError as error:
        raise click.ClickException(say(error.message, **error.facts())) from error
    click.echo(f"{name} ({subject}) administers {organization}.")
