"""What stands around every page: navigation by nouns, language, the desk of each person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Flask, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kernel import clock, i18n
from kernel.actor import Actor, Permission
from kernel.db import transaction
from kernel.money import Money
from kernel.periods import civil_day, last_day
from kernel.web import assets
from kernel.web.addresses import local_address
from kernel.web.guard import current_actor, find_actor, public
from kernel.web.problems import MACHINE_PATHS
from kernel.web.submissions import FIELD, new_submission_id
from kernel.web.visitors import shown_request_id

LANGUAGE_COOKIE = "language"
YEAR_SECONDS = 365 * 24 * 3600
SOON = timedelta(days=3)
bp = Blueprint("shell", __name__, template_folder="templates", static_folder="static")


@dataclass(frozen=True)
class NavigationItem:
    """One noun of the menu. permissions: any of them opens it; empty: everybody sees it.

    also: blueprints beside the endpoint's own under which this noun is the current one.
    """

    label: str
    endpoint: str
    permissions: frozenset[Permission] = frozenset()
    also: frozenset[str] = frozenset()

    def holds(self, blueprint: str | None) -> bool:
        """Whether a page of this blueprint stands under this noun."""
        return blueprint == self.endpoint.split(".")[0] or blueprint in self.also

    def is_for(self, actor: Actor | None) -> bool:
        if not self.permissions:
            return True
        return actor is not None and any(p in actor.permissions for p in self.permissions)


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for this person: what, by when, and the one button.

    title: already in the reader's language (use kernel.i18n.say).
    """

    title: str
    address: str
    button: str
    due_on: date | None = None
    note: str = ""

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < clock.today()

    @property
    def is_soon(self) -> bool:
        return self.due_on is not None and self.due_on <= clock.today() + SOON


@dataclass(frozen=True)
class Panel:
    """A block of a desk below the list: what changed, or what is at risk. rows: (text, address)."""

    title: str
    rows: Sequence[tuple[str, str]]
    empty: str = ""


@dataclass
class Desk:
    """What a slice contributes to a person's home page.

    starts: (words, address) of what this person may begin when nothing waits.
    """

    waiting: list[Waiting] = field(default_factory=list)
    changed: list[Panel] = field(default_factory=list)
    at_risk: list[Panel] = field(default_factory=list)
    starts: list[tuple[str, str]] = field(default_factory=list)


DeskSource = Callable[[Session, Actor, Desk], None]
_sources: list[DeskSource] = []


def desk_source(function: DeskSource) -> DeskSource:
    """Let a slice's pages.py add to the desk what waits for this actor (and only this actor)."""
    if function not in _sources:
        _sources.append(function)
    return function


def install(app: Flask, navigation: Sequence[NavigationItem]) -> None:
    """Language per request, template words and the navigation of this installation."""
    app.extensions["marketplace_navigation"] = tuple(navigation)
    app.register_blueprint(bp)
    assets.install(app, "shell.static")
    app.before_request(_choose_language)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        i18n.translate, _plural, newstyle=True
    )
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.tests["late"] = lambda day: day is not None and day < clock.today()
    app.context_processor(lambda: _words_of_templates(app))


@bp.get("/favicon.ico")
@public
def favicon() -> ResponseReturnValue:
    """Asked for by browsers that show something other than a page of ours, such as a download."""
    return redirect(url_for("shell.static", filename="mark.svg"), 301)


@bp.get("/desk")
def desk() -> ResponseReturnValue:
    """Home of a signed-in person: what waits, what changed, what is at risk."""
    actor = current_actor()
    found = Desk()
    with transaction() as session:
        for source in _sources:
            source(session, actor, found)
    found.waiting.sort(key=lambda item: (item.due_on or date.max, item.title))
    return render_template("desk.html", desk=found)


@bp.post("/language/<code>")
@public
def choose_language(code: str) -> ResponseReturnValue:
    """Remember the language and go back."""
    response = redirect(local_address(request.form.get("next", "")), 303)
    chosen = code if code in i18n.LANGUAGES else i18n.CHINESE
    response.set_cookie(
        LANGUAGE_COOKIE, chosen, max_age=YEAR_SECONDS, samesite="Lax", httponly=True
    )
    return response


def money(value: Money | None) -> str:
    """1,234.56, without the unit: the column header says it."""
    return "—" if value is None else i18n.format_number(value.yuan, 2)


def accounting(value: Money | None) -> str:
    """Negative in parentheses, zero as a dash, as accounting tables do."""
    if value is None or not value:
        return "—"
    amount = i18n.format_number(abs(value.yuan), 2)
    return f"({amount})" if value.minor < 0 else amount


def day(value: date | datetime | None) -> str:
    """2026-01-31: the civil day, also of a moment."""
    if value is None:
        return "—"
    return (civil_day(value) if isinstance(value, datetime) else value).isoformat()


def byte_size(size: int) -> str:
    """1536 -> 1.5 KiB."""
    amount = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024 or unit == "GiB":
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return str(size)


def heading(words: str) -> str:
    """A capital at the beginning: English words come from one catalogue that writes terms small."""
    return words[:1].upper() + words[1:] if i18n.language() == i18n.ENGLISH else words


FILTERS: dict[str, Callable[..., Any]] = {
    "say": i18n.render,
    "money": money,
    "accounting": accounting,
    "rate": i18n.format_rate,
    "price": i18n.format_price,
    "number": i18n.format_number,
    "moment": lambda value: i18n.format_moment(value) if isinstance(value, datetime) else "—",
    "day": day,
    "last_day": lambda value: "—" if value is None else last_day(value),
    "byte_size": byte_size,
    "heading": heading,
}


def _choose_language() -> None:
    asked = request.args.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    if asked is None and request.path.startswith(MACHINE_PATHS):
        asked = request.accept_languages.best_match(i18n.LANGUAGES)
    i18n.use_language(asked or i18n.CHINESE)


def _words_of_templates(app: Flask) -> dict[str, Any]:
    actor = find_actor() if "actor" in g or request.endpoint != "static" else None
    items = app.extensions["marketplace_navigation"]
    return {
        "actor": actor,
        "may": lambda permission: actor is not None and actor.may(Permission(permission)),
        "navigation": [item for item in items if item.is_for(actor)],
        "language": i18n.language(),
        "request_id": shown_request_id(),
        "submission_field": FIELD,
        "new_submission_id": new_submission_id,
        "today": clock.today(),
    }


def _plural(one: str, many: str, count: int) -> str:
    return i18n.translate(one if count == 1 else many)
