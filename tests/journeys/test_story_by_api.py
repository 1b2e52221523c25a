"""The whole main story, steps 0 to 8, played by HTTP through the JSON API alone.

An empty database, the application served on loopback, and twelve people who sign in at the
identity provider. What the house leaves to persons (members, papers, verification, keys: see
market/tokens/rules.py) they do with the cookie of their sign-in, as JSON from the same origin;
every other step is done by their programs, with API tokens and, for the buyer, with tokens of the
client-credentials grant. A program acts as its person: two tokens of one person are never four
eyes. Besides requests there are only the first administrator's console, the clock, the workers'
tasks and the local payment server.
"""

from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests
import schemathesis

from demo import proof
from tests.journeys.by_api import buying, offering, organizations, valuing, watching
from tests.journeys.by_api.callers import Json
from tests.journeys.by_api.city import City, opened

ENTRIES = 5  # what was paid, its VAT, and the parts of bureau, operator and platform
DESCRIPTION = "/api/openapi.json"
LANDINGS = {"/welcome", "/desk"}  # where the provider sends a browser back to
OUTSIDE = {"/oauth/token", "/log/checkpoint", "/log/key"}  # RFC 6749 and c2sp.org, no API of ours


@pytest.fixture(scope="module")
def city(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The story, played to its end."""
    with opened(module_database, tmp_path_factory.mktemp("city")) as found:
        organizations.play(found)
        offering.register(found)
        offering.authorise(found)
        found.clock.catch_up()
        offering.deliver(found)
        offering.publish(found)
        buying.play(found)
        valuing.play(found)
        watching.play(found)
        yield found


@pytest.fixture
def figures(city: City) -> Json:
    """What the regulator's program reads of the whole market."""
    return city.programs["regulator"].get("/api/indicators")


def test_the_figures_are_what_the_steps_must_leave(city: City, figures: Json) -> None:
    counted = {name: figures[name] for name in EXPECTED}

    assert counted == EXPECTED
    assert figures["rows_checked"] == city.rows == 30_156
    assert Decimal(figures["epsilon_spent"]) == 1
    assert figures["book_value_fen"] == Decimal(city.figures["carrying"]) * 100


EXPECTED = {
    "datasets": 2,
    "versions_checked": 2,
    "products_listed": 2,
    "authorizations_active": 1,
    "licences_active": 2,
    "orders_paid": 2,
    "payments_settled": 1,
    "ledger_entries": ENTRIES,
    "ledger_sum_fen": 0,
    "queries_released": 1,
    "queries_refused": 1,
    "appraisals_signed": 1,
    "assets_booked": 1,
    "alerts_open": 0,
}


def test_the_newest_checkpoint_signs_every_fact(city: City, figures: Json) -> None:
    assert figures["events"] == figures["checkpoint_size"] == int(city.figures["checkpoint_size"])


def test_a_tool_that_is_not_ours_accepts_the_proof_and_no_other(city: City) -> None:
    if not watching.is_verifier_here():
        pytest.skip("aics-tlog is not here: run `make verifier`")

    true = proof.check(city.bundle, city.key)
    false = proof.check(city.bundle.replace('"index":', '"index":1'), city.key)

    assert (true.is_accepted, false.is_accepted) == (True, False)
    assert true.size == int(city.figures["checkpoint_size"])


def test_every_answer_was_given_as_the_api_describes_itself(city: City) -> None:
    """Statuses, media types and shapes, of what was done and of what was refused."""
    described = city.programs["regulator"].get(DESCRIPTION)
    operations = schemathesis.openapi.from_dict(described)
    answers = [(path_of(city, one), one) for one in city.door.heard if path_of(city, one)]
    by_api = [(path, one) for path, one in answers if path.startswith("/api/")]

    for path, answer in by_api:
        if path != DESCRIPTION:
            operation = operations.find_operation_by_path(answer.request.method, path)
            assert operation is not None, (answer.request.method, path)
            assert str(answer.status_code) in operation.definition.raw["responses"]
            operation.validate_response(answer)

    others = {path for path, _ in answers if not path.startswith(("/api/", "/sign-in"))}
    assert others == OUTSIDE | LANDINGS
    assert len(by_api) > 100


def path_of(city: City, answer: requests.Response) -> str:
    """The path that was asked; "" where somebody else answered."""
    address = city.door.address
    return answer.url.removeprefix(address).partition("?")[0] if address in answer.url else ""
