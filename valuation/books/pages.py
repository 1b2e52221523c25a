"""Where does finance open books, read vouchers and close months?"""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from kernel.actor import Permission
from kernel.db import transaction
from kernel.i18n import N_, translate
from kernel.money import Money
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.parse import parse_form, parse_query
from kernel.web.submissions import claim_once
from valuation.books import actions, reads
from valuation.books.rules import Account
from valuation.books.schemas import AccountMapping, BooksDraft

bp = Blueprint("books", __name__, template_folder="templates", url_prefix="/books")


class VoucherFilter(BaseModel):
    """Which vouchers to list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    entity_id: str = ""
    month_on: date | None = None
    cursor: str = ""


class MonthForm(BaseModel):
    """Which month to close."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    month_on: date


@bp.get("")
def index() -> ResponseReturnValue:
    """Vouchers of one set of books, newest first, and its months."""
    actor, wanted = current_actor(), parse_query(VoucherFilter)
    with transaction() as session:
        entity = reads.choose_entity(session, actor, wanted.entity_id)
        if entity is None:
            may_open = actor.may(Permission.KEEP_BOOKS)
            return render_template("books/none.html", may_open=may_open)
        page = reads.list_vouchers(
            session, actor, entity.id, month_on=wanted.month_on, cursor=wanted.cursor
        )
        return render_template(
            "books/index.html",
            entity=entity,
            entities=reads.list_entities(session, actor),
            months=reads.list_periods(session, entity.id),
            chart=reads.chart(session, entity.id),
            page=page,
            wanted=wanted,
            may_keep=actor.may(Permission.KEEP_BOOKS, entity.organization_id),
            address=request.full_path.split("&cursor=")[0],
        )


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Open the books of one's own organisation."""
    actor = current_actor()
    actor.require(Permission.KEEP_BOOKS)
    form = Form(BooksDraft, {"title": actor.organization_name})
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                actions.open_books(session, actor, actor.organization_id or "", draft.title)
            flash(translate(N_("已建账。购买的数据产品会自动进入台账等待判断。")), "good")
            return redirect(url_for("assets.index"), 303)
    return render_template("books/new.html", form=form), form.status


@bp.get("/vouchers/<voucher_id>")
def voucher(voucher_id: str) -> ResponseReturnValue:
    """One voucher, as it is printed."""
    actor = current_actor()
    with transaction() as session:
        found = reads.get_voucher(session, actor, voucher_id)
        return render_template(
            "books/voucher.html",
            voucher=found,
            entity=reads.get_entity(session, actor, found.entity_id),
            chart=reads.chart(session, found.entity_id),
            total=Money(sum(line.debit_minor for line in found.lines)),
        )


@bp.post("/<entity_id>/closing")
def close(entity_id: str) -> ResponseReturnValue:
    """Close one month for good."""
    month = parse_form(MonthForm)
    with transaction() as session:
        actions.close_period(session, current_actor(), entity_id, month.month_on)
    flash(translate(N_("已结账，该期间不能再记凭证。")), "good")
    return redirect(url_for("books.index", entity_id=entity_id), 303)


@bp.route("/<entity_id>/chart", methods=["GET", "POST"])
def chart(entity_id: str) -> ResponseReturnValue:
    """What this entity calls the standard accounts."""
    actor = current_actor()
    form = Form(AccountMapping)
    with transaction() as session:
        entity = reads.get_entity(session, actor, entity_id)
        accounts = reads.chart(session, entity_id)
    if form.is_sent:
        with form.showing_problems():
            mapping = form.parse()
            with transaction() as session:
                actions.map_account(session, actor, entity_id, mapping)
            flash(translate(N_("科目对应关系已保存。")), "good")
            return redirect(url_for("books.chart", entity_id=entity_id), 303)
    page = render_template(
        "books/chart.html",
        entity=entity,
        accounts=accounts,
        form=form,
        may_keep=actor.may(Permission.KEEP_BOOKS, entity.organization_id),
        choices=[(one.value, f"{one.value} {translate(one.label)}") for one in Account],
    )
    return page, form.status
