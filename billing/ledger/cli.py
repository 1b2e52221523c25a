"""flask --app wsgi ledger check: recompute every balance and compare."""

import click
from flask.cli import AppGroup

from billing.ledger import reads
from kernel.db import transaction

group = AppGroup("ledger", help="The ledger of the marketplace.")


@group.command("check")
def check() -> None:
    """Exit 0 when every transfer sums to zero and every kept balance equals its entries."""
    with transaction() as session:
        found = reads.imbalances(session)
        entries = reads.count_entries(session)
    for imbalance in found:
        click.echo(f"{imbalance.id}: {imbalance.difference_minor} fen", err=True)
    click.echo(f"{entries} entries, {len(found)} imbalances")
    raise SystemExit(1 if found else 0)
