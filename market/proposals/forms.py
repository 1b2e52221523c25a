"""How does a clerk edit a rule without seeing code? Rules as form fields and back. Pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from market.quality.expectations import SUPPORTED
from market.quality.rules import Severity
from market.quality.vocabulary import Expectation, Parameter, Takes

FIELD = re.compile(r"rules-(\d{1,3})-([a-z]+)(?:-(\w+))?")
SEVERAL_LINES = {Takes.VALUES, Takes.PATTERNS, Takes.TEXTS, Takes.PAIRS}
QUANTILE_PARTS = 3
EMPTY = '""'  # how a line says the text without characters


@dataclass
class Item:
    """One rule on the page. texts: parameter -> what stands in its field."""

    kind: Expectation
    texts: dict[str, Any] = field(default_factory=dict)
    severity: str = Severity.WARNING.value
    indicator: str = ""
    is_kept: bool = True
    reason: str = ""
    unexpected: int | None = None
    total: int | None = None
    origin: str = "proposed"

    @property
    def fields(self) -> Sequence[tuple[Parameter, Any]]:
        return [(one, self.texts.get(one.name, "")) for one in self.kind.parameters]

    def written(self) -> dict[str, Any]:
        """The rule in Great Expectations' format; what is not typed is not there."""
        kwargs = {
            one.name: _value(one, self.texts[one.name])
            for one in self.kind.parameters
            if self.texts.get(one.name) not in ("", None, [])
        }
        meta = {"indicator": self.indicator} if self.indicator else {}
        return {"type": self.kind.type, "kwargs": kwargs, "meta": meta, "severity": self.severity}


def item_of(written: Mapping[str, Any], **more: Any) -> Item | None:
    """A stored rule as it stands on the page; None for a kind that is no more."""
    kind = SUPPORTED.get(str(written["type"]))
    if kind is None:
        return None
    texts = {
        one.name: _text(one, written["kwargs"][one.name])
        for one in kind.parameters
        if one.name in written["kwargs"]
    }
    meta = written.get("meta") or {}
    severity = written.get("severity") or Severity.WARNING.value
    return Item(kind, texts, severity, meta.get("indicator", ""), **more)


def items_from(form: Iterable[tuple[str, Sequence[str]]]) -> list[Item]:
    """What the clerk sent, in the order of the page. Unknown kinds are left out."""
    found: dict[int, dict[str, Any]] = {}
    for name, typed in form:
        matched = FIELD.fullmatch(name)
        if matched is None or not typed:
            continue
        one = found.setdefault(int(matched[1]), {"texts": {}})
        if matched[2] == "p" and matched[3]:
            one["texts"][matched[3]] = list(typed) if len(typed) > 1 else typed[0]
        else:
            one[matched[2]] = typed[0]
    return [
        Item(
            SUPPORTED[one["type"]],
            _listed(SUPPORTED[one["type"]], one["texts"]),
            one.get("severity", Severity.WARNING.value),
            one.get("indicator", ""),
            is_kept="keep" in one,
            origin=one.get("origin", "proposed"),
        )
        for _, one in sorted(found.items())
        if one.get("type") in SUPPORTED
    ]


def _listed(kind: Expectation, texts: dict[str, Any]) -> dict[str, Any]:
    for one in kind.parameters:
        given = texts.get(one.name)
        if one.takes is Takes.COLUMNS and isinstance(given, str):
            texts[one.name] = [given]
    return texts


def _text(parameter: Parameter, value: Any) -> Any:
    match parameter.takes:
        case Takes.COLUMNS:
            return [str(one) for one in value]
        case Takes.PAIRS:
            return "\n".join(f"{first},{second}" for first, second in value)
        case Takes.QUANTILES:
            pairs = zip(value["quantiles"], value["value_ranges"], strict=True)
            return "\n".join(f"{q},{low},{high}" for q, (low, high) in pairs)
        case Takes.FLAG:
            return "true" if value else "false"
        case takes if takes in SEVERAL_LINES:
            return "\n".join(str(one) or EMPTY for one in value)
        case _:
            return str(value)


def _value(parameter: Parameter, text: Any) -> Any:
    match parameter.takes:
        case Takes.COLUMNS:
            return list(text)
        case Takes.PAIRS:
            return [[part.strip() for part in line.split(",", 1)] for line in _lines(text)]
        case Takes.QUANTILES:
            rows = [[part.strip() for part in line.split(",")] for line in _lines(text)]
            if any(len(row) != QUANTILE_PARTS for row in rows):
                return text
            return {"quantiles": [r[0] for r in rows], "value_ranges": [r[1:] for r in rows]}
        case Takes.FLAG:
            return text == "true"
        case takes if takes in SEVERAL_LINES:
            return ["" if line == EMPTY else line for line in _lines(text)]
        case _:
            return text


def _lines(text: str) -> list[str]:
    return [line for line in (line.strip("\r") for line in text.split("\n")) if line.strip()]


def as_json(items: Sequence[Item]) -> str:
    """The kept rules as the suite that will be saved, for whoever wants to see it."""
    kept = [item.written() for item in items if item.is_kept]
    return json.dumps({"expectations": kept}, ensure_ascii=False, indent=2)
