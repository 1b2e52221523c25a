"""Building the shop window anew from the console."""

import click
from flask.cli import AppGroup

from kernel.db import transaction
from market.storefront import actions, reads

group = AppGroup("storefront", help="The public shop window.")


@group.command("rebuild")
def rebuild() -> None:
    """Build every public product's card, page and search words anew."""
    with transaction() as session:
        found = reads.list_product_ids(session)
        actions.forget_words(session)
    for product_id in found:
        with transaction() as session:
            actions.put_in_window(session, product_id)
    click.echo(f"{len(found)}")
