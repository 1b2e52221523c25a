"""What is on the shelf, and what stands on a product's page?"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    String,
    cast,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from market.catalogue import reads as catalogue
from market.catalogue.listing import ProductForm, Scenario
from market.catalogue.models import Product, ProductSource
from market.catalogue.prices import share_of_cap
from market.catalogue.reads import ProductNotFound
from market.catalogue.rules import (
    ProductState,
    VerdictKind,
    Verdicts,
    authorised_subject,
    cap_of,
    capped_subject,
)
from market.datasets import reads as datasets
from market.datasets.models import Dataset, DatasetVersion
from market.organizations.models import Organization
from market.quality import reads as quality
from market.quality.models import QualityRun
from market.quality.rules import Grade, QualityDimension
from market.storefront.index import search_question
from market.storefront.models import ProductSheet
from market.storefront.schemas import (
    Card,
    ColumnLine,
    FacetValue,
    FrontPage,
    Order,
    PriceChange,
    PriceSheet,
    QualityCard,
    SearchQuestion,
    SearchResult,
    Sheet,
    SourceSheet,
    TierLine,
    VersionLine,
)

PAGE_SIZE = 20
NEWEST = 6
MOST_VERSIONS = 20
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
IS_ON_SALE = ProductSheet.state == ProductState.ON_SALE


def get_sheet(session: Session, product_id: str) -> Sheet:
    """The public page of a product, in one query. Raises: ProductNotFound."""
    kept = session.scalar(select(ProductSheet.sheet).where(ProductSheet.product_id == product_id))
    if kept is None:
        raise ProductNotFound
    return Sheet.model_validate(kept)


def preview_sheet(session: Session, actor: Actor, product_id: str) -> Sheet:
    """The page as it would be now, for those who prepare it. Raises: ProductNotFound."""
    return compose_sheet(session, catalogue.get_visible_product(session, actor, product_id))


def front_page(session: Session) -> FrontPage:
    """The newest products and the figures of the market."""
    newest = session.execute(
        select(*CARD_COLUMNS)
        .where(IS_ON_SALE)
        .order_by(ProductSheet.published_at.desc(), ProductSheet.product_id)
        .limit(NEWEST)
    )
    department = _each(ProductSheet.department_ids)
    departments = (
        select(func.count(department.c.id.distinct()))
        .select_from(ProductSheet)
        .join(department, true())
        .where(IS_ON_SALE)
        .scalar_subquery()
    )
    products, free, rows, providers = session.execute(
        select(
            func.count(),
            func.count().filter(ProductSheet.price_from_yuan == 0),
            func.coalesce(func.sum(ProductSheet.rows), 0),
            departments,
        ).where(IS_ON_SALE)
    ).one()
    cards = [Card.model_validate(dict(row)) for row in newest.mappings()]
    return FrontPage(
        newest=cards, products=products, departments=providers, free=free, rows=int(rows)
    )


def search(session: Session, question: SearchQuestion) -> SearchResult:
    """Products on sale that answer a question, with facets, in two queries."""
    asked = search_question(question.q)
    if question.q.strip() and not asked:
        return _nothing(question)
    conditions = [IS_ON_SALE, *_conditions(question, asked)]
    total, facets = _facets(session, conditions)
    statement = (
        select(*CARD_COLUMNS)
        .where(*conditions)
        .order_by(*_order(question.order, asked), ProductSheet.product_id)
        .limit(PAGE_SIZE)
        .offset((question.page - 1) * PAGE_SIZE)
    )
    return SearchResult(
        cards=[Card.model_validate(dict(row)) for row in session.execute(statement).mappings()],
        total=total,
        page=question.page,
        pages=max(1, -(-total // PAGE_SIZE)),
        departments=facets["department"],
        scenarios=[_labelled(value, Scenario(value.value).label) for value in facets["scenario"]],
        forms=[_labelled(value, ProductForm(value.value).label) for value in facets["form"]],
    )


def list_product_ids(session: Session) -> Sequence[str]:
    """All products that the public may see, for building the window again."""
    public = [state for state in ProductState if state.is_public]
    return session.scalars(
        select(Product.id).where(Product.state.in_(public)).order_by(Product.id)
    ).all()


def products_made_from(session: Session, dataset_id: str) -> Sequence[str]:
    """Products in the window that rest on a data set."""
    statement = (
        select(ProductSheet.product_id)
        .join(ProductSource, ProductSource.product_id == ProductSheet.product_id)
        .where(ProductSource.dataset_id == dataset_id)
        .order_by(ProductSheet.product_id)
    )
    return session.scalars(statement).all()


def compose_sheet(session: Session, product: Product) -> Sheet:
    """Everything a visitor may read about one product, gathered from its slices."""
    verdicts = catalogue.standing_verdicts(session, product)
    operator = session.get_one(Organization, product.operator_id)
    bureau = session.get_one(Organization, product.bureau_id)
    copied = Sheet.model_fields.keys() & {column.key for column in Product.__table__.columns}
    return Sheet.model_validate(
        {name: getattr(product, name) for name in copied}
        | {
            "product_id": product.id,
            "operator": operator.name,
            "is_operator_verified": operator.is_verified(clock.today()),
            "bureau": bureau.name,
            "sources": [
                _source(session, product, verdicts, dataset_id)
                for dataset_id in product.dataset_ids
            ],
            "prices": _prices(product, verdicts),
            "price_changes": _price_changes(session, product),
        }
    )


def _conditions(question: SearchQuestion, asked: str) -> Iterable[ColumnElement[bool]]:
    if asked:
        yield ProductSheet.document.op("@@")(cast(asked, TSQUERY))
    if question.department:
        yield ProductSheet.department_ids.contains([question.department])
    if question.scenario is not None:
        yield ProductSheet.scenarios.contains([question.scenario.value])
    if question.form is not None:
        yield ProductSheet.form == question.form.value


def _order(order: Order, asked: str) -> Iterable[Any]:
    match order:
        case Order.RELEVANCE if asked:
            yield func.ts_rank(ProductSheet.document, cast(asked, TSQUERY)).desc()
        case Order.TITLE:
            yield ProductSheet.title_pinyin
        case Order.PRICE:
            yield ProductSheet.price_from_yuan.asc().nulls_last()
        case _:
            pass
    yield ProductSheet.published_at.desc()


def _facets(
    session: Session, conditions: Sequence[ColumnElement[bool]]
) -> tuple[int, dict[str, list[FacetValue]]]:
    """How many results there are, and how many each value of each facet would leave."""
    hits = (
        select(
            ProductSheet.form,
            ProductSheet.scenarios,
            ProductSheet.department_ids,
            ProductSheet.department_names,
        )
        .where(*conditions)
        .cte("hits")
    )
    scenario = _each(hits.c.scenarios)
    department = _each(hits.c.department_ids, hits.c.department_names)
    rows = session.execute(
        union_all(
            _counted("total", literal(""), literal("")).select_from(hits),
            _counted("form", hits.c.form, literal("")).group_by(hits.c.form),
            _counted("scenario", scenario.c.id, literal(""))
            .select_from(hits.join(scenario, true()))
            .group_by(scenario.c.id),
            _counted("department", department.c.id, department.c.name)
            .select_from(hits.join(department, true()))
            .group_by(department.c.id, department.c.name),
        )
    ).all()
    facets: dict[str, list[FacetValue]] = {"form": [], "scenario": [], "department": []}
    total = 0
    for kind, value, label, count in sorted(rows, key=lambda row: (-row[3], row[1])):
        if kind == "total":
            total = count
        else:
            facets[kind].append(FacetValue(value=value, label=label, count=count))
    return total, facets


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


def _source(session: Session, product: Product, verdicts: Verdicts, dataset_id: str) -> SourceSheet:
    dataset = datasets.find_dataset(session, dataset_id)
    if dataset is None:
        raise ProductNotFound
    provider = session.get_one(Organization, dataset.provider_id)
    subject = authorised_subject(product.operator_id, dataset.id)
    authorised = verdicts.find(VerdictKind.AUTHORISED, subject)
    is_authorised = authorised is not None and authorised.holds(clock.now())
    copied = SourceSheet.model_fields.keys() & {c.key for c in Dataset.__table__.columns}
    return SourceSheet.model_validate(
        {name: getattr(dataset, name) for name in copied}
        | {
            "dataset_id": dataset.id,
            "provider": provider.name,
            "columns": [_column(column) for column in dataset.columns],
            "versions": [
                VersionLine(
                    id=version.id,
                    number=version.number,
                    rows=version.rows or 0,
                    sha256=version.parquet_sha256 or "",
                    delivered_at=version.delivered_at,
                )
                for version in _loaded_versions(session, dataset)
            ],
            "quality": _quality(session, verdicts, dataset),
            "purposes": authorised.facts.get("purposes", []) if authorised else [],
            "authorised_until": authorised.valid_until if authorised and is_authorised else None,
        }
    )


def _column(column: Any) -> ColumnLine:
    return ColumnLine.model_validate(
        {name: getattr(column, name) for name in ColumnLine.model_fields}
    )


def _loaded_versions(session: Session, dataset: Dataset) -> list[DatasetVersion]:
    found = [each for each in datasets.list_versions(session, dataset.id) if each.is_ready]
    return found[:MOST_VERSIONS]


def _quality(session: Session, verdicts: Verdicts, dataset: Dataset) -> QualityCard | None:
    """The check of the version in service, or of the newest when none is in service."""
    served = verdicts.find(VerdictKind.QUALITY, dataset.id)
    version_id = str(served.facts.get("version_id", "")) if served else ""
    run = quality.latest_verdict(session, version_id) if version_id else None
    if run is None or run.ended_at is None:
        return None
    version = datasets.find_version(session, run.version_id)
    return QualityCard(
        run_id=run.id,
        version_number=version.number if version else 0,
        grade=Grade(run.grade) if run.grade else None,
        score=run.score,
        has_passed=bool(run.has_passed),
        checked_at=run.ended_at,
        valid_until=run.valid_until,
        rules=run.rules_total,
        dimensions=_dimensions(run),
    )


def _dimensions(run: QualityRun) -> dict[QualityDimension, Decimal | None]:
    shares = run.dimensions or {}
    return {
        dimension: Decimal(shares[dimension]) if dimension in shares else None
        for dimension in QualityDimension
    }


def _prices(product: Product, verdicts: Verdicts) -> list[PriceSheet]:
    now = clock.now()
    return [_price(product, plan, verdicts, now) for plan in product.plans]


def _price(product: Product, plan: Any, verdicts: Verdicts, now: datetime) -> PriceSheet:
    price = plan.price
    cap = cap_of(verdicts, product.id, price.unit, now)
    said = verdicts.find(VerdictKind.CAPPED, capped_subject(product.id, price.unit))
    return PriceSheet(
        unit=price.unit,
        unit_price=price.unit_price.yuan,
        is_tax_included=price.is_tax_included,
        tax_rate=price.tax_rate,
        tiers=[
            TierLine(from_units=tier.from_units, unit_price=tier.unit_price.yuan)
            for tier in price.tiers
        ],
        cap=cap.unit_price.yuan if cap else None,
        is_cap_taxed=cap.is_tax_included if cap else False,
        cap_document=str(said.facts.get("document", "")) if said and cap else "",
        share_of_cap=share_of_cap(price, cap) if cap else None,
        set_at=plan.set_at,
    )


def _price_changes(session: Session, product: Product) -> list[PriceChange]:
    return [
        PriceChange(
            unit=plan.unit,
            unit_price=plan.unit_price_yuan,
            set_at=plan.set_at,
            replaced_at=plan.replaced_at,
            reason=plan.reason,
        )
        for plan in catalogue.price_history(session, product.id)
    ]
