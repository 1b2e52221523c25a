"""The meter hears of every answer that was given, once."""

from decimal import Decimal

from sqlalchemy.orm import Session

from billing.metering import reads, tasks
from kernel import events, relay
from licensing.licences.models import Licence
from sandbox.queries.events import QueryReleased
from tests.factories.billing import HOUSE, make_licence

METER = f"{tasks.__name__}.meter_query"


def release(session: Session, licence: Licence, number: int, *, is_replay: bool = False) -> None:
    fact = QueryReleased(
        query_id=f"qry_{number}",
        product_id=licence.product_id,
        title=licence.title,
        licence_id=licence.id,
        buyer_id=licence.buyer_id,
        purpose="industry",
        cost_epsilon=Decimal("0.1"),
        is_replay=is_replay,
    )
    events.record(session, HOUSE, fact)


def test_each_answer_is_metered_once_and_a_repeated_question_is_free(session: Session) -> None:
    licence = make_licence(session)
    for number in range(3):
        release(session, licence, number)
    release(session, licence, 1, is_replay=True)
    session.commit()

    assert METER in relay.subscriber_names()
    relay.deliver(METER)
    relay.deliver(METER)

    assert reads.count_uses(session, licence.id) == 3
