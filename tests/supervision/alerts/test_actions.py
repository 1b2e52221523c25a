"""Does an attempt become one alert, and does a person bring it to an end?"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel import clock, relay
from kernel.actor import Actor, ActorKind, MissingPermission, Permission
from kernel.db import transaction
from kernel.errors import NotFound
from kernel.events import ActRefused, EventLog, record
from kernel.settings import Settings
from market.catalogue.models import Product
from sandbox.queries.events import QuerySubmitted
from supervision.alerts import actions, reads, tasks
from supervision.alerts.actions import AlertNotInYourHands, AlertNotOpen
from supervision.alerts.models import Alert
from supervision.alerts.rules import AlertState, Evidence, Hit, Outcome, Severity
from supervision.alerts.schemas import AlertFilter, Closing
from supervision.transparency import actions as log
from supervision.transparency.notes import SigningKey
from tests.factories.catalogue import make_product
from tests.factories.licences import make_authorised_product

WATCH = Actor.system("test")
NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
CLOSING = Closing(outcome=Outcome.CONFIRMED, reason="已约谈运营机构，价格改为 0.80 元/次。")
HIT = Hit("SU-02", "org_1", "prd_1", NOON, "evt_1", (Evidence("拒绝理由", "高于上限"),))


def regulator(*scopes: str, name: str = "usr_regulator") -> Actor:
    return Actor(
        id=name,
        kind=ActorKind.PERSON,
        organization_id="org_regulator",
        permissions=frozenset({Permission.SEE_TIMELINE, Permission.WORK_ALERT}),
        regulator_scopes=frozenset(scopes),
    )


PRICE = regulator("price")


def events_named(session: Session, name: str) -> int:
    statement = select(func.count()).select_from(EventLog).where(EventLog.name == name)
    return session.scalar(statement) or 0


def test_a_hit_raises_an_alert_with_its_deadline_and_facts(session: Session):
    with clock.frozen_at(NOON):
        alert = actions.raise_alert(session, WATCH, HIT)

    assert (alert.state, alert.severity, alert.hits) == ("open", "orange", 1)
    assert alert.due_at == datetime(2026, 11, 4, 16, 0, tzinfo=UTC)
    assert alert.circumstances() == HIT.evidence
    assert alert.configuration_version
    assert events_named(session, "supervision.alert_raised") == 1


def test_the_same_attempt_on_the_same_day_is_counted_not_repeated(session: Session):
    first = actions.raise_alert(session, WATCH, HIT)

    again = actions.raise_alert(session, WATCH, replace(HIT, event_id="evt_2"))

    assert again.id == first.id
    assert (first.hits, first.event_id, first.last_event_id) == (2, "evt_1", "evt_2")
    assert events_named(session, "supervision.alert_raised") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"occurred_at": NOON + timedelta(days=1)},
        {"subject_id": "org_2"},
        {"object_id": "prd_2"},
        {"rule_id": "SU-31"},
    ],
)
def test_another_day_subject_object_or_rule_is_another_alert(
    session: Session, changes: dict[str, object]
):
    first = actions.raise_alert(session, WATCH, HIT)

    assert actions.raise_alert(session, WATCH, replace(HIT, **changes)).id != first.id


def test_a_person_takes_an_alert_and_closes_it_with_a_reason(session: Session):
    alert = actions.raise_alert(session, WATCH, HIT)

    actions.take_alert(session, PRICE, alert.id)
    assert (alert.state, alert.taken_by) == (AlertState.IN_PROGRESS, PRICE.id)
    actions.close_alert(session, PRICE, alert.id, CLOSING)

    assert (alert.state, alert.outcome) == (AlertState.CLOSED, Outcome.CONFIRMED)
    assert alert.closing_reason == CLOSING.reason
    assert events_named(session, "supervision.alert_taken") == 1
    assert events_named(session, "supervision.alert_closed") == 1


def test_an_alert_in_hand_is_not_taken_again(session: Session):
    alert = actions.raise_alert(session, WATCH, HIT)
    actions.take_alert(session, PRICE, alert.id)

    with pytest.raises(AlertNotOpen):
        actions.take_alert(session, regulator("price", name="usr_other"), alert.id)


def test_only_the_person_who_has_it_in_hand_closes_it(session: Session):
    alert = actions.raise_alert(session, WATCH, HIT)
    with pytest.raises(AlertNotInYourHands):
        actions.close_alert(session, PRICE, alert.id, CLOSING)
    actions.take_alert(session, PRICE, alert.id)

    with pytest.raises(AlertNotInYourHands):
        actions.close_alert(session, regulator("price", name="usr_other"), alert.id, CLOSING)
    actions.close_alert(session, PRICE, alert.id, CLOSING)
    with pytest.raises(AlertNotInYourHands):
        actions.close_alert(session, PRICE, alert.id, CLOSING)


def test_what_goes_on_after_closing_opens_the_alert_again(session: Session):
    alert = actions.raise_alert(session, WATCH, HIT)
    actions.take_alert(session, PRICE, alert.id)
    actions.close_alert(session, PRICE, alert.id, CLOSING)

    actions.raise_alert(session, WATCH, replace(HIT, event_id="evt_2"))

    assert (alert.state, alert.taken_by, alert.closing_reason) == (AlertState.OPEN, None, None)
    assert events_named(session, "supervision.alert_reopened") == 1


def test_an_alert_outside_the_regulators_scope_does_not_exist_for_it(session: Session):
    alert = actions.raise_alert(session, WATCH, HIT)
    finance = regulator("finance")

    assert list(reads.list_alerts(session, finance, AlertFilter()).items) == []
    assert list(reads.list_unfinished(session, finance)) == []
    with pytest.raises(NotFound):
        reads.get_alert(session, finance, alert.id)
    with pytest.raises(NotFound):
        actions.take_alert(session, finance, alert.id)


def test_nobody_without_the_permission_sees_or_raises_alerts(session: Session):
    stranger = Actor(id="usr_1", kind=ActorKind.PERSON, regulator_scopes=frozenset({"price"}))

    with pytest.raises(MissingPermission):
        reads.list_alerts(session, stranger, AlertFilter())
    with pytest.raises(MissingPermission):
        actions.raise_alert(session, stranger, HIT)


def test_the_most_urgent_alert_stands_first(session: Session):
    for rule_id in ("SU-25", "SU-31", "SU-01", "SU-02"):
        actions.raise_alert(session, WATCH, replace(HIT, rule_id=rule_id))
    data = regulator("data")

    unfinished = reads.list_unfinished(session, data)

    assert [alert.rule_id for alert in unfinished] == ["SU-01", "SU-02", "SU-31", "SU-25"]
    assert reads.count_unfinished(session, data) == {
        Severity.RED: 1,
        Severity.ORANGE: 1,
        Severity.YELLOW: 1,
        Severity.BLUE: 1,
    }


def test_lists_are_filtered(session: Session):
    first = actions.raise_alert(session, WATCH, HIT)
    actions.raise_alert(session, WATCH, replace(HIT, rule_id="SU-01"))
    actions.take_alert(session, PRICE, first.id)
    both = regulator("price", "data")

    def found(**wanted: object) -> list[str]:
        page = reads.list_alerts(session, both, AlertFilter(**wanted))
        return sorted(alert.rule_id for alert in page.items)

    assert found() == ["SU-01", "SU-02"]
    assert found(state="open") == ["SU-01"]
    assert found(severity="orange") == ["SU-02"]
    assert found(rule="SU-01") == ["SU-01"]
    assert found(rule="SU-77") == []


def test_the_database_keeps_a_closed_alert_from_losing_its_reason(session: Session):
    alert = actions.raise_alert(session, WATCH, HIT)
    alert.state = AlertState.CLOSED

    with pytest.raises(IntegrityError, match="ck_alerts_"):
        session.flush()


NAME = f"{tasks.__name__}.watch_refusals"


def refuse(clause: str) -> None:
    with transaction() as session:
        record(
            session, WATCH, ActRefused("prd_1", "pricing", "price-above-cap", clause, "高于上限")
        )


def test_a_refusal_above_the_cap_becomes_an_alert_and_others_do_not(own_database: Engine):
    refuse("PR-04")
    refuse("LC-06")
    refuse("")

    relay.deliver(NAME)
    relay.deliver(NAME)

    with transaction() as session:
        (alert,) = session.scalars(select(Alert)).all()
        refusal = session.scalars(select(EventLog.id).where(EventLog.seq == 1)).one()
    assert (alert.rule_id, alert.hits, alert.event_id) == ("SU-02", 1, refusal)


def test_two_workers_that_see_attempts_at_once_make_one_alert(own_database: Engine):
    def see(number: int) -> None:
        with transaction() as session:
            actions.raise_alert(session, WATCH, replace(HIT, event_id=f"evt_{number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(see, range(16)))

    with transaction() as session:
        assert session.scalars(select(Alert.hits)).all() == [16]


KEY = SigningKey("log.example", Ed25519PrivateKey.from_private_bytes(b"k" * 32))


def test_a_fact_outside_the_log_for_too_long_raises_a_red_alert(session: Session):
    with clock.frozen_at(NOON):
        record(session, WATCH, ActRefused("prd_1", "act", "code", "", "原因"))
        session.flush()
    with clock.frozen_at(NOON + timedelta(seconds=600)):
        assert actions.watch_log(session, WATCH) is None

    with clock.frozen_at(NOON + timedelta(seconds=601)):
        alert = actions.watch_log(session, WATCH)

    assert alert is not None
    assert (alert.rule_id, alert.severity) == ("SU-30", "red")
    assert alert.circumstances()[0].value == "1"


def test_a_log_that_does_not_match_raises_a_red_alert(session: Session):
    record(session, WATCH, ActRefused("prd_1", "act", "code", "", "原因"))
    session.flush()
    log.extend_log(session, WATCH, KEY)
    assert actions.check_log(session, WATCH, KEY.verification_key) is None
    session.execute(text("ALTER TABLE event_log DISABLE TRIGGER USER"))
    session.execute(text("UPDATE event_log SET actor_id = 'usr_x'"))
    session.expire_all()

    alert = actions.check_log(session, WATCH, KEY.verification_key)

    assert alert is not None
    assert alert.rule_id == "SU-30"
    assert alert.circumstances()[1].name == "记录的各列与其正文不符"


def test_the_scheduled_tasks_are_harmless_when_repeated(session: Session, settings: Settings):
    record(session, WATCH, ActRefused("prd_1", "act", "code", "", "原因"))
    session.commit()

    for _ in range(2):
        tasks.watch_log()
        tasks.check_log()

    assert session.scalars(select(Alert)).all() == []


def use_of(product: Product) -> QuerySubmitted:
    return QuerySubmitted(
        query_id="qry_1",
        product_id=product.id,
        title=product.title,
        licence_id="lic_1",
        buyer_id="org_buyer",
        version_id="ver_1",
        purpose="industry",
        question_sha256="0" * 64,
        cost_epsilon=Decimal("0.1"),
        is_replay=False,
    )


def hear_use(session: Session, product: Product) -> None:
    event = use_of(product)
    row = record(session, WATCH, event)
    session.flush()
    fact = relay.Fact(row.seq, row.id, row.name, row.occurred_at, "system", "system:test", None)
    tasks.watch_uses(session, event, fact)


def test_a_use_that_no_agreement_covers_is_a_red_alert_although_nobody_refused_it(
    session: Session,
):
    hear_use(session, make_product(session))

    alert = session.scalars(select(Alert)).one()
    assert (alert.rule_id, alert.severity, alert.subject_id) == ("SU-01", "red", "org_buyer")


def test_a_use_under_an_agreement_raises_nothing(session: Session):
    hear_use(session, make_authorised_product(session))

    assert session.scalars(select(Alert)).all() == []
