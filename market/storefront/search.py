"""Which products on sale answer a question?

One statement takes the best MOST_FOUND answers, ranks them and counts the facets among them, so
that a word that every title has costs no more than a rare one. Statements are built once for each
shape of a question: building costs more than running.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Numeric,
    Select,
    String,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session

from kernel import clock
from kernel.i18n import N_, Labelled
from market.catalogue.listing import ProductForm, Scenario
from market.datasets.rules import DataLevel
from market.quality.rules import Grade
from market.storefront.index import (
    LATIN_WORD,
    fold,
    mended_forms,
    possible_words,
    search_question,
    unknown_pieces,
)
from market.storefront.models import ProductSheet, WindowWord
from market.storefront.reads import CARD_COLUMNS, IS_ON_SALE, each_place
from market.storefront.schemas import (
    Card,
    Facet,
    FacetValue,
    Freshness,
    Order,
    PriceKind,
    SearchQuestion,
    SearchResult,
    Suggestion,
)

PAGE_SIZE = 20
MOST_FOUND = 1000  # answers that are ranked, counted and paged
MOST_SUGGESTED = 8
HEADINGS: Mapping[str, str] = {
    "department": N_("数源单位"),
    "theme": N_("主题"),
    "scenario": N_("应用场景"),
    "form": N_("产品形态"),
    "grade": N_("质量等级"),
    "price": N_("是否收费"),
    "freshness": N_("更新"),
    "level": N_("数据级别"),
}
CHOICES: Mapping[str, type[Labelled]] = {
    "scenario": Scenario,
    "form": ProductForm,
    "grade": Grade,
    "price": PriceKind,
    "freshness": Freshness,
    "level": DataLevel,
}
PRICE_KIND = case(
    (ProductSheet.price_from_yuan.is_(None), literal(PriceKind.UNPRICED.value)),
    (ProductSheet.price_from_yuan == 0, literal(PriceKind.FREE.value)),
    else_=literal(PriceKind.PAID.value),
)
BEST_COLUMNS = (
    ProductSheet.product_id,
    ProductSheet.document,
    ProductSheet.standing,
    ProductSheet.published_at,
    ProductSheet.title_pinyin,
    ProductSheet.price_from_yuan,
    ProductSheet.form,
    ProductSheet.scenarios,
    ProductSheet.department_ids,
    ProductSheet.department_names,
    ProductSheet.themes,
    ProductSheet.level,
    ProductSheet.grade,
    PRICE_KIND.label("price"),
    ProductSheet.data_arrived_at,
)
Shape = frozenset[str]


def search(session: Session, question: SearchQuestion) -> SearchResult:
    """Products on sale that answer a question, with facets, in at most four queries."""
    known = _known_words(session, question.q)
    asked = search_question(question.q, known)
    if question.q.strip() and not asked:
        return _result(question, [], {})
    shape = _shape(question, asked)
    rows = session.execute(
        _found(shape, question.order), _given(question, asked) | _skipped(question)
    ).all()
    counted: dict[str, list[FacetValue]] = {}
    for kind, value, label, count in rows:
        counted.setdefault(kind, []).append(FacetValue(value=value, label=label, count=int(count)))
    places = {value.value: value.count for value in counted.pop("card", [])}
    cards = sorted(_cards(session, places), key=lambda card: places[card.product_id])
    result = _result(question, cards, counted)
    if result.total or not question.q.strip():
        return result
    return result.model_copy(update={"suggestion": _mended(session, question.q, known)})


def suggest(session: Session, typed: str) -> Sequence[Suggestion]:
    """Titles that begin to answer what is being typed, the best first."""
    asked = search_question(typed, _known_words(session, typed))
    if not asked:
        return []
    shape = frozenset({"asked"})
    candidates = _candidates(shape, Order.RELEVANCE)
    best = (
        select(ProductSheet.product_id, ProductSheet.title_zh, ProductSheet.title_en)
        .join(candidates, candidates.c.product_id == ProductSheet.product_id)
        .order_by(candidates.c.place)
        .limit(MOST_SUGGESTED)
    )
    given = _given(SearchQuestion(q=typed), asked)
    return [Suggestion.model_validate(dict(row)) for row in session.execute(best, given).mappings()]


def _known_words(session: Session, typed: str) -> frozenset[str]:
    """Which parts of what was typed are words of the window."""
    possible = possible_words(typed)
    if not possible:
        return frozenset()
    return frozenset(session.scalars(KNOWN_WORDS, {"possible": sorted(possible)}))


def _mended(session: Session, typed: str, known: Collection[str]) -> str:
    """The question with each unknown word replaced by one of the window that is much like it."""
    mended = fold(typed)
    for piece in unknown_pieces(typed, known):
        forms = mended_forms(piece)
        is_latin = LATIN_WORD.fullmatch(piece) is not None
        nearest = session.scalar(NEAREST_WORD, {"forms": forms, "piece": piece}) if forms else None
        if nearest is None or bool(LATIN_WORD.fullmatch(nearest)) != is_latin:
            return ""
        mended = mended.replace(piece, nearest, 1)
    return mended if mended != fold(typed) else ""


KNOWN_WORDS = select(WindowWord.word).where(
    WindowWord.word == func.any(cast(bindparam("possible"), ARRAY(Text)))
)
NEAREST_WORD = (
    select(WindowWord.word)
    .where(WindowWord.word.like(func.any(cast(bindparam("forms"), ARRAY(Text)))))
    .order_by(
        func.abs(func.length(WindowWord.word) - func.length(bindparam("piece", type_=Text))),
        WindowWord.word,
    )
    .limit(1)
)


def _shape(question: SearchQuestion, asked: str) -> Shape:
    """Which conditions a question has."""
    given = {name for name in HEADINGS if getattr(question, name)}
    return frozenset(given | ({"asked"} if asked else set()))


def _given(question: SearchQuestion, asked: str) -> dict[str, Any]:
    now = clock.now()
    since = {f"since_{each.value}": now - timedelta(days=each.days) for each in Freshness}
    fresh = question.freshness
    return since | {
        "asked": asked,
        "department": [question.department],
        "theme": [question.theme],
        "scenario": [question.scenario],
        "form": question.form,
        "level": question.level,
        "grade": question.grade,
        "price": question.price,
        "freshness": now - timedelta(days=fresh.days) if fresh else now,
    }


def _skipped(question: SearchQuestion) -> dict[str, int]:
    return {"skipped": (question.page - 1) * PAGE_SIZE, "page_end": question.page * PAGE_SIZE}


def _asked() -> ColumnElement[Any]:
    return cast(bindparam("asked"), TSQUERY)


def _conditions(shape: Shape) -> list[ColumnElement[bool]]:
    every = {
        "asked": ProductSheet.document.op("@@")(_asked()),
        "department": ProductSheet.department_ids.contains(bindparam("department")),
        "theme": ProductSheet.themes.contains(bindparam("theme")),
        "scenario": ProductSheet.scenarios.contains(bindparam("scenario")),
        "form": ProductSheet.form == bindparam("form"),
        "level": ProductSheet.level == bindparam("level"),
        "grade": ProductSheet.grade == bindparam("grade"),
        "price": bindparam("price", type_=String) == PRICE_KIND,
        "freshness": ProductSheet.data_arrived_at >= bindparam("freshness"),
    }
    return [IS_ON_SALE, *(condition for name, condition in every.items() if name in shape)]


def _candidates(shape: Shape, order: Order) -> Any:
    """The best answers with their score; one more than are counted, to know of more."""
    is_ranked = order is Order.RELEVANCE and "asked" in shape
    keys = _keys(ProductSheet, order, is_ranked=is_ranked)
    best = (
        select(*BEST_COLUMNS)
        .where(*_conditions(shape))
        .order_by(*keys[: 2 if is_ranked else 1])  # an index of the table, so few rows are read
        .limit(MOST_FOUND + 1)
        .subquery()
    )
    rank = cast(func.ts_rank(best.c.document, _asked()), Numeric)
    score = rank * (1 + best.c.standing) if is_ranked else literal(0)
    by_key = _keys(best.c, order, is_ranked=False)
    place = func.row_number().over(order_by=(score.desc(), *by_key, best.c.product_id))
    return select(best, score.label("score"), place.label("place")).cte("candidates")


def _keys(source: Any, order: Order, *, is_ranked: bool) -> list[Any]:
    """What answers are ordered by; before ranking, by what speaks for them anyway."""
    newest = source.published_at.desc()
    match order:
        case Order.TITLE:
            return [source.title_pinyin, newest]
        case Order.PRICE:
            return [source.price_from_yuan.asc().nulls_last(), newest]
        case _:
            return [source.standing.desc(), newest] if is_ranked else [newest]


@cache
def _found(shape: Shape, order: Order) -> CompoundSelect[str, str, str, int]:
    """Rows (kind, value, label, number): the cards of the page by place, and every count."""
    hits = _candidates(shape, order)
    cards = select(literal("card"), hits.c.product_id, literal(""), hits.c.place).where(
        hits.c.place > bindparam("skipped"), hits.c.place <= bindparam("page_end")
    )
    return union_all(cards, _row("total", literal("")).select_from(hits), *_counts(hits))


def _counts(hits: Any) -> Iterator[Select[str, str, str, int]]:
    for name, column in (
        ("form", hits.c.form),
        ("level", hits.c.level),
        ("grade", hits.c.grade),
        ("price", hits.c.price),
    ):
        yield _row(name, column).select_from(hits).where(column.is_not(None)).group_by(column)
    for name, column in (("scenario", hits.c.scenarios), ("theme", hits.c.themes)):
        each = each_place(column)
        yield _row(name, each.c.id).select_from(hits.join(each, true())).group_by(each.c.id)
    each = each_place(hits.c.department_ids, hits.c.department_names)
    yield (
        _row("department", each.c.id, each.c.name)
        .select_from(hits.join(each, true()))
        .group_by(each.c.id, each.c.name)
    )
    for fresh in Freshness:
        yield (
            _row("freshness", literal(fresh.value))
            .select_from(hits)
            .where(hits.c.data_arrived_at >= bindparam(f"since_{fresh.value}"))
        )


def _row(kind: str, value: Any, label: Any = "") -> Select[str, str, str, int]:
    told = literal(label) if isinstance(label, str) else label
    return select(literal(kind), cast(value, String), cast(told, String), func.count())


def _cards(session: Session, product_ids: Collection[str]) -> list[Card]:
    if not product_ids:
        return []
    found = session.execute(
        select(*CARD_COLUMNS).where(ProductSheet.product_id.in_(product_ids))
    ).mappings()
    return [Card.model_validate(dict(row)) for row in found]


def _result(
    question: SearchQuestion, cards: Sequence[Card], counted: Mapping[str, Sequence[FacetValue]]
) -> SearchResult:
    found = sum(value.count for value in counted.get("total", ()))
    total = min(found, MOST_FOUND)
    return SearchResult(
        cards=cards,
        total=total,
        is_more=found > MOST_FOUND,
        page=question.page,
        pages=max(1, -(-total // PAGE_SIZE)),
        facets=[
            Facet(name=name, heading=heading, values=_values(name, counted.get(name, ())))
            for name, heading in HEADINGS.items()
        ],
    )


def _values(name: str, values: Sequence[FacetValue]) -> list[FacetValue]:
    """With their words; closed choices in their own order, names by how often they occur."""
    said = [value for value in values if value.count]
    choice = CHOICES.get(name)
    if choice is None:
        named = (value.model_copy(update={"label": value.label or value.value}) for value in said)
        return sorted(named, key=lambda value: (-value.count, value.value))
    labelled = [v.model_copy(update={"label": choice(v.value).label}) for v in said]
    if name in {"scenario", "form"}:
        return sorted(labelled, key=lambda value: (-value.count, value.value))
    order = [member.value for member in choice]
    return sorted(labelled, key=lambda value: order.index(value.value))
