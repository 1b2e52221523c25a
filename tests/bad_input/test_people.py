"""Ended sign-ins, repeats, stale forms and ids of others: said in words, and every word kept."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import clock
from market.accounts.models import LoginSession, MemberInvitation
from market.accounts.roles import Role
from market.accounts.rules import SESSION_IDLE
from market.catalogue import reads as catalogue
from market.catalogue.models import Product
from market.catalogue.rules import ProductState
from tests.bad_input.words import both_languages, text_of
from tests.factories.catalogue import make_product
from tests.factories.market import sign_in_as

INVITATION = {"email": "ana@demo.invalid", "roles": ["analyst", "purchaser"]}


@both_languages(
    "您填写的内容保留在本页。请先在新标签页登录，再回到这里继续提交。",
    "What you typed is kept on this page. Sign in in a new tab, then come back here and send it.",
)
def test_a_form_sent_after_the_sign_in_ended_is_kept_and_can_be_sent_again(
    client: FlaskClient, session: Session, language: str, words: str
) -> None:
    sign_in_as(client, Role.ADMINISTRATOR)
    session.scalars(select(LoginSession)).one().last_seen_at = clock.now() - SESSION_IDLE
    session.flush()

    answer = client.post(f"/organization?lang={language}", data=INVITATION)

    assert answer.status_code == 401
    page = text_of(answer)
    assert words in page
    assert '<textarea name="email" hidden>ana@demo.invalid</textarea>' in page
    assert page.count('name="roles"') == 2
    assert session.scalars(select(MemberInvitation)).all() == []
    sign_in_as(client, Role.ADMINISTRATOR)
    assert client.post("/organization", data=INVITATION).status_code == 303
    assert len(session.scalars(select(MemberInvitation)).all()) == 1


@both_languages("请先登录。", "Please sign in first.")
def test_a_program_whose_sign_in_ended_is_told_so(
    client: FlaskClient, session: Session, language: str, words: str
) -> None:
    answer = client.post(f"/api/invitations?lang={language}", json=INVITATION)

    assert (answer.status_code, answer.get_json()["code"]) == (401, "unauthenticated")
    assert words in text_of(answer)
    assert session.scalars(select(MemberInvitation)).all() == []


@both_languages(
    "这份表单已经提交过，没有重复办理。第一次的结果请到相应列表中查看。",
    "This form was sent before; it was not carried out twice.",
)
def test_a_request_sent_twice_counts_once(
    client: FlaskClient, session: Session, language: str, words: str
) -> None:
    sign_in_as(client, Role.ADMINISTRATOR)
    form = INVITATION | {"submission_id": "one"}
    by_key = {"Idempotency-Key": "two"}
    body = {"email": "bo@demo.invalid", "roles": ["analyst"]}

    first, again = (client.post("/organization", data=form) for _ in range(2))
    client.post("/api/invitations", json=body, headers=by_key)
    answer = client.post(f"/api/invitations?lang={language}", json=body, headers=by_key)

    assert (first.status_code, again.status_code) == (303, 303)
    assert first.location == again.location
    assert (answer.status_code, answer.get_json()["code"]) == (409, "already-submitted")
    assert words in text_of(answer)
    assert len(session.scalars(select(MemberInvitation)).all()) == 2


@pytest.fixture
def product(session: Session) -> Product:
    made = make_product(session, state=ProductState.DRAFT)
    session.commit()
    return made


def revision(product: Product, title: str, number: int) -> dict[str, object]:
    return {
        "title_zh": title,
        "form": "service",
        "bureau_id": str(product.bureau_id),
        "dataset_ids": product.dataset_ids,
        "revision": str(number),
    }


@both_languages(
    "这个产品在您编辑期间已被他人修改。您填写的内容仍在本页；请在新标签页核对最新内容后再提交。",
    "Somebody changed this product while you were editing. What you typed is still here;",
)
def test_a_stale_form_overwrites_nothing_keeps_its_text_and_can_then_be_sent(
    client: FlaskClient, session: Session, product: Product, language: str, words: str
) -> None:
    sign_in_as(client, Role.OPERATOR)
    place, opened = f"/products/{product.id}/edit", product.revision
    client.post(place, data=revision(product, "先到的名字", opened))

    late = client.post(f"{place}?lang={language}", data=revision(product, "晚到的名字", opened))

    assert late.status_code == 409
    page = text_of(late)
    assert words in page
    assert 'value="晚到的名字"' in page
    assert title_of(session, product) == "先到的名字"
    assert f'name="revision" value="{opened + 1}"' in page
    client.post(place, data=revision(product, "晚到的名字", opened + 1))
    assert title_of(session, product) == "晚到的名字"


def title_of(session: Session, product: Product) -> str:
    session.expire_all()
    return catalogue.get_product(session, product.id).title_zh
