"""Where does a regulator read what happened, and take the proof along?"""

import csv
import io
import json
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.i18n import N_, translate
from kernel.web.guard import current_actor
from kernel.web.parse import parse_form, parse_query
from kernel.web.shell import Desk, Panel, desk_source
from kernel.web.spreadsheets import harmless
from supervision.audit import actions, reads
from supervision.audit.rules import TimelineRow
from supervision.audit.schemas import ExportForm, TimelineFilter, TimelineRowOut

bp = Blueprint("audit", __name__, template_folder="templates", url_prefix="/timeline")

LATEST = 5
COLUMNS = (
    ("occurred_at", N_("时间")),
    ("sentence", N_("发生了什么")),
    ("actor", N_("谁")),
    ("organization", N_("单位")),
    ("clause", N_("条款")),
    ("subject_id", N_("对象编号")),
    ("log_index", N_("日志序号")),
    ("event_id", N_("记录编号")),
    ("name", N_("类别")),
)


@bp.get("")
def timeline() -> ResponseReturnValue:
    """Facts, newest first, with filters in the address."""
    actor, wanted = current_actor(), parse_query(TimelineFilter)
    with transaction() as session:
        page = reads.list_timeline(session, actor, wanted)
        organizations = reads.list_organizations(session, actor)
    return render_template(
        "audit/timeline.html",
        page=page,
        wanted=wanted,
        kinds=reads.list_event_kinds(actor),
        organizations=organizations,
        address=_address(),
    )


@bp.get("/<event_id>")
def fact(event_id: str) -> ResponseReturnValue:
    """One fact, its place in the log and how to check it."""
    with transaction() as session:
        sheet = reads.get_fact(session, current_actor(), event_id)
    return render_template("audit/fact.html", sheet=sheet, row=sheet.row)


@bp.get("/<event_id>/bundle")
def bundle(event_id: str) -> ResponseReturnValue:
    """The fact with its proof, as a file for a foreign tool."""
    with transaction() as session:
        found = reads.get_proof_bundle(session, current_actor(), event_id)
    return _download(found.model_dump_json(), f"{event_id}.json", "application/json")


@bp.post("/export/<any(csv,json):form>")
def export(form: str) -> ResponseReturnValue:
    """What matches the filters, as a file."""
    wanted, kind = parse_form(TimelineFilter), ExportForm(form)
    with transaction() as session:
        rows = actions.export_timeline(session, current_actor(), wanted, kind)
    if kind is ExportForm.JSON:
        told = [TimelineRowOut.of(row).model_dump(mode="json") for row in rows]
        text = json.dumps(told, ensure_ascii=False, indent=1)
        return _download(text, "timeline.json", "application/json")
    return _download(_csv(rows), "timeline.csv", "text/csv; charset=utf-8")


@desk_source
def show_latest(session: Session, actor: Actor, desk: Desk) -> None:
    """A regulator's desk shows what happened last; who came and went is in the timeline."""
    if not actor.may(Permission.SEE_TIMELINE):
        return
    rows = [
        (row.sentence, url_for("audit.fact", event_id=row.event_id))
        for row in reads.list_latest(session, actor, LATEST)
    ]
    desk.changed.append(Panel(translate(N_("最近发生")), rows, translate(N_("还没有任何记录。"))))


def _csv(rows: list[TimelineRow]) -> str:
    """For spreadsheets: with a byte order mark, and no cell that a spreadsheet would calculate."""
    text = io.StringIO()
    text.write("\N{BYTE ORDER MARK}")
    writer = csv.writer(text)
    writer.writerow([translate(label) for _, label in COLUMNS])
    for row in rows:
        told = TimelineRowOut.of(row).model_dump(mode="json")
        writer.writerow([_cell(told[name]) for name, _ in COLUMNS])
    return text.getvalue()


def _cell(value: object) -> str:
    return "" if value is None else harmless(str(value))


def _address() -> str:
    """The same list without its cursor, to page on from."""
    kept = {name: value for name, value in request.args.items() if name != "cursor" and value}
    return f"{url_for('audit.timeline')}?{urlencode(kept)}"


def _download(text: str, filename: str, mimetype: str) -> Response:
    response = Response(text, content_type=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
