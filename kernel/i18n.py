"""How is a text, a sum of money, a rate or a date said to this reader?

Chinese text is the message id. English stands in kernel/web/translations/en/<slice>.po, one file
per slice, read once per process by Babel; nothing is compiled.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Self
from zoneinfo import ZoneInfo

from babel.messages.pofile import read_po
from babel.numbers import format_decimal

TRANSLATIONS = Path(__file__).parent / "web" / "translations"
CHINESE = "zh"
ENGLISH = "en"
LANGUAGES = (CHINESE, ENGLISH)
CIVIL_ZONE = ZoneInfo("Asia/Shanghai")

_language: ContextVar[str] = ContextVar("language", default=CHINESE)


def N_(text: str) -> str:  # noqa: N802 - the gettext convention for "marked, not yet translated"
    """Mark a Chinese text for translation at the place where it is written."""
    return text


COLON = N_("：")


class Labelled(StrEnum):
    """A closed choice that people see: each member is `value, N_("中文")`."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


def language() -> str:
    """The reader's language: "zh" or "en"."""
    return _language.get()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Render everything inside in one language. Unknown codes fall back to Chinese."""
    token = _language.set(code if code in LANGUAGES else CHINESE)
    try:
        yield
    finally:
        _language.reset(token)


def use_language(code: str) -> None:
    """Set the language of the rest of this context (one request)."""
    _language.set(code if code in LANGUAGES else CHINESE)


@cache
def catalogue(code: str) -> Mapping[str, str]:
    """Every translated message of one language: message id -> text."""
    texts: dict[str, str] = {}
    for path in sorted((TRANSLATIONS / code).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=code):
                if isinstance(message.id, str) and message.id and message.string:
                    texts[message.id] = str(message.string)
    return texts


def translate(text: str) -> str:
    """The text in the reader's language; Chinese where no translation exists."""
    if _language.get() == CHINESE:
        return text
    return catalogue(_language.get()).get(text, text)


def say(text: str, /, **facts: object) -> str:
    """Translate, then fill {placeholders} with facts said in the reader's language."""
    template = translate(text)
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    return template.format(**{name: render(facts.get(name, "")) for name in names})


def render(value: object) -> str:
    """One value as a person reads it: labels, dates, numbers, lists."""
    match value:
        case Labelled():
            return translate(value.label) or str(value)
        case bool():
            return translate(N_("是") if value else N_("否"))
        case datetime():
            return format_moment(value)
        case date():
            return value.isoformat()
        case int() | Decimal():
            return format_number(value)
        case list() | tuple():
            joiner = "、" if _language.get() == CHINESE else ", "
            return joiner.join(render(item) for item in value)
        case None:
            return "—"
        case _:
            return translate(str(value))


def format_number(value: int | Decimal, places: int | None = None) -> str:
    """1234567.5 -> 1,234,567.5; with places, exactly that many decimals."""
    pattern = "#,##0" if places == 0 else f"#,##0.{'0' * places}" if places else "#,##0.######"
    return format_decimal(value, format=pattern, locale="en")


def format_price(yuan: Decimal | None) -> str:
    """A unit price: 0.8 -> 0.80, 0.123456 -> 0.123456; at least two places."""
    if yuan is None:
        return "—"
    places = -int(yuan.normalize().as_tuple().exponent)
    return format_number(yuan, max(places, 2))


def format_rate(rate: Decimal, places: int = 2) -> str:
    """A fraction as a percentage: 0.0625 -> 6.25 %."""
    return f"{format_number(rate * 100, places)}\N{NO-BREAK SPACE}%"


def format_moment(moment: datetime) -> str:
    """A moment on the civil clock of Asia/Shanghai, to the minute."""
    return moment.astimezone(CIVIL_ZONE).strftime("%Y-%m-%d %H:%M")
