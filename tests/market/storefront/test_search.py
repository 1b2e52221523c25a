"""The window follows what happens behind it, and answers questions."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from kernel import clock, relay
from kernel.actor import Actor
from kernel.db import transaction
from market.catalogue.actions import (
    set_price,
    suspend_product,
    withdraw_product,
)
from market.catalogue.listing import ProductForm, Scenario
from market.catalogue.models import Product
from market.catalogue.reads import ProductNotFound
from market.catalogue.rules import ProductState, VerdictKind, VerdictState
from market.quality.rules import QualityDimension
from market.storefront import actions, reads, search, tasks
from market.storefront.related import related_products
from market.storefront.schemas import Order, SearchQuestion, SearchResult
from tests.factories.catalogue import make_product, make_source, price_draft, push
from tests.factories.data import make_verdict, make_version
from tests.factories.market import make_organization

FOLLOWERS = ("follow_product", "follow_dataset", "follow_verdict")


def shown(session: Session, **changes: object) -> Product:
    product = make_product(session, **changes)
    actions.put_in_window(session, product.id)
    return product


def found(session: Session, **question: object) -> Sequence[str]:
    result = search.search(session, SearchQuestion.model_validate(question))
    return [card.product_id for card in result.cards]


def labels(result: SearchResult, name: str) -> set[tuple[str, int]]:
    facet = next(facet for facet in result.facets if facet.name == name)
    return {(value.label, value.count) for value in facet.values}


def test_a_product_is_found_by_words_pinyin_and_traditional_characters(session: Session) -> None:
    product = shown(session, title_zh="公共数据授权核验", title_en="Authorisation check")

    for question in ("授权", "核验", "授權", "shouquan", "sq", "authorisation", "城市治理"):
        assert found(session, q=question) == [product.id], question
    assert found(session, q="气象") == []


def test_what_matches_the_title_stands_before_what_matches_elsewhere(session: Session) -> None:
    elsewhere = shown(session, title_zh="城市体征", description="含航班准点率的综合说明。")
    title = shown(session, title_zh="航班准点查询")

    assert found(session, q="航班") == [title.id, elsewhere.id]


def test_signs_alone_find_nothing_and_no_words_find_all(session: Session) -> None:
    product = shown(session)

    assert found(session, q="？！") == []
    assert found(session) == [product.id]


def test_facets_count_results_and_filter(session: Session) -> None:
    department = make_organization(session, "source_department", name="市交通运输局")
    flights = make_source(session, title="航班准点", provider_id=department.id)
    one = shown(session, form=ProductForm.INDEX, scenarios=[Scenario.CITY])
    two = make_product(session, flights, scenarios=[Scenario.TRANSPORT, Scenario.CITY])
    actions.put_in_window(session, two.id)

    result = search.search(session, SearchQuestion())

    assert result.total == 2
    assert result.counts_of("scenario") == {"city": 2, "transport": 1}
    assert labels(result, "form") == {("数据指数", 1), ("数据服务", 1)}
    assert ("市交通运输局", 1) in labels(result, "department")
    assert found(session, department=department.id) == [two.id]
    assert found(session, form="index") == [one.id]
    assert found(session, scenario="transport") == [two.id]
    assert found(session, scenario="transport", form="index") == []


def test_results_are_ordered_as_asked(session: Session) -> None:
    noon = datetime(2026, 6, 1, 4, tzinfo=UTC)
    made = {}
    for day, (title, yuan) in enumerate(
        [("中小微信用", "0.3"), ("餐饮卫生", "0.5"), ("航班", "0")]
    ):
        with clock.frozen_at(noon + timedelta(days=day)):
            made[title] = shown(session, title_zh=title, unit_price=yuan).id

    by_title = [made["餐饮卫生"], made["航班"], made["中小微信用"]]
    assert found(session, order=Order.TITLE) == by_title
    assert found(session, order=Order.PRICE) == [made["航班"], made["中小微信用"], made["餐饮卫生"]]
    assert found(session, order=Order.NEWEST) == [
        made["航班"],
        made["餐饮卫生"],
        made["中小微信用"],
    ]


def test_results_are_paged(session: Session) -> None:
    for number in range(search.PAGE_SIZE + 1):
        shown(session, title_zh=f"产品{number:02d}")

    first = search.search(session, SearchQuestion(order=Order.TITLE))
    second = search.search(session, SearchQuestion(order=Order.TITLE, page=2))

    assert (first.total, first.pages) == (search.PAGE_SIZE + 1, 2)
    assert len(first.cards) == search.PAGE_SIZE
    assert [card.title_zh for card in second.cards] == ["产品20"]


def test_drafts_never_reach_the_window(session: Session) -> None:
    for state in (ProductState.DRAFT, ProductState.REVIEW):
        product = shown(session, state=state)
        with pytest.raises(ProductNotFound):
            reads.get_sheet(session, product.id)

    assert found(session) == []


def test_a_stopped_product_keeps_its_page_but_is_not_for_sale(session: Session) -> None:
    product = shown(session, state=ProductState.SUSPENDED)

    assert found(session) == []
    assert reads.get_sheet(session, product.id).state is ProductState.SUSPENDED


def test_the_page_says_all_that_is_known(session: Session, store: object) -> None:
    source = make_source(session)
    version = make_version(session, source, rows=27_178)
    make_verdict(session, version)
    product = make_product(session, source)
    push(
        session,
        VerdictKind.QUALITY,
        source.id,
        facts={"version_id": version.id, "number": 1, "grade": "A"},
    )
    actions.put_in_window(session, product.id)

    sheet = reads.get_sheet(session, product.id)

    assert sheet.rows == 27_178
    assert [column.title for column in sheet.sources[0].columns] == ["机构编码", "机构名称", "得分"]
    assert sheet.sources[0].quality is not None
    assert sheet.sources[0].quality.has_passed
    assert set(sheet.sources[0].quality.dimensions) == set(QualityDimension)
    assert sheet.grade is not None
    assert sheet.prices[0].unit_price == Decimal("0.8")
    assert sheet.prices[0].cap == Decimal("0.8")
    assert sheet.prices[0].share_of_cap == 1
    assert search.search(session, SearchQuestion()).cards[0].grade == sheet.grade


def test_the_front_page_counts_what_is_for_sale(session: Session, store: object) -> None:
    source = make_source(session)
    make_version(session, source, rows=100)
    newest = make_product(session, source, unit_price="0")
    actions.put_in_window(session, newest.id)
    shown(session, state=ProductState.SUSPENDED)

    page = reads.front_page(session)

    assert (page.products, page.free, page.rows, page.departments) == (1, 1, 100, 1)
    assert [card.product_id for card in page.newest] == [newest.id]


def test_the_window_follows_by_events_and_hearing_twice_changes_nothing(
    connection: Connection, session: Session, operator: Actor, bureau_approver: Actor
) -> None:
    def hear() -> None:
        for name in FOLLOWERS:
            relay.deliver(f"{tasks.__name__}.{name}")

    session.commit()
    with transaction() as writing:
        product = make_product(writing)
    hear()
    assert found(session) == [product.id]

    with transaction() as writing:
        set_price(writing, operator, product.id, price_draft("0.50"))
    hear()
    assert search.search(session, SearchQuestion()).cards[0].price_from == Decimal("0.5")

    with transaction() as writing:
        push(writing, VerdictKind.QUALITY, product.dataset_ids[0], state=VerdictState.FAILS)
    hear()
    hear()
    session.expire_all()
    assert found(session) == []

    with transaction() as writing:
        withdraw_product(writing, bureau_approver, product.id, "停止供给")
    hear()
    session.expire_all()
    assert reads.get_sheet(session, product.id).state is ProductState.WITHDRAWN


def test_a_suspended_product_is_out_of_search_at_once_after_the_event(
    connection: Connection, session: Session, operator: Actor
) -> None:
    session.commit()
    with transaction() as writing:
        product = make_product(writing)
    with transaction() as writing:
        suspend_product(writing, operator, product.id, "维护")
    relay.deliver(f"{tasks.__name__}.follow_product")

    assert found(session) == []


def test_a_product_is_previewed_by_its_own_people_only(
    session: Session, operator: Actor, analyst: Actor
) -> None:
    draft = make_product(session, state=ProductState.DRAFT)

    assert reads.preview_sheet(session, operator, draft.id).state is ProductState.DRAFT
    with pytest.raises(ProductNotFound):
        reads.preview_sheet(session, analyst, draft.id)


def test_facets_of_price_level_and_freshness_count_and_filter(session: Session) -> None:
    noon = datetime(2026, 6, 1, 4, tzinfo=UTC)
    free = shown(session, unit_price="0")
    old = make_source(session, title="旧数据", category="气象")
    with clock.frozen_at(noon - timedelta(days=100)):
        make_version(session, old)
    paid = make_product(session, old, unit_price="0.5")
    actions.put_in_window(session, paid.id)

    with clock.frozen_at(noon):
        result = search.search(session, SearchQuestion())
        lately = found(session, freshness="quarter")
        this_year = found(session, freshness="year")

    assert result.counts_of("price") == {"free": 1, "paid": 1}
    assert result.counts_of("theme").get("气象") == 1
    assert sum(result.counts_of("level").values()) == 2
    assert found(session, price="free") == [free.id]
    assert found(session, theme="气象") == [paid.id]
    assert paid.id not in lately
    assert paid.id in this_year


def test_a_facet_filters_to_as_many_as_it_promises(session: Session) -> None:
    for number, scenario in enumerate([Scenario.CITY, Scenario.TRANSPORT, Scenario.CITY]):
        shown(session, title_zh=f"航班{number}", scenarios=[scenario], unit_price="0.3")

    result = search.search(session, SearchQuestion(q="航班"))

    promised = {
        (facet.name, value.value): value.count for facet in result.facets for value in facet.values
    }
    assert promised
    for (name, value), count in promised.items():
        narrowed = SearchQuestion.model_validate({"q": "航班", name: value})
        assert search.search(session, narrowed).total == count


def test_only_the_best_are_counted_and_that_is_said(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        shown(session, title_zh=f"航班{number}")
    monkeypatch.setattr(search, "MOST_FOUND", 3)
    search._found.cache_clear()

    result = search.search(session, SearchQuestion(q="航班"))
    search._found.cache_clear()

    assert (result.total, result.is_more, len(result.cards)) == (3, True, 4)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("授圈运营", "授权运营"), ("flihgts", "flights"), ("授权运", ""), ("完全两样", "")],
)
def test_one_wrong_character_is_mended(session: Session, typed: str, meant: str) -> None:
    shown(session, title_zh="公共数据授权运营", title_en="Flights")

    result = search.search(session, SearchQuestion(q=typed))

    assert result.suggestion == meant
    if meant:
        assert search.search(session, SearchQuestion(q=meant)).total == 1


def test_another_word_of_the_same_meaning_finds_it(session: Session) -> None:
    product = shown(session, title_zh="公共汽车到站")

    assert found(session, q="公交") == [product.id]
    assert found(session, q="公交到站") == [product.id]


def test_titles_are_suggested_while_typing(session: Session) -> None:
    product = shown(session, title_zh="航班准点查询")
    shown(session, title_zh="城市体征", description="与别的无关。")

    for typed in ("航", "航班", "hangb", "航班准"):
        assert [one.product_id for one in search.suggest(session, typed)] == [product.id], typed
    assert search.suggest(session, "？") == []


def test_related_products_say_why_the_closest_first(session: Session) -> None:
    shared = make_source(session, title="航班")
    one, two = (make_product(session, shared) for _ in range(2))
    far = make_product(session)
    for product in (one, two, far):
        actions.put_in_window(session, product.id)

    told = related_products(session, one.id)

    assert told[0].product_id == two.id
    assert told[0].reason == "用同一数据集制成"
    assert one.id not in {tie.product_id for tie in told}
    assert related_products(session, "prd_unknown") == []
