"""What is on the shelf, and what stands on a product's page?"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    FromClause,
    Select,
    func,
    select,
    true,
)
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor
from market.catalogue import reads as catalogue
from market.catalogue.models import Product, ProductSource
from market.catalogue.reads import ProductNotFound
from market.catalogue.rules import (
    ProductState,
)
from market.storefront.composition import compose_sheet
from market.storefront.models import ProductSheet, WindowEdition
from market.storefront.schemas import (
    Card,
    FrontPage,
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
    department = each_place(ProductSheet.department_ids)
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


def each_place(*arrays: Any) -> FromClause:
    """One row for each place of these arrays, beside the row that holds them."""
    names = ("id", "name")[: len(arrays)]
    return func.unnest(*arrays).table_valued(*names).render_derived().lateral()
