"""What is on the shelf, and what stands on a product's page?"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    String,
    Text,
    bindparam,
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
from kernel.actor import Actor
from market.catalogue import reads as catalogue
from market.catalogue.listing import ProductForm, Scenario
from market.catalogue.models import Product, ProductSource
from market.catalogue.reads import ProductNotFound
from market.catalogue.rules import (
    ProductState,
)
from market.storefront.composition import compose_sheet
from market.storefront.index import possible_words, search_question
from market.storefront.models import ProductSheet, WindowEdition, WindowWord
from market.storefront.schemas import (
    Card,
    FacetValue,
    FrontPage,
    Order,
    SearchQuestion,
    SearchResult,
    Sheet,
)

PAGE_SIZE = 20
NEWEST = 6
CARD_COLUMNS = (
    ProductSheet.product_id,
    ProductSheet.title_zh,
    ProductSheet.title_en,
    ProductSheet.use_sentence,
    ProductSheet.form,
    ProductSheet.scenarios,
    ProductSheet.delivery_kinds,
    ProductSheet.department_names,
    ProductSheet.grade,
    ProductSheet.price_from_yuan.label("price_from"),
    ProductSheet.price_unit,
    ProductSheet.is_sample,
    ProductSheet.published_at,
)
EDITION = select(WindowEdition.edition)
KNOWN_WORDS = select(WindowWord.word).where(
    WindowWord.word == func.any(cast(bindparam("possible"), ARRAY(Text)))
)
IS_ON_SALE = ProductSheet.state == ProductState.ON_SALE


def get_sheet(session: Session, product_id: str) -> Sheet:
    """The public page of a product, in one query. Raises: ProductNotFound."""
    kept = session.scalar(select(ProductSheet.sheet).where(ProductSheet.product_id == product_id))
    if kept is None:
        raise ProductNotFound
    return Sheet.model_validate(kept).as_of(clock.today())


def preview_sheet(session: Session, actor: Actor, product_id: str) -> Sheet:
    """The page as it would be now, for those who prepare it. Raises: ProductNotFound."""
    return compose_sheet(session, catalogue.get_visible_product(session, actor, product_id))


def edition(session: Session) -> str | None:
    """The word that changes with the window; None while nothing was ever put in it."""
    return session.scalar(EDITION)


def front_page(session: Session) -> FrontPage:
    """The newest products and the figures of the market."""
    newest = session.execute(_newest()).mappings()
    products, free, rows, departments = session.execute(_figures()).one()
    return FrontPage(
        newest=[Card.model_validate(dict(row)) for row in newest],
        products=products,
        departments=departments,
        free=free,
        rows=int(rows),
    )


def search(session: Session, question: SearchQuestion) -> SearchResult:
    """Products on sale that answer a question, with facets, in two queries."""
    asked = _asked_for(session, question.q)
    if question.q.strip() and not asked:
        return _nothing(question)
    shape = _shape(question, asked)
    given = {
        "asked": asked,
        "department": [question.department],
        "scenario": [question.scenario],
        "form": question.form,
        "skipped": (question.page - 1) * PAGE_SIZE,
    }
    total, facets = _facets(session, shape, given)
    found = session.execute(_results(shape, question.order), given).mappings()
    return SearchResult(
        cards=[Card.model_validate(dict(row)) for row in found],
        total=total,
        page=question.page,
        pages=max(1, -(-total // PAGE_SIZE)),
        departments=facets["department"],
        scenarios=[_labelled(value, Scenario(value.value).label) for value in facets["scenario"]],
        forms=[_labelled(value, ProductForm(value.value).label) for value in facets["form"]],
    )


def _asked_for(session: Session, typed: str) -> str:
    """The database's form of what was typed, cut by the words that the window has."""
    possible = possible_words(typed)
    if not possible:
        return search_question(typed)
    known = session.scalars(KNOWN_WORDS, {"possible": sorted(possible)})
    return search_question(typed, frozenset(known))


def list_product_ids(session: Session) -> Sequence[str]:
    """All products that the public may see, for building the window again."""
    public = [state for state in ProductState if state.is_public]
    return session.scalars(
        select(Product.id).where(Product.state.in_(public)).order_by(Product.id)
    ).all()


def products_of(session: Session, operator_id: str) -> Sequence[str]:
    """Products in the window that an operator offers."""
    statement = (
        select(ProductSheet.product_id)
        .join(Product, Product.id == ProductSheet.product_id)
        .where(Product.operator_id == operator_id)
        .order_by(ProductSheet.product_id)
    )
    return session.scalars(statement).all()


def products_made_from(session: Session, dataset_id: str) -> Sequence[str]:
    """Products in the window that rest on a data set."""
    statement = (
        select(ProductSheet.product_id)
        .join(ProductSource, ProductSource.product_id == ProductSheet.product_id)
        .where(ProductSource.dataset_id == dataset_id)
        .order_by(ProductSheet.product_id)
    )
    return session.scalars(statement).all()


# Statements are built once for each shape of a question: building costs more than running.
Shape = frozenset[str]


def _shape(question: SearchQuestion, asked: str) -> Shape:
    """Which conditions a question has."""
    given = {
        "asked": bool(asked),
        "department": bool(question.department),
        "scenario": question.scenario is not None,
        "form": question.form is not None,
    }
    return frozenset(name for name, is_given in given.items() if is_given)


def _asked() -> ColumnElement[Any]:
    return cast(bindparam("asked"), TSQUERY)


def _conditions(shape: Shape) -> list[ColumnElement[bool]]:
    every = {
        "asked": ProductSheet.document.op("@@")(_asked()),
        "department": ProductSheet.department_ids.contains(bindparam("department")),
        "scenario": ProductSheet.scenarios.contains(bindparam("scenario")),
        "form": ProductSheet.form == bindparam("form"),
    }
    return [IS_ON_SALE, *(condition for name, condition in every.items() if name in shape)]


@cache
def _results(shape: Shape, order: Order) -> Select[*tuple[Any, ...]]:
    return (
        select(*CARD_COLUMNS)
        .where(*_conditions(shape))
        .order_by(*_order(order, shape), ProductSheet.product_id)
        .limit(PAGE_SIZE)
        .offset(bindparam("skipped"))
    )


def _order(order: Order, shape: Shape) -> Iterable[Any]:
    match order:
        case Order.RELEVANCE if "asked" in shape:
            yield func.ts_rank(ProductSheet.document, _asked()).desc()
        case Order.TITLE:
            yield ProductSheet.title_pinyin
        case Order.PRICE:
            yield ProductSheet.price_from_yuan.asc().nulls_last()
        case _:
            pass
    yield ProductSheet.published_at.desc()


def _facets(
    session: Session, shape: Shape, given: Mapping[str, Any]
) -> tuple[int, dict[str, list[FacetValue]]]:
    """How many results there are, and how many each value of each facet would leave."""
    rows = session.execute(_counts(shape), given).all()
    facets: dict[str, list[FacetValue]] = {"form": [], "scenario": [], "department": []}
    total = 0
    for kind, value, label, count in sorted(rows, key=lambda row: (-row[3], row[1])):
        if kind == "total":
            total = count
        else:
            facets[kind].append(FacetValue(value=value, label=label, count=count))
    return total, facets


@cache
def _counts(shape: Shape) -> CompoundSelect[str, str, str, int]:
    hits = (
        select(
            ProductSheet.form,
            ProductSheet.scenarios,
            ProductSheet.department_ids,
            ProductSheet.department_names,
        )
        .where(*_conditions(shape))
        .cte("hits")
    )
    scenario = _each(hits.c.scenarios)
    department = _each(hits.c.department_ids, hits.c.department_names)
    return union_all(
        _counted("total", literal(""), literal("")).select_from(hits),
        _counted("form", hits.c.form, literal("")).group_by(hits.c.form),
        _counted("scenario", scenario.c.id, literal(""))
        .select_from(hits.join(scenario, true()))
        .group_by(scenario.c.id),
        _counted("department", department.c.id, department.c.name)
        .select_from(hits.join(department, true()))
        .group_by(department.c.id, department.c.name),
    )


@cache
def _newest() -> Select[*tuple[Any, ...]]:
    return (
        select(*CARD_COLUMNS)
        .where(IS_ON_SALE)
        .order_by(ProductSheet.published_at.desc(), ProductSheet.product_id)
        .limit(NEWEST)
    )


@cache
def _figures() -> Select[int, int, int, int]:
    department = _each(ProductSheet.department_ids)
    departments = (
        select(func.count(department.c.id.distinct()))
        .select_from(ProductSheet)
        .join(department, true())
        .where(IS_ON_SALE)
        .scalar_subquery()
    )
    return select(
        func.count(),
        func.count().filter(ProductSheet.price_from_yuan == 0),
        func.coalesce(func.sum(ProductSheet.rows), 0),
        departments,
    ).where(IS_ON_SALE)


def _each(*arrays: Any) -> FromClause:
    """One row for each place of these arrays, beside the row that holds them."""
    names = ("id", "name")[: len(arrays)]
    return func.unnest(*arrays).table_valued(*names).render_derived().lateral()


def _counted(kind: str, value: Any, label: Any) -> Select[str, str, str, int]:
    return select(literal(kind), cast(value, String), cast(label, String), func.count())


def _labelled(value: FacetValue, label: str) -> FacetValue:
    return value.model_copy(update={"label": label})


def _nothing(question: SearchQuestion) -> SearchResult:
    return SearchResult(
        cards=[], total=0, page=question.page, pages=1, departments=[], scenarios=[], forms=[]
    )
