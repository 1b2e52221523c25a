"""Ends licences whose term is over."""

from kernel.actor import Actor
from kernel.db import transaction
from kernel.jobs import task
from licensing.licences import actions


@task("licensing.end_expired_licences")
def end_expired_licences() -> None:
    with transaction() as session:
        actions.end_expired(session, Actor.system("licensing.licences"))
