"""Where does an analyst ask, and see how far to trust the answer?"""

import csv
import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel import jobs
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.errors import DomainError
from kernel.i18n import N_, format_number, say, translate
from kernel.money import Money
from kernel.periods import last_day
from kernel.web.forms import Form
from kernel.web.guard import current_actor
from kernel.web.parse import parse_query
from kernel.web.problems import words
from kernel.web.shell import Desk, Panel, byte_size, desk_source, money
from kernel.web.spreadsheets import harmless
from kernel.web.submissions import claim_once, remember_location
from licensing.applications.rules import Act
from licensing.entitlements.kinds import AllowanceKind
from licensing.entitlements.reads import allowances_of
from licensing.licences import reads as licences
from licensing.licences.reads import Licence
from market.catalogue.listing import DeliveryKind
from market.catalogue.reads import list_delivered
from sandbox.plans.rules import OutputKind
from sandbox.policies import reads as policies
from sandbox.policies.rules import ColumnUse, PrivacyPolicy, is_plain_name
from sandbox.queries import actions, reads
from sandbox.queries.rules import QueryState
from sandbox.queries.schemas import (
    CellOut,
    Explanation,
    ExplanationDraft,
    PurseOut,
    QueryDraft,
    QueryFilter,
    QueryOut,
    ResultOut,
)

bp = Blueprint("queries", __name__, template_folder="templates", url_prefix="/queries")
TONES = {
    QueryState.SUBMITTED: "wait",
    QueryState.RUNNING: "wait",
    QueryState.FINISHED: "wait",
    QueryState.RELEASED: "good",
    QueryState.REFUSED: "bad",
}
CHART_ROWS = 40
AROUND = 24
LATEST = 8


@bp.get("")
def index() -> ResponseReturnValue:
    """Products that can be asked now, and what was asked before."""
    actor, wanted = current_actor(), parse_query(QueryFilter)
    actor.require(Permission.RUN_QUERY)
    with transaction() as session:
        mine = licences.list_for_buyer(session, actor)
        ready = policies.with_policy(session, [licence.product_id for licence in mine])
        rights = [licence for licence in mine if _can_be_asked(licence, ready)]
        page = reads.list_for_buyer(
            session, actor, licence_id=wanted.licence_id, cursor=wanted.cursor
        ).map(QueryOut.of)
    return render_template("queries/index.html", rights=rights, page=page, tones=TONES)


@bp.route("/desk/<licence_id>", methods=["GET", "POST"])
def desk(licence_id: str) -> ResponseReturnValue:
    """Write a question; below it stands at once whether it may be asked and what it costs."""
    actor = current_actor()
    form = Form(QueryDraft, {"licence_id": licence_id, "sql": request.args.get("sql", "")})
    if form.is_sent:
        with form.showing_problems():
            draft = form.parse()
            with transaction() as session:
                claim_once(session, actor.id)
                query = actions.submit(session, actor, draft)
                address = url_for("queries.show", query_id=query.id)
                remember_location(session, actor.id, address)
            return redirect(address, 303)
    return _desk_page(actor, licence_id, form)


@bp.post("/desk/<licence_id>/verdict")
def verdict(licence_id: str) -> ResponseReturnValue:
    """The live verdict below the editor; reads no data and charges nothing."""
    actor, sql = current_actor(), request.form.get("sql", "")
    actor.require(Permission.RUN_QUERY)
    with transaction() as session:
        said = _verdict(session, actor, licence_id, sql, request.form.get("epsilon", ""))
    return render_template("queries/verdict.html", verdict=said)


@bp.get("/<query_id>")
def show(query_id: str) -> ResponseReturnValue:
    """One query: its state, and its answer once it is released."""
    actor = current_actor()
    with transaction() as session:
        query = reads.get_query(session, actor, query_id)
        case = reads.case_of(session, query.product_id)
        found = reads.find_result(session, query.id)
        result = ResultOut.of(found) if found else None
        is_stalled = not query.phase.is_over and jobs.is_stalled(session)
    return render_template(
        "queries/show.html",
        is_stalled=is_stalled,
        query=query,
        case=case,
        result=result,
        tones=TONES,
        kinds=OutputKind,
        chart=_chart(result) if result else None,
        sentence=_sentence(result) if result else "",
    )


@bp.get("/<query_id>/progress")
def progress(query_id: str) -> ResponseReturnValue:
    """The waiting box; once the query is over it has the whole page loaded again."""
    with transaction() as session:
        query = reads.get_query(session, current_actor(), query_id)
        is_stalled = jobs.is_stalled(session)
    page = render_template("queries/progress.html", query=query, is_stalled=is_stalled)
    headers = {"HX-Refresh": "true"} if query.phase.is_over else {}
    return page, headers


@bp.get("/<query_id>/result.csv")
def download(query_id: str) -> ResponseReturnValue:
    """The released table with its error bars, for a spreadsheet."""
    with transaction() as session:
        found = reads.get_result(session, current_actor(), query_id)
        result = ResultOut.of(found)
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(_csv_head(result))
    for row in result.rows:
        writer.writerow(_csv_row(row))
    return Response(
        "\ufeff" + sink.getvalue(),  # spreadsheets read UTF-8 by this mark
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{query_id}.csv"'},
    )


@desk_source
def show_answers(session: Session, actor: Actor, found: Desk) -> None:
    """An analyst's desk lists the newest answers, and what each licence still holds."""
    if not actor.may(Permission.RUN_QUERY) or actor.organization_id is None:
        return
    found.starts.append((translate(N_("到目录里找产品")), url_for("storefront.search")))
    page = reads.list_for_buyer(session, actor)
    rows = [
        (
            f"{translate(query.phase.label)} · {query.sql[:60]}",
            url_for("queries.show", query_id=query.id),
        )
        for query in page.items[:5]
    ]
    if rows:
        found.changed.append(Panel(title=translate(N_("最近的查询")), rows=rows))
    mine = licences.list_for_buyer(session, actor)[:5]
    ready = policies.with_policy(session, [licence.product_id for licence in mine])
    left = [
        (
            " · ".join(
                [licence.title, *_left(session, licence.id), f"{last_day(licence.ends_on)}"]
            ),
            _place_of(licence, ready),
        )
        for licence in mine
    ]
    none = translate(N_("还没有生效的许可。到目录里找一个产品，申请使用。"))
    found.at_risk.append(Panel(translate(N_("许可余量与到期日")), left, none))


@desk_source
def show_releases(session: Session, actor: Actor, found: Desk) -> None:
    """An output checker sees what the rules let out and what they held back, not the questions."""
    if not actor.may(Permission.SEE_RELEASES) or actor.organization_id is None:
        return
    products = list_delivered(session, actor.organization_id, DeliveryKind.SANDBOX)
    titles = {str(product.id): product.title for product in products}
    rows = [
        (
            say(
                N_("{state}：《{title}》 ε {epsilon}，{moment}"),
                state=query.phase,
                title=titles[query.product_id],
                epsilon=query.cost_epsilon,
                moment=query.ended_at,
            ),
            url_for("policies.show", product_id=query.product_id),
        )
        for query in reads.list_ended(session, titles, LATEST)
    ]
    none = translate(N_("还没有查询。答案按隐私策略加噪后自动放行，不须逐个审查；这里列出结果。"))
    found.changed.append(Panel(translate(N_("最近放行和拒绝的答案")), rows, none))


def _can_be_asked(licence: Licence, ready: frozenset[str]) -> bool:
    """ready: products that have a privacy policy."""
    return Act.QUERY.value in licence.acts and licence.product_id in ready


def _place_of(licence: Licence, ready: frozenset[str]) -> str:
    """Where a licence is used: at the query desk if it can be asked, else on its own page."""
    if _can_be_asked(licence, ready):
        return url_for("queries.desk", licence_id=licence.id)
    return url_for("licences.show", licence_id=licence.id)


def _left(session: Session, licence_id: str) -> list[str]:
    """What a licence still holds: "次数 998", "隐私预算 ε 4.50"."""
    return [
        f"{translate(AllowanceKind(row.kind).label)} {_amount(AllowanceKind(row.kind), row.left)}"
        for row in allowances_of(session, licence_id)
    ]


def _amount(kind: AllowanceKind, left: Decimal) -> str:
    match kind:
        case AllowanceKind.MONEY:
            return f"¥{money(Money(int(left)))}"
        case AllowanceKind.EPSILON:
            return format_number(left, 2)
        case AllowanceKind.BYTES:
            return byte_size(int(left))
        case AllowanceKind.CALLS:
            return format_number(left, 0)


@dataclass(frozen=True)
class Verdict:
    """What is said below the editor. marked: text before, at and after the refused place."""

    explanation: Explanation | None
    problem: str = ""
    clause: str = ""
    marked: tuple[str, str, str] | None = None


def _desk_page(actor: Actor, licence_id: str, form: Form[QueryDraft]) -> ResponseReturnValue:
    actor.require(Permission.RUN_QUERY)
    with transaction() as session:
        right = reads.get_right(session, actor, licence_id)
        case = reads.case_of(session, right.product_id)
        history = reads.list_for_buyer(session, actor, licence_id=licence_id).map(QueryOut.of)
        holders = case.holders(right.licence_id, right.buyer_id)
        purses = [PurseOut.of(purse) for purse in reads.purses_of(session, case, holders)]
        sql = form.value("sql") or example_of(case.policy)
        said = _verdict(session, actor, licence_id, sql, form.value("epsilon"))
    page = render_template(
        "queries/desk.html",
        right=right,
        case=case,
        policy=case.policy,
        history=history,
        purses=purses,
        sql=sql,
        form=form,
        verdict=said,
        forbidden=ColumnUse.FORBIDDEN,
        tones=TONES,
    )
    return page, form.status


def _verdict(session: Session, actor: Actor, licence_id: str, sql: str, epsilon: str) -> Verdict:
    wished = _epsilon(epsilon)
    if wished is None and epsilon.strip():
        return Verdict(None, translate(N_("ε 须是大于 0 的数，最多六位小数。")))
    draft = ExplanationDraft(licence_id=licence_id, sql=sql[:100_000], epsilon=wished)
    try:
        found = reads.explain(session, actor, draft)
    except DomainError as error:
        return Verdict(None, words(error), error.clause)
    if found.accepted:
        return Verdict(found)
    start, end = found.start, min(found.end, found.start + 200)
    before, after = sql[max(start - AROUND, 0) : start], sql[end : end + AROUND]
    return Verdict(found, clause="SB-05", marked=(before, sql[start:end], after))


def _epsilon(text: str) -> Decimal | None:
    try:
        return ExplanationDraft(sql="", epsilon=text.strip() or None).epsilon
    except ValueError:
        return None


def example_of(policy: PrivacyPolicy) -> str:
    """A first question that this policy allows."""
    keys = [_name(column.name) for _, column, _ in policy.grouped()]
    sums = [_name(column.name) for _, column, _ in policy.summed()]
    shown = [*keys[:1], "COUNT(*) AS n", *(f"AVG({name})" for name in sums[:1])]
    text = f"SELECT {', '.join(shown)}\nFROM {policy.table}"
    return text + (f"\nGROUP BY {keys[0]}\nORDER BY n DESC" if keys else "")


def _name(name: str) -> str:
    return name if is_plain_name(name) else f'"{name}"'


def _numbers(result: ResultOut) -> list[int]:
    return [i for i, column in enumerate(result.columns) if column.kind is not OutputKind.KEY]


def _sentence(result: ResultOut) -> tuple[str, CellOut] | None:
    """The first number of the answer, for the sentence that says how far to trust it."""
    for row in result.rows[:1]:
        for place in _numbers(result)[:1]:
            cell = row[place]
            if isinstance(cell, CellOut):
                keys = [str(value) for value in row if not isinstance(value, CellOut)]
                name = " · ".join([*keys, result.columns[place].name])
                return name, cell
    return None


def _chart(result: ResultOut) -> dict[str, Any] | None:
    """The first number by group as bars with their intervals.

    ECharts' simple build has no marks of one's own: an interval is an invisible bar up to its low
    end, with a thin one on top.
    """
    keys = [i for i, column in enumerate(result.columns) if column.kind is OutputKind.KEY]
    numbers = _numbers(result)
    if not keys or not numbers or not 1 < len(result.rows) <= CHART_ROWS:
        return None
    labels = [" · ".join(str(row[key]) for key in keys) for row in result.rows]
    cells = [cell for row in result.rows if isinstance(cell := row[numbers[0]], CellOut)]
    axis = {"type": "category", "data": labels}
    series: list[dict[str, Any]] = [
        {
            "name": result.columns[numbers[0]].name,
            "type": "bar",
            "barMaxWidth": 36,
            "itemStyle": {"color": "#7fa8c4"},
            "data": [None if cell.value is None else float(cell.value) for cell in cells],
        }
    ]
    if all(cell.low >= 0 for cell in cells):
        thin = {"type": "bar", "stack": "interval", "xAxisIndex": 1, "barWidth": 3, "silent": True}
        unseen = {"itemStyle": {"color": "transparent"}, "data": [float(c.low) for c in cells]}
        lengths = [float(cell.high - cell.low) for cell in cells]
        series += [{**thin, **unseen}, {**thin, "itemStyle": {"color": "#1d2733"}, "data": lengths}]
    return {
        "grid": {"left": 72, "right": 16, "top": 24, "bottom": 48},
        "xAxis": [axis, {**axis, "show": False}],
        "yAxis": {"type": "value"},
        "series": series,
    }


def _csv_head(result: ResultOut) -> list[str]:
    head = []
    for column in result.columns:
        edges = () if column.kind is OutputKind.KEY else (" low95", " high95")
        head += [harmless(f"{column.name}{edge}") for edge in ("", *edges)]
    return head


def _csv_row(row: tuple[Any, ...]) -> list[Any]:
    cells: list[Any] = []
    for cell in row:
        if isinstance(cell, CellOut):
            cells += [cell.value, cell.low, cell.high]
        else:
            cells.append(harmless(cell) if isinstance(cell, str) else cell)
    return cells
