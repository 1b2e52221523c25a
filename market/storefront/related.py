"""Which other products may a reader of this one want, and why?"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from kernel.i18n import N_, translate
from market.catalogue.models import ProductSource
from market.storefront.models import ProductSheet
from market.storefront.reads import IS_ON_SALE
from market.storefront.schemas import Related

MOST_RELATED = 4


def related_products(session: Session, product_id: str) -> Sequence[Related]:
    """Products on sale from the same data, then the same theme, department or scenario."""
    own = session.get(ProductSheet, product_id)
    if own is None:
        return []
    found: dict[str, Related] = {}
    for condition, reason in _ties(own):
        taken = [product_id, *found]
        rows = session.execute(
            select(
                ProductSheet.product_id,
                ProductSheet.title_zh,
                ProductSheet.title_en,
                ProductSheet.use_sentence,
            )
            .where(IS_ON_SALE, condition, ProductSheet.product_id.not_in(taken))
            .order_by(ProductSheet.standing.desc(), ProductSheet.published_at.desc())
            .limit(MOST_RELATED - len(found))
        ).mappings()
        for row in rows:
            found[row["product_id"]] = Related.model_validate(dict(row) | {"reason": reason})
        if len(found) == MOST_RELATED:
            break
    return list(found.values())


def _ties(own: ProductSheet) -> Sequence[tuple[ColumnElement[bool], str]]:
    """What ties products to this one, the closest tie first, and how it is said."""
    mine, theirs = aliased(ProductSource), aliased(ProductSource)
    same_data = (
        select(theirs.product_id)
        .join(mine, mine.dataset_id == theirs.dataset_id)
        .where(mine.product_id == own.product_id)
    )
    ties: list[tuple[ColumnElement[bool], str]] = [
        (ProductSheet.product_id.in_(same_data), translate(N_("用同一数据集制成")))
    ]
    if own.themes:
        ties.append((ProductSheet.themes.overlap(own.themes), translate(N_("同一主题"))))
    ties.append(
        (ProductSheet.department_ids.overlap(own.department_ids), translate(N_("同一数源单位")))
    )
    ties.append((ProductSheet.scenarios.overlap(own.scenarios), translate(N_("同一应用场景"))))
    return ties
