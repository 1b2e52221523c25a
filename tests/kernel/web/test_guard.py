"""The door: closed unless said, to other sites always; refusals are said, kept and recorded."""

import threading
from dataclasses import dataclass

import pytest
from flask import Flask, g, request
from sqlalchemy import insert, select

from kernel import clock
from kernel.actor import Actor, ActorKind, Permission
from kernel.db import transaction
from kernel.errors import Conflict, LimitReached, Unavailable
from kernel.events import ActRefused, Event, EventLog, record
from kernel.i18n import N_
from kernel.web import guard, problems
from kernel.web.guard import current_actor, public
from kernel.web.shell import install as install_shell
from kernel.web.submissions import FIELD, HEADER, Submission, claim_once, remember_location
from tests.factories.market import sign_in_as

ACTOR = Actor("usr_door", ActorKind.PERSON, "org_door", frozenset({Permission.SET_PRICE}))
JSON = {"Accept": "application/json"}


@dataclass(eq=False)
class PriceTooHigh(Conflict):
    code = "price-too-high"
    message = N_("价格高于上限 {cap}。")
    clause = "PR-04"

    product_id: str
    cap: int


@dataclass(frozen=True)
class DoorOpened(Event):
    name = "test.door_opened"
    sentence = N_("开门")
    door_id: str


@pytest.fixture
def house() -> Flask:
    """A small application behind the same door; who asks is said by a header."""
    app = Flask(__name__, template_folder=None)
    guard.install(app, lambda asked: ACTOR if asked.headers.get("X-Who") else None)
    problems.install(app)
    install_shell(app, [])

    @app.get("/open")
    @public
    def open_to_all():
        return "open"

    @app.route("/closed", methods=["GET", "POST"])
    def closed():
        return current_actor().id

    @app.post("/price/<product_id>")
    def price(product_id: str):
        with transaction() as session:
            record(session, current_actor(), DoorOpened("never"))
            session.flush()
            raise PriceTooHigh(product_id, 1200)

    @app.post("/submit")
    def submit():
        with transaction() as session:
            claim_once(session, current_actor().id)
            row = record(session, current_actor(), DoorOpened(request.form.get("door", "")))
            remember_location(session, current_actor().id, f"/doors/{row.id}")
        return f"/doors/{row.id}", 201

    _add_doors_that_fail(app)
    return app


def _add_doors_that_fail(app: Flask) -> None:
    @app.get("/api/broken")
    def broken():
        raise RuntimeError("the secret of the house")

    @app.get("/api/limited")
    def limited():
        raise LimitReached

    @app.post("/api/twins")
    def make_twins():
        row = {"actor_id": "a", "endpoint": "", "location": "", "created_at": clock.now()}
        row |= request.get_json()
        with transaction() as session:
            session.execute(insert(Submission), [row])
            session.execute(insert(Submission), [row])

    @app.get("/api/away")
    def away():
        raise Unavailable


@pytest.fixture
def door(house, connection):
    return house.test_client()


def events(name: str) -> list[EventLog]:
    with transaction() as session:
        return list(session.scalars(select(EventLog).where(EventLog.name == name)))


def test_a_route_is_closed_unless_it_says_that_it_is_open(door):
    assert door.get("/open").status_code == 200
    assert door.get("/closed", headers=JSON).status_code == 401
    assert door.get("/closed", headers={"X-Who": "me"}).text == "usr_door"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({}, 200),
    ],
)
def test_only_our_own_pages_act_in_somebodys_name(door, headers, status):
    answer = door.post("/closed", headers={"X-Who": "me", **JSON, **headers})

    assert answer.status_code == status
    assert door.get("/closed", headers={"X-Who": "me", **headers}).status_code == 200


@pytest.mark.parametrize("path", ["/open", "/closed", "/nowhere", "/api/broken"])
def test_every_answer_carries_the_headers_that_keep_browsers_safe(door, path):
    answer = door.get(path, headers={"X-Who": "me", **JSON})

    assert set(guard.HEADERS) <= set(answer.headers.keys())
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_machine_reads_a_refusal_as_problem_json(door):
    answer = door.post("/price/prd_1", headers={"X-Who": "me", **JSON})

    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    problem = answer.get_json()
    assert problem.pop("request_id") is not None
    assert problem == {
        "type": "/problems/price-too-high",
        "title": "现在不能这样做",
        "status": 409,
        "detail": "价格高于上限 1,200。",
        "code": "price-too-high",
        "clause": "PR-04",
        "facts": {"product_id": "prd_1", "cap": 1200},
    }


def test_a_refusal_is_recorded_after_the_act_has_rolled_back(door):
    door.post("/price/prd_1", headers={"X-Who": "me", **JSON})

    assert events("test.door_opened") == []
    (refused,) = events(ActRefused.name)
    assert (refused.actor_id, refused.payload["clause"]) == ("usr_door", "PR-04")
    assert refused.payload["about_id"] == "prd_1"
    assert refused.payload["reason"] == "价格高于上限 1,200。"


@pytest.mark.parametrize(("path", "status"), [("/api/limited", 429), ("/api/away", 503)])
def test_each_family_has_its_own_status(door, path, status):
    answer = door.get(path, headers={"X-Who": "me"})

    assert (answer.status_code, answer.get_json()["status"]) == (status, status)


def test_a_fault_of_ours_tells_a_number_and_no_secret(door):
    answer = door.get("/api/broken", headers={"X-Who": "me"})

    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal-error")
    assert "secret" not in answer.text


def test_an_ended_sign_in_leads_there_and_back_and_keeps_what_was_typed(client):
    reading = client.get("/desk?x=1")
    sending = client.post("/datasets/new", data={"title": "很长的<说明>", FIELD: "n"})

    assert reading.status_code == 302
    assert "next=/desk" in reading.location
    assert sending.status_code == 401
    assert "很长的&lt;说明&gt;" in sending.text
    assert f'<textarea name="{FIELD}" hidden>n</textarea>' in sending.text


def submit(door, **headers: str):
    return door.post("/submit", data={"door": "d"}, headers={"X-Who": "me", **JSON, **headers})


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"id": "twin"}, 409, "conflict"),
        ({"id": "a\x00"}, 422, "not-storable"),
        ({"id": "b", "endpoint": None}, 500, "internal-error"),
    ],
)
def test_what_the_database_refuses_is_a_refusal_where_the_asker_can_mend_it(
    door, given, status, code
):
    answer = door.post("/api/twins", json=given, headers={"X-Who": "me"})

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_a_form_sent_twice_counts_once_and_leads_to_its_result(door):
    form = {"door": "d", FIELD: "number-1"}
    first = door.post("/submit", data=form, headers={"X-Who": "me"})

    second = door.post("/submit", data=form, headers={"X-Who": "me", "Accept": "text/html"})

    assert (first.status_code, second.status_code) == (201, 303)
    assert second.location == first.text
    assert len(events("test.door_opened")) == 1


def test_a_machine_that_repeats_its_key_is_told_so(door):
    submit(door, **{HEADER: "key-1"})

    answer = submit(door, **{HEADER: "key-1"})

    assert (answer.status_code, answer.get_json()["code"]) == (409, "already-submitted")
    assert submit(door, **{HEADER: "key-2"}).status_code == 201
    assert submit(door).status_code == submit(door).status_code == 201


def test_two_sendings_at_once_are_one_act(own_database, house):
    answers: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(
                submit(house.test_client(), **{HEADER: "same"}).status_code
            )
        )
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [201, 409, 409, 409, 409, 409]
    assert len(events("test.door_opened")) == 1
    with transaction() as session:
        assert len(session.scalars(select(Submission)).all()) == 1


def test_the_same_number_of_another_person_is_another_form(app):
    clients = [app.test_client(), app.test_client()]
    for client, role in zip(clients, ("analyst", "purchaser"), strict=True):
        actor = sign_in_as(client, role)
        with app.test_request_context(method="POST", data={FIELD: "shared"}), transaction() as s:
            g.actor = actor
            claim_once(s, actor.id)

    with transaction() as session:
        assert len(session.scalars(select(Submission)).all()) == 2
