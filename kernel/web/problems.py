"""How does a refusal reach the reader? problem+json for machines, a plain page for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from flask import (
    Flask,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from kernel.db import transaction
from kernel.errors import (
    Conflict,
    DomainError,
    Gone,
    Invalid,
    InvalidFields,
    LimitReached,
    NotAllowed,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from kernel.events import record_refusal
from kernel.i18n import N_, say, translate
from kernel.request import request_id
from kernel.web.guard import SAFE_METHODS, find_actor
from kernel.web.submissions import AlreadySubmitted

STATUS: dict[type[DomainError], int] = {
    Unauthenticated: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    Invalid: 422,
    LimitReached: 429,
    Unavailable: 503,
}
TITLES: dict[int, str] = {
    400: N_("请求不完整"),
    401: N_("请先登录"),
    403: N_("没有权限"),
    404: N_("没有找到"),
    405: N_("此地址不支持这种操作"),
    409: N_("现在不能这样做"),
    410: N_("已经失效"),
    413: N_("文件太大"),
    422: N_("填写有误"),
    429: N_("已到限额"),
    500: N_("系统出错了"),
    503: N_("暂时不可用"),
}
OUR_FAULT = N_("这是系统的错误，不是您的。请把编号 {request_id} 告诉管理员；已填内容请先保留。")
HTTP_WORDS: dict[int, str] = {
    400: N_("请求不完整，可能在传输中断开。请重试。"),
    404: N_("没有这个页面。请检查地址，或从首页重新进入。"),
    405: N_("此地址不支持这种操作。"),
    413: N_("文件超过允许的大小。请拆分或改为分批交付。"),
}
DATABASE_DOWN = N_("数据库暂时没有响应。已填内容不会丢失，请稍后重试。")
KEPT_BYTES = 32 * 1024 * 1024
MACHINE_PATHS = ("/api/", "/oauth/", "/log/", "/webhooks/")
ALREADY_THERE = "23505"  # PostgreSQL's unique_violation
_log = structlog.get_logger()


class NotStorable(Invalid):
    """A text with a NUL in it, or a number beyond what any column holds."""

    code = "not-storable"
    message = N_("有一处含有不能保存的字符，或数字过大。请改正后重新提交。")


def install(app: Flask) -> None:
    """Turn every error into an answer."""
    app.register_error_handler(DomainError, refuse)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(OperationalError, _answer_database_down)
    app.register_error_handler(DBAPIError, _answer_database)
    app.register_error_handler(Exception, _answer_bug)


def status_of(error: DomainError) -> int:
    return next(code for family, code in STATUS.items() if isinstance(error, family))


def refuse(error: DomainError) -> ResponseReturnValue:
    """Answer a domain error, and write the refusal down where a rule refused."""
    note_refusal(error)
    if wants_json():
        return problem_json(error)
    if isinstance(error, AlreadySubmitted) and error.location:
        return redirect(error.location, 303)
    if isinstance(error, Unauthenticated):
        return _ask_to_sign_in(error)
    status = status_of(error)
    page = render_template(
        "problem.html",
        status=status,
        title=translate(TITLES[status]),
        error=error,
        detail=words(error),
    )
    return make_response(page, status)


def note_refusal(error: DomainError) -> None:
    """A refusal is a fact: record who tried what, and which clause refused it."""
    actor = find_actor()
    is_read = request.method in SAFE_METHODS
    if actor is None or not (error.clause or (isinstance(error, NotAllowed) and not is_read)):
        return
    about = next(iter((request.view_args or {}).values()), "")
    with transaction() as session:
        record_refusal(
            session, actor, error, act=str(request.endpoint), about_id=_subject(error, str(about))
        )


def words(error: DomainError) -> str:
    """What happened and what to do next, in the reader's language."""
    return say(error.message, **error.facts())


def wants_json() -> bool:
    """Machines are answered in JSON: API addresses, or a client that asks for it."""
    if request.path.startswith(MACHINE_PATHS):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def problem_json(error: DomainError) -> Response:
    """RFC 9457, with the error's own data."""
    status = status_of(error)
    body: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": translate(TITLES[status]),
        "status": status,
        "detail": words(error),
        "code": error.code,
        "request_id": request_id(),
    }
    if error.clause:
        body["clause"] = error.clause
    if isinstance(error, InvalidFields):
        body["errors"] = [{"field": p.field, "detail": p.said()} for p in error.problems]
    else:
        body["facts"] = {name: _plain(value) for name, value in error.facts().items()}
    return _problem(body, status)


def _problem(body: dict[str, Any], status: int) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110 section 11.6.1
    return response


def _plain(value: object) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, int | bool | None) else str(value)


def _subject(error: DomainError, about: str) -> str:
    """What the refused act was about: the error's own subject, else the address's id."""
    return next(
        (str(value) for name, value in error.facts().items() if name.endswith("_id") and value),
        about,
    )


def _ask_to_sign_in(error: DomainError) -> ResponseReturnValue:
    """Lead to the sign-in page; a form that was being sent is kept on the page."""
    if request.method in SAFE_METHODS:
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    page = render_template("expired.html", kept=_kept_form(), detail=words(error))
    return make_response(page, 401)


@dataclass(frozen=True)
class KeptForm:
    """What came with a form that could not be taken, to be sent again.

    typed: field and text; files: field and name, since a browser must be given files again;
    is_whole: False where it was too large to be read in vain.
    """

    typed: Sequence[tuple[str, str]] = ()
    files: Sequence[tuple[str, str]] = ()
    is_whole: bool = True


def _kept_form() -> KeptForm:
    if (request.content_length or 0) > KEPT_BYTES:
        return KeptForm(is_whole=False)
    try:
        typed = list(request.form.items(multi=True))
    except RequestEntityTooLarge:  # more text than any form of ours takes
        return KeptForm(is_whole=False)
    files = [(name, file.filename or "") for name, file in request.files.items(multi=True)]
    return KeptForm(typed, files)


def _answer_http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status in {301, 302, 303, 307, 308}:
        return error.get_response()
    detail = translate(HTTP_WORDS.get(status, OUR_FAULT)).format(request_id=request_id())
    return _plain_answer(status, f"http-{status}", detail)


def _answer_database_down(error: DBAPIError) -> ResponseReturnValue:
    _log.error("database_down", error=repr(error))
    return _plain_answer(503, "database-down", translate(DATABASE_DOWN))


def meant_by(error: BaseException | None) -> DomainError | None:
    """The refusal that an error of the database stands for; None where it is none.

    Two who make the same thing at once: the later one is refused by the database, not by us.
    """
    if isinstance(error, DataError):
        return NotFound() if request.method in SAFE_METHODS else NotStorable()
    if isinstance(error, IntegrityError) and getattr(error.orig, "sqlstate", "") == ALREADY_THERE:
        return Conflict()
    return error if isinstance(error, DomainError) else None


def _answer_database(error: DBAPIError) -> ResponseReturnValue:
    refusal = meant_by(error)
    if refusal is None:
        return _answer_bug(error)
    _log.warning("refused_by_database", error=repr(error))
    return refuse(refusal)


def _answer_bug(error: Exception) -> ResponseReturnValue:
    _log.error("bug", error=repr(error), exc_info=error)
    return _plain_answer(500, "internal-error", say(OUR_FAULT, request_id=request_id()))


def _plain_answer(status: int, code: str, detail: str) -> ResponseReturnValue:
    title = translate(TITLES.get(status, TITLES[500]))
    if wants_json():
        body = {
            "type": f"/problems/{code}",
            "title": title,
            "status": status,
            "detail": detail,
            "code": code,
            "request_id": request_id(),
        }
        return _problem(body, status)
    kept = _kept_form() if status >= 500 and request.method not in SAFE_METHODS else None
    page = render_template("problem.html", status=status, title=title, detail=detail, kept=kept)
    return make_response(page, status)
