"""Can finance keep its books, walk the test, charge its months and print its tables on pages?"""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy.orm import Session

from kernel.actor import Actor
from tests.factories.books import ensure_product, make_cost, make_order, on_day
from tests.factories.market import actor_of
from tests.valuation.conftest import ClientAs
from valuation.assets import reads
from valuation.assets.models import DataAsset
from valuation.books.models import AccountingEntity
from valuation.costs.rules import Stage
from valuation.recognitions import actions as recognitions
from valuation.recognitions.rules import Criterion, Node

TODAY = date(2024, 6, 30)
PRODUCT = "prd_own"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with on_day(TODAY):
        yield


@pytest.fixture
def bought(session: Session, entity: AccountingEntity) -> DataAsset:
    order = make_order(entity, 1_272, 72, paid_on=date(2024, 4, 2))
    asset = recognitions.receive_purchase(session, Actor.system("test"), order)
    session.commit()
    return asset


def walk_form(*, is_bought: bool, no: Node | None = None) -> dict[str, str]:
    """The walk as the page sends it."""
    left_out = Node.CRITERIA if is_bought else Node.IDENTIFIABLE
    sent = {"purpose": "service", "origin": "bought" if is_bought else "development"}
    for index, node in enumerate(one for one in Node if one is not left_out):
        base = f"answers-{index}"
        sent |= {
            f"{base}-node": node.value,
            f"{base}-holds": "false" if node is no else "true",
            f"{base}-reason": f"理由{index}",
            f"{base}-evidence": "evi_1",
        }
    if not is_bought:
        for index, criterion in enumerate(Criterion):
            sent |= {
                f"criteria-{index}-criterion": criterion.value,
                f"criteria-{index}-document": "立项〔2024〕1号",
                f"criteria-{index}-met_on": "2024-05-01",
                f"criteria-{index}-approver": "办公会",
            }
    return sent


USE = {
    "ready_on": "2024-04-20",
    "use": "own_use",
    "life_months": "12",
    "reason": "合同期限一年",
}


def test_without_books_a_clerk_is_led_to_open_them(
    client_as: ClientAs, finance_clerk: Actor
) -> None:
    client = client_as(finance_clerk)
    assert "还没有建账" in client.get("/assets").text

    answer = client.post("/books/new", data={"title": "江城数据运营公司"})

    assert answer.status_code == 303
    assert "江城数据运营公司" in client.get("/assets").text
    assert client.post("/books/new", data={"title": "再建一套"}).status_code == 409


def test_a_purchase_is_walked_booked_used_and_charged_on_pages(
    client_as: ClientAs, session: Session, entity: AccountingEntity,
    finance_clerk: Actor, bought: DataAsset,
) -> None:  # fmt: skip
    client = client_as(finance_clerk)
    assert "判断《外购样例》是否入表" in client.get("/desk").text
    assert "外购样例" in client.get("/assets").text
    walked = client.post(f"/recognitions/{bought.id}", data=walk_form(is_bought=True))
    assert walked.status_code == 303
    decided = client.get(walked.location).text
    assert "确认为无形资产" in decided
    assert "理由0" in decided
    used = client.post(f"/assets/{bought.id}/use", data=USE)
    assert used.status_code == 303
    desk = client.get("/desk").text
    assert "2024-06 的摊销尚未计提" in desk
    assert "下一次摊销" in desk
    assert "《外购样例》" in desk

    charged = client.post(
        "/assets/month-end", data={"entity_id": entity.id, "month_on": "2024-06-01"}
    )

    assert charged.status_code == 303
    card = client.get(f"/assets/{bought.id}").text
    assert "900.00" in card
    assert "(300.00)" in card
    assert card.count("已计提") == 3
    assert "记-2024-04-1" in card


def test_development_is_walked_with_five_criteria_on_the_page(
    client_as: ClientAs, session: Session, entity: AccountingEntity, finance_clerk: Actor
) -> None:
    make_cost(session, finance_clerk, 100, on=date(2024, 3, 1), stage=Stage.RESEARCH)
    make_cost(session, finance_clerk, 720, on=date(2024, 5, 2))
    session.commit()
    client = client_as(finance_clerk)
    opened = client.post(
        "/recognitions/new", data={"product_id": PRODUCT, "started_on": "2024-01-01"}
    )

    walked = client.post(opened.location, data=walk_form(is_bought=False))

    page = client.get(walked.location).text
    for words in ("资本化为开发支出", "2024-05-01", "立项〔2024〕1号", "资本化", "费用化"):
        assert words in page
    assert "720.00" in client.get("/assets").text


def test_an_unanswered_node_is_named_and_the_rest_is_kept(
    client_as: ClientAs, entity: AccountingEntity, finance_clerk: Actor, bought: DataAsset
) -> None:
    sent = {**walk_form(is_bought=True), "answers-2-reason": "", "answers-2-evidence": ""}

    answer = client_as(finance_clerk).post(f"/recognitions/{bought.id}", data=sent)

    assert answer.status_code == 422
    assert "预期经济利益是否很可能流入" in answer.text
    assert "理由1" in answer.text


def test_nobodys_yes_is_taken_for_granted(client_as, finance_clerk, bought):
    client = client_as(finance_clerk)
    page = client.get(f"/recognitions/{bought.id}").text
    sent = walk_form(is_bought=True)
    del sent["answers-1-holds"]

    answer = client.post(f"/recognitions/{bought.id}", data=sent)

    assert 'type="radio"' in page
    assert "checked" not in page
    assert answer.status_code == 422
    assert "请选择是或否。" in answer.text
    assert "理由1" in answer.text


def test_a_no_ends_the_walk_and_the_purchase_is_expensed(
    client_as: ClientAs, entity: AccountingEntity, finance_clerk: Actor, bought: DataAsset
) -> None:
    client = client_as(finance_clerk)
    sent = walk_form(is_bought=True, no=Node.CONTROL)

    client.post(f"/recognitions/{bought.id}", data=sent)

    assert "不确认为资产" in client.get(f"/recognitions/{bought.id}").text


def test_booking_at_the_appraisal_is_refused_with_its_rule(
    client_as: ClientAs, session: Session, entity: AccountingEntity, finance_clerk: Actor,
    bought: DataAsset,
) -> None:  # fmt: skip
    sent = {**walk_form(is_bought=True), "booked_amount": "1780627.50"}

    answer = client_as(finance_clerk).post(f"/recognitions/{bought.id}", data=sent)

    assert answer.status_code == 409
    assert "不按评估值入账" in answer.text
    assert "DA-02" in answer.text


@pytest.fixture
def in_use(client_as: ClientAs, finance_clerk: Actor, bought: DataAsset) -> DataAsset:
    client = client_as(finance_clerk)
    client.post(f"/recognitions/{bought.id}", data=walk_form(is_bought=True))
    client.post(f"/assets/{bought.id}/use", data=USE)
    client.post("/assets/month-end", data={"entity_id": bought.entity_id, "month_on": "2024-06-01"})
    return bought


@pytest.mark.parametrize(
    ("act", "data", "words"),
    [
        (
            "impairment",
            {
                "on": "2024-06-30",
                "fair_value": "450",
                "disposal_cost": "0",
                "value_in_use": "1",
                "reason": "报价下跌",
            },
            "450.00",
        ),
        ("life", {"months_left": "5", "reason": "更新更快"}, None),
        ("sale", {"on": "2024-06-30", "price": "1", "vat": "0"}, None),
        ("lapse", {"on": "2024-06-30", "cause": "outside", "reason": "授权收回"}, None),
        ("write-up", {"on": "2024-06-30", "carrying": "9999", "reason": "评估增值"}, None),
        ("measurement", {"on": "2024-06-30", "price": "1", "reason": "报价"}, None),
    ],
)
def test_each_act_has_a_form_and_answers_in_words(
    client_as: ClientAs, finance_clerk: Actor, in_use: DataAsset,
    act: str, data: dict[str, str], words: str | None,
) -> None:  # fmt: skip
    client = client_as(finance_clerk)
    assert client.get(f"/assets/{in_use.id}/{act}").status_code == 200

    answer = client.post(f"/assets/{in_use.id}/{act}", data=data)

    if words:
        assert answer.status_code == 303
        assert words in client.get(f"/assets/{in_use.id}").text
    else:
        assert answer.status_code == 409
        assert 'role="alert"' in answer.text


def test_the_statements_page_shows_both_tables_and_every_check(
    client_as: ClientAs, entity: AccountingEntity, finance_clerk: Actor, in_use: DataAsset
) -> None:
    page = client_as(finance_clerk).get("/statements?year=2024").text

    for words in (
        "外购的数据资源无形资产",
        "四、账面价值",
        "自行加工的数据资源存货",
        "勾稽全部相符",
        "1,200.00",
        "900.00",
    ):
        assert words in page


def test_the_appointed_auditor_reads_everything_and_changes_nothing(
    client_as: ClientAs, entity: AccountingEntity, in_use: DataAsset
) -> None:
    client = client_as(actor_of("auditor", entity_ids=[entity.id]))

    for path in (
        "/assets",
        f"/assets/{in_use.id}",
        f"/recognitions/{in_use.id}",
        "/books",
        f"/books?entity_id={entity.id}&month_on=2024-05-01",
        f"/books/{entity.id}/chart",
        "/statements?year=2024",
    ):
        assert client.get(path).status_code == 200, path
    assert client.get(f"/assets/{in_use.id}/sale").status_code == 403
    month = {"entity_id": entity.id, "month_on": "2024-06-01"}
    assert client.post("/assets/month-end", data=month).status_code == 403
    assert (
        client.post(f"/books/{entity.id}/closing", data={"month_on": "2024-04-01"}).status_code
        == 403
    )


def test_others_find_nothing(
    client_as: ClientAs, entity: AccountingEntity, in_use: DataAsset
) -> None:
    for stranger in (
        actor_of("finance_clerk", organization_id="org_other"),
        actor_of("auditor", entity_ids=["aen_other"]),
        actor_of("analyst"),
    ):
        client = client_as(stranger)
        for path in (
            f"/assets/{in_use.id}",
            f"/assets?entity_id={entity.id}",
            f"/recognitions/{in_use.id}",
            f"/books?entity_id={entity.id}",
            f"/statements?entity_id={entity.id}",
        ):
            assert client.get(path).status_code == 404, path


def test_an_auditor_to_whom_no_books_are_opened_is_led_to_no_closed_door(
    client_as: ClientAs,
) -> None:
    client = client_as(actor_of("auditor", organization_id="org_without_books"))

    page = client.get("/assets").get_data(as_text=True)

    assert 'href="/costs"' not in page
    assert "没有向您开放的账簿" in page


def test_an_appraiser_is_led_to_appraisals_and_an_operator_to_costs(
    client_as: ClientAs, appraiser: Actor, operator: Actor
) -> None:
    assert client_as(appraiser).get("/assets").location == "/appraisals"
    assert client_as(operator).get("/assets").location == "/costs"


def test_a_month_is_closed_on_the_page_and_takes_no_more(
    client_as: ClientAs, entity: AccountingEntity, finance_clerk: Actor, in_use: DataAsset
) -> None:
    client = client_as(finance_clerk)

    closed = client.post(f"/books/{entity.id}/closing", data={"month_on": "2024-04-01"})

    assert closed.status_code == 303
    assert "已结账" in client.get("/books").text


def test_books_and_assets_by_json(
    client_as: ClientAs, session: Session, entity: AccountingEntity, finance_clerk: Actor,
    bought: DataAsset,
) -> None:  # fmt: skip
    client = client_as(finance_clerk)
    nodes = [one.value for one in Node if one is not Node.CRITERIA]
    answers = [{"node": node, "holds": True, "reason": "有据", "evidence": "e"} for node in nodes]
    body = {"purpose": "own_use", "origin": "bought", "answers": answers}

    decided = client.post(f"/api/recognitions/{bought.id}", json=body)

    assert (decided.status_code, decided.json["outcome"]) == (201, "intangible")
    assert client.get(f"/api/recognitions/{bought.id}").json == decided.json
    used = client.post(f"/api/assets/{bought.id}/use", json={**USE, "life_months": 12})
    assert (used.json["state"], used.json["carrying"]) == ("recognised", "1200.00")
    month = {"entity_id": entity.id, "month_on": "2024-06-01"}
    assert client.post("/api/assets/month-ends", json=month).json == {"charged": 3}
    assert client.post("/api/assets/month-ends", json=month).json == {"charged": 0}
    lines = client.get(f"/api/assets/{bought.id}/schedule").json["lines"]
    assert [one["charge"] for one in lines] == ["100.00"] * 12
    assert client.get(f"/api/assets?entity_id={entity.id}").json["items"][0]["carrying"] == "900.00"
    statements = client.get(f"/api/statements?entity_id={entity.id}&year=2024").json
    assert statements["all_hold"] is True
    assert statements["lines"]["intangible"] == "900.00"
    vouchers = client.get(f"/api/books/{entity.id}/vouchers").json["items"]
    assert len(vouchers) == 4
    assert client.get(f"/api/books/vouchers/{vouchers[0]['id']}").json == vouchers[0]
    refused = client.post(
        f"/api/assets/{bought.id}/write-up",
        json={"on": "2024-06-30", "carrying": "5000", "reason": "评估增值"},
    )
    assert (refused.status_code, refused.json["code"]) == (409, "asset-valuation-gain")
    assert refused.json["clause"] == "DA-02"


def test_ones_own_product_by_json(
    client_as: ClientAs, session: Session, entity: AccountingEntity, finance_clerk: Actor
) -> None:
    ensure_product(session, PRODUCT, entity.organization_id)
    session.commit()
    client = client_as(finance_clerk)
    body = {"entity_id": entity.id, "product_id": PRODUCT, "started_on": "2024-01-01"}

    made = client.post("/api/recognitions", json=body)

    assert (made.status_code, made.json["state"]) == (201, "candidate")
    assert client.post("/api/recognitions", json=body).status_code == 409
    assert reads.find_own_product(session, entity.id, PRODUCT) is not None
    assert client.get(f"/api/recognitions/{made.json['id']}").status_code == 404


def test_the_card_has_a_button_for_each_act_that_is_open(
    client_as: ClientAs, finance_clerk: Actor, bought: DataAsset
) -> None:
    client = client_as(finance_clerk)
    client.post(f"/recognitions/{bought.id}", data=walk_form(is_bought=True))
    waiting = client.get(f"/assets/{bought.id}").text
    client.post(f"/assets/{bought.id}/use", data=USE)

    in_use = client.get(f"/assets/{bought.id}").text

    assert f'class="btn btn-primary" href="/assets/{bought.id}/use"' in waiting
    for act in ("impairment", "life", "sale", "lapse"):
        assert f'href="/assets/{bought.id}/{act}"' in in_use
