"""Lets applications lapse whose last day has passed."""

from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import task
from licensing.applications import actions


@task("licensing.lapse_applications")
def lapse_applications() -> None:
    with transaction() as session:
        actions.lapse_overdue(session, Actor.system("licensing.applications"))
