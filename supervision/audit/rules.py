"""Which regulator reads which facts?

A regulator's office has one or more scopes. Every fact belongs to the scopes below, by the longest
beginning of its name; a refusal belongs to the scopes of the clause that refused, a fact about an
alert to those of its monitoring rule. The mapping is ours, drawn from what each office must watch;
a test sees to it that no fact is outside all scopes.

Source: docs/rules/supervision.md, section 9.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from kernel.i18n import N_
from market.organizations.rules import RegulatorScope

REFUSAL = "kernel.act_refused"
ALERTS = "supervision.alert_"  # facts about alerts, each with its rule_id
DATA = RegulatorScope.DATA
PRICE = RegulatorScope.PRICE
CYBERSPACE = RegulatorScope.CYBERSPACE
FINANCE = RegulatorScope.FINANCE
EVERYONE = frozenset(RegulatorScope)

SCOPES_OF_NAMES: Mapping[str, frozenset[RegulatorScope]] = {
    # The data authority answers for authorised operation as a whole (发改数据规〔2025〕27号).
    "market.": frozenset({DATA}),
    "licensing.": frozenset({DATA}),
    # The price authority watches prices and what they bring in (发改价格〔2025〕65号).
    "market.price": frozenset({DATA, PRICE}),
    "market.product": frozenset({DATA, PRICE}),
    "licensing.cap": frozenset({DATA, PRICE}),
    "licensing.price": frozenset({DATA, PRICE}),
    "licensing.revenue": frozenset({DATA, PRICE, FINANCE}),
    "billing.": frozenset({DATA, PRICE, FINANCE}),
    # The cyberspace administration watches accounts, data and its use (数据安全法, 网络安全法).
    "market.dataset": frozenset({DATA, CYBERSPACE}),
    "market.version": frozenset({DATA, CYBERSPACE}),
    "market.column": frozenset({DATA, CYBERSPACE}),
    "market.session": frozenset({DATA, CYBERSPACE}),
    "market.member": frozenset({DATA, CYBERSPACE}),
    "market.role": frozenset({DATA, CYBERSPACE}),
    "market.token": frozenset({DATA, CYBERSPACE}),
    "market.client": frozenset({DATA, CYBERSPACE}),
    "licensing.delivery": frozenset({DATA, CYBERSPACE}),
    "sandbox.": frozenset({DATA, CYBERSPACE}),
    # The finance authority watches assets, appraisals and shares (财资〔2024〕167号).
    "valuation.": frozenset({FINANCE}),
    "valuation.appraisal": frozenset({DATA, FINANCE}),
    # What the house and its regulators do concerns every office.
    "kernel.": EVERYONE,
    "supervision.": EVERYONE,
}

SCOPES_OF_CLAUSES: Mapping[str, frozenset[RegulatorScope]] = {
    "PR-": frozenset({DATA, PRICE}),
    "SB-": frozenset({DATA, CYBERSPACE}),
    "CL-": frozenset({DATA, CYBERSPACE}),
    "AO-": frozenset({DATA, CYBERSPACE}),
    "DA-": frozenset({FINANCE}),
    "VA-": frozenset({FINANCE}),
}
OTHER_REFUSALS = frozenset({DATA, CYBERSPACE})

# What the house's own parts are called in a sentence, by the room they belong to.
PARTS: Mapping[str, str] = {
    "market": N_("目录与质量"),
    "licensing": N_("授权与许可"),
    "sandbox": N_("数据沙箱"),
    "billing": N_("结算"),
    "valuation": N_("估值与入账"),
    "supervision": N_("监测"),
    "cli": N_("命令行"),
}

# Who sees alerts of a monitoring rule, and the facts about them.
SCOPES_OF_MONITORING_RULES: Mapping[str, frozenset[RegulatorScope]] = {
    "SU-01": frozenset({DATA, CYBERSPACE}),
    "SU-02": frozenset({DATA, PRICE}),
    "SU-25": frozenset({DATA}),
    "SU-30": EVERYONE,
    "SU-31": frozenset({DATA}),
}


@dataclass(frozen=True)
class TimelineRow:
    """One fact as a person reads it. log_index: None until the log has taken it in."""

    seq: int
    event_id: str
    name: str
    occurred_at: datetime
    sentence: str
    actor: str
    organization: str
    subject_id: str
    clause: str
    log_index: int | None
    is_proved: bool

    @property
    def is_refusal(self) -> bool:
        return self.name == REFUSAL


def scopes_of_name(name: str) -> frozenset[RegulatorScope]:
    """The offices that read facts of this name; refusals are decided by their clause."""
    beginnings = [start for start in SCOPES_OF_NAMES if name.startswith(start)]
    return SCOPES_OF_NAMES[max(beginnings, key=len)] if beginnings else frozenset()


def scopes_of_clause(clause: str) -> frozenset[RegulatorScope]:
    """The offices that read a refusal under this clause."""
    return next(
        (scopes for start, scopes in SCOPES_OF_CLAUSES.items() if clause.startswith(start)),
        OTHER_REFUSALS,
    )


def visible_names(names: Iterable[str], scopes: frozenset[str]) -> list[str]:
    """Those facts, refusals and alerts apart, that an office of these scopes reads."""
    return sorted(
        name
        for name in names
        if name != REFUSAL
        and not name.startswith(ALERTS)
        and not scopes_of_name(name).isdisjoint(scopes)
    )


def visible_rules(scopes: frozenset[str]) -> list[str]:
    """The monitoring rules whose alerts an office of these scopes sees."""
    return [rule for rule, offices in SCOPES_OF_MONITORING_RULES.items() if offices & scopes]


def visible_clauses(scopes: frozenset[str]) -> list[str]:
    """Beginnings of clauses whose refusals an office of these scopes reads."""
    return [start for start, offices in SCOPES_OF_CLAUSES.items() if offices & scopes]


def reads_other_refusals(scopes: frozenset[str]) -> bool:
    return not OTHER_REFUSALS.isdisjoint(scopes)
