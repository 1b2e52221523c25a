"""How do machines ask, wait and read answers?"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kernel.db import transaction
from kernel.web.guard import current_actor
from kernel.web.openapi import documented
from kernel.web.parse import parse_json, parse_query
from kernel.web.submissions import claim_once
from sandbox.queries import actions, reads
from sandbox.queries.schemas import (
    Explanation,
    ExplanationDraft,
    QueryDraft,
    QueryFilter,
    QueryList,
    QueryOut,
    ResultOut,
)

bp = Blueprint("queries_api", __name__, url_prefix="/api/queries")


@bp.post("/explanation")
@documented(takes=ExplanationDraft, gives=Explanation, tag="queries")
def explain() -> ResponseReturnValue:
    """What a question would do and cost; reads no data and charges nothing."""
    draft = parse_json(ExplanationDraft)
    with transaction() as session:
        return reads.explain(session, current_actor(), draft).model_dump(mode="json")


@bp.post("")
@documented(takes=QueryDraft, gives=QueryOut, status=202, tag="queries")
def submit() -> ResponseReturnValue:
    """Ask; an equal question is answered at once from the stored answer."""
    draft, actor = parse_json(QueryDraft), current_actor()
    with transaction() as session:
        claim_once(session, actor.id)
        query = actions.submit(session, actor, draft)
        return QueryOut.of(query).model_dump(mode="json"), 202


@bp.get("")
@documented(gives=QueryList, query=QueryFilter, tag="queries")
def index() -> ResponseReturnValue:
    """Queries of my organisation, newest first."""
    wanted = parse_query(QueryFilter)
    with transaction() as session:
        page = reads.list_for_buyer(
            session, current_actor(), licence_id=wanted.licence_id, cursor=wanted.cursor
        )
        items = tuple(QueryOut.of(query) for query in page.items)
    return QueryList(items=items, next_cursor=page.next_cursor).model_dump(mode="json")


@bp.get("/<query_id>")
@documented(gives=QueryOut, tag="queries")
def show(query_id: str) -> ResponseReturnValue:
    """One query: its state and cost."""
    with transaction() as session:
        query = reads.get_query(session, current_actor(), query_id)
        return QueryOut.of(query).model_dump(mode="json")


@bp.get("/<query_id>/result")
@documented(gives=ResultOut, tag="queries")
def result(query_id: str) -> ResponseReturnValue:
    """The released table with its error bars."""
    with transaction() as session:
        found = reads.get_result(session, current_actor(), query_id)
        return ResultOut.of(found).model_dump(mode="json")
