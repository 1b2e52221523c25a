"""What of keys that open nothing any more is kept, and until when?"""

from kernel.db import transaction
from kernel.forgetting import forgotten_before
from kernel.jobs import task
from market.tokens import actions


@task("tokens.forget_dead_tokens")
def forget_dead_tokens() -> None:
    with transaction() as session:
        actions.forget_dead_tokens(session, forgotten_before())
