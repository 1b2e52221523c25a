"""From the buyer's desk to the product page, and through the steps of a bad rating."""

from kernel import clock, relay
from market.organizations.models import Organization
from market.reviews import actions
from market.reviews.rules import Item, RectificationState
from market.storefront import actions as storefront
from market.storefront import tasks
from tests.factories.licences import make_licence
from tests.factories.market import sign_in_as
from tests.factories.reviews import WORDS, bring_to, make_review

S = RectificationState


def rating(level=5):
    return {"level": level, **{item.value: level for item in Item}, "words": "数据齐全，更新及时。"}


def test_a_buyer_rates_from_the_desk_and_everybody_reads_it_without_a_name(
    client, session, analyst
):
    licence = make_licence(session)
    storefront.put_in_window(session, licence.product_id)
    sign_in_as(client, analyst)
    assert f"/reviews/rate/{licence.id}" in client.get("/desk").text

    answer = client.post(f"/reviews/rate/{licence.id}", data=rating(5))

    assert answer.status_code == 303
    assert f"/reviews/rate/{licence.id}" not in client.get("/desk").text
    client.delete_cookie("market_session")
    page = client.get(f"/catalogue/{licence.product_id}?tab=reviews").text
    assert "4.273" in page
    assert "数据齐全，更新及时。" in page
    assert session.get_one(Organization, analyst.organization_id).name not in page


def test_a_refused_rating_keeps_what_was_typed(client, session, analyst):
    licence = make_licence(session)
    sign_in_as(client, analyst)

    page = client.post(f"/reviews/rate/{licence.id}", data={**rating(), "match": "6"})

    assert page.status_code == 422
    assert "数据齐全，更新及时。" in page.text


def test_a_rating_that_tells_of_a_person_is_refused(client, session, analyst):
    licence = make_licence(session)
    sign_in_as(client, analyst)
    told = {**rating(), "words": "客服张三 13812345678 态度好。"}

    page = client.post(f"/reviews/rate/{licence.id}", data=told)

    assert page.status_code == 422
    assert "不能有手机号" in page.text


def test_visitors_read_the_steps_of_a_bad_rating_as_they_are_taken(client, session, operator):
    case = make_review(session, 1)
    product_id = case.review.product_id
    storefront.put_in_window(session, product_id)
    session.commit()
    address = f"/catalogue/{product_id}?tab=reviews"
    assert "待联系买方" in client.get(address).text

    actions.contact_buyer(session, operator, case.review.id, WORDS)
    session.commit()
    relay.deliver(f"{tasks.__name__}.follow_rectification")

    assert "待核实" in client.get(address).text


def test_a_bad_rating_goes_through_its_steps_by_pages(client, session, operator, bureau_officer):
    case = make_review(session, 1)
    address = f"/reviews/{case.review.id}"
    sign_in_as(client, operator)
    assert "待联系买方" in client.get("/desk").text
    assert "参数待核实" in client.get(address).text
    for name, more in (
        ("contact", {}),
        ("verification", {"is_founded": "true"}),
        ("rectification", {}),
        ("reply", {}),
    ):
        assert f'action="{address}/{name}"' in client.get(address).text
        sent = client.post(f"{address}/{name}", data={"words": WORDS.words, **more})
        assert sent.status_code == 303
    assert "action=" not in client.get(address).text.split("<main")[1]
    assert (
        session.get_one(Organization, case.review.buyer_id).name
        not in client.get(address).text.split("<main")[1]
    )
    sign_in_as(client, bureau_officer)
    assert "待复核" in client.get("/desk").text

    client.post(f"{address}/recheck", data={"passes": "true", "words": "抽查十条，均已补齐。"})

    session.expire_all()
    assert case.work.state is S.CLOSED
    assert "已办结" in client.get(address).text
    assert "待复核" not in client.get("/desk").text


def test_a_late_bad_rating_stands_on_the_bureaus_desk(client, session, bureau_officer):
    case = make_review(session, 2)
    case.work.escalated_at = clock.now()
    session.commit()
    sign_in_as(client, bureau_officer)

    assert "供方逾期未办" in client.get("/desk").text
    assert case.title in client.get("/reviews/").text


def test_a_stranger_finds_no_case_and_a_buyer_adds_once(client, session, analyst, finance_clerk):
    case = bring_to(session, make_review(session, 2), S.VERIFY)
    address = f"/reviews/{case.review.id}"
    sign_in_as(client, finance_clerk)
    assert client.get(address).status_code == 404
    sign_in_as(client, analyst)
    assert WORDS.words in client.get(address).text

    client.post(f"{address}/addition", data={"words": "补充：三月数据也缺。"})

    page = client.get(address).text
    assert "补充：三月数据也缺。" in page
    assert f'action="{address}/addition"' not in page
    again = client.post(f"{address}/addition", data={"words": "再补充一次。"})
    assert again.status_code == 409


def test_programs_rate_answer_and_read_the_score(client, session, analyst, operator):
    licence = make_licence(session)
    sign_in_as(client, analyst)
    right = client.get("/api/reviews/rights").json["rights"][0]
    body = {**rating(2), "level": 2}
    case = client.post(f"/api/reviews/rights/{right['licence_id']}", json=body).json
    assert case["rectification"]["state"] == "contact"
    address = f"/api/reviews/{case['review']['id']}"
    sign_in_as(client, operator)
    words = {"words": WORDS.words}
    early = client.post(f"{address}/reply", json=words)
    assert (early.status_code, early.json["code"]) == (409, "rectification-step-wrong")
    client.post(f"{address}/contact", json=words)
    client.post(f"{address}/verification", json={"is_founded": True, **words})
    client.post(f"{address}/rectification", json=words)

    answered = client.post(f"{address}/reply", json=words).json

    assert answered["rectification"]["state"] == "recheck"
    client.delete_cookie("market_session")
    told = client.get(f"/api/reviews/of/{licence.product_id}").json
    assert (told["rating"]["count"], told["rating"]["score"]) == (1, "4.000")
    assert told["reviews"][0]["reply"] == WORDS.words
    assert analyst.organization_id not in str(told)


def test_an_answer_is_public_on_the_product_page(client, session, operator):
    case = make_review(session, 4)
    actions.reply_review(session, operator, case.review.id, WORDS)
    storefront.put_in_window(session, case.review.product_id)
    session.commit()

    page = client.get(f"/catalogue/{case.review.product_id}?tab=reviews").text

    assert WORDS.words in page
    assert "供方答复" in page
