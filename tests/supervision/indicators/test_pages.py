"""Are the figures of the board counted, and do they move with the market?"""

from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.events import ActRefused, record
from market.catalogue.rules import ProductState
from supervision.indicators.reads import market_figures
from tests.factories.catalogue import make_product
from tests.factories.market import actor_of

REGULATOR = actor_of("regulator")


def test_an_empty_market_has_zero_of_everything_and_a_balanced_ledger(session: Session):
    figures = market_figures(session, REGULATOR)

    assert (figures.products_listed, figures.events, figures.ledger_entries) == (0, 0, 0)
    assert figures.is_ledger_balanced
    assert figures.book_value.minor == 0


def test_figures_follow_what_happens(session: Session):
    make_product(session)
    make_product(session, state=ProductState.DRAFT)
    record(session, Actor.system("test"), ActRefused("prd_1", "a", "c", "PR-04", "r"))
    session.flush()

    figures = market_figures(session, REGULATOR)

    assert figures.products_listed == 1
    assert figures.refusals == 1
    assert figures.events > 3


def test_the_board_shows_the_figures_and_refreshes_them(client_as, session: Session):
    make_product(session)
    session.commit()
    client = client_as(REGULATOR)

    board, fragment = (
        client.get("/supervision"),
        client.get("/supervision/figures", headers={"HX-Request": "true"}),
    )

    assert "账本平衡" in board.text
    assert 'hx-get="/supervision/figures"' in board.text
    assert "<html" not in fragment.text
    assert "在售产品" in fragment.text


def test_machines_read_the_same_figures(client_as, session: Session):
    make_product(session)
    session.commit()

    figures = client_as(REGULATOR).get("/api/indicators").get_json()

    assert (figures["products_listed"], figures["ledger_sum_fen"]) == (1, 0)


def test_the_board_is_for_regulators(client_as):
    assert client_as(actor_of("operator")).get("/supervision").status_code == 403
    assert client_as(None).get("/api/indicators").status_code == 401


def test_the_figures_alone_are_for_the_board_a_person_is_led_to_it(client_as):
    client = client_as(actor_of("regulator"))

    opened = client.get("/supervision/figures")
    fetched = client.get("/supervision/figures", headers={"HX-Request": "true"})

    assert (opened.status_code, opened.location) == (302, "/supervision")
    assert fetched.status_code == 200
    assert "/mark.svg" in client.get("/favicon.ico").location
