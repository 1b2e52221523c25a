"""Pages drawn once for all visitors: never stale, never for the wrong reader."""

import pytest
from flask import Flask, flash, render_template_string
from flask.testing import FlaskClient

from kernel import clock
from kernel.actor import Actor, ActorKind
from kernel.errors import Conflict
from kernel.web import guard, shell
from kernel.web.guard import public
from kernel.web.visitors import LARGEST_PAGE, MOST_PAGES, alike_for_visitors

READER = Actor("usr_reader", ActorKind.PERSON, "org_reader", frozenset())


class Window:
    """A page that counts how often it was drawn, and its edition."""

    def __init__(self) -> None:
        self.edition: str | None = "first"
        self.drawn = 0
        self.filler = ""
        self.reader: Actor | None = None

    def page(self) -> str:
        self.drawn += 1
        return render_template_string(
            "{{ drawn }} {{ request_id }} {{ language }} {{ filler }}",
            drawn=self.drawn,
            filler=self.filler,
        )


@pytest.fixture
def window() -> Window:
    return Window()


@pytest.fixture
def visitor(window: Window) -> FlaskClient:
    made = Flask("window")
    made.secret_key = "window"
    shell.install(made, [])
    guard.install(made, lambda _: window.reader)

    @made.get("/window")
    @public
    @alike_for_visitors(lambda: window.edition)
    def show() -> str:
        return window.page()

    @made.get("/broken")
    @public
    @alike_for_visitors(lambda: window.edition)
    def fail() -> str:
        window.drawn += 1
        raise Conflict

    @made.errorhandler(Conflict)
    def refuse(_: Conflict) -> tuple[str, int]:
        return window.page(), 409

    @made.get("/message")
    @public
    def leave_message() -> str:
        flash("办好了")
        return ""

    return made.test_client()


def words(visitor: FlaskClient, address: str = "/window", **given: str) -> list[str]:
    return visitor.get(address, headers=given).text.split()


def test_one_edition_is_drawn_once(visitor, window):
    assert words(visitor)[0] == "1"
    assert words(visitor)[0] == "1"

    window.edition = "second"

    assert words(visitor)[0] == "2"


def test_each_address_language_and_day_has_a_drawing_of_its_own(visitor):
    drawings = [words(visitor), words(visitor, "/window?q=1"), words(visitor, "/window?lang=en")]
    with clock.frozen_at(clock.now().replace(year=2099)):
        drawings.append(words(visitor))

    assert [drawing[0] for drawing in drawings] == ["1", "2", "3", "4"]
    assert [drawing[-1] for drawing in drawings] == ["zh", "zh", "en", "zh"]


def test_every_reader_sees_the_id_of_their_own_request(visitor, request_ids):
    first, second = words(visitor), words(visitor)

    assert first[0] == second[0]
    assert [first[1], second[1]] == request_ids


def test_a_short_request_id_changes_nothing_else_on_the_page(visitor, window, monkeypatch):
    monkeypatch.setattr("kernel.web.visitors.request_id", lambda: "a")
    window.filler = "banana"

    words(visitor)
    monkeypatch.setattr("kernel.web.visitors.request_id", lambda: "XX")

    assert words(visitor) == ["1", "XX", "zh", "banana"]


def test_who_is_signed_in_gets_a_page_of_their_own_and_leaves_none(visitor, window):
    window.reader = READER
    assert [words(visitor)[0], words(visitor)[0]] == ["1", "2"]

    window.reader = None

    assert words(visitor)[0] == "3"


def test_a_waiting_message_is_not_shown_to_the_next_visitor(visitor, window):
    visitor.get("/message")
    assert [words(visitor)[0], words(visitor)[0]] == ["1", "2"]


def test_a_refusal_is_not_kept_and_carries_its_own_request_id(visitor, window, request_ids):
    assert visitor.get("/broken").status_code == 409
    assert visitor.get("/broken").text.split()[1] == request_ids[-1]
    assert window.drawn == 4


def test_without_an_edition_and_beyond_the_limit_nothing_is_kept(visitor, window):
    window.edition = None
    assert [words(visitor)[0], words(visitor)[0]] == ["1", "2"]

    window.edition, window.filler = "third", "x" * LARGEST_PAGE

    assert [words(visitor)[0], words(visitor)[0]] == ["3", "4"]


def test_only_the_pages_used_last_are_kept(visitor):
    for number in range(MOST_PAGES):
        words(visitor, f"/window?q={number}")
    words(visitor, "/window?q=0")  # used again
    words(visitor, "/window?q=new")

    assert words(visitor, "/window?q=0")[0] == "1"
    assert words(visitor, "/window?q=1")[0] == str(MOST_PAGES + 2)


@pytest.fixture
def request_ids(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids given to requests, one after the other."""
    given: list[str] = []

    def next_id() -> str:
        given.append(f"request{len(given)}")
        return given[-1]

    monkeypatch.setattr("kernel.web.visitors.request_id", next_id)
    return given
