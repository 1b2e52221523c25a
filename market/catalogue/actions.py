"""How do products come on sale, change their price and leave?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict
from kernel.events import record
from kernel.i18n import CHINESE, N_, say, speaking
from kernel.ids import new_id
from kernel.workdays import add_working_days, state_council_calendar
from market.catalogue import reads
from market.catalogue.events import (
    NoticeOpened,
    PriceChanged,
    ProductDrafted,
    ProductPublished,
    ProductResumed,
    ProductReturned,
    ProductRevised,
    ProductSubmitted,
    ProductSuspended,
    ProductWithdrawn,
    VerdictChanged,
)
from market.catalogue.listing import PricePlanId, ProductId, listing_profile
from market.catalogue.models import (
    PricePlan,
    PriceTier,
    Product,
    ProductSource,
    StandingVerdict,
)
from market.catalogue.prices import Price, require_within_cap
from market.catalogue.rules import (
    Blocker,
    ProductState,
    PublicationBlocked,
    Verdict,
    VerdictKind,
    VerdictState,
)
from market.catalogue.schemas import PricePlanDraft, ProductDraft, ProductRevision
from market.datasets.reads import get_dataset
from market.organizations.reads import get_organization
from market.organizations.rules import OrganizationKind
from market.quality.events import QualityChecked

BATCH = 200
NO_MORE = N_("不再满足上架条件：{blockers}")


@dataclass(eq=False)
class PartiesWrong(Conflict):
    """Products belong to an operator, and are published by a bureau."""

    code = "product-parties-wrong"
    message = N_("产品须由运营机构起草，并选择一个数据管理部门审核。请检查所选单位。")


def draft_product(
    session: Session, actor: Actor, draft: ProductDraft, *, jurisdiction: str = "national"
) -> Product:
    """Begin a product of the actor's own operator.

    Raises: MissingPermission, NotFound, PartiesWrong.
    """
    actor.require(Permission.DRAFT_PRODUCT)
    operator = get_organization(session, str(actor.organization_id))
    bureau = get_organization(session, draft.bureau_id)
    if (operator.kind, bureau.kind) != (OrganizationKind.OPERATOR, OrganizationKind.BUREAU):
        raise PartiesWrong
    product = Product(
        id=ProductId(new_id("prd")),
        operator_id=operator.id,
        bureau_id=bureau.id,
        jurisdiction=jurisdiction,
        state=ProductState.DRAFT,
        revision=1,
        drafted_by=actor.id,
        drafted_at=clock.now(),
        returned_reason="",
        suspension_reason="",
        sources=[],
    )
    _write_down(session, actor, product, draft)
    session.add(product)
    record(session, actor, ProductDrafted(product.id, product.title, operator.id))
    session.flush()
    return reads.get_product(session, product.id)


def revise_product(
    session: Session, actor: Actor, product_id: str, revision: ProductRevision
) -> Product:
    """Change what a draft says.

    Raises: NotFound, MissingPermission, ProductStateForbids, StaleRevision.
    """
    product = reads.product_for_update(session, product_id)
    actor.require(Permission.DRAFT_PRODUCT, product.operator_id)
    product.require_state(ProductState.DRAFT)
    product.require_revision(revision.revision)
    _write_down(session, actor, product, revision)
    product.revision += 1
    record(session, actor, ProductRevised(product.id, product.title))
    session.flush()
    return product


def submit_product(session: Session, actor: Actor, product_id: str) -> Product:
    """Hand a draft to the bureau for review."""
    product = reads.product_for_update(session, product_id)
    actor.require(Permission.DRAFT_PRODUCT, product.operator_id)
    product.submit(by=actor.id, at=clock.now())
    record(session, actor, ProductSubmitted(product.id, product.title))
    return product


def return_product(session: Session, actor: Actor, product_id: str, reason: str) -> Product:
    """Give a submitted product back to its drafter, with what is wrong."""
    product = reads.product_for_update(session, product_id)
    actor.require(Permission.PUBLISH_PRODUCT, product.bureau_id)
    product.give_back(reason)
    record(session, actor, ProductReturned(product.id, product.title, reason))
    return product


def publish_product(session: Session, actor: Actor, product_id: str) -> Product:
    """Put a submitted product on sale, if its price, quality and authorisation allow it.

    Where the place asks for a public notice, the notice begins instead.
    Raises: NotFound, MissingPermission, SecondPersonNeeded, PublicationBlocked.
    """
    product = reads.product_for_update(session, product_id)
    actor.require(Permission.PUBLISH_PRODUCT, product.bureau_id)
    product.require_second_person(actor)
    _require_no_blockers(session, product)
    days = listing_profile(product.jurisdiction, clock.today()).notice_working_days
    if days and product.state == ProductState.REVIEW:
        ends_on = add_working_days(clock.today(), days, state_council_calendar()).due_on
        product.open_notice(by=actor.id, ends_on=ends_on)
        record(session, actor, NoticeOpened(product.id, product.title, ends_on.isoformat()))
        return product
    product.go_on_sale(by=actor.id, at=clock.now())
    record(session, actor, ProductPublished(product.id, product.title))
    return product


def end_notice(session: Session, actor: Actor, product_id: str) -> Product:
    """After its public notice a product goes on sale, or back when something is missing now."""
    product = reads.product_for_update(session, product_id)
    if product.notice_ends_on is None or clock.today() <= product.notice_ends_on:
        return product
    if blockers := reads.find_blockers(session, product):
        reason = _in_chinese(NO_MORE, blockers)
        product.give_back(reason)
        record(session, actor, ProductReturned(product.id, product.title, reason))
        return product
    product.go_on_sale(by=str(product.published_by), at=clock.now())
    record(session, actor, ProductPublished(product.id, product.title))
    return product


def set_price(session: Session, actor: Actor, product_id: str, draft: PricePlanDraft) -> PricePlan:
    """Set what one unit costs. The old price stays in the history.

    Raises: NotFound, MissingPermission, ProductStateForbids, PriceAboveCap, CapMissing.
    """
    product = reads.product_for_update(session, product_id)
    actor.require(Permission.SET_PRICE, product.operator_id)
    product.require_state(*(state for state in ProductState if state.may_be_priced))
    now = clock.now()
    cap = reads.find_cap(session, product.id, draft.unit, now)
    require_within_cap(product.id, draft.price, cap, is_public=product.is_public)
    previous = _end_current_plan(session, product, draft.price, now)
    plan = _plan_of(product, actor, draft, now)
    session.add(plan)
    event = PriceChanged(
        product_id=product.id,
        title=product.title,
        unit=draft.unit,
        unit_price=draft.unit_price,
        is_tax_included=draft.is_tax_included,
        price_plan_id=plan.id,
        previous_unit_price=previous.unit_price_yuan if previous else None,
    )
    record(session, actor, event)
    session.flush()
    session.expire(product, ["plans"])
    return plan


def suspend_product(session: Session, actor: Actor, product_id: str, reason: str) -> Product:
    """Take a product off sale for the time being. What licences then may do, licences decide."""
    product = reads.product_for_update(session, product_id)
    _require_supplier_or_bureau(actor, Permission.SUSPEND_PRODUCT, product)
    product.suspend(reason, at=clock.now())
    record(session, actor, ProductSuspended(product.id, product.title, reason))
    return product


def resume_product(session: Session, actor: Actor, product_id: str) -> Product:
    """Put a suspended product back on sale, if nothing is missing now.

    Raises: NotFound, MissingPermission, ProductStateForbids, PublicationBlocked.
    """
    product = reads.product_for_update(session, product_id)
    actor.require(Permission.SUSPEND_PRODUCT, product.bureau_id)
    product.require_state(ProductState.SUSPENDED)
    _require_no_blockers(session, product)
    product.resume()
    record(session, actor, ProductResumed(product.id, product.title))
    return product


def reopen_product(session: Session, actor: Actor, product_id: str) -> Product:
    """Take a suspended product back to the editor; it must be reviewed again."""
    product = reads.product_for_update(session, product_id)
    actor.require(Permission.DRAFT_PRODUCT, product.operator_id)
    product.require_state(ProductState.SUSPENDED)
    reason = N_("运营机构取回修改")
    product.give_back(reason)
    record(session, actor, ProductReturned(product.id, product.title, reason))
    return product


def withdraw_product(session: Session, actor: Actor, product_id: str, reason: str) -> Product:
    """End a product for good; its page and its history stay."""
    product = reads.product_for_update(session, product_id)
    _require_supplier_or_bureau(actor, Permission.SUSPEND_PRODUCT, product)
    product.withdraw(at=clock.now())
    record(session, actor, ProductWithdrawn(product.id, product.title, reason))
    return product


def push_verdict(  # noqa: PLR0913 - each is a column of the verdict
    session: Session,
    actor: Actor,
    *,
    kind: VerdictKind,
    subject_id: str,
    state: VerdictState,
    valid_until: datetime | None = None,
    clause: str = "",
    facts: Mapping[str, Any] | None = None,
    event_id: str = "",
) -> Verdict:
    """Keep what another room says about a subject; products that may no longer be sold stop.

    Called by the room that decides, in the transaction of its own act and after its own checks.
    """
    before = reads.find_verdict(session, kind, subject_id)
    said = Verdict(kind, subject_id, state, valid_until, clause, dict(facts or {}), event_id)
    values = {
        "state": state,
        "valid_until": valid_until,
        "clause": clause,
        "facts": said.facts,
        "event_id": event_id,
        "pushed_by": actor.id,
        "pushed_at": clock.now(),
    }
    statement = upsert(StandingVerdict).values(kind=kind, subject_id=subject_id, **values)
    session.execute(
        statement.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=values)
    )
    if before is None or before.state is not state or before.facts != said.facts:
        record(session, actor, VerdictChanged(subject_id, kind, state, clause))
    _suspend_blocked(session, actor, reads.products_depending_on(session, kind, subject_id))
    return said


def keep_quality(
    session: Session, actor: Actor, checked: QualityChecked, event_id: str
) -> Verdict | None:
    """Keep the newest verdict on a data set.

    A later version that failed does not take away the one that is good and still fresh: the
    good one goes on being served. The good one itself, checked again and failing, does fall.
    """
    before = reads.find_verdict(session, VerdictKind.QUALITY, checked.dataset_id)
    is_served = before is not None and before.holds(clock.now())
    is_same = before is not None and before.facts.get("version_id") == checked.version_id
    if not checked.has_passed and is_served and not is_same:
        return None
    return push_verdict(
        session,
        actor,
        kind=VerdictKind.QUALITY,
        subject_id=checked.dataset_id,
        state=VerdictState.HOLDS if checked.has_passed else VerdictState.FAILS,
        valid_until=checked.valid_until,
        clause="quality §2",
        facts={
            "version_id": checked.version_id,
            "number": checked.number,
            "grade": checked.grade,
            "score": checked.score,
            "run_id": checked.run_id,
        },
        event_id=event_id,
    )


def suspend_lapsed(session: Session, actor: Actor) -> int:
    """Stop the sale of products for which a verdict has run out; returns how many."""
    lapsed = reads.products_with_lapsed_verdicts(session, clock.now(), BATCH)
    return _suspend_blocked(session, actor, lapsed)


def _write_down(session: Session, actor: Actor, product: Product, draft: ProductDraft) -> None:
    own = {"dataset_ids", "bureau_id", "revision", "scenarios", "delivery_kinds"}
    for name in ProductDraft.model_fields.keys() - own:
        setattr(product, name, getattr(draft, name))
    product.scenarios = [scenario.value for scenario in draft.scenarios]
    product.delivery_kinds = [kind.value for kind in draft.delivery_kinds]
    wanted = dict.fromkeys(draft.dataset_ids)
    kept = {source.dataset_id: source for source in product.sources}
    product.sources = [
        kept.get(dataset.id) or ProductSource(dataset_id=dataset.id)
        for dataset in (get_dataset(session, actor, dataset_id) for dataset_id in wanted)
    ]


def _require_no_blockers(session: Session, product: Product) -> None:
    if blockers := reads.find_blockers(session, product):
        raise PublicationBlocked(product.id, blockers)


def _plan_of(product: Product, actor: Actor, draft: PricePlanDraft, now: datetime) -> PricePlan:
    return PricePlan(
        id=PricePlanId(new_id("pln")),
        product_id=product.id,
        unit=draft.unit,
        unit_price_yuan=draft.unit_price,
        is_tax_included=draft.is_tax_included,
        tax_rate=draft.tax_rate,
        reason=draft.reason,
        set_by=actor.id,
        set_at=now,
        tiers=[
            PriceTier(from_units=tier.from_units, unit_price_yuan=tier.unit_price)
            for tier in draft.tiers
        ],
    )


def _require_supplier_or_bureau(actor: Actor, permission: Permission, product: Product) -> None:
    is_supplier = actor.may(permission, product.operator_id)
    actor.require(permission, None if is_supplier else product.bureau_id)


def _end_current_plan(
    session: Session, product: Product, price: Price, now: datetime
) -> PricePlan | None:
    previous = next((plan for plan in product.plans if plan.unit == price.unit), None)
    if previous is not None:
        session.execute(
            update(PricePlan).where(PricePlan.id == previous.id).values(replaced_at=now)
        )
    return previous


def _suspend_blocked(session: Session, actor: Actor, product_ids: Iterable[ProductId]) -> int:
    """Suspend those of these products that may not be on sale now, in id order."""
    suspended = 0
    for product_id in product_ids:
        product = reads.product_for_update(session, product_id)
        blockers = reads.find_blockers(session, product)
        if not blockers or not product.is_on_sale:
            continue
        reason = _in_chinese(NO_MORE, blockers)
        product.suspend(reason, at=clock.now())
        event = ProductSuspended(product.id, product.title, reason, blockers[0].clause)
        record(session, actor, event)
        suspended += 1
    return suspended


def _in_chinese(text: str, blockers: list[Blocker]) -> str:
    with speaking(CHINESE):
        return say(text, blockers=blockers)
