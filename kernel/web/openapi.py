"""What does the JSON API look like? OpenAPI 3.1 from the same schemas that the routes parse."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from flask import Flask, current_app
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from spectree import Response, SecurityScheme, SpecTree, Tag
from spectree.models import SecureType, SecuritySchemeData

from kernel.web.guard import public

PROBLEM_TYPE = "application/problem+json"
FIRST_PROBLEM = 400  # answers from this status on are problems
MARK = "described_as"  # on the view: what spectree is told about it
View = TypeVar("View", bound=Callable[..., Any])


class FieldProblemOut(BaseModel):
    """One field that does not fit, in words."""

    field: str
    detail: str


class ProblemOut(BaseModel):
    """RFC 9457 problem details. clause: the rule that refused; errors: fields, where some erred."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    clause: str = ""
    errors: list[FieldProblemOut] = []
    facts: dict[str, Any] = {}


def documented(
    *,
    gives: type[BaseModel] | None = None,
    takes: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    refuses: type[BaseModel] = ProblemOut,
    status: int = 200,
    tag: str = "",
) -> Callable[[View], View]:
    """Describe an API route; parsing stays with kernel.web.parse, refusals with problems.

    refuses: where another protocol has its own shape for refusals, sent as application/json.
    """
    answers: dict[str, Any] = {f"HTTP_{status}": gives} if gives else {}
    problems: dict[str, Any] = {f"HTTP_{code}": refuses for code in (401, 403, 404, 409, 422)}
    empty = [] if gives else [f"HTTP_{status}"]
    told: dict[str, Any] = {
        "json": takes,
        "query": query,
        "resp": Response(*empty, **answers, **problems),
        "tags": [Tag(name=tag)] if tag else [],
        "skip_validation": True,
    }

    def describe(view: View) -> View:
        setattr(view, MARK, told)
        return view

    return describe


def install(app: Flask) -> None:
    """Serve /api/openapi.json, to everybody: what may be asked is no secret, answers are."""

    @cache
    def text() -> str:
        return app.json.dumps(_description(app))

    @public
    def describe() -> ResponseReturnValue:
        return current_app.response_class(text(), mimetype="application/json")

    app.add_url_rule("/api/openapi.json", "openapi_description", describe)


def _description(app: Flask) -> dict[str, Any]:
    """What spectree finds, with problems under the media type they are sent as.

    Made when first asked for, from a copy of the routes: every process would pay for it at its
    start, in time and memory, and hardly one is asked.
    """
    spec, routes = _spectree(), Flask(__name__, static_folder=None)
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if (told := getattr(view, MARK, None)) is not None:
            shown: Any = spec.validate(**told)(view)
            routes.add_url_rule(str(rule), rule.endpoint, shown, methods=rule.methods)
    with routes.app_context():
        description: dict[str, Any] = spec.spec
    operations = [each for path in description["paths"].values() for each in path.values()]
    for operation in operations:
        for status, answer in operation["responses"].items():
            content = answer.get("content", {})
            if int(status) >= FIRST_PROBLEM and _is_problem(content.get("application/json")):
                content[PROBLEM_TYPE] = content.pop("application/json")
    return description


def _is_problem(described: dict[str, Any] | None) -> bool:
    """Whether a body is described as ProblemOut, by the name it is referred to."""
    named = described["schema"].get("$ref", "") if described else ""
    return named.rpartition("/")[2].partition(".")[0] == ProblemOut.__name__


def _spectree() -> SpecTree:
    return SpecTree(
        "flask",
        title="公共数据资产估值与授权运营市场 API",
        version="1",
        page_templates={},  # its pages load scripts from elsewhere, which ours forbid
        mode="strict",
        annotations=False,
        security_schemes=[
            SecurityScheme(
                name="token", data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer")
            ),
        ],
        security=[{"token": []}],
    )
