"""Does every fact have an office that reads it, and no office more than its own?"""

import importlib
from pathlib import Path

import pytest

from kernel.events import known_events
from market.organizations.rules import RegulatorScope
from supervision.audit import rules

ROOT = Path(__file__).parents[3]
ROOMS = ("market", "licensing", "sandbox", "billing", "valuation", "supervision")


def every_event_name() -> list[str]:
    for path in sorted(ROOT.glob("*/*/events.py")):
        if path.parts[-3] in {
            "market",
            "licensing",
            "sandbox",
            "billing",
            "valuation",
            "supervision",
        }:
            importlib.import_module(".".join((*path.parts[-3:-1], "events")))
    return [name for name in known_events() if not name.startswith("test.")]


def test_no_fact_is_outside_all_scopes():
    assert [name for name in every_event_name() if not rules.scopes_of_name(name)] == []


@pytest.mark.parametrize(
    ("name", "scopes"),
    [
        ("market.quality_checked", {"data"}),
        ("market.price_changed", {"data", "price"}),
        ("market.product_published", {"data", "price"}),
        ("market.session_opened", {"data", "cyberspace"}),
        ("licensing.licence_signed", {"data"}),
        ("licensing.cap_set", {"data", "price"}),
        ("sandbox.query_released", {"data", "cyberspace"}),
        ("billing.payment_settled", {"data", "price", "finance"}),
        ("valuation.asset_recognised", {"finance"}),
        ("valuation.appraisal_signed", {"data", "finance"}),
        ("supervision.alert_raised", {"data", "price", "cyberspace", "finance"}),
        ("elsewhere.thing_happened", set()),
    ],
)
def test_facts_belong_to_offices_by_name(name: str, scopes: set[str]):
    assert rules.scopes_of_name(name) == scopes


@pytest.mark.parametrize(
    ("clause", "scopes"),
    [
        ("PR-04", {"data", "price"}),
        ("SB-05", {"data", "cyberspace"}),
        ("DA-02", {"finance"}),
        ("SU-25", {"data", "cyberspace"}),
        ("", {"data", "cyberspace"}),
    ],
)
def test_refusals_belong_to_offices_by_clause(clause: str, scopes: set[str]):
    assert rules.scopes_of_clause(clause) == scopes


def test_the_lists_for_queries_say_the_same_as_the_single_questions():
    names = ["market.product_published", "valuation.asset_recognised", "kernel.act_refused"]

    for scope in RegulatorScope:
        own = frozenset({scope.value})
        visible = rules.visible_names(names, own)
        assert visible == sorted(
            n for n in names if n != rules.REFUSAL and scope in rules.scopes_of_name(n)
        )
        for clause in rules.SCOPES_OF_CLAUSES:
            assert (clause in rules.visible_clauses(own)) == (
                scope in rules.scopes_of_clause(f"{clause}01")
            )
        assert rules.reads_other_refusals(own) == (scope in rules.scopes_of_clause("SU-25"))


def test_an_office_sees_the_monitoring_rules_of_its_scopes():
    assert "SU-02" in rules.visible_rules(frozenset({"price"}))
    assert rules.visible_rules(frozenset({"finance"})) == ["SU-30"]
    assert rules.visible_rules(frozenset()) == []


def test_an_office_without_scope_reads_nothing():
    assert rules.visible_names(["market.product_published"], frozenset()) == []
    assert rules.visible_clauses(frozenset()) == []
    assert not rules.reads_other_refusals(frozenset())


def test_every_act_that_can_be_refused_is_said_in_plain_words(built_app):
    acts = {
        rule.endpoint
        for rule in built_app.url_map.iter_rules()
        if rule.methods & {"POST", "PUT", "PATCH", "DELETE"}
    }

    unsaid = {act for act in acts if not rules.words_of_act(act)}

    assert unsaid == {"shell.choose_language"}
