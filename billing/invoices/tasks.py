"""Issues the invoices of past months."""

from billing.invoices import actions
from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import task


@task("invoices.issue")
def issue_invoices() -> None:
    """Everything owed since before this month; doing it again adds nothing."""
    with transaction() as session:
        actions.issue_past_months(session, Actor.system("billing.invoices"))
