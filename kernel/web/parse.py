"""Is the input well formed? Requests become frozen schemas, or Invalid with a word per field."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args, get_origin

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import MultiDict

from kernel.errors import FieldProblem, Invalid, InvalidFields
from kernel.i18n import N_
from kernel.web.submissions import FIELD as SUBMISSION_FIELD

Schema = TypeVar("Schema", bound=BaseModel)

WORDS = {
    "missing": N_("这一项必填。"),
    "string_too_short": N_("太短了，至少 {min_length} 个字符。"),
    "string_too_long": N_("太长了，最多 {max_length} 个字符。"),
    "string_pattern_mismatch": N_("格式不对。"),
    "int_parsing": N_("请填整数。"),
    "decimal_parsing": N_("请填数字。"),
    "decimal_max_places": N_("小数最多 {decimal_places} 位。"),
    "decimal_max_digits": N_("数字太长。"),
    "greater_than": N_("必须大于 {gt}。"),
    "greater_than_equal": N_("不能小于 {ge}。"),
    "less_than": N_("必须小于 {lt}。"),
    "less_than_equal": N_("不能大于 {le}。"),
    "date_from_datetime_parsing": N_("请填日期，如 2026-01-31。"),
    "date_parsing": N_("请填日期，如 2026-01-31。"),
    "enum": N_("请从列出的选项中选择。"),
    "literal_error": N_("请从列出的选项中选择。"),
    "bool_parsing": N_("请选择是或否。"),
    "too_short": N_("至少选 {min_length} 项。"),
    "too_long": N_("最多 {max_length} 项。"),
    "extra_forbidden": N_("没有这一项。"),
}
LANGUAGE_QUESTION = "lang"  # said of any page, read by the shell
LONGEST_PLACE = 9
OTHERWISE = N_("填写有误。")


class NotJson(Invalid):
    """The body is not a JSON object."""

    code = "not-json"
    message = N_("请求正文必须是 JSON 对象，并带 Content-Type: application/json。")


def parse_json(schema: type[Schema]) -> Schema:
    """The request's JSON body as a schema. Raises: NotJson, InvalidFields."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise NotJson
    return validated(schema, body)


def parse_form(schema: type[Schema]) -> Schema:
    """The request's form as a schema; empty fields count as not given. Raises: InvalidFields."""
    return validated(schema, form_values(schema, request.form))


def parse_query(schema: type[Schema]) -> Schema:
    """The query string as a schema, without the reader's language. Raises: InvalidFields."""
    asked = [item for item in request.args.items(multi=True) if item[0] != LANGUAGE_QUESTION]
    return validated(schema, form_values(schema, MultiDict(asked)))


def validated(schema: type[Schema], values: Mapping[str, Any]) -> Schema:
    """Raises: InvalidFields, one problem per field, in words."""
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        problems = [_problem(item) for item in error.errors(include_url=False)]
        raise InvalidFields(problems, len(problems)) from error


def form_values(schema: type[BaseModel], form: MultiDict[str, str]) -> dict[str, Any]:
    """Form fields by name: lists where the schema wants several, empty text left out.

    "items-0-price" fields build lists of objects: {"items": [{"price": …}]}.
    """
    values: dict[str, Any] = {}
    for name in form:
        if name == SUBMISSION_FIELD:
            continue
        given = [text.strip() for text in form.getlist(name) if text.strip()]
        if "-" in name:
            _nest(values, name.split("-"), given[0] if given else None)
        elif _wants_several(schema, name):
            values[name] = given
        elif given:
            values[name] = given[0]
    return {name: _as_list(value) for name, value in values.items()}


def _nest(values: dict[str, Any], path: list[str], text: str | None) -> None:
    if text is None:
        return
    for step in path[:-1]:
        if not isinstance(values.get(step), dict):  # a field "a" beside "a-0-b": the schema says no
            values[step] = {}
        values = values[step]
    values[path[-1]] = text


def _as_list(value: Any) -> Any:
    if isinstance(value, dict) and value and all(map(_is_place, value)):
        return [_as_list(value[key]) for key in sorted(value, key=int)]
    if isinstance(value, dict):
        return {key: _as_list(item) for key, item in value.items()}
    return value


def _is_place(key: str) -> bool:
    return key.isdecimal() and len(key) <= LONGEST_PLACE


def _wants_several(schema: type[BaseModel], name: str) -> bool:
    field = schema.model_fields.get(name)
    return field is not None and _is_list(field.annotation)


def _is_list(annotation: Any) -> bool:
    origin = get_origin(annotation) or annotation
    if origin in {list, tuple, set, frozenset}:
        return True
    arguments: Iterable[Any] = get_args(annotation)
    return any(_is_list(argument) for argument in arguments if argument is not type(None))


def _problem(item: Any) -> FieldProblem:
    context = item.get("ctx") or {}
    raised = context.get("error")
    # A validator of ours raises ValueError(N_("…")): its words are meant for the reader.
    text = str(raised) if isinstance(raised, ValueError) else WORDS.get(item["type"], OTHERWISE)
    facts = {key: str(value) for key, value in context.items() if key != "error"}
    return FieldProblem(".".join(str(part) for part in item["loc"]), text, facts)
