"""Checking a data set from the console, with the report printed."""

import click
from flask.cli import AppGroup

from kernel.actor import Actor
from kernel.db import transaction
from kernel.errors import DomainError
from kernel.i18n import LANGUAGES, say, speaking
from market.quality import actions, reads
from market.quality.checking import look_at
from market.quality.printed import report_lines

group = AppGroup("quality", help="The quality of data.")
CONSOLE = Actor.system("quality.console")


@group.command("run")
@click.argument("dataset")
@click.option("--language", type=click.Choice(LANGUAGES), default="zh", help="Of the report.")
def run(dataset: str, language: str) -> None:
    """Check the newest version of DATASET (its id or its code) and print the report."""
    with speaking(language):
        try:
            for line in _checked(dataset):
                click.echo(line)
        except DomainError as error:
            raise click.ClickException(say(error.message, **error.facts())) from error


def _checked(name: str) -> list[str]:
    with transaction() as session:
        version = reads.newest_version_of(session, name)
        asked = actions.request_check(session, CONSOLE, version.id)
    with transaction() as session:
        check = actions.begin_check(session, asked.id)
    if check is not None:
        found = look_at(check, lambda _: None)
        with transaction() as session:
            actions.store_result(session, CONSOLE, check, found)
    with transaction() as session:
        kept, version, finished = reads.get_run(session, CONSOLE, asked.id)
        practice = reads.practice_of(session, kept, finished)
        return list(report_lines(kept, version, finished, practice))
