"""A demand goes from the form to the board, to an answer and to the desks of those who asked."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from kernel import clock
from kernel.workdays import state_council_calendar
from market.demands import actions
from market.demands.models import Demand
from market.demands.rules import DemandState
from market.demands.schemas import Joining
from market.organizations.models import Organization
from tests.factories.catalogue import make_product
from tests.factories.demands import company, make_demand
from tests.factories.market import sign_in_as


def form_of_a_demand(**changes):
    return {
        "title": "全市充电桩每日使用次数",
        "purpose": "为新建充电站选址，需要知道各街道现有充电桩的使用强度。",
        "scenario": "transport",
        "wanted_fields": "街道\n日期\n使用次数",
        "cycle": "daily",
        "needed_until_on": str(clock.today() + timedelta(days=200)),
        **changes,
    }


def test_a_demand_is_asked_read_published_and_found_by_everybody(
    client, session, analyst, bureau_officer
):
    sign_in_as(client, analyst)
    answer = client.post("/demands/new", data=form_of_a_demand())
    assert answer.status_code == 303
    demand = session.scalars(select(Demand)).one()
    assert "参数待核实" in client.get(answer.location).text
    client.delete_cookie("market_session")
    assert client.get(answer.location).status_code == 404
    assert "还没有公布的需求" in client.get("/demands/").text
    sign_in_as(client, bureau_officer)
    assert "公布需求《全市充电桩每日使用次数》" in client.get("/desk").text

    published = client.post(f"/demands/{demand.id}/publication")

    assert published.status_code == 303
    client.delete_cookie("market_session")
    assert "全市充电桩每日使用次数" in client.get("/demands/").text
    page = client.get(f"/demands/{demand.id}").text
    assert "1 家单位需要" in page
    name = session.get_one(Organization, analyst.organization_id).name
    assert name not in page.split("<main")[1]
    assert "<form" not in page.split("<main")[1]


def test_a_refused_form_keeps_what_was_typed(client, session, analyst):
    sign_in_as(client, analyst)

    page = client.post("/demands/new", data=form_of_a_demand(title="找张三 13812345678"))

    assert page.status_code == 422
    assert "不能有手机号" in page.text
    assert "各街道现有充电桩的使用强度" in page.text
    assert session.scalars(select(Demand)).all() == []


def test_another_company_joins_by_the_page_and_withdraws(client, session):
    demand = make_demand(session)
    sign_in_as(client, company(session, "b"))
    assert "我们也需要" in client.get(f"/demands/{demand.id}").text

    joined = client.post(f"/demands/{demand.id}/joining", data={"is_named": "true"})

    page = client.get(joined.location).text
    assert "2 家单位需要" in page
    assert "我们也需要" not in page
    assert demand.title in client.get("/demands/mine").text
    client.post(f"/demands/{demand.id}/withdrawal")
    assert "1 家单位需要" in client.get(joined.location).text


def test_a_returned_demand_is_mended_from_the_desk(client, session, analyst):
    demand = make_demand(session, DemandState.RETURNED)
    sign_in_as(client, analyst)
    desk = client.get("/desk").text
    assert "修改退回的需求" in desk
    assert "数据尚未采集" in desk
    assert demand.title in client.get(f"/demands/{demand.id}/edit").text

    answer = client.post(f"/demands/{demand.id}/edit", data=form_of_a_demand(title="修改后的需求"))

    assert answer.status_code == 303
    assert "修改后的需求" in client.get(answer.location).text


def test_dm_07_everybody_who_asked_is_told_on_the_desk_when_it_becomes_a_product(
    client, session, analyst, bureau_officer
):
    demand = make_demand(session, DemandState.PLANNED)
    joiner, stranger = company(session, "b"), company(session, "c")
    actions.join_demand(session, joiner, demand.id, Joining())
    product = make_product(session)
    sign_in_as(client, bureau_officer)
    assert "按计划提供" in client.get("/desk").text

    client.post(f"/demands/{demand.id}/product", data={"product_id": product.id})

    for actor, is_told in ((analyst, True), (joiner, True), (stranger, False)):
        sign_in_as(client, actor)
        assert (f"需求《{demand.title}》：已有产品" in client.get("/desk").text) == is_told
    assert product.title in client.get(f"/demands/{demand.id}").text


def test_the_bureau_answers_by_the_page_and_the_answer_is_public(client, session, bureau_officer):
    demand = make_demand(session)
    sign_in_as(client, bureau_officer)
    assert demand.title in client.get("/demands/waiting").text
    too_short = client.post(f"/demands/{demand.id}/refusal", data={"reason": "不"})
    assert too_short.status_code == 422

    client.post(f"/demands/{demand.id}/refusal", data={"reason": "数据尚未采集，没有条件。"})

    client.delete_cookie("market_session")
    assert "数据尚未采集，没有条件。" in client.get(f"/demands/{demand.id}").text
    assert demand.title in client.get("/demands/?state=refused").text
    assert "没有符合筛选条件的内容" in client.get("/demands/?state=planned").text


def test_the_figures_are_the_bureaus(client, session, bureau_officer, analyst):
    make_demand(session)
    sign_in_as(client, bureau_officer)
    page = client.get("/demands/statistics").text
    assert "首次答复用时的中位数" in page
    assert "参数待核实" in page

    sign_in_as(client, analyst)

    assert client.get("/demands/statistics").status_code == 403
    assert client.get("/demands/waiting").status_code == 403


@pytest.mark.parametrize(("role", "stands"), [("analyst", True), ("bureau_officer", False)])
def test_the_menu_has_demands_for_those_who_ask_and_a_tab_for_those_who_answer(
    client, role, stands
):
    sign_in_as(client, role)

    menu = client.get("/desk").text.split('<nav class="nouns"')[1].split("</nav>")[0]

    assert ('href="/demands/"' in menu) == stands
    if not stands:
        assert 'href="/demands/waiting"' in client.get("/products").text


def test_a_deadline_beyond_the_known_calendar_says_so(client, session, bureau_officer):
    last_year = state_council_calendar().last_year
    with clock.frozen_at(datetime(last_year, 12, 28, 2, 0, tzinfo=UTC)):
        beyond = make_demand(session)
    with clock.frozen_at(datetime(last_year, 3, 2, 2, 0, tzinfo=UTC)):
        within = make_demand(session)
    sign_in_as(client, bureau_officer)

    assert "暂定" in client.get(f"/demands/{beyond.id}").text
    assert "暂定" not in client.get(f"/demands/{within.id}").text


def test_the_board_offers_only_filters_that_narrow_it(client, session):
    make_demand(session)
    make_demand(session, DemandState.PLANNED, scenario="health")
    make_demand(session, DemandState.SUBMITTED, scenario="weather")

    board = client.get("/demands/").text

    assert "scenario=health" in board
    assert "state=planned" in board
    assert "scenario=weather" not in board
    assert "state=refused" not in board


def test_an_english_page_is_english(client, session):
    demand = make_demand(session)

    page = client.get(f"/demands/{demand.id}?lang=en").text

    assert "Who asks" in page
    assert "Organisations asking: 1" in page
