"""How is a product rated, answered, and what follows a bad rating? (supervision §5)"""

from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from kernel.workdays import state_council_calendar
from market.reviews import reads
from market.reviews.events import (
    BuyerContacted,
    RectificationOpened,
    RectificationOverdue,
    RectificationRechecked,
    ReviewAppended,
    ReviewRectified,
    ReviewReplied,
    ReviewSubmitted,
    ReviewVerified,
)
from market.reviews.models import Rectification, Review, ReviewRight
from market.reviews.reads import Case, ReviewNotFound
from market.reviews.rules import (
    CLAUSE,
    RectificationState,
    ReviewId,
    contact_due,
    is_bad,
    rectify_due,
)
from market.reviews.schemas import RecheckDraft, ReviewDraft, VerifyDraft, WordsDraft

S = RectificationState


@dataclass(eq=False)
class RatedAlready(Conflict):
    """One rating a licence, one addition, one answer."""

    code = "review-given-already"
    message = N_("已经说过一次，不能再改。每份许可评价一次、追评一次，供方答复一次。")
    clause = CLAUSE


def allow_review(
    session: Session, *, licence_id: str, product_id: str, buyer_id: str, supplier_id: str
) -> None:
    """Let the buyer of an activated licence rate it once; pushed down by licensing.

    Nobody rates what they sell themselves. Said twice, it counts once.
    """
    if buyer_id == supplier_id:
        return
    values = {
        "licence_id": licence_id,
        "product_id": product_id,
        "buyer_id": buyer_id,
        "supplier_id": supplier_id,
        "opened_at": clock.now(),
    }
    statement = upsert(ReviewRight).values(**values)
    session.execute(statement.on_conflict_do_nothing(index_elements=["licence_id"]))


def submit_review(session: Session, actor: Actor, licence_id: str, draft: ReviewDraft) -> Case:
    """Rate an activated licence, once; one or two stars open the work of rectification.

    Raises: MissingPermission, OrganizationUnverified, ReviewNotFound, RatedAlready.
    """
    actor.require(Permission.RATE_PRODUCT, actor.organization_id or "")
    actor.require_verified()
    right = reads.get_right(session, actor, licence_id)
    if reads.is_rated(session, licence_id):
        raise RatedAlready
    review = Review(
        id=ReviewId(new_id("rvw")),
        licence_id=right.licence_id,
        product_id=right.product_id,
        buyer_id=right.buyer_id,
        supplier_id=right.supplier_id,
        reviewer_id=actor.id,
        submitted_at=clock.now(),
        **draft.model_dump(),
    )
    session.add(review)
    session.flush()
    title = reads.get_case(session, actor, review.id).title
    record(session, actor, ReviewSubmitted(review.id, review.product_id, title, review.level))
    if is_bad(review.level):
        _open_rectification(session, actor, review, title)
    return reads.get_case(session, actor, review.id)


def append_review(session: Session, actor: Actor, review_id: str, draft: WordsDraft) -> Case:
    """Add words to one's own rating, once; its stars stay.

    Raises: MissingPermission, ReviewNotFound, RatedAlready.
    """
    actor.require(Permission.RATE_PRODUCT, actor.organization_id or "")
    case = reads.case_for_update(session, actor, review_id)
    if case.review.buyer_id != actor.organization_id:
        raise ReviewNotFound
    if case.review.added_at is not None:
        raise RatedAlready
    case.review.addition, case.review.added_at = draft.words, clock.now()
    record(session, actor, ReviewAppended(case.review.id, case.review.product_id, case.title))
    return case


def contact_buyer(session: Session, actor: Actor, review_id: str, draft: WordsDraft) -> Case:
    """Speak to the buyer through the house, who stays unnamed."""
    case, work = _bad_case_of_supplier(session, actor, review_id)
    work.move(S.CONTACT, S.VERIFY)
    work.contact_words = draft.words
    record(session, actor, BuyerContacted(case.review.id, case.title))
    return case


def verify_review(session: Session, actor: Actor, review_id: str, draft: VerifyDraft) -> Case:
    """Say whether the rating is founded: then it is mended; if not, it is only answered."""
    case, work = _bad_case_of_supplier(session, actor, review_id)
    work.move(S.VERIFY, S.RECTIFY if draft.is_founded else S.REPLY)
    work.is_founded, work.verify_words = draft.is_founded, draft.words
    record(session, actor, ReviewVerified(case.review.id, case.title, draft.is_founded))
    return case


def report_rectified(session: Session, actor: Actor, review_id: str, draft: WordsDraft) -> Case:
    """Say what was mended."""
    case, work = _bad_case_of_supplier(session, actor, review_id)
    work.move(S.RECTIFY, S.REPLY)
    work.rectify_words = draft.words
    record(session, actor, ReviewRectified(case.review.id, case.title))
    return case


def reply_review(session: Session, actor: Actor, review_id: str, draft: WordsDraft) -> Case:
    """Answer a rating in public: a good one once, a bad one when its step has come.

    Raises: MissingPermission, ReviewNotFound, SecondPersonNeeded, RatedAlready,
    RectificationStepWrong.
    """
    case = _case_of_supplier(session, actor, review_id)
    if case.work is not None:
        case.work.move(S.REPLY, S.RECHECK)
    elif case.review.replied_at is not None:
        raise RatedAlready
    review = case.review
    review.reply, review.replied_at, review.replied_by = draft.words, clock.now(), actor.id
    record(session, actor, ReviewReplied(review.id, review.product_id, case.title))
    return case


def recheck_rectification(
    session: Session, actor: Actor, review_id: str, draft: RecheckDraft
) -> Case:
    """The bureau looks again: closed, or back to be mended within the time anew.

    Raises: MissingPermission, ReviewNotFound, SecondPersonNeeded, RectificationStepWrong.
    """
    actor.require(Permission.RECHECK_RECTIFICATION)
    case = reads.case_for_update(session, actor, review_id)
    work = _work_of(case)
    actor.require_another_person_than(case.review.reviewer_id, case.review.replied_by)
    work.move(S.RECHECK, S.CLOSED if draft.passes else S.RECTIFY)
    work.recheck_words = draft.words
    if draft.passes:
        work.closed_at = clock.now()
    else:
        work.rectify_due_on = rectify_due(clock.today(), state_council_calendar())
        work.escalated_at = None
    record(session, actor, RectificationRechecked(case.review.id, case.title, draft.passes))
    return case


def escalate_overdue(session: Session, actor: Actor, limit: int = 100) -> int:
    """Tell the bureau of bad ratings whose step was not taken in time; returns how many."""
    late = reads.list_overdue(session, limit)
    for case in late:
        work = _work_of(case)
        due_on = work.due_on
        assert due_on is not None
        work.escalated_at = clock.now()
        record(session, actor, RectificationOverdue(case.review.id, case.title, due_on))
    session.flush()
    return len(late)


def _open_rectification(session: Session, actor: Actor, review: Review, title: str) -> None:
    today, calendar = clock.today(), state_council_calendar()
    work = Rectification(
        review_id=review.id,
        state=S.CONTACT,
        contact_due_on=contact_due(today, calendar),
        rectify_due_on=rectify_due(today, calendar),
    )
    session.add(work)
    session.flush()
    fact = RectificationOpened(review.id, title, work.contact_due_on, work.rectify_due_on)
    record(session, actor, fact)


def _case_of_supplier(session: Session, actor: Actor, review_id: str) -> Case:
    actor.require(Permission.ANSWER_REVIEW)
    case = reads.case_for_update(session, actor, review_id)
    if case.review.supplier_id != actor.organization_id:
        raise ReviewNotFound
    actor.require_another_person_than(case.review.reviewer_id)
    return case


def _bad_case_of_supplier(
    session: Session, actor: Actor, review_id: str
) -> tuple[Case, Rectification]:
    case = _case_of_supplier(session, actor, review_id)
    return case, _work_of(case)


def _work_of(case: Case) -> Rectification:
    """The work on a bad rating; a good one calls for none."""
    if case.work is None:
        raise ReviewNotFound
    return case.work
