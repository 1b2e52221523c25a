"""How does the shop window follow what happens behind it?"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import cast, delete
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel import clock, ids
from market.catalogue.reads import get_product
from market.quality.rules import Grade
from market.storefront.composition import compose_sheet
from market.storefront.index import (
    learnt_words_of,
    pinyin_of,
    search_vector,
    sort_key,
    words_of,
)
from market.storefront.models import ProductSheet, WindowEdition, WindowWord
from market.storefront.schemas import Sheet

GRADE_STANDING = {
    Grade.A: Decimal(1),
    Grade.B: Decimal("0.75"),
    Grade.C: Decimal("0.5"),
    Grade.D: Decimal("0.1"),
}


def put_in_window(session: Session, product_id: str) -> None:
    """Build one product's card, page and search words anew; what is not public leaves the window.

    Records nothing: all of it is derived from facts that are recorded where they happen.
    """
    _begin_edition(session)
    product = get_product(session, product_id)
    if not product.is_public:
        session.execute(delete(ProductSheet).where(ProductSheet.product_id == product_id))
        return
    sheet = compose_sheet(session, product)
    values = _columns_of(sheet)
    statement = upsert(ProductSheet).values(product_id=product.id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["product_id"], set_=values))
    _learn_words(session, sheet)


def _columns_of(sheet: Sheet) -> dict[str, Any]:
    """What is kept of a sheet beside the whole: what cards show, facets count, words find."""
    prices = sorted((price.unit_price, price.unit) for price in sheet.prices)
    providers = {source.provider_id: source.provider for source in sheet.sources}
    return {
        "state": sheet.state,
        "title_zh": sheet.title_zh,
        "title_en": sheet.title_en,
        "title_pinyin": sort_key(sheet.title_zh),
        "use_sentence": sheet.use_sentence,
        "form": sheet.form,
        "scenarios": [scenario.value for scenario in sheet.scenarios],
        "delivery_kinds": [kind.value for kind in sheet.delivery_kinds],
        "department_ids": list(providers),
        "department_names": list(providers.values()),
        "themes": sorted({source.category for source in sheet.sources} - {""}),
        "level": sheet.level,
        "grade": sheet.grade,
        "standing": standing_of(sheet),
        "data_arrived_at": sheet.data_arrived_at,
        "price_from_yuan": prices[0][0] if prices else None,
        "price_unit": prices[0][1] if prices else None,
        "rows": sheet.rows,
        "is_sample": sheet.is_sample,
        "published_at": sheet.published_at,
        "document": cast(document_of(sheet), TSVECTOR),
        "sheet": sheet.model_dump(mode="json"),
        "indexed_at": clock.now(),
    }


def put_all_in_window(session: Session, product_ids: Sequence[str]) -> None:
    """Build several anew, in id order."""
    for product_id in sorted(product_ids):
        put_in_window(session, product_id)


def forget_words(session: Session) -> None:
    """Before the whole window is built anew: words that no product has any more go."""
    session.execute(delete(WindowWord))


def _begin_edition(session: Session) -> None:
    """Change the edition; whoever else changes the window waits here."""
    new = ids.new_id("win")
    statement = upsert(WindowEdition).values(id=1, edition=new)
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"edition": new}))


def standing_of(sheet: Sheet) -> Decimal:
    """What speaks for a product before anybody asks, 0 to 1: its grade, and that data arrive."""
    grade = GRADE_STANDING[sheet.grade] if sheet.grade else Decimal(0)
    return grade * Decimal("0.8") + (Decimal("0.2") if sheet.data_arrived_at else 0)


def _learn_words(session: Session, sheet: Sheet) -> None:
    """In alphabetical order, so that two who learn the same words wait for each other in turn."""
    words = sorted(learnt_words_of(" ".join(_texts(sheet))))
    if words:
        statement = upsert(WindowWord).values([{"word": word} for word in words])
        session.execute(statement.on_conflict_do_nothing())


def document_of(sheet: Sheet) -> str:
    """The words that find a product: title before use and scenario, before all else."""
    title, about, offered, description = _texts(sheet)
    return search_vector(
        [
            ("A", words_of(title)),
            ("B", pinyin_of(sheet.title_zh)),
            ("B", words_of(about)),
            ("C", words_of(offered)),
            ("D", words_of(description)),
        ]
    )


def _texts(sheet: Sheet) -> tuple[str, str, str, str]:
    """What can be searched, the weightiest first."""
    about = " ".join(
        [sheet.use_sentence, sheet.form.label, *(scenario.label for scenario in sheet.scenarios)]
    )
    sources = " ".join(
        f"{source.title} {source.provider} {' '.join(c.title for c in source.columns)}"
        for source in sheet.sources
    )
    return (
        f"{sheet.title_zh} {sheet.title_en}",
        about,
        f"{sheet.operator} {sheet.bureau} {sources}",
        sheet.description,
    )
