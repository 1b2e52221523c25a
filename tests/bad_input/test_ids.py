"""What belongs to others looks exactly like what does not exist, and says where to look."""

import re
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from billing.payments import actions as payments
from kernel.errors import NotFound
from kernel.events import ActRefused, EventLog
from market.accounts.roles import Role
from market.catalogue.rules import ProductState
from tests.bad_input.words import both_languages, text_of
from tests.factories.billing import make_order, purchaser
from tests.factories.catalogue import make_product
from tests.factories.data import make_dataset, make_version
from tests.factories.market import actor_of, sign_in_as, stored

UNKNOWN = "nobodys"
REQUEST = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Thing:
    """Something of others: where it stands, who asks for it, and the words for "not found"."""

    places: tuple[str, ...]
    role: Role
    chinese: str
    english: str


THINGS = {
    "order": Thing(
        ("/orders/{id}", "/api/orders/{id}"),
        Role.PURCHASER,
        "没有这份订单，或它与贵单位无关。请从“账单”页的列表进入。",
        "There is no such order, or it is not your organisation's.",
    ),
    "licence": Thing(
        ("/licences/{id}", "/api/licences/{id}"),
        Role.PURCHASER,
        "没有这份许可合同，或它与贵单位无关。请从“合同”页的列表进入。",
        "There is no such licence, or it does not concern your organisation.",
    ),
    "payment": Thing(
        ("/payments/{id}", "/api/payments/{id}"),
        Role.PURCHASER,
        "没有这笔付款，或它不属于贵单位。请从订单页进入。",
        "There is no such payment, or it is not your organisation's.",
    ),
    "product": Thing(
        ("/products/{id}", "/api/products/{id}"),
        Role.OPERATOR,
        "没有这个产品，或它还没有公开。请到“目录”中查找。",
        "There is no such product, or it is not public yet.",
    ),
    "upload": Thing(
        ("/api/datasets/{dataset}/versions/{id}/preview",),
        Role.OPERATOR,
        NotFound.message,
        "Not found. It may not exist, or not belong to your organisation.",
    ),
}


@pytest.fixture
def ids(session: Session, store: object) -> dict[str, str]:
    """One thing of each kind, of organisations that the asker has nothing to do with."""
    order = make_order(session)
    payment = payments.begin_payment(session, purchaser(session), order.id)
    draft = make_product(session, state=ProductState.DRAFT)
    dataset = make_dataset(session)
    upload = make_version(session, dataset)
    session.commit()
    return {
        "order": order.id,
        "licence": order.licence_id,
        "payment": payment.id,
        "product": draft.id,
        "upload": upload.id,
        "dataset": dataset.id,
    }


def without_ids(answer: TestResponse, *ids: str) -> str:
    """The words of an answer, without the ids that it was asked for and its own number."""
    text = REQUEST.sub("", text_of(answer))
    for one in ids:
        text = text.replace(one, "")
    return text


@pytest.mark.parametrize("kind", THINGS)
def test_a_thing_of_others_is_answered_like_one_that_does_not_exist(
    client: FlaskClient, session: Session, ids: dict[str, str], kind: str
) -> None:
    thing = THINGS[kind]
    stranger = actor_of(thing.role, organization_id="org_other", id="usr_other")
    sign_in_as(client, stored(session, stranger))

    for place in thing.places:
        for language, words in (("zh", thing.chinese), ("en", thing.english)):
            address = f"{place}?lang={language}"
            theirs = client.get(address.format(id=ids[kind], dataset=ids["dataset"]))
            nothing = client.get(address.format(id=UNKNOWN, dataset=ids["dataset"]))

            assert (theirs.status_code, nothing.status_code) == (404, 404)
            assert words in text_of(theirs)
            assert without_ids(theirs, ids[kind]) == without_ids(nothing, UNKNOWN)


@pytest.mark.parametrize("place", ["/nowhere", "/api/nowhere"])
def test_an_unknown_address_says_where_to_go(client: FlaskClient, place: str) -> None:
    chinese, english = (client.get(f"{place}?lang={language}") for language in ("zh", "en"))

    assert (chinese.status_code, english.status_code) == (404, 404)
    assert "没有这个页面。请检查地址，或从首页重新进入。" in text_of(chinese)
    assert "There is no such page. Check the address, or start again" in text_of(english)


@pytest.mark.parametrize(
    "place",
    [
        "/catalogue/%00",
        "/catalogue?department=a%00",
        "/api/products/prd_%00",
        "/api/orders/%00",
        f"/log/checkpoint/{'9' * 30}",
    ],
)
def test_an_id_that_nothing_can_have_is_not_found(
    client: FlaskClient, session: Session, place: str
) -> None:
    sign_in_as(client, stored(session, actor_of(Role.PURCHASER)))

    answer = client.get(place)

    assert answer.status_code == 404
    assert NotFound.message in text_of(answer)


def test_a_refusal_about_an_id_that_nothing_can_have_is_a_refusal_and_a_fact(
    client: FlaskClient, session: Session
) -> None:
    sign_in_as(client, stored(session, actor_of(Role.PURCHASER)))

    answer = client.post("/api/alerts/a%00b/taking", json={})

    assert answer.status_code == 403
    [fact] = session.scalars(select(EventLog).where(EventLog.name == ActRefused.name))
    assert fact.payload["about_id"] == "a\N{REPLACEMENT CHARACTER}b"


@both_languages(
    "有一处含有不能保存的字符，或数字过大。请改正后重新提交。",
    "Something holds a character that cannot be stored, or a number is too large.",
)
def test_what_cannot_be_stored_is_said_and_the_rest_stays_typed(
    client: FlaskClient, session: Session, language: str, words: str
) -> None:
    sign_in_as(client, stored(session, actor_of(Role.PURCHASER)))
    typed = {"name": "夜间\x00同步", "scopes": "place_order", "life_days": "17"}

    page = client.post(f"/me/tokens?lang={language}", data=typed)
    answer = client.post(
        f"/api/tokens?lang={language}", json=typed | {"scopes": ["place_order"], "life_days": 17}
    )

    assert (page.status_code, answer.status_code) == (422, 422)
    assert words in text_of(page)
    assert 'value="17"' in page.text
    assert answer.get_json()["code"] == "not-storable"
