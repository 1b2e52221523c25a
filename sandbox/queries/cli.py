"""What would a question do and cost? Asked at a terminal, answered as JSON."""

import json

import click
from flask.cli import AppGroup

from kernel.actor import Actor
from kernel.db import transaction
from kernel.errors import DomainError
from kernel.i18n import say
from sandbox.policies.reads import PolicyMissing, find_product_id
from sandbox.queries import reads
from sandbox.queries.schemas import Explanation, ExplanationDraft

group = AppGroup("queries", help="Private queries: explain.")
_OPERATOR = Actor.system("cli")


@group.command("explain")
@click.argument("product")
@click.argument("sql")
@click.option("--epsilon", type=click.FloatRange(min=0, min_open=True, max=1000), default=None)
def explain(product: str, sql: str, epsilon: float | None) -> None:
    """Explain SQL on PRODUCT (an id or its table name). Reads no data and charges nothing."""
    try:
        with transaction() as session:
            product_id = find_product_id(session, product)
            if product_id is None:
                raise PolicyMissing
            draft = ExplanationDraft.model_validate(
                {"product_id": product_id, "sql": sql, "epsilon": _six_places(epsilon)}
            )
            found = reads.explain(session, _OPERATOR, draft)
    except DomainError as error:
        reason = say(error.message, **error.facts())
        found = Explanation(accepted=False, code=error.code, reason=reason)
    click.echo(json.dumps(found.model_dump(mode="json"), ensure_ascii=False))


def _six_places(epsilon: float | None) -> str | None:
    return None if epsilon is None else f"{epsilon:.6f}"
