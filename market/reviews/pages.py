"""Where buyers rate, suppliers answer and mend, and the bureau looks again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, say, translate
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.shell import Desk, Waiting, desk_source
from kernel.web.submissions import claim_once
from market.organizations.reads import names_of
from market.reviews import actions, reads
from market.reviews.reads import Case
from market.reviews.rules import (
    CONTACT_WITHIN,
    LEVELS,
    RECTIFY_WITHIN,
    Item,
    RectificationState,
)
from market.reviews.schemas import RecheckDraft, ReviewDraft, VerifyDraft, WordsDraft

bp = Blueprint("reviews", __name__, template_folder="templates", url_prefix="/reviews")
S = RectificationState
SUBMITTED = N_("评价已公开，不显示贵单位名称。")


@dataclass(frozen=True)
class Act:
    """One form of a rating's page: what it sends, what it does, what is said then."""

    schema: type[BaseModel]
    carry_out: Callable[[Session, Actor, str, Any], Case]
    said: str


ACTS: Mapping[str, Act] = {
    "addition": Act(WordsDraft, actions.append_review, N_("追评已公开。")),
    "contact": Act(WordsDraft, actions.contact_buyer, N_("买方会在待办页看到。")),
    "verification": Act(VerifyDraft, actions.verify_review, N_("核实结论已记录。")),
    "rectification": Act(WordsDraft, actions.report_rectified, N_("整改已记录，请公开反馈。")),
    "reply": Act(WordsDraft, actions.reply_review, N_("答复已公开。")),
    "recheck": Act(RecheckDraft, actions.recheck_rectification, N_("复核结论已记录。")),
}
ACT_NAMES = ", ".join(f'"{name}"' for name in ACTS)
STEP_OF = {
    S.CONTACT: "contact",
    S.VERIFY: "verification",
    S.RECTIFY: "rectification",
    S.REPLY: "reply",
    S.RECHECK: "recheck",
}


@bp.get("/")
def index() -> ResponseReturnValue:
    """What may be rated, and the ratings that concern my organisation."""
    actor = current_actor()
    with transaction() as session:
        return render_template(
            "reviews/index.html",
            rights=reads.list_rights(session, actor) if actor.may(Permission.RATE_PRODUCT) else [],
            cases=reads.list_cases(session, actor),
            levels=LEVELS,
        )


@bp.route("/rate/<licence_id>", methods=["GET", "POST"])
def rate(licence_id: str) -> ResponseReturnValue:
    """Rate one activated licence."""
    actor = current_actor()
    form = Form(ReviewDraft)
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                case = actions.submit_review(session, actor, licence_id, draft)
                address = url_for("reviews.show", review_id=case.review.id)
            flash(translate(SUBMITTED), "good")
            return redirect(address, 303)
    with transaction() as session:
        right = next(
            (r for r in reads.list_rights(session, actor) if r.licence_id == licence_id), None
        )
    if right is None:
        raise reads.ReviewNotFound
    page = render_template(
        "reviews/form.html", form=form, right=right, items=list(Item), choices=_level_choices()
    )
    return page, form.status


@bp.get("/<review_id>")
def show(review_id: str) -> ResponseReturnValue:
    """One rating: what was said, what is done about it, the next step."""
    return _show(review_id)


@bp.post(f"/<review_id>/<any({ACT_NAMES}):name>")
def act(review_id: str, name: str) -> ResponseReturnValue:
    """Take the next step; what it is stands in ACTS."""
    actor, chosen = current_actor(), ACTS[name]
    form: Form[Any] = Form(chosen.schema)
    with form.showing_problems():
        draft = form.parse()
        with transaction() as session:
            chosen.carry_out(session, actor, review_id, draft)
        flash(translate(chosen.said), "good")
        return redirect(url_for("reviews.show", review_id=review_id), 303)
    return _show(review_id, **{name: form})


@desk_source
def show_waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """Suppliers: bad ratings by their day. The bureau: to look again, or late. Buyers: to rate."""
    if actor.may(Permission.ANSWER_REVIEW):
        desk.waiting += [_step(each) for each in reads.list_at_the_supplier(session, actor)]
    if actor.may(Permission.RECHECK_RECTIFICATION):
        desk.waiting += [_step(each) for each in reads.list_at_the_bureau(session, actor)]
    if not actor.may(Permission.RATE_PRODUCT):
        return
    desk.waiting += [
        Waiting(
            title=say(N_("评价《{title}》"), title=right.title),
            address=url_for("reviews.rate", licence_id=right.licence_id),
            button=translate(N_("评价")),
        )
        for right in reads.list_rights(session, actor)
    ]


def _step(case: Case) -> Waiting:
    work = case.work
    assert work is not None
    return Waiting(
        title=say(N_("《{title}》的差评：{state}"), title=case.title, state=work.state),
        address=url_for("reviews.show", review_id=case.review.id),
        button=translate(N_("办理")),
        due_on=work.due_on,
        note=translate(N_("供方逾期未办。")) if work.escalated_at else "",
    )


def _show(review_id: str, **sent: Form[Any]) -> ResponseReturnValue:
    """The page, with the form that was sent and refused, if any, in its place."""
    actor = current_actor()
    forms: dict[str, Form[Any]] = {name: Form(each.schema) for name, each in ACTS.items()}
    with transaction() as session:
        case = reads.get_case(session, actor, review_id)
        is_bureau = actor.may(Permission.RECHECK_RECTIFICATION)
        names = names_of(session, {case.review.buyer_id}) if is_bureau else {}
        page = render_template(
            "reviews/show.html",
            case=case,
            review=case.review,
            work=case.work,
            items=list(Item),
            levels=LEVELS,
            buyer=names.get(case.review.buyer_id, ""),
            open=_open_act(actor, case),
            holder=_holder(case),
            track=_track(case),
            contact=CONTACT_WITHIN.at(case.review.submitted_at.date()),
            rectify=RECTIFY_WITHIN.at(case.review.submitted_at.date()),
            forms={**forms, **sent},
            sent=list(sent.values()),
        )
    return page, max([200, *(form.status for form in sent.values())])


def _open_act(actor: Actor, case: Case) -> str:
    """The one form of ACTS on this person's page; "" for none."""
    review, work = case.review, case.work
    is_buyer = actor.may(Permission.RATE_PRODUCT, review.buyer_id)
    if is_buyer:
        return "" if review.added_at else "addition"
    if actor.may(Permission.RECHECK_RECTIFICATION):
        return "recheck" if work is not None and work.state is S.RECHECK else ""
    if not actor.may(Permission.ANSWER_REVIEW, review.supplier_id):
        return ""
    if work is None:
        return "" if review.replied_at else "reply"
    step = STEP_OF.get(work.state, "")
    return "" if step == "recheck" else step


def _holder(case: Case) -> str:
    if case.work is None or case.work.state is S.CLOSED:
        return ""
    return translate(N_("数据局") if case.work.state is S.RECHECK else N_("供方"))


def _track(case: Case) -> list[tuple[str, Any, str]]:
    """The steps of the work on a bad rating."""
    if case.work is None:
        return []
    order = list(S)
    here = order.index(case.work.state)
    words = (N_("联系"), N_("核实"), N_("整改"), N_("反馈"), N_("复核"), N_("办结"))
    dates = {S.REPLY: case.review.replied_at, S.CLOSED: case.work.closed_at}
    is_closed = case.work.state is S.CLOSED
    return [
        (
            translate(word),
            dates.get(state) if place < here or is_closed else None,
            "done" if place < here or is_closed else "now" if place == here else "next",
        )
        for place, (state, word) in enumerate(zip(order, words, strict=True))
    ]


def _level_choices() -> list[tuple[int, str]]:
    return [(level, f"{level} · {translate(words)}") for level, words in LEVELS.items()]
