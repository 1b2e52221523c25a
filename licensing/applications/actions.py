"""A buyer asks, two persons decide, the clock runs."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, Invalid
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.workdays import add_working_days, state_council_calendar
from licensing.applications import reads
from licensing.applications.events import (
    ApplicationApproved,
    ApplicationLapsed,
    ApplicationRefused,
    ApplicationReviewed,
    ApplicationSubmitted,
)
from licensing.applications.models import Application, ApplicationDecision
from licensing.applications.rules import (
    REVIEW_WORKING_DAYS,
    Act,
    ApplicationState,
    Missing,
    Stage,
    acts_offered,
    completeness,
    has_lapsed,
    stage_of,
)
from licensing.applications.schemas import ApplicationDraft, DecisionDraft
from licensing.authorizations.reads import authorizations_covering
from market.catalogue.listing import DeliveryKind
from market.catalogue.reads import get_product
from market.catalogue.rules import ProductState, Purpose

PERMISSION_OF = {
    Stage.REVIEW: Permission.REVIEW_APPLICATION,
    Stage.APPROVAL: Permission.APPROVE_APPLICATION,
}


@dataclass(eq=False)
class ApplicationIncomplete(Invalid):
    """The completeness check found something missing."""

    code = "application-incomplete"
    message = N_("申请还不完整：{missing}。请补充后再提交。")
    clause = "LC-08"

    missing: tuple[Missing, ...]


@dataclass(eq=False)
class ProductNotOnSale(Conflict):
    """Nobody can apply for what is not on sale."""

    code = "product-not-on-sale"
    message = N_("《{title}》目前不在售，不能申请。可以在产品页关注它的恢复。")

    title: str


@dataclass(eq=False)
class PurposeNotAuthorised(Conflict):
    """The authorisation behind the product does not cover this purpose (AO-07)."""

    code = "purpose-not-authorised"
    message = N_("《{title}》的授权运营协议不包含“{purpose}”用途。请换用途，或向运营机构提出需求。")
    clause = "AO-07"

    title: str
    purpose: Purpose


@dataclass(eq=False)
class UnitNotOffered(Invalid):
    """The product has no price for this unit."""

    code = "unit-not-offered"
    message = N_("《{title}》没有按这个单位计价。请从产品页的价格表选择。")

    title: str


@dataclass(eq=False)
class ActNotOffered(Invalid):
    """The product is not delivered in a way that would let anybody do this."""

    code = "act-not-offered"
    message = N_("《{title}》不提供“{acts}”。可以申请的使用方式：{offered}。")

    title: str
    acts: tuple[Act, ...]
    offered: tuple[Act, ...]


@dataclass(eq=False)
class SameApplicationOpen(Conflict):
    """The organisation asked for the very same before, and no answer is out yet."""

    code = "same-application-open"
    message = N_(
        "贵单位已为《{title}》提交过场景和用途相同的申请，还在办理，没有重复提交。请查看那份申请的进度。"
    )

    title: str
    application_id: str


@dataclass(eq=False)
class AlreadyDecided(Conflict):
    """Nothing waits for this decision."""

    code = "application-already-decided"
    message = N_("这份申请当前是“{state}”，不等待这一步决定。请刷新页面。")

    state: ApplicationState


def submit_application(session: Session, actor: Actor, draft: ApplicationDraft) -> Application:
    """Ask for the use of a product; the clock starts.

    Raises: MissingPermission, OrganizationUnverified, NotFound, ProductNotOnSale,
        ApplicationIncomplete, UnitNotOffered, ActNotOffered, PurposeNotAuthorised,
        SameApplicationOpen.
    """
    actor.require(Permission.APPLY_FOR_LICENCE)
    actor.require_verified()
    wanted = _require_offer(session, draft)
    _require_new(session, actor, wanted, draft)
    application = _new_application(actor, wanted, draft)
    session.add(application)
    record(
        session,
        actor,
        ApplicationSubmitted(
            application.id,
            wanted.product_id,
            wanted.title,
            application.buyer_id,
            draft.purpose,
            application.due_on,
        ),
    )
    return application


def decide_application(
    session: Session, actor: Actor, application_id: str, draft: DecisionDraft
) -> Application:
    """Take the next decision: first review, then approval by another person (SU-31).

    Raises: ApplicationNotFound, MissingPermission, AlreadyDecided, SecondPersonNeeded.
    """
    application = reads.application_for_update(session, actor, application_id)
    if has_lapsed(application.phase, application.due_on, clock.today()):
        raise AlreadyDecided(ApplicationState.LAPSED)  # the sweep has yet to write it down
    stage = stage_of(application.phase)
    if stage is None:
        raise AlreadyDecided(application.phase)
    actor.require(PERMISSION_OF[stage], application.bureau_id)
    earlier = [row.decider_id for row in reads.list_decisions(session, application_id)]
    actor.require_another_person_than(application.drafted_by, *earlier)
    session.add(
        ApplicationDecision(
            application_id=application.id,
            stage=stage.value,
            decider_id=actor.id,
            permits=draft.permits,
            reason=draft.reason,
            decided_at=clock.now(),
        )
    )
    _take(session, actor, application, stage, draft)
    return application


def lapse_overdue(session: Session, actor: Actor) -> int:
    """Let applications lapse whose last day has passed; returns how many."""
    overdue = reads.list_overdue(session, clock.today())
    for application in overdue:
        application.state = ApplicationState.LAPSED.value
        application.decided_at = clock.now()
        record(session, actor, ApplicationLapsed(application.id, application.title))
    return len(overdue)


@dataclass(frozen=True)
class _Wanted:
    """The product that is asked for, as far as an application keeps it."""

    product_id: str
    title: str
    bureau_id: str
    operator_id: str


def _require_offer(session: Session, draft: ApplicationDraft) -> _Wanted:
    """The product on offer for this purpose and unit, and a complete application for it."""
    product = get_product(session, draft.product_id)
    if product.state != ProductState.ON_SALE:
        raise ProductNotOnSale(product.title)
    found = completeness(draft.scenario, draft.measures, draft.purpose, draft.proof)
    if not found.is_complete:
        raise ApplicationIncomplete(found.missing)
    if draft.unit not in {plan.unit for plan in product.plans}:
        raise UnitNotOffered(product.title)
    offered = acts_offered(DeliveryKind(kind) for kind in product.delivery_kinds)
    if missing := tuple(act for act in draft.acts if act not in offered):
        raise ActNotOffered(product.title, missing, offered)
    covering = authorizations_covering(session, product.dataset_ids, draft.purpose, clock.now())
    if product.operator_id not in {one.operator_id for one in covering}:
        raise PurposeNotAuthorised(product.title, draft.purpose)
    return _Wanted(product.id, product.title, product.bureau_id, product.operator_id)


def _require_new(session: Session, actor: Actor, wanted: _Wanted, draft: ApplicationDraft) -> None:
    """Two who ask for one product at once for one organisation wait for each other here."""
    key = func.hashtextextended(f"application:{actor.organization_id}:{wanted.product_id}", 0)
    session.execute(select(func.pg_advisory_xact_lock(key)))
    same = reads.find_same_open(
        session,
        buyer_id=actor.organization_id or "",
        product_id=wanted.product_id,
        scenario=draft.scenario,
        purpose=draft.purpose,
    )
    if same:
        raise SameApplicationOpen(wanted.title, same)


def _new_application(actor: Actor, wanted: _Wanted, draft: ApplicationDraft) -> Application:
    assert actor.organization_id is not None
    days = REVIEW_WORKING_DAYS.at(clock.today()).value
    deadline = add_working_days(clock.today(), days, state_council_calendar())
    return Application(
        id=new_id("app"),
        product_id=wanted.product_id,
        bureau_id=wanted.bureau_id,
        operator_id=wanted.operator_id,
        buyer_id=actor.organization_id,
        title=wanted.title,
        drafted_by=actor.id,
        scenario=draft.scenario,
        purpose=draft.purpose.value,
        acts=[act.value for act in draft.acts],
        term_months=draft.term_months,
        unit=draft.unit,
        units=draft.units,
        measures=draft.measures,
        proof=draft.proof,
        state=ApplicationState.SUBMITTED.value,
        submitted_at=clock.now(),
        due_on=deadline.due_on,
        due_is_provisional=deadline.is_provisional,
    )


def _take(
    session: Session, actor: Actor, application: Application, stage: Stage, draft: DecisionDraft
) -> None:
    if not draft.permits:
        application.state = ApplicationState.REFUSED.value
        application.decided_at = clock.now()
        record(session, actor, ApplicationRefused(application.id, application.title, draft.reason))
    elif stage is Stage.REVIEW:
        application.state = ApplicationState.REVIEWED.value
        record(session, actor, ApplicationReviewed(application.id, application.title))
    else:
        application.state = ApplicationState.APPROVED.value
        application.decided_at = clock.now()
        record(
            session,
            actor,
            ApplicationApproved(
                application.id, application.product_id, application.title, application.buyer_id
            ),
        )
