"""What is in the catalogue, and may it be on sale now?"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.orm import Session, selectinload

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.i18n import N_
from kernel.paging import Page, page_of
from market.catalogue.listing import (
    DeliveryKind,
    Listing,
    ProductId,
    Source,
    listing_profile,
)
from market.catalogue.models import PricePlan, Product, ProductSource, StandingVerdict
from market.catalogue.prices import Cap, ChargeUnit
from market.catalogue.rules import (
    Blocker,
    Check,
    ProductState,
    Verdict,
    VerdictKind,
    Verdicts,
    VerdictState,
    authorised_subject,
    cap_of,
    capped_subject,
    checks,
)
from market.datasets.models import Dataset
from market.datasets.reads import may_see as may_see_datasets
from market.datasets.rules import DataLevel, Openness, PersonalData

DESK_PERMISSIONS = (
    Permission.DRAFT_PRODUCT,
    Permission.PUBLISH_PRODUCT,
    Permission.SUSPEND_PRODUCT,
    Permission.SET_PRICE,
)


class ProductNotFound(NotFound):
    """There is no such product, or not for this person."""

    code = "product-not-found"
    message = N_("没有这个产品，或它还没有公开。请到“目录”中查找。")


def get_product(session: Session, product_id: str) -> Product:
    """Any product, with its sources and current prices. Raises: ProductNotFound."""
    product = session.scalar(_whole().where(Product.id == product_id))
    if product is None:
        raise ProductNotFound
    return product


def get_visible_product(session: Session, actor: Actor, product_id: str) -> Product:
    """A product as far as this actor may see it. Raises: ProductNotFound."""
    product = session.scalar(_whole().where(Product.id == product_id, _visible_to(actor)))
    if product is None:
        raise ProductNotFound
    return product


def product_for_update(session: Session, product_id: str) -> Product:
    """Locked, with its sources and current prices. Raises: ProductNotFound."""
    statement = _whole().where(Product.id == product_id).with_for_update(of=Product)
    product = session.scalar(statement.execution_options(populate_existing=True))
    if product is None:
        raise ProductNotFound
    return product


def list_products(
    session: Session, actor: Actor, state: ProductState | None = None, cursor: str = ""
) -> Page[Product]:
    """The desk's products, newest first: those of the actor's own organisation."""
    statement = _whole().where(_belongs_to(actor)).order_by(Product.drafted_at.desc(), Product.id)
    if state is not None:
        statement = statement.where(Product.state == state)
    return page_of(session, statement, cursor)


def operator_ids(session: Session) -> Sequence[str]:
    """Who has products here, for other rooms."""
    return session.scalars(select(Product.operator_id).distinct()).all()


def list_operated(session: Session, operator_id: str) -> Sequence[Product]:
    """All products of one operator, for other rooms; whoever asks has decided who may see them."""
    statement = _whole().where(Product.operator_id == operator_id).order_by(Product.id)
    return session.scalars(statement).all()


def list_delivered(session: Session, organization_id: str, by: DeliveryKind) -> Sequence[Product]:
    """What a bureau or an operator has on sale that is delivered in this way, for other rooms."""
    statement = (
        _whole()
        .where(
            or_(Product.bureau_id == organization_id, Product.operator_id == organization_id),
            Product.state == ProductState.ON_SALE,
            Product.delivery_kinds.any_() == by.value,
        )
        .order_by(Product.published_at, Product.id)
    )
    return session.scalars(statement).all()


def list_waiting_for_approval(session: Session, actor: Actor) -> Sequence[Product]:
    """Products that this person may publish: submitted, and prepared by somebody else."""
    if not actor.may(Permission.PUBLISH_PRODUCT):
        return []
    statement = (
        _whole()
        .where(
            Product.bureau_id == actor.organization_id,
            Product.state == ProductState.REVIEW,
            Product.drafted_by != actor.id,
            Product.submitted_by != actor.id,
        )
        .order_by(Product.submitted_at, Product.id)
        .limit(50)
    )
    return session.scalars(statement).all()


def count_by_state(session: Session, actor: Actor) -> dict[ProductState, int]:
    """How many products of the actor's organisation are in each state."""
    rows = session.execute(
        select(Product.state, func.count()).where(_belongs_to(actor)).group_by(Product.state)
    )
    return {ProductState(state): number for state, number in rows}


def list_returned(session: Session, actor: Actor) -> Sequence[Product]:
    """Drafts of the actor's own operator that the bureau gave back, oldest first."""
    statement = (
        _whole()
        .where(
            Product.operator_id == actor.organization_id,
            Product.state == ProductState.DRAFT,
            Product.returned_reason != "",
        )
        .order_by(Product.drafted_at, Product.id)
        .limit(50)
    )
    return session.scalars(statement).all()


def list_suspended(session: Session, actor: Actor) -> Sequence[Product]:
    """Products of the actor's organisation that stopped, newest first."""
    statement = (
        _whole()
        .where(_belongs_to(actor), Product.state == ProductState.SUSPENDED)
        .order_by(Product.suspended_at.desc(), Product.id)
        .limit(20)
    )
    return session.scalars(statement).all()


def list_choosable_datasets(session: Session, actor: Actor) -> Sequence[Dataset]:
    """Data sets a product can be made from, by title; at most 200."""
    if not may_see_datasets(actor):
        return []
    return session.scalars(select(Dataset).order_by(Dataset.title, Dataset.id).limit(200)).all()


def dataset_titles(session: Session, dataset_ids: Sequence[str]) -> dict[str, str]:
    """Titles of data sets by id."""
    rows = session.execute(select(Dataset.id, Dataset.title).where(Dataset.id.in_(dataset_ids)))
    return {str(identifier): title for identifier, title in rows}


def price_history(session: Session, product_id: ProductId) -> Sequence[PricePlan]:
    """Every price there was, newest first (PR-12)."""
    statement = (
        select(PricePlan)
        .where(PricePlan.product_id == product_id)
        .options(selectinload(PricePlan.tiers))
        .order_by(
            PricePlan.set_at.desc(), PricePlan.replaced_at.desc().nulls_first(), PricePlan.id.desc()
        )
    )
    return session.scalars(statement).all()


def find_verdict(session: Session, kind: VerdictKind, subject_id: str) -> Verdict | None:
    """What was last said of this kind about a subject."""
    row = session.get(StandingVerdict, (kind, subject_id), populate_existing=True)
    return row.verdict if row else None


def authorised_verdicts(session: Session, dataset_id: str) -> Sequence[Verdict]:
    """What was last said of each operator that may, or might, run a data set."""
    rows = session.scalars(
        select(StandingVerdict)
        .where(
            StandingVerdict.kind == VerdictKind.AUTHORISED,
            StandingVerdict.subject_id.endswith("/" + dataset_id, autoescape=True),
        )
        .order_by(StandingVerdict.subject_id)
    )
    return [row.verdict for row in rows]


def source_authorisations(session: Session, product: Product) -> Sequence[Verdict | None]:
    """What was last said of the operator's right to each data set that a product is made from."""
    return [
        find_verdict(
            session, VerdictKind.AUTHORISED, authorised_subject(product.operator_id, dataset_id)
        )
        for dataset_id in product.dataset_ids
    ]


def standing_verdicts(session: Session, product: Product) -> Verdicts:
    """Everything that was said about a product and what it is made from."""
    rows = session.scalars(
        select(StandingVerdict).where(StandingVerdict.subject_id.in_(_subjects(product)))
    )
    return Verdicts(row.verdict for row in rows)


def find_cap(
    session: Session, product_id: ProductId, unit: ChargeUnit, now: datetime
) -> Cap | None:
    """The cap that is valid now for one unit of a product."""
    verdict = find_verdict(session, VerdictKind.CAPPED, capped_subject(product_id, unit))
    return cap_of(Verdicts([verdict] if verdict else []), product_id, unit, now)


def publication_checks(session: Session, product: Product) -> list[Check]:
    """All that publication asks for today, met or not."""
    profile = listing_profile(product.jurisdiction, clock.today())
    verdicts = standing_verdicts(session, product)
    return checks(listing_of(session, product), profile, verdicts, clock.now())


def find_blockers(session: Session, product: Product) -> list[Blocker]:
    """Every reason a product may not be on sale now."""
    failed = (c.blocker for c in publication_checks(session, product) if not c.is_met)
    return list(dict.fromkeys(failed))


def listing_of(session: Session, product: Product) -> Listing:
    """The product as far as the law looks at it."""
    sources = tuple(_sources(session, product.dataset_ids))
    return Listing(
        product_id=product.id,
        operator_id=product.operator_id,
        level=DataLevel(product.level),
        delivery_kinds=tuple(DeliveryKind(kind) for kind in product.delivery_kinds),
        sources=sources,
        prices=product.prices,
        missing_fields=tuple(missing_fields(product)),
        legal_basis=product.legal_basis,
        risk_report=product.risk_report,
        level_review=product.level_review,
        has_sample_origin=bool(product.sample_origin) or not product.is_sample,
    )


def missing_fields(product: Product) -> Iterable[str]:
    """Names of the parts of the public description that are still empty."""
    required = ("title_zh", "title_en", "use_sentence", "description")
    yield from (name for name in required if not getattr(product, name).strip())
    yield from (name for name in ("scenarios", "delivery_kinds") if not getattr(product, name))


def products_depending_on(
    session: Session, kind: VerdictKind, subject_id: str
) -> Sequence[ProductId]:
    """Products on sale that rest on this verdict, in id order."""
    statement = _on_sale().where(_depends_on(kind, subject_id)).order_by(Product.id)
    return session.scalars(statement).all()


def products_about(session: Session, kind: VerdictKind, subject_id: str) -> Sequence[ProductId]:
    """Public products that this verdict speaks of, on sale or not, in id order."""
    public = [state for state in ProductState if state.is_public]
    statement = select(Product.id).where(Product.state.in_(public), _depends_on(kind, subject_id))
    return session.scalars(statement.order_by(Product.id)).all()


def products_with_lapsed_verdicts(
    session: Session, now: datetime, limit: int
) -> Sequence[ProductId]:
    """Products on sale for which a verdict has run out, in id order."""
    lapsed = (
        select(StandingVerdict.subject_id)
        .where(StandingVerdict.state == VerdictState.HOLDS, StandingVerdict.valid_until <= now)
        .subquery()
    )
    subject = lapsed.c.subject_id
    matches = or_(
        subject == Product.id,
        subject.like(Product.id + "/%"),
        subject == ProductSource.dataset_id,
        subject == Product.operator_id + "/" + ProductSource.dataset_id,
    )
    statement = (
        _on_sale()
        .join(ProductSource, ProductSource.product_id == Product.id)
        .join(lapsed, matches)
        .distinct()
        .order_by(Product.id)
        .limit(limit)
    )
    return session.scalars(statement).all()


def notices_that_end(session: Session, limit: int) -> Sequence[ProductId]:
    """Products whose public notice is over today, in id order."""
    statement = (
        select(Product.id)
        .where(Product.state == ProductState.NOTICE, Product.notice_ends_on < clock.today())
        .order_by(Product.id)
        .limit(limit)
    )
    return session.scalars(statement).all()


def _whole() -> Select[Product]:
    return select(Product).options(
        selectinload(Product.sources),
        selectinload(Product.plans).selectinload(PricePlan.tiers),
    )


def _on_sale() -> Select[ProductId]:
    return select(Product.id).where(Product.state == ProductState.ON_SALE)


def _belongs_to(actor: Actor) -> Any:
    return or_(
        Product.operator_id == actor.organization_id, Product.bureau_id == actor.organization_id
    )


def _visible_to(actor: Actor) -> Any:
    """Public states are for all; drafts for those of its operator and bureau who work on them."""
    if actor.is_system or actor.may(Permission.SET_CAP):
        return true()
    is_public = Product.state.in_([state for state in ProductState if state.is_public])
    works_on_products = any(permission in actor.permissions for permission in DESK_PERMISSIONS)
    return or_(is_public, _belongs_to(actor)) if works_on_products else is_public


def _subjects(product: Product) -> list[str]:
    return [
        product.id,
        *product.dataset_ids,
        *(authorised_subject(product.operator_id, dataset) for dataset in product.dataset_ids),
        *(capped_subject(product.id, unit) for unit in ChargeUnit),
    ]


def _depends_on(kind: VerdictKind, subject_id: str) -> Any:
    made_from = (
        select(ProductSource.product_id)
        .where(
            or_(
                ProductSource.dataset_id == subject_id,
                Product.operator_id + "/" + ProductSource.dataset_id == subject_id,
            )
        )
        .correlate(Product)
    )
    if kind is VerdictKind.CAPPED:
        return Product.id == subject_id.partition("/")[0]
    return or_(Product.id == subject_id, Product.id.in_(made_from))


def _sources(session: Session, dataset_ids: Sequence[str]) -> Iterable[Source]:
    datasets = session.scalars(
        select(Dataset).where(Dataset.id.in_(dataset_ids)).order_by(Dataset.id)
    )
    for dataset in datasets:
        yield Source(
            dataset_id=dataset.id,
            level=DataLevel(dataset.level),
            personal_data=PersonalData(dataset.personal_data),
            openness=Openness(dataset.openness),
        )
