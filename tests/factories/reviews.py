"""Ratings of activated licences, and the work on bad ones, said in one line."""

from sqlalchemy.orm import Session

from market.accounts.roles import Role
from market.reviews import actions
from market.reviews.reads import Case
from market.reviews.rules import Item, RectificationState
from market.reviews.schemas import RecheckDraft, ReviewDraft, VerifyDraft, WordsDraft
from tests.factories.licences import make_licence
from tests.factories.market import actor_of, stored

S = RectificationState
WORDS = WordsDraft(words="已按说明逐项核对处理。")
FOUNDED = VerifyDraft(is_founded=True, words="日期字段确有缺失。")
UNFOUNDED = VerifyDraft(is_founded=False, words="所用版本不是最新版。")
PASSED = RecheckDraft(passes=True, words="抽查十条，均已补齐。")
FAILED = RecheckDraft(passes=False, words="抽查仍有缺失，请继续整改。")


def review_draft(level: int = 5, **changes: object) -> ReviewDraft:
    items = {item.value: level for item in Item}
    given = {"level": level, "words": "数据齐全，更新及时。", **items}
    return ReviewDraft.model_validate({**given, **changes})


def make_review(session: Session, level: int = 5, licence_id: str = "") -> Case:
    """A rating by the usual analyst of an active licence."""
    analyst = stored(session, actor_of(Role.ANALYST))
    licence_id = licence_id or make_licence(session).id
    return actions.submit_review(session, analyst, licence_id, review_draft(level))


def bring_to(session: Session, case: Case, state: RectificationState) -> Case:
    """Take the steps of the work on a bad rating, each by whose it is, up to a state."""
    operator = stored(session, actor_of(Role.OPERATOR))
    officer = stored(session, actor_of(Role.BUREAU_OFFICER))
    identifier = case.review.id
    steps = {
        S.VERIFY: lambda: actions.contact_buyer(session, operator, identifier, WORDS),
        S.RECTIFY: lambda: actions.verify_review(session, operator, identifier, FOUNDED),
        S.REPLY: lambda: actions.report_rectified(session, operator, identifier, WORDS),
        S.RECHECK: lambda: actions.reply_review(session, operator, identifier, WORDS),
        S.CLOSED: lambda: actions.recheck_rectification(session, officer, identifier, PASSED),
    }
    for after, take in steps.items():
        if case.work is None or case.work.state is state:
            break
        case = take()
        session.flush()
        assert case.work is not None
        assert case.work.state is after
    return case
