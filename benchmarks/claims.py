"""What is one measured claim, and how is it written down?"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path("var/bench/results.jsonl")


@dataclass(frozen=True)
class Claim:
    """value beside what it is measured against; ok: whether the target is met.

    against: the peer's figure or the limit, in the same unit; ratio: value / against.
    """

    claim: str
    value: float
    unit: str
    against: float
    ratio: float
    target: str
    ok: bool


Bench = Callable[[], Iterator[Claim]]


def at_most(claim: str, value: float, unit: str, against: float, limit: float) -> Claim:
    """A claim that holds while value / against stays at or below a limit."""
    return _claim(claim, value, unit, against, f"<= {limit}x", value / against <= limit)


def at_least(claim: str, value: float, unit: str, against: float, limit: float) -> Claim:
    """A claim that holds while value / against stays at or above a limit."""
    return _claim(claim, value, unit, against, f">= {limit}x", value / against >= limit)


def _claim(claim: str, value: float, unit: str, against: float, target: str, ok: bool) -> Claim:
    ratio = round(value / against, 3)
    return Claim(claim, round(value, 4), unit, round(against, 4), ratio, target, ok)


def write(claim: Claim) -> None:
    """Print one JSON line and keep it."""
    line = json.dumps(asdict(claim), ensure_ascii=False)
    print(line, flush=True)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
