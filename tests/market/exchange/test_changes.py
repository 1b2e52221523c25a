"""The feed of changes: what the public may know, newest first, in two notations."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.db import transaction
from kernel.events import record
from market.catalogue import actions
from market.catalogue.rules import ProductState
from market.datasets.events import VersionArrived
from market.exchange import reads
from market.exchange.feeds import KINDS, Change, ChangeKind, atom, json_feed
from market.exchange.rules import Addresses
from market.storefront.actions import put_in_window
from tests.factories.catalogue import HOUSE, make_product, make_source, price_draft
from tests.factories.market import actor_of

ATOM = "{http://www.w3.org/2005/Atom}"
HERE = Addresses("https://market.example")
MORNING = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def shown(**changes: object) -> str:
    with transaction() as session:
        product = make_product(session, **changes)
        put_in_window(session, product.id)
        return product.id


def kinds_of(client: FlaskClient, product_id: str) -> list[str]:
    items = client.get("/api/exchange/changes.json").json["items"]
    return [item["tags"][0] for item in items if item["url"].endswith(product_id)]


def read(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own words


def test_a_new_version_is_told_of_each_product_made_from_it(
    client: FlaskClient, session: Session
) -> None:
    with transaction() as opened:
        source = make_source(opened)
        products = [make_product(opened, source).id for _ in range(2)]
        for product_id in products:
            put_in_window(opened, product_id)
        record(opened, HOUSE, VersionArrived("ver_9", source.id, "餐饮", 9, 100, "ab" * 32))

    for product_id in products:
        assert kinds_of(client, product_id) == ["data_arrived", "published"]


def test_the_life_of_a_product_is_told_newest_first(client: FlaskClient) -> None:
    product_id = shown()
    approver, operator = actor_of("bureau_approver"), actor_of("operator")
    with transaction() as session:
        actions.set_price(session, operator, product_id, price_draft("0.60", reason="降价"))
        actions.suspend_product(session, approver, product_id, "核查中")
        actions.resume_product(session, approver, product_id)
        actions.withdraw_product(session, approver, product_id, "停止供给")
        put_in_window(session, product_id)

    assert kinds_of(client, product_id) == [
        "withdrawn", "resumed", "suspended", "price_changed", "published",
    ]  # fmt: skip


def test_what_happened_before_publication_and_drafts_are_not_told(client: FlaskClient) -> None:
    published = shown()
    draft = shown(state=ProductState.DRAFT)

    assert kinds_of(client, published) == ["published"]  # its first price was set as a draft
    assert kinds_of(client, draft) == []
    assert draft not in client.get("/api/exchange/changes.atom").text


def test_the_reason_of_a_withdrawal_is_not_told(client: FlaskClient) -> None:
    product_id = shown(state=ProductState.WITHDRAWN)

    assert product_id in client.get("/api/exchange/changes.atom").text
    assert "停止供给" not in client.get("/api/exchange/changes.atom").text


def test_pages_of_changes_lead_back_to_the_first(
    session: Session, bureau_approver: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("reads", "feeds"):
        monkeypatch.setattr(f"market.exchange.{module}.MOST_CHANGES", 2)
    for _ in range(5):
        put_in_window(session, make_product(session).id)
    numbers, before = [], None

    while page := reads.list_changes(session, before):
        numbers += [change.number for change in page]
        before = page[-1].number

    assert len(numbers) == 5
    assert numbers == sorted(numbers, reverse=True)


def test_atom_and_json_say_the_same_and_titles_are_texts() -> None:
    hostile = "<script>alert(1)</script>\x0b & ]]>"
    changes = [
        Change(number, kind, "prd_01", hostile, MORNING)
        for number, kind in enumerate(ChangeKind, start=1)
    ]

    feed = read(atom(changes, HERE, MORNING))
    items = json_feed(changes, HERE)["items"]

    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [item["id"] for item in items]
    assert len({item["id"] for item in items}) == len(ChangeKind)
    assert entries[0].findtext(f"{ATOM}title") == items[0]["content_text"].replace("\x0b", "�")
    assert all(not list(entry.find(f"{ATOM}title")) for entry in entries)
    assert feed.findtext(f"{ATOM}updated") == "2026-03-02T01:30:00Z"


def test_every_kind_of_change_has_a_fact_behind_it() -> None:
    assert set(KINDS.values()) == set(ChangeKind)


def test_an_empty_feed_is_a_feed(client: FlaskClient) -> None:
    answer = client.get("/api/exchange/changes.atom")

    assert answer.mimetype == "application/atom+xml"
    assert read(answer.text).findall(f"{ATOM}entry") == []
    assert client.get("/api/exchange/changes.json").json["items"] == []


def test_a_malformed_place_is_refused(client: FlaskClient) -> None:
    assert client.get("/api/exchange/changes.json?before=0").status_code == 422
    assert client.get("/api/exchange/changes.json?before=9223372036854775808").status_code == 422
