"""Who may rate what, what was said of a product, and which bad ratings wait for whom?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.i18n import N_
from market.catalogue.models import Product
from market.reviews.models import Rectification, Review, ReviewRight
from market.reviews.rules import AT_THE_SUPPLIER, LEVELS, RectificationState
from market.reviews.schemas import ReviewOut, RightOut, ScoreOut

MOST_SHOWN = 50
Cases = Select[Review, str, Rectification]  # the last is None where the rating is good


class ReviewNotFound(NotFound):
    """There is no such rating or right to rate, or not for this person."""

    code = "review-not-found"
    message = N_(
        "没有这条评价，或它与贵单位无关。只有许可已生效的买方可以评价，请从待办页或“评价”页进入。"
    )


@dataclass(frozen=True)
class Case:
    """A rating, what it is about, and the work on it where it is bad."""

    review: Review
    title: str
    work: Rectification | None


def score_of(session: Session, product_id: str) -> ScoreOut:
    """A product's score and how many said what."""
    rows = session.execute(
        select(Review.level, func.count())
        .where(Review.product_id == product_id)
        .group_by(Review.level)
    )
    found = {int(level): int(count) for level, count in rows}
    return ScoreOut.of({level: found.get(level, 0) for level in LEVELS})


def list_public(session: Session, product_id: str) -> list[ReviewOut]:
    """What everybody reads of a product's ratings, newest first; nobody is named."""
    statement = _cases().where(Review.product_id == product_id)
    return [ReviewOut.of(case.review, case.work) for case in _found(session, statement)]


def product_of(session: Session, review_id: str) -> str:
    """What a rating is about, for other slices. Raises: ReviewNotFound."""
    found = session.scalar(select(Review.product_id).where(Review.id == review_id))
    if found is None:
        raise ReviewNotFound
    return found


def list_rights(session: Session, actor: Actor) -> list[RightOut]:
    """Activated licences that the actor's organisation has not rated yet, oldest first."""
    rows = session.execute(
        select(ReviewRight, Product.title_zh)
        .join(Product, Product.id == ReviewRight.product_id)
        .where(
            ReviewRight.buyer_id == (actor.organization_id or ""),
            ~exists().where(Review.licence_id == ReviewRight.licence_id),
        )
        .order_by(ReviewRight.opened_at, ReviewRight.licence_id)
        .limit(MOST_SHOWN)
    )
    return [
        RightOut(
            licence_id=right.licence_id,
            product_id=right.product_id,
            title=title,
            opened_at=right.opened_at,
        )
        for right, title in rows
    ]


def get_right(session: Session, actor: Actor, licence_id: str) -> ReviewRight:
    """The actor's organisation's right to rate a licence. Raises: ReviewNotFound."""
    found = session.get(ReviewRight, licence_id, with_for_update=True)
    if found is None or found.buyer_id != actor.organization_id:
        raise ReviewNotFound
    return found


def is_rated(session: Session, licence_id: str) -> bool:
    return bool(session.scalar(select(exists().where(Review.licence_id == licence_id))))


def list_cases(session: Session, actor: Actor) -> Sequence[Case]:
    """Ratings by, of or under the bureau of the actor's organisation, newest first."""
    return _found(session, _cases().where(_seen_by(actor)))


def get_case(session: Session, actor: Actor, review_id: str) -> Case:
    """Raises: ReviewNotFound."""
    found = _found(session, _cases().where(Review.id == review_id, _seen_by(actor)))
    if not found:
        raise ReviewNotFound
    return found[0]


def case_for_update(session: Session, actor: Actor, review_id: str) -> Case:
    """Locked: the rating first, then the work on it. Raises: ReviewNotFound."""
    seen = get_case(session, actor, review_id)
    review = session.get_one(Review, seen.review.id, with_for_update=True, populate_existing=True)
    work = session.get(Rectification, review.id, with_for_update=True, populate_existing=True)
    return Case(review, seen.title, work)


def list_at_the_supplier(session: Session, actor: Actor) -> Sequence[Case]:
    """Bad ratings that wait for the actor's organisation as supplier, soonest first."""
    actor.require(Permission.ANSWER_REVIEW)
    statement = _cases().where(
        Review.supplier_id == (actor.organization_id or ""),
        Rectification.state.in_(list(AT_THE_SUPPLIER)),
    )
    return sorted(_found(session, statement), key=_by_day)


def list_at_the_bureau(session: Session, actor: Actor) -> Sequence[Case]:
    """What the bureau re-checks, and what suppliers let run over."""
    actor.require(Permission.RECHECK_RECTIFICATION)
    is_escalated = Rectification.escalated_at.is_not(None) & (
        Rectification.state != RectificationState.CLOSED
    )
    statement = _cases().where(
        Product.bureau_id == (actor.organization_id or ""),
        or_(Rectification.state == RectificationState.RECHECK, is_escalated),
    )
    return _found(session, statement)


def list_overdue(session: Session, limit: int) -> Sequence[Case]:
    """Bad ratings past the day of their step, of which the bureau was not told; locked."""
    today = clock.today()
    is_late = or_(
        (Rectification.state == RectificationState.CONTACT)
        & (Rectification.contact_due_on < today),
        Rectification.state.in_(list(AT_THE_SUPPLIER)) & (Rectification.rectify_due_on < today),
    )
    statement = _cases().where(is_late, Rectification.escalated_at.is_(None))
    locked = statement.with_for_update(of=Rectification, skip_locked=True)
    return [Case(*row) for row in session.execute(locked.limit(limit))]


def _by_day(case: Case) -> tuple[date, str]:
    due_on = case.work.due_on if case.work else None
    return due_on or date.max, case.review.id


def _cases() -> Cases:
    return (
        select(Review, Product.title_zh, Rectification)
        .join(Product, Product.id == Review.product_id)
        .outerjoin(Rectification, Rectification.review_id == Review.id)
        .order_by(Review.submitted_at.desc(), Review.id)
    )


def _found(session: Session, statement: Cases) -> list[Case]:
    return [Case(*row) for row in session.execute(statement.limit(MOST_SHOWN))]


def _seen_by(actor: Actor) -> Any:
    """Its buyer, its supplier and the product's bureau see the work on a rating."""
    own = actor.organization_id or ""
    seen = []
    if actor.may(Permission.RATE_PRODUCT):
        seen.append(Review.buyer_id == own)
    if actor.may(Permission.ANSWER_REVIEW):
        seen.append(Review.supplier_id == own)
    if actor.may(Permission.RECHECK_RECTIFICATION):
        seen.append(Product.bureau_id == own)
    return or_(Review.id.is_(None), *seen)
