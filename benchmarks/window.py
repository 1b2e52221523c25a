"""The catalogue: search over many products."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product as pairs_of
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

from sqlalchemy import bindparam, cast, create_engine, func, insert, select, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.dialects.postgresql import insert as upsert

from benchmarks.claims import Bench, Claim, at_least, at_most
from benchmarks.worlds import fresh_world
from kernel import db
from kernel.db import sessions, transaction
from market.catalogue.listing import ProductForm, Scenario
from market.storefront.index import learnt_words_of, pinyin_of, search_vector, sort_key, words_of
from market.storefront.models import ProductSheet, WindowWord
from market.storefront.reads import CARD_COLUMNS
from market.storefront.schemas import SearchQuestion
from market.storefront.search import search

AREAS = Path(__file__).resolve().parent.parent / "demo" / "data" / "cn_division_areas.csv"
TOPICS = (
    *("餐饮卫生检查", "企业登记", "行政处罚", "航班准点", "公交到站", "地铁客流", "不动产登记"),
    *("社会保险缴纳", "住房公积金", "医疗机构", "学校名录", "空气质量", "水质监测", "气象观测"),
    *("排污许可", "招标采购", "节假日安排", "人口统计", "机动车登记", "道路养护", "停车泊位"),
    *("旅游景区", "文物保护", "食品抽检", "药品经营", "电力用量", "供水用量", "燃气用量"),
    *("快递业务", "出租汽车", "港口吞吐", "农产品价格", "土地出让", "建筑许可"),
)
FORMS = list(ProductForm)
SCENARIOS = list(Scenario)
START = datetime(2026, 1, 1, tzinfo=UTC)
PRODUCTS = 100_000
CLIENTS = 16
PROCESSES = 2
QUESTIONS = 100
LIKE_QUESTIONS = 20
SEARCH_LIMIT_MILLISECONDS = 50.0
KEY = "fk_product_sheets_product_id"
INSERT = insert(ProductSheet).values(document=cast(bindparam("words"), TSVECTOR))


def searching() -> Iterator[Claim]:
    """16 clients ask different questions; the same by LIKE, one client each, in the same run."""
    with fresh_world(plays_story=False) as world:
        small = PRODUCTS // 10
        titles = _titles(PRODUCTS)
        _fill(world.owner_url, titles[:small])
        at_small = median(_ask_alone(_questions(titles[:small])))
        _fill(world.owner_url, titles[small:])
        asked = _questions(titles)
        alone = _ask_alone(asked)
        together = _ask_together(asked)
        by_like = _ask_by_like(asked)
    p95 = quantiles(together, n=20)[-1] * 1000
    yield at_most(
        f"search over {PRODUCTS:,} products, {CLIENTS} clients, p95",
        p95,
        "ms",
        SEARCH_LIMIT_MILLISECONDS,
        1,
    )
    yield at_least(
        "search beside the same question by LIKE, one client, times faster",
        median(by_like) / median(alone),
        "x",
        1,
        20,
    )
    yield at_most(
        f"search over {PRODUCTS:,} products beside {small:,}, times slower",
        median(alone) / at_small,
        "x",
        1,
        10,
    )


def _titles(number: int) -> list[str]:
    """Area by topic, each a name that stands in real directories, in one mixed order."""
    areas = [line.split(",")[1].strip('"') for line in AREAS.read_text().splitlines()[1:]]
    found = [f"{area}{topic}" for area, topic in pairs_of(sorted(set(areas)), TOPICS)]
    if len(found) < number:
        raise AssertionError(f"only {len(found)} titles")
    Random(5).shuffle(found)  # noqa: S311 - the same titles each time
    return found[:number]


def _fill(owner_url: str, titles: Sequence[str]) -> None:
    """Sheets without the products behind them: only what search reads. As the owner, who may."""
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        begun = connection.scalar(select(func.count()).select_from(ProductSheet)) or 0
        connection.execute(text(f"ALTER TABLE product_sheets DROP CONSTRAINT IF EXISTS {KEY}"))
        words: set[str] = set()
        for first in range(0, len(titles), 2000):
            part = titles[first : first + 2000]
            rows = [_row(begun + first + place, title) for place, title in enumerate(part)]
            connection.execute(INSERT, rows)
            words.update(*(learnt_words_of(title) for title in part))
        statement = upsert(WindowWord).values([{"word": word} for word in sorted(words)])
        connection.execute(statement.on_conflict_do_nothing())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE product_sheets, window_words"))
    engine.dispose()


def _row(number: int, title: str) -> dict[str, Any]:
    form, scenario = FORMS[number % len(FORMS)], SCENARIOS[number % len(SCENARIOS)]
    department = f"{title[:2]}数据局{number % 200}"
    sentence = f"供{scenario.label}使用，可按月核对{title}的数量与变化。"
    document = search_vector(
        [
            ("A", words_of(title)),
            ("B", pinyin_of(title)),
            ("B", words_of(f"{sentence} {form.label} {scenario.label}")),
            ("C", words_of(department)),
        ]
    )
    arrived = START + timedelta(hours=number % 7000)
    return {
        "product_id": f"prd_{number:026d}",
        "state": "on_sale",
        "title_zh": title,
        "title_en": "",
        "title_pinyin": sort_key(title),
        "use_sentence": sentence,
        "form": form,
        "scenarios": [scenario.value],
        "delivery_kinds": ["sandbox"],
        "department_ids": [f"org_{number % 200}"],
        "department_names": [department],
        "themes": [title[-2:]],
        "level": "general",
        "grade": "ABCD"[number % 4],
        "standing": (number % 1000) / 1000,
        "data_arrived_at": arrived,
        "price_from_yuan": number % 7 / 10,
        "price_unit": "call",
        "rows": number,
        "is_sample": True,
        "published_at": arrived,
        "words": document,
        "sheet": {"title_zh": title, "description": sentence * 20},
        "indexed_at": arrived,
    }


def _questions(titles: Sequence[str]) -> list[str]:
    """Rare and common ones: titles, areas, topics, parts of them, pinyin; no two alike."""
    some = Random(7).sample(list(titles), QUESTIONS)  # noqa: S311 - the same each time
    kinds: tuple[Callable[[str], str], ...] = (
        lambda title: title,
        lambda title: title[:-4],
        lambda title: f"{title[-4:]} {title[:2]}",
        lambda title: title[-4:],
        lambda title: sort_key(title[:3]).replace(" ", ""),
    )
    asked = (kinds[place % len(kinds)](title) for place, title in enumerate(some))
    return list(dict.fromkeys(asked))


def _ask(question: str) -> float:
    started = time.perf_counter()
    with transaction() as session:
        result = search(session, SearchQuestion(q=question))
    seconds = time.perf_counter() - started
    if not result.total:
        raise AssertionError(f"nothing found for {question}")
    return seconds


def _ask_alone(asked: Sequence[str]) -> list[float]:
    return [_ask(question) for question in asked]


def _ask_together(asked: Sequence[str]) -> list[float]:
    """Each client asks every question, each from another place on, in PROCESSES processes."""
    with get_context("fork").Pool(PROCESSES) as pool:
        parts = pool.map(partial(_ask_in_threads, list(asked)), range(PROCESSES))
    return [seconds for part in parts for seconds in part]


def _ask_in_threads(asked: list[str], process: int) -> list[float]:
    address = sessions().kw["bind"].url.render_as_string(hide_password=False)
    db.connect(address, pool_size=CLIENTS)
    threads = CLIENTS // PROCESSES
    starts = [(process * threads + each) * len(asked) // CLIENTS for each in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(lambda start: _ask_alone([*asked[start:], *asked[:start]]), starts)
        return [seconds for part in parts for seconds in part]


def _ask_by_like(asked: Sequence[str]) -> list[float]:
    """What a catalogue without an index does: each word somewhere in what is shown."""
    taken = []
    for question in asked[:LIKE_QUESTIONS]:
        patterns = [f"%{word}%" for word in question.split()]
        shown = ProductSheet.title_zh + ProductSheet.use_sentence + ProductSheet.title_pinyin
        conditions = [ProductSheet.state == "on_sale", *(shown.like(each) for each in patterns)]
        page = select(*CARD_COLUMNS).where(*conditions).order_by(ProductSheet.published_at.desc())
        facets = (ProductSheet.form, ProductSheet.grade, ProductSheet.level)
        started = time.perf_counter()
        with transaction() as session:
            session.execute(page.limit(20)).all()
            for facet in facets:
                count = select(facet, func.count()).where(*conditions).group_by(facet)
                session.execute(count).all()
        taken.append(time.perf_counter() - started)
    return taken


BENCHES: list[Bench] = [searching]
