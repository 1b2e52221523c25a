"""Each use counts once, and nothing is charged twice."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from billing.metering import actions, reads
from billing.metering.rules import Cover, Use, cover_of, worth
from kernel import clock
from kernel.money import Money
from licensing.licences.reads import LicenceNotFound
from licensing.licences.rules import PaymentTerms
from tests.factories.billing import BUYER, HOUSE, make_licence
from tests.factories.events import last_event, names_of_events


def use(licence_id: str, number: int = 1, units: int = 1) -> Use:
    return Use(f"evt_{number}", licence_id, f"qry_{number}", units, clock.now())


def test_a_use_is_written_down_under_its_licences_terms(session: Session) -> None:
    licence = make_licence(session)

    actions.meter(session, HOUSE, use(licence.id, units=3))

    since, until = clock.now() - timedelta(days=1), clock.now() + timedelta(days=1)
    [usage] = reads.usage_in(session, BUYER, since, until)
    assert (usage.uses, usage.units, usage.worth) == (1, 3, Money(240))
    assert last_event(session).name == "billing.use_metered"
    assert reads.usage_in(session, "org_other", since, until) == []


def test_the_same_fact_again_counts_once(session: Session) -> None:
    licence = make_licence(session)
    actions.meter(session, HOUSE, use(licence.id))
    before = names_of_events(session)

    for _ in range(9):
        actions.meter(session, HOUSE, use(licence.id))

    assert reads.count_uses(session, licence.id) == 1
    assert names_of_events(session) == before


def test_a_use_under_no_licence_is_refused(session: Session) -> None:
    with pytest.raises(LicenceNotFound):
        actions.meter(session, HOUSE, use("lic_unknown"))


@pytest.mark.parametrize(
    ("terms", "cover"),
    [
        (PaymentTerms.FREE, Cover.FREE),
        (PaymentTerms.PREPAID, Cover.PREPAID),
        (PaymentTerms.INVOICE, Cover.ON_ACCOUNT),
    ],
)
def test_every_use_is_covered_by_its_licences_terms(terms: PaymentTerms, cover: Cover) -> None:
    assert cover_of(terms) is cover


def test_tiny_prices_are_rounded_once_over_all_units() -> None:
    assert worth(1, Decimal("0.0004")) == Money(0)
    assert worth(1000, Decimal("0.0004")) == Money(40)
