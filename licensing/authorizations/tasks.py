"""What happens to agreements when their day comes?"""

from kernel import jobs
from kernel.actor import Actor
from kernel.db import transaction
from licensing.authorizations import actions

HOUSE = Actor.system("licensing.authorizations")


@jobs.task("authorizations.keep_calendar")
def keep_calendar() -> None:
    """Start, warn of and end agreements, batch by batch until nothing is due."""
    while True:
        with transaction() as session:
            if not actions.keep_calendar(session, HOUSE):
                return
