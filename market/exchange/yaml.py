"""How is a plain structure written as YAML that every reader understands? Pure.

Texts stand in double quotes as in JSON, which YAML 1.2 contains: no text is ever taken for a
number, a date, a tag or an anchor.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

Plain = str | int | float | bool | Decimal | None
NOT_PRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
# Left bare: words that YAML, in any version, takes for nothing but themselves.
BARE_KEY = re.compile(r"(?!(?i:true|false|null|yes|no|on|off|y|n)$)[A-Za-z][A-Za-z0-9_]*")


def yaml(structure: Mapping[str, object]) -> str:
    """A mapping as a block of YAML; what is empty is left out."""
    return "".join(f"{line}\n" for line in _mapping(_kept(structure), 0))


def _kept(structure: Mapping[str, object]) -> Mapping[str, object]:
    """The same without what is empty, also where it became so by this."""
    inner = {
        key: _kept(value) if isinstance(value, Mapping) else value
        for key, value in structure.items()
    }
    return {key: value for key, value in inner.items() if not _is_empty(value)}


def _mapping(structure: Mapping[str, object], depth: int) -> Iterator[str]:
    for key, value in structure.items():
        name = key if BARE_KEY.fullmatch(key) else _scalar(key)
        yield from _beside(f"{'  ' * depth}{name}:", value, depth)


def _beside(start: str, value: object, depth: int) -> Iterator[str]:
    """A value after its key: on the same line, or as a block below it."""
    if isinstance(value, Mapping):
        yield start
        yield from _mapping(value, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield start
        yield from _sequence(value, depth + 1)
    else:
        yield f"{start} {_scalar(value)}"


def _sequence(items: Sequence[object], depth: int) -> Iterator[str]:
    gap = "  " * depth
    for item in items:
        if isinstance(item, Mapping):
            lines = list(_mapping(_kept(item), depth + 1))
            yield f"{gap}- {lines[0].strip()}" if lines else f"{gap}- {{}}"
            yield from lines[1:]
        else:
            yield f"{gap}- {_scalar(item)}"


def _scalar(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = json.dumps(value, ensure_ascii=False)
    return NOT_PRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _is_empty(value: object) -> bool:
    is_collection = isinstance(value, Mapping | Sequence)
    return value is None or (is_collection and not value)
