"""Do time limits begin with supply and sale, and does the product page tell of it?"""

from datetime import UTC, date, datetime

import pytest

from kernel import clock, jobs, relay
from market.catalogue.reads import find_verdict, get_product
from market.catalogue.rules import ProductState, VerdictKind, VerdictState
from market.registrations import tasks
from market.registrations.models import Registration
from market.registrations.rules import RegistrationState
from market.storefront.composition import compose_sheet
from market.storefront.schemas import RegistrationStanding
from tests.factories.catalogue import allow, make_product, push
from tests.factories.data import make_version
from tests.factories.registrations import authorise, make_resource, make_valid

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_a_monday():
    with clock.frozen_at(NOW):
        yield


def said_of(session, subject_id):
    return find_verdict(session, VerdictKind.REGISTERED, subject_id)


@pytest.mark.parametrize("is_supplied_first", [True, False])
def test_the_limit_runs_from_the_later_of_supply_and_authorisation(session, is_supplied_first):
    dataset = make_resource(session, with_version=is_supplied_first)
    authorise(session, dataset)
    session.commit()
    relay.deliver_everything()
    assert (said_of(session, dataset.id) is not None) is is_supplied_first

    if not is_supplied_first:
        make_version(session, dataset)
        session.commit()
        relay.deliver_everything()

    said = said_of(session, dataset.id)
    assert said.facts == {"state": "time_limit", "due_on": "2026-03-30"}


def test_an_authorisation_of_a_data_set_that_is_unknown_here_starts_nothing(session):
    push(session, VerdictKind.AUTHORISED, "org_x/dat_unknown")
    session.commit()

    relay.deliver_everything()

    assert said_of(session, "dat_unknown") is None


def test_in_hainan_a_product_is_registered_or_not_on_sale(session):
    dataset = make_resource(session)
    product = make_product(session, dataset, state=ProductState.REVIEW, jurisdiction="hainan")
    allow(session, product, dataset)
    session.commit()
    relay.deliver_everything()

    sheet = compose_sheet(session, get_product(session, product.id))

    assert sheet.requires_registration
    assert sheet.registration.state is RegistrationStanding.NONE
    assert sheet.sources[0].registration.state is RegistrationStanding.TIME_LIMIT
    assert sheet.sources[0].registration.until == date(2026, 3, 30)


def test_a_product_on_sale_shows_the_code_of_its_source(session):
    dataset = make_resource(session)
    registration = make_valid(session, dataset)
    product = make_product(session, dataset)

    sheet = compose_sheet(session, get_product(session, product.id))

    assert not sheet.requires_registration
    line = sheet.sources[0].registration
    assert (line.state, line.code) == (RegistrationStanding.VALID, registration.code)
    assert line.until == registration.valid_until_on


def test_the_calendar_ends_what_is_over_and_a_second_run_changes_nothing(session):
    registration = make_valid(session, valid_until_on=date(2026, 5, 1))
    session.commit()

    with clock.frozen_at(clock.day_start(date(2026, 5, 2))):
        for _ in range(2):
            tasks.keep_calendar()

    session.expire_all()
    assert session.get_one(Registration, registration.id).state is RegistrationState.LAPSED
    assert said_of(session, registration.object_id).state is VerdictState.FAILS
    assert "registrations.keep_calendar" in jobs.known_tasks()
