"""Two of the operator draw up the same licence at once: one licence, and a word for the other."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from kernel import clock
from kernel.db import transaction
from kernel.errors import Conflict
from licensing.licences import actions
from licensing.licences.schemas import LicenceOffer
from market.accounts.roles import Role
from tests.factories.licences import make_application
from tests.factories.market import actor_of, stored


@pytest.mark.usefixtures("own_database")
def test_one_application_offered_by_many_at_once_leads_to_one_licence() -> None:
    with transaction() as session:
        application_id = make_application(session, decisions=2).id
        operator = stored(session, actor_of(Role.OPERATOR))
    terms = LicenceOffer(starts_on=clock.today(), epsilon=Decimal(1))

    def offer(_: int) -> str:
        try:
            with transaction() as session:
                actions.offer(session, operator, application_id, terms)
        except Conflict as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(6) as pool:
        outcome = Counter(pool.map(offer, range(6)))

    assert outcome == {"done": 1, "licence-already-offered": 5}
