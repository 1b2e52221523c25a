"""What have other rooms said about a subject, and does it still hold? Pure.

Source: docs/architecture.md, section 1: verdicts are pushed down, never pulled up.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kernel.i18n import N_, Labelled
from market.catalogue.prices import ChargeUnit


class VerdictKind(Labelled):
    """What other rooms have said about a subject; see docs/architecture.md, section 1."""

    AUTHORISED = "authorised", N_("已获授权")
    CAPPED = "capped", N_("上限已核定")
    REGISTERED = "registered", N_("已登记")
    QUALITY = "quality", N_("质量合格")
    APPRAISED = "appraised", N_("已评估")
    ORDERED = "ordered", N_("无监管限制")
    SATISFIED = "satisfied", N_("已购买")


class VerdictState(Labelled):
    """Whether what the kind says is so."""

    HOLDS = "holds", N_("成立")
    FAILS = "fails", N_("不成立")


@dataclass(frozen=True)
class Verdict:
    """One standing verdict. valid_until: the first moment at which it holds no more."""

    kind: VerdictKind
    subject_id: str
    state: VerdictState
    valid_until: datetime | None = None
    clause: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    event_id: str = ""

    def holds(self, now: datetime) -> bool:
        in_time = self.valid_until is None or now < self.valid_until
        return self.state is VerdictState.HOLDS and in_time


class Verdicts:
    """All that has been said about one product and what it is made from."""

    def __init__(self, verdicts: Iterable[Verdict] = ()) -> None:
        self._by_subject = {(verdict.kind, verdict.subject_id): verdict for verdict in verdicts}

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self._by_subject.values())

    def find(self, kind: VerdictKind, subject_id: str) -> Verdict | None:
        return self._by_subject.get((kind, subject_id))

    def holds(self, kind: VerdictKind, subject_id: str, now: datetime) -> bool:
        """Whether somebody said so, and it is still valid; silence is no."""
        verdict = self.find(kind, subject_id)
        return verdict is not None and verdict.holds(now)

    def denies(self, kind: VerdictKind, subject_id: str) -> bool:
        """Whether somebody said the contrary; silence is no."""
        verdict = self.find(kind, subject_id)
        return verdict is not None and verdict.state is VerdictState.FAILS


def authorised_subject(operator_id: str, dataset_id: str) -> str:
    """AUTHORISED speaks of one operator and one resource."""
    return f"{operator_id}/{dataset_id}"


def capped_subject(product_id: str, unit: ChargeUnit) -> str:
    """CAPPED speaks of one product and one unit."""
    return f"{product_id}/{unit.value}"
