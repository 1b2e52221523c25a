"""The public board of demands, where one asks, and where the bureau answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, Labelled, say, translate
from kernel.parameters import Mark
from kernel.periods import civil_day
from kernel.web.forms import Form
from kernel.web.guard import current_actor, find_actor, public
from kernel.web.parse import parse_query
from kernel.web.shell import Desk, Panel, Waiting, desk_source
from kernel.web.submissions import claim_once, remember_location
from market.catalogue.listing import Scenario
from market.datasets.rules import UpdateCycle
from market.demands import actions, reads
from market.demands.models import Demand
from market.demands.rules import ANSWER_WITHIN, DemandState, may_be_joined, may_move
from market.demands.schemas import (
    BoardQuestion,
    DemandDraft,
    Joining,
    Nothing,
    PlanDraft,
    ProductLink,
    ReasonDraft,
)

bp = Blueprint("demands", __name__, template_folder="templates", url_prefix="/demands")
TONES: Mapping[DemandState, str] = {
    DemandState.SUBMITTED: "wait",
    DemandState.RETURNED: "bad",
    DemandState.PUBLISHED: "wait",
    DemandState.PLANNED: "good",
    DemandState.REFUSED: "bad",
    DemandState.FULFILLED: "good",
    DemandState.WITHDRAWN: "idle",
}
SUBMITTED = N_("需求已提交。数据局看过文字后公布，答复期限见本页。")
Step = tuple[str, datetime | None, str]


@dataclass(frozen=True)
class Act:
    """One form of a demand's page: what it sends, what it does, what is said then."""

    schema: type[BaseModel]
    carry_out: Callable[[Session, Actor, str, Any], object]
    said: str


ACTS: Mapping[str, Act] = {
    "joining": Act(Joining, actions.join_demand, N_("已加入。有了答复会在待办页告知贵单位。")),
    "withdrawal": Act(
        Nothing,
        lambda session, actor, demand_id, _: actions.leave_demand(session, actor, demand_id),
        N_("已撤回。"),
    ),
    "publication": Act(
        Nothing,
        lambda session, actor, demand_id, _: actions.publish_demand(session, actor, demand_id),
        N_("需求已公布，其他单位可以加入。"),
    ),
    "return": Act(ReasonDraft, actions.return_demand, N_("已退回，提出单位会看到理由。")),
    "plan": Act(PlanDraft, actions.plan_demand, N_("答复已记录，提出和加入的单位会看到。")),
    "refusal": Act(ReasonDraft, actions.refuse_demand, N_("答复已记录，提出和加入的单位会看到。")),
    "product": Act(ProductLink, actions.fulfil_demand, N_("已关联产品，并告知提出和加入的单位。")),
}
ACT_NAMES = ", ".join(f'"{name}"' for name in ACTS)


@bp.get("/")
@public
def board() -> ResponseReturnValue:
    """The public board: what enterprises ask for, and what became of it."""
    find_actor()  # who reads is asked for before the transaction begins
    question = parse_query(BoardQuestion)
    with transaction() as session:
        return render_template(
            "demands/board.html",
            page=reads.list_board(session, question),
            question=question,
            states=reads.list_public_states(session),
            scenarios=reads.list_public_scenarios(session),
            tones=TONES,
        )


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Ask for data that is not there yet."""
    actor = current_actor()
    actor.require(Permission.ASK_FOR_DATA)
    form = Form(DemandDraft)
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                demand = actions.submit_demand(session, actor, draft)
                address = url_for("demands.show", demand_id=demand.id)
                remember_location(session, actor.id, address)
            flash(translate(SUBMITTED), "good")
            return redirect(address, 303)
    return _form_page(form, None), form.status


@bp.route("/<demand_id>/edit", methods=["GET", "POST"])
def edit(demand_id: str) -> ResponseReturnValue:
    """Write a returned demand anew."""
    actor = current_actor()
    with transaction() as session:
        demand = reads.get_case(session, actor, demand_id)
        asker = reads.find_asker(session, actor, demand_id)
    actor.require(Permission.ASK_FOR_DATA, demand.organization_id)
    names = [name for name in DemandDraft.model_fields if name != "is_named"]
    written = {name: getattr(demand, name) for name in names}
    is_named = asker is not None and asker.is_named
    form = Form(DemandDraft, {**written, "is_named": "true" if is_named else ""})
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                actions.revise_demand(session, actor, demand_id, draft)
            flash(translate(SUBMITTED), "good")
            return redirect(url_for("demands.show", demand_id=demand_id), 303)
    return _form_page(form, demand), form.status


@bp.get("/mine")
def mine() -> ResponseReturnValue:
    """What my organisation asks for, and how far each is."""
    actor = current_actor()
    actor.require(Permission.ASK_FOR_DATA)
    with transaction() as session:
        return render_template(
            "demands/list.html", demands=reads.list_own(session, actor), is_desk=False, tones=TONES
        )


@bp.get("/waiting")
def waiting() -> ResponseReturnValue:
    """The bureau's desk: what is to be read, answered or linked to its product."""
    with transaction() as session:
        demands = reads.list_waiting(session, current_actor())
        return render_template(
            "demands/list.html",
            demands=demands,
            counts=reads.count_askers(session, [one.id for one in demands]),
            is_desk=True,
            tones=TONES,
        )


@bp.get("/statistics")
def statistics() -> ResponseReturnValue:
    """For the bureau: how many of what, and how long answers took."""
    with transaction() as session:
        figures = reads.get_statistics(session, current_actor())
    return render_template(
        "demands/statistics.html", figures=figures, tones=TONES, rule=_rule(clock.today())
    )


@bp.get("/<demand_id>")
@public
def show(demand_id: str) -> ResponseReturnValue:
    """One demand: what is asked, where it stands, what this person can do."""
    return _show(demand_id)


@bp.post(f"/<demand_id>/<any({ACT_NAMES}):name>")
def act(demand_id: str, name: str) -> ResponseReturnValue:
    """Take the next step; what it is stands in ACTS."""
    actor, chosen = current_actor(), ACTS[name]
    form: Form[Any] = Form(chosen.schema)
    with form.showing_problems():
        draft = form.parse()
        with transaction() as session:
            claim_once(session, actor.id)
            chosen.carry_out(session, actor, demand_id, draft)
        flash(translate(chosen.said), "good")
        return redirect(url_for("demands.show", demand_id=demand_id), 303)
    return _show(demand_id, **{name: form})


@desk_source
def show_waiting(session: Session, actor: Actor, desk: Desk) -> None:
    """The bureau: what to answer. Those who ask: what came back, and what became of it (DM-07)."""
    if actor.may(Permission.ANSWER_DEMAND):
        desk.waiting += [_step(each) for each in reads.list_waiting(session, actor)]
    if not (actor.may(Permission.ASK_FOR_DATA) and actor.organization_id):
        return
    desk.waiting += [_mending(each) for each in reads.list_returned(session, actor)]
    answered = reads.list_answered(session, actor)
    if answered:
        rows = [
            (
                say(N_("需求《{title}》：{state}"), title=each.title, state=each.state),
                url_for("demands.show", demand_id=each.id),
            )
            for each in answered
        ]
        desk.changed.append(Panel(translate(N_("本单位的需求有了答复")), rows))
    desk.starts.append((translate(N_("提出数据需求")), url_for("demands.new")))


def _step(one: Demand) -> Waiting:
    words = {
        DemandState.SUBMITTED: (N_("公布需求《{title}》"), N_("阅看")),
        DemandState.PUBLISHED: (N_("答复需求《{title}》"), N_("答复")),
        DemandState.PLANNED: (N_("按计划提供《{title}》"), N_("关联产品")),
    }
    title, button = words[one.state]
    return Waiting(
        title=say(title, title=one.title),
        address=url_for("demands.show", demand_id=one.id),
        button=translate(button),
        due_on=one.planned_until_on or one.answer_due_on,
    )


def _mending(one: Demand) -> Waiting:
    return Waiting(
        title=say(N_("修改退回的需求《{title}》"), title=one.title),
        address=url_for("demands.edit", demand_id=one.id),
        button=translate(N_("修改")),
        note=one.return_reason,
    )


def _form_page(form: Form[DemandDraft], demand: Demand | None) -> str:
    return render_template(
        "demands/form.html",
        form=form,
        demand=demand,
        scenarios=_choices(Scenario),
        cycles=_choices(UpdateCycle),
        rule=_rule(clock.today()),
    )


def _show(demand_id: str, **sent: Form[Any]) -> ResponseReturnValue:
    """The page, with the form that was sent and refused, if any, in its place."""
    actor = find_actor()
    forms: dict[str, Form[Any]] = {name: Form(each.schema) for name, each in ACTS.items()}
    with transaction() as session:
        demand = reads.get_demand(session, actor, demand_id)
        asker = reads.find_asker(session, actor, demand_id)
        answers = actor is not None and actor.may(Permission.ANSWER_DEMAND)
        page = render_template(
            "demands/show.html",
            demand=demand,
            board=reads.get_public(session, demand_id) if demand.is_public else None,
            asker=asker,
            askers=reads.list_askers(session, actor, demand_id) if actor and answers else [],
            is_own=asker is not None and demand.organization_id == asker.organization_id,
            is_party=answers or asker is not None,
            product=reads.find_product_title(session, demand.product_id),
            track=_track(demand),
            open=_open_acts(actor, demand, is_asking=asker is not None),
            tones=TONES,
            rule=_rule(civil_day(demand.submitted_at)),
            forms={**forms, **sent},
            sent=list(sent.values()),
        )
    return page, max([200, *(form.status for form in sent.values())])


def _open_acts(actor: Actor | None, demand: Demand, *, is_asking: bool) -> frozenset[str]:
    """Which forms of ACTS stand on this person's page."""
    if actor is None:
        return frozenset()
    asks, answers = actor.may(Permission.ASK_FOR_DATA), actor.may(Permission.ANSWER_DEMAND)
    joinable = may_be_joined(demand.state, demand.needed_until_on, clock.today())
    moves = {
        "publication": DemandState.PUBLISHED,
        "return": DemandState.RETURNED,
        "plan": DemandState.PLANNED,
        "refusal": DemandState.REFUSED,
        "product": DemandState.FULFILLED,
    }
    opened = {name for name, after in moves.items() if answers and may_move(demand.state, after)}
    if asks and is_asking and may_move(demand.state, DemandState.WITHDRAWN):
        opened.add("withdrawal")
    if asks and not is_asking and joinable:
        opened.add("joining")
    return frozenset(opened)


def _track(demand: Demand) -> list[Step]:
    """The steps of a demand's life with their days."""
    state = demand.state
    end = {DemandState.REFUSED: N_("不予采纳"), DemandState.WITHDRAWN: N_("已撤回")}
    steps = [
        (N_("提出"), demand.submitted_at, state is DemandState.RETURNED),
        (N_("公布"), demand.published_at, state is DemandState.SUBMITTED),
        (N_("答复"), demand.answered_at, state is DemandState.PUBLISHED),
        (end.get(state, N_("已有产品")), demand.ended_at, state is DemandState.PLANNED),
    ]
    track: list[Step] = [
        (translate(words), at, "now" if is_now else "done" if at else "next")
        for words, at, is_now in steps
    ]
    return [*track[:-1], (*track[-1][:2], "failed")] if state in end else track


@dataclass(frozen=True)
class RuleNow:
    """The time for an answer: number, source, whether held against the original text."""

    id: str
    value: int
    source: str
    is_confirmed: bool


def _rule(day: date) -> RuleNow:
    setting = ANSWER_WITHIN.at(day)
    is_confirmed = setting.mark is Mark.CONFIRMED
    return RuleNow(ANSWER_WITHIN.id, setting.value, setting.source, is_confirmed)


def _choices(members: type[Labelled]) -> list[tuple[str, str]]:
    return [(member.value, translate(member.label)) for member in members]
