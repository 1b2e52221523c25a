"""Receive a candidate, walk the decision, and book its costs as the decision says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.money import Money
from market.organizations import reads as organizations
from valuation.assets import actions as assets
from valuation.assets import reads as asset_reads
from valuation.assets.models import DataAsset
from valuation.assets.rules import (
    AcquisitionRoute,
    AssetClass,
    AssetState,
    AssetStateWrong,
    require_after_rule,
    require_at_cost,
)
from valuation.assets.schemas import FinishDraft
from valuation.books import actions as books
from valuation.books import reads as book_reads
from valuation.books import rules as postings
from valuation.books.models import AccountingEntity, Voucher
from valuation.books.rules import Account, Posting
from valuation.books.schemas import VoucherFacts
from valuation.costs import reads as costs
from valuation.costs.models import CostRecord
from valuation.costs.rules import PaidFrom, Stage, is_attributable
from valuation.recognitions import reads
from valuation.recognitions.events import (
    AssetNotRecognised,
    AssetRecognised,
    CandidateReceived,
    CostsBooked,
)
from valuation.recognitions.models import (
    BookedCost,
    CriterionEvidence,
    Recognition,
    RecognitionFinding,
)
from valuation.recognitions.rules import (
    CostFacts,
    CostsUnproven,
    Outcome,
    RecognitionDecision,
    Treatment,
    require_origin,
    split_vat,
    treatment_of,
    walk,
)
from valuation.recognitions.schemas import CandidateDraft, PaidOrder, RecognitionDraft

_PAID_FROM = {
    PaidFrom.BANK: Account.BANK,
    PaidFrom.PAYABLE: Account.PAYABLE,
    PaidFrom.PAYROLL: Account.PAYROLL,
}


@dataclass(eq=False)
class CandidateExists(Conflict):
    code: ClassVar[str] = "recognition-candidate-exists"
    message: ClassVar[str] = N_("产品《{title}》已经在账上或正在判断，不能重复建立。")

    title: str


def receive_purchase(session: Session, actor: Actor, order: PaidOrder) -> DataAsset:
    """Put a paid order into the buyer's own books as a candidate; twice changes nothing.

    A buyer without books gets them, so that no purchase is lost.
    """
    entity = book_reads.find_entity_of(session, order.buyer_id)
    if entity is None:
        buyer = organizations.get_organization(session, order.buyer_id)
        entity = books.open_books(session, actor, buyer.id, buyer.name)
    known = asset_reads.find_by_order(session, entity.id, order.order_id)
    if known is not None:
        return known
    asset = _candidate(entity, order.product_id, order.title, AcquisitionRoute.PURCHASED)
    asset.order_id = order.order_id
    asset.bought_for(order.amount, order.vat)
    asset.acquired_on = order.paid_on
    return _add(session, actor, asset)


def open_candidate(
    session: Session, actor: Actor, entity_id: str, draft: CandidateDraft
) -> DataAsset:
    """Begin the decision about a product of one's own.

    Raises: NotFound, MissingPermission, ProductNotFound, CandidateExists.
    """
    entity = book_reads.get_entity(session, actor, entity_id)
    actor.require(Permission.KEEP_BOOKS, entity.organization_id)
    title = costs.get_project_title(session, actor, draft.product_id)
    if asset_reads.find_own_product(session, entity_id, draft.product_id) is not None:
        raise CandidateExists(title)
    asset = _candidate(entity, draft.product_id, title, AcquisitionRoute.SELF_DEVELOPED)
    asset.acquired_on = draft.started_on
    return _add(session, actor, asset)


def decide(session: Session, actor: Actor, asset_id: str, draft: RecognitionDraft) -> Recognition:
    """Walk the tree and book what it says: at cost, never at a valuation (DA-01, DA-02).

    Raises: NotFound, MissingPermission, AssetStateWrong, the refusals of the walk, OriginMismatch,
    PriorExpenseRestated, CostsUnproven, VatAbovePrice, NotAtCost, PeriodLocked.
    """
    asset, entity = asset_reads.asset_for_update(session, actor, asset_id)
    actor.require(Permission.KEEP_BOOKS, entity.organization_id)
    if asset.stands is not AssetState.CANDIDATE:
        raise AssetStateWrong(asset.stands)
    require_origin(draft.origin, asset.came_by)
    decision = walk(draft.facts())
    unbooked = reads.unbooked_costs(session, entity.organization_id, asset.product_id)
    price, vat = split_vat(asset.price, _deductible(asset, draft))
    capitalised = _capitalised(asset, decision, unbooked, price)
    if draft.booked_amount is not None:
        require_at_cost(Money.of_yuan(draft.booked_amount), capitalised)
    recognition = _keep(session, actor, asset, draft, decision)
    asset.decide(*_state_after(decision.outcome, asset.came_by))
    if price:
        _book_purchase(session, actor, (asset, entity), decision.outcome, (price, vat))
    _book_costs(session, actor, (asset, entity), recognition, unbooked)
    record(session, actor, _decided(asset, decision, capitalised))
    return recognition


def book_costs(session: Session, actor: Actor, asset_id: str) -> int:
    """Book the costs that were recorded since the decision, by the same decision; returns how many.

    Raises: NotFound, MissingPermission, AssetStateWrong, CostsUnproven, PeriodLocked.
    """
    asset, entity = asset_reads.asset_for_update(session, actor, asset_id)
    actor.require(Permission.KEEP_BOOKS, entity.organization_id)
    recognition = reads.find_recognition(session, actor, asset_id)
    if recognition is None:
        raise AssetStateWrong(asset.stands)
    unbooked = reads.unbooked_costs(session, entity.organization_id, asset.product_id)
    return _book_costs(session, actor, (asset, entity), recognition, unbooked)


def finish_inventory(
    session: Session, actor: Actor, asset_id: str, draft: FinishDraft
) -> DataAsset:
    """What was processed for sale goes into stock at what its booked costs sum to (E12).

    Raises: NotFound, MissingPermission, AssetStateWrong, DayOutOfRange, PeriodLocked.
    """
    cost = reads.capitalised_costs(session, asset_id)
    return assets.finish_processing(session, actor, asset_id, draft, cost)


def _candidate(
    entity: AccountingEntity, product_id: str, title: str, route: AcquisitionRoute
) -> DataAsset:
    return DataAsset(
        id=new_id("ast"),
        entity_id=entity.id,
        product_id=product_id,
        title=title.strip(),
        route=route.value,
        state=AssetState.CANDIDATE.value,
        created_at=clock.now(),
    )


def _add(session: Session, actor: Actor, asset: DataAsset) -> DataAsset:
    session.add(asset)
    session.flush()
    record(
        session,
        actor,
        CandidateReceived(asset.id, asset.entity_id, asset.product_id, asset.title, asset.order_id),
    )
    return asset


def _deductible(asset: DataAsset, draft: RecognitionDraft) -> Money:
    return asset.price_vat if draft.vat is None else Money.of_yuan(draft.vat)


def _capitalised(
    asset: DataAsset, decision: RecognitionDecision, unbooked: Sequence[CostRecord], price: Money
) -> Money:
    """What will be booked as asset: the price and every proven, qualified cost.

    Raises: CostsUnproven, PriorExpenseRestated.
    """
    qualified = [
        cost
        for cost in unbooked
        if _treatment(cost, decision.outcome, decision.capitalise_from_on, None)
        is Treatment.CAPITALISE
    ]
    _require_proof(qualified)
    total = Money(sum(cost.amount_minor for cost in qualified))
    if price and decision.outcome in {Outcome.INTANGIBLE, Outcome.INVENTORY}:
        require_after_rule(asset.acquired_on)
        total += price
    return total


def _require_proof(capitalised: Sequence[CostRecord]) -> None:
    unproven = [cost for cost in capitalised if not cost.has_evidence]
    if unproven:
        total = Money(sum(cost.amount_minor for cost in unproven))
        raise CostsUnproven(len(unproven), total)


def _treatment(
    cost: CostRecord, outcome: Outcome, capitalise_from_on: date | None, ready_on: date | None
) -> Treatment:
    facts = CostFacts(cost.kind, cost.at_stage, cost.incurred_on)
    return treatment_of(facts, outcome, capitalise_from_on, ready_on)


def _state_after(outcome: Outcome, route: AcquisitionRoute) -> tuple[AssetState, AssetClass | None]:
    match outcome:
        case Outcome.NO_ASSET | Outcome.EXPENSE:
            return AssetState.EXPENSED, None
        case Outcome.INTANGIBLE:
            return AssetState.RECOGNISED, AssetClass.INTANGIBLE
        case Outcome.DEVELOPMENT:
            return AssetState.DEVELOPING, AssetClass.INTANGIBLE
        case Outcome.INVENTORY:
            is_bought = route is AcquisitionRoute.PURCHASED
            state = AssetState.RECOGNISED if is_bought else AssetState.DEVELOPING
            return state, AssetClass.INVENTORY


def _keep(
    session: Session,
    actor: Actor,
    asset: DataAsset,
    draft: RecognitionDraft,
    decision: RecognitionDecision,
) -> Recognition:
    recognition = Recognition(
        id=new_id("rcg"),
        asset_id=asset.id,
        purpose=draft.purpose.value,
        origin=draft.origin.value,
        outcome=decision.outcome.value,
        capitalise_from_on=decision.capitalise_from_on,
        decided_by=actor.id,
        decided_at=clock.now(),
    )
    recognition.findings = [
        RecognitionFinding(
            position=position,
            node=one.node.value,
            holds=one.holds,
            choice=one.said.value if one.said else None,
            reason=one.reason,
            evidence=one.evidence,
        )
        for position, one in enumerate(decision.path, start=1)
    ]
    recognition.criteria = [
        CriterionEvidence(
            criterion=one.criterion.value,
            document=one.document,
            met_on=one.met_on,
            approver=one.approver,
        )
        for one in draft.criteria
    ]
    session.add(recognition)
    session.flush()
    return recognition


def _decided(
    asset: DataAsset, decision: RecognitionDecision, capitalised: Money
) -> AssetRecognised | AssetNotRecognised:
    label = decision.outcome.label
    if decision.outcome in {Outcome.NO_ASSET, Outcome.EXPENSE}:
        return AssetNotRecognised(asset.id, asset.entity_id, asset.title, label)
    return AssetRecognised(
        asset.id,
        asset.entity_id,
        asset.title,
        label,
        capitalised,
        decision.capitalise_from_on,
    )


def _book_purchase(
    session: Session,
    actor: Actor,
    owned: tuple[DataAsset, AccountingEntity],
    outcome: Outcome,
    price_and_vat: tuple[Money, Money],
) -> None:
    asset, entity = owned
    price, vat = price_and_vat
    match outcome:
        case Outcome.INTANGIBLE:
            posting = postings.buy_intangible(asset.id, price, vat, Account.BANK)
        case Outcome.INVENTORY:
            posting = postings.buy_inventory(asset.id, price, vat, Account.BANK)
        case Outcome.EXPENSE | Outcome.NO_ASSET | Outcome.DEVELOPMENT:
            posting = postings.spend_as_expense(price, vat, Account.BANK)
    on = _posting_day(session, entity, asset.acquired_on)
    facts = VoucherFacts(on, f"{posting.business.label}：{asset.title}", asset.order_id or asset.id)
    books.post_voucher(session, actor, entity, posting, facts)


def _book_costs(
    session: Session,
    actor: Actor,
    owned: tuple[DataAsset, AccountingEntity],
    recognition: Recognition,
    unbooked: Sequence[CostRecord],
) -> int:
    """One voucher per cost record, so that each figure leads to its document."""
    asset, entity = owned
    treated = [
        (
            cost,
            _treatment(cost, recognition.ended_as, recognition.capitalise_from_on, asset.ready_on),
        )
        for cost in unbooked
    ]
    capitalised = [cost for cost, treatment in treated if treatment is Treatment.CAPITALISE]
    _require_proof(capitalised)
    for cost, treatment in treated:
        voucher = None
        if treatment is not Treatment.PRIOR:
            voucher = _book_cost(session, actor, owned, cost, treatment)
        session.add(
            BookedCost(
                cost_record_id=cost.id,
                asset_id=asset.id,
                treatment=treatment.value,
                voucher_id=voucher.id if voucher else None,
            )
        )
    session.flush()
    if treated:
        total = Money(sum(cost.amount_minor for cost in capitalised))
        record(session, actor, CostsBooked(asset.id, entity.id, asset.title, len(treated), total))
    return len(treated)


def _book_cost(
    session: Session,
    actor: Actor,
    owned: tuple[DataAsset, AccountingEntity],
    cost: CostRecord,
    treatment: Treatment,
) -> Voucher:
    asset, entity = owned
    posting = _cost_posting(asset, cost, treatment)
    on = _posting_day(session, entity, cost.incurred_on)
    facts = VoucherFacts(on, f"{cost.kind.label}：{asset.title}（{cost.document}）", cost.id)
    return books.post_voucher(session, actor, entity, posting, facts)


def _cost_posting(asset: DataAsset, cost: CostRecord, treatment: Treatment) -> Posting:
    paid_from = _PAID_FROM[cost.paid_with]
    if treatment is Treatment.EXPENSE:
        if is_attributable(cost.kind) and cost.at_stage in {Stage.RESEARCH, Stage.DEVELOPMENT}:
            return postings.spend_on_research(cost.amount, cost.vat, paid_from)
        return postings.spend_as_expense(cost.amount, cost.vat, paid_from)
    is_bought = asset.came_by is AcquisitionRoute.PURCHASED
    match asset.booked_as, is_bought:
        case AssetClass.INVENTORY, True:
            return postings.buy_inventory(asset.id, cost.amount, cost.vat, paid_from)
        case AssetClass.INVENTORY, False:
            return postings.spend_on_production(cost.amount, cost.vat, paid_from)
        case _, True:
            return postings.buy_intangible(asset.id, cost.amount, cost.vat, paid_from)
        case _:
            return postings.spend_on_development(asset.id, cost.amount, cost.vat, paid_from)


def _posting_day(session: Session, entity: AccountingEntity, day: date) -> date:
    """The day of the fact; today, where its month is closed already."""
    is_closed = book_reads.is_closed(session, entity.id, day.replace(day=1))
    return clock.today() if is_closed else day
