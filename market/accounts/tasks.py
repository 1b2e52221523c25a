"""What of sign-ins is kept, and until when?"""

from kernel.db import transaction
from kernel.forgetting import forgotten_before
from kernel.jobs import task
from market.accounts import actions


@task("accounts.forget_ended_sessions")
def forget_ended_sessions() -> None:
    with transaction() as session:
        actions.forget_ended_sessions(session, forgotten_before())
