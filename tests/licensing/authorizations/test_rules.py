"""The rules of authorised operation, each from both sides."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.parameters import Mark
from kernel.periods import Period
from licensing.authorizations.ownership import (
    RELATED_STAKE,
    Stake,
    are_related,
    redevelopment_breach,
    stake_in,
)
from licensing.authorizations.rules import (
    LIKE_BUYERS_TOLERANCE,
    LONGEST_TERM,
    AgreementFacts,
    AgreementId,
    AgreementPart,
    AgreementState,
    Authorization,
    Resource,
    SelectionMethod,
    WindDownDuty,
    agreement_parts_breach,
    breaches_before_approval,
    breaches_before_signing,
    consent_breach,
    coverage_of,
    decision_breach,
    due_moves,
    duties_breach,
    like_terms_breach,
    may_move,
    selection_breach,
    term_breach,
    transfer_breach,
    wind_down_breach,
)
from licensing.plans.rules import (
    AuthorizationMode,
    Breach,
    Decision,
    PlanPart,
    PlanState,
    Rule,
    may_move_plan,
    plan_approval_breach,
    plan_parts_breach,
)
from market.catalogue.rules import Purpose

DECIDED = Decision("市政府常务会议", "〔2026〕12号", date(2026, 2, 1))
START = date(2026, 3, 1)
TERM = Period(START, date(2029, 3, 1))
PARTS = dict.fromkeys(AgreementPart, "约定如下")
PLAN_PARTS = dict.fromkeys(PlanPart, "说明如下")
OWN = Resource("dst_own", provider_id="org_bureau")
SHARED = Resource("dst_shared", provider_id="org_department")
FACTS = AgreementFacts(
    agency_id="org_bureau",
    operator_id="org_operator",
    is_operator_a_legal_person=True,
    plan_state=PlanState.PLAN_APPROVED,
    plan_decision=DECIDED,
    term=TERM,
    term_exception="",
    parts=PARTS,
    selection_method=SelectionMethod.PUBLIC_BIDDING,
    selection_evidence="中标通知书〔2026〕5号",
    resources=(OWN,),
    planned_dataset_ids=frozenset({"dst_own", "dst_shared"}),
    decision=DECIDED,
)
YEARS = 5


def test_ao_01_a_plan_must_be_approved_and_its_decision_recorded() -> None:
    assert plan_approval_breach(PlanState.PLAN_APPROVED, DECIDED) is None
    assert plan_approval_breach(PlanState.PLAN_CONSULTED, DECIDED) == Breach(Rule.AO_01)
    assert plan_approval_breach(PlanState.PLAN_APPROVED, None) == Breach(Rule.AO_01)
    unnumbered = replace(DECIDED, number=" ")
    assert plan_approval_breach(PlanState.PLAN_APPROVED, unnumbered) == Breach(Rule.AO_01)


def test_ao_01_an_agreement_does_not_reach_beyond_its_plan() -> None:
    beyond = replace(FACTS, planned_dataset_ids=frozenset({"dst_other"}))

    assert breaches_before_approval(FACTS, YEARS) == []
    assert breaches_before_approval(beyond, YEARS) == [Breach(Rule.AO_01, ("dst_own",))]


@pytest.mark.parametrize("part", list(PlanPart))
def test_ao_02_every_part_of_a_plan_is_required(part: PlanPart) -> None:
    parts = {kept: text for kept, text in PLAN_PARTS.items() if kept is not part}
    mode = None if part is PlanPart.MODE else AuthorizationMode.SCENARIO
    datasets = () if part is PlanPart.RESOURCES else ("dst_own",)

    assert plan_parts_breach(parts, mode, datasets) == Breach(Rule.AO_02, (part.value,))
    assert plan_parts_breach(PLAN_PARTS, AuthorizationMode.WHOLE, ("dst_own",)) is None


def test_ao_03_the_choice_needs_a_method_and_evidence() -> None:
    assert selection_breach(SelectionMethod.NEGOTIATION, "谈判纪要 3 号") is None
    assert selection_breach(None, "谈判纪要 3 号") == Breach(Rule.AO_03)
    assert selection_breach(SelectionMethod.NEGOTIATION, " ") == Breach(Rule.AO_03)


def test_ao_04_five_years_are_allowed_and_one_day_more_needs_an_exception() -> None:
    longest = Period(START, date(2031, 3, 1))
    longer = Period(START, date(2031, 3, 2))

    assert term_breach(longest, "", YEARS) is None
    assert term_breach(longer, "", YEARS) == Breach(Rule.AO_04)
    assert term_breach(longer, "市政府批复〔2026〕9号", YEARS) is None


def test_ao_04_a_term_from_a_leap_day_ends_on_the_last_of_february() -> None:
    assert term_breach(Period(date(2028, 2, 29), date(2033, 2, 28)), "", YEARS) is None
    assert term_breach(Period(date(2028, 2, 29), date(2033, 3, 1)), "", YEARS) is not None


def test_ao_04_the_number_is_configuration_and_marked_unconfirmed() -> None:
    setting = LONGEST_TERM.at(date(2026, 3, 1))

    assert (setting.value, setting.mark) == (5, Mark.UNCONFIRMED)


def test_ao_05_there_are_eleven_parts_and_each_is_required() -> None:
    assert len(AgreementPart) == 11
    assert agreement_parts_breach(PARTS) is None
    for part in AgreementPart:
        lacking = {**PARTS, part: " "}
        assert agreement_parts_breach(lacking) == Breach(Rule.AO_05, (part.value,))


def test_ao_05_an_agreement_without_any_resource_has_no_scope() -> None:
    assert breaches_before_approval(replace(FACTS, resources=()), YEARS) == [
        Breach(Rule.AO_05, ("scope",))
    ]


def test_ao_06_signing_needs_the_agencys_decision_and_approval_does_not() -> None:
    undecided = replace(FACTS, decision=None)

    assert decision_breach(DECIDED) is None
    assert breaches_before_approval(undecided, YEARS) == []
    assert breaches_before_signing(undecided, YEARS) == [Breach(Rule.AO_06)]
    assert breaches_before_signing(FACTS, YEARS) == []


AUTHORIZATION = Authorization(
    agreement_id=AgreementId("agr_1"),
    operator_id="org_operator",
    agency_id="org_bureau",
    state=AgreementState.ACTIVE,
    term=TERM,
    purposes=frozenset({Purpose.INDUSTRY, Purpose.PUBLIC_INTEREST}),
    dataset_ids=frozenset({"dst_own", "dst_shared"}),
)


def test_ao_07_use_is_covered_on_the_first_day_and_not_on_the_day_of_the_end() -> None:
    def covered(day: date) -> bool:
        return AUTHORIZATION.covers(["dst_own"], Purpose.INDUSTRY, day)

    assert not covered(date(2026, 2, 28))
    assert covered(date(2026, 3, 1))
    assert covered(date(2029, 2, 28))
    assert not covered(date(2029, 3, 1))


def test_ao_07_resource_and_purpose_must_both_be_in_scope() -> None:
    assert AUTHORIZATION.covers(["dst_own", "dst_shared"], Purpose.INDUSTRY, START)
    assert not AUTHORIZATION.covers(["dst_own", "dst_else"], Purpose.INDUSTRY, START)
    assert not AUTHORIZATION.covers(["dst_own"], Purpose.GOVERNANCE, START)
    assert not AUTHORIZATION.covers([], Purpose.INDUSTRY, START)


@pytest.mark.parametrize("state", list(AgreementState))
def test_ao_07_only_active_and_its_phases_allow_use(state: AgreementState) -> None:
    is_usable = replace(AUTHORIZATION, state=state).covers(["dst_own"], Purpose.INDUSTRY, START)

    assert is_usable is (state.value in {"active", "amending", "expiring"})


def test_ao_07_several_agreements_together_give_the_longest_end_and_all_purposes() -> None:
    later = replace(
        AUTHORIZATION,
        agreement_id=AgreementId("agr_2"),
        term=Period(START, date(2030, 1, 1)),
        purposes=frozenset({Purpose.GOVERNANCE}),
    )
    suspended = replace(later, agreement_id=AgreementId("agr_3"), state=AgreementState.SUSPENDED)

    coverage = coverage_of([AUTHORIZATION, later, suspended], "dst_own", START)

    assert coverage is not None
    assert coverage.end_on == date(2030, 1, 1)
    assert coverage.purposes == {Purpose.INDUSTRY, Purpose.PUBLIC_INTEREST, Purpose.GOVERNANCE}
    assert coverage.agreement_ids == ("agr_1", "agr_2")
    assert coverage_of([suspended], "dst_own", START) is None
    assert coverage_of([AUTHORIZATION], "dst_else", START) is None


ONE_PERCENT = RELATED_STAKE.at(date(2026, 3, 1)).value


def redevelops(*stakes: Stake, purpose: Purpose = Purpose.REDEVELOP) -> bool:
    return redevelopment_breach(purpose, "operator", "buyer", stakes, ONE_PERCENT) is not None


def test_ao_08_one_percent_is_too_close_and_less_is_not() -> None:
    assert redevelops(Stake("operator", "buyer", Decimal("0.01")))
    assert not redevelops(Stake("operator", "buyer", Decimal("0.009999")))
    assert redevelops(Stake("buyer", "operator", Decimal("0.01")))


def test_ao_08_binds_redevelopment_only() -> None:
    assert not redevelops(Stake("operator", "buyer", Decimal(1)), purpose=Purpose.INDUSTRY)
    assert redevelopment_breach(Purpose.REDEVELOP, "one", "one", (), ONE_PERCENT) is not None


def test_ao_08_indirect_stakes_multiply_and_chains_add() -> None:
    chains = (
        Stake("operator", "a", Decimal("0.1")),
        Stake("a", "buyer", Decimal("0.06")),
        Stake("operator", "b", Decimal("0.1")),
        Stake("b", "buyer", Decimal("0.04")),
    )

    assert stake_in("operator", "buyer", chains) == Decimal("0.01")
    assert redevelops(*chains)
    assert not redevelops(*chains[:2])


def test_ao_08_control_and_a_common_controller_count_whatever_the_part() -> None:
    held = Stake("operator", "buyer", Decimal(0), is_control=True)
    above = (
        Stake("group", "operator", Decimal("0.51")),
        Stake("group", "buyer", Decimal("0.004"), is_control=True),
    )
    half = (
        Stake("group", "operator", Decimal("0.5")),
        Stake("group", "buyer", Decimal("0.004"), is_control=True),
    )

    assert redevelops(held)
    assert redevelops(*above)
    assert not redevelops(*half)


def test_ao_08_a_circle_of_stakes_ends() -> None:
    circle = (
        Stake("a", "b", Decimal("0.5")),
        Stake("b", "a", Decimal("0.5")),
        Stake("b", "c", Decimal("0.5")),
    )

    assert stake_in("a", "c", circle) == Decimal("0.25")
    assert are_related("a", "c", circle, ONE_PERCENT)


@given(st.decimals(min_value=0, max_value=1, places=4), st.decimals(0, 1, places=4))
def test_ao_08_a_chain_is_never_more_than_its_weakest_part(one: Decimal, two: Decimal) -> None:
    chain = (Stake("a", "b", one), Stake("b", "c", two))

    assert stake_in("a", "c", chain) <= min(one, two)


def test_ao_09_a_spread_within_tolerance_or_with_a_reason_is_allowed() -> None:
    tolerance = LIKE_BUYERS_TOLERANCE.at(START).value

    assert like_terms_breach([Decimal("1.0"), Decimal("1.2")], "", tolerance) is None
    assert like_terms_breach([Decimal("1.0"), Decimal("1.21")], "", tolerance) is not None
    assert like_terms_breach([Decimal("1.0"), Decimal("1.5")], "首单试点", tolerance) is None
    assert like_terms_breach([Decimal("1.5")], "", tolerance) is None
    assert like_terms_breach([Decimal(0), Decimal("0.1")], "", tolerance) is not None


def test_ao_11_nobody_passes_the_authorisation_on_without_approval() -> None:
    assert transfer_breach("org_a", "org_b", "") == Breach(Rule.AO_11, ("org_b",))
    assert transfer_breach("org_a", "org_b", "批复〔2026〕2号") is None
    assert transfer_breach("org_a", "org_a", "") is None


def test_ao_12_every_duty_of_the_end_is_done_before_it_is_closed() -> None:
    done = dict.fromkeys(WindDownDuty, "已办理，见记录")

    assert wind_down_breach(done) is None
    for duty in WindDownDuty:
        assert wind_down_breach({**done, duty: ""}) == Breach(Rule.AO_12, (duty.value,))


def test_ao_13_what_comes_from_another_body_needs_its_consent() -> None:
    consented = replace(SHARED, consent_id="cns_1")

    assert consent_breach("org_bureau", [OWN, consented]) is None
    assert consent_breach("org_bureau", [OWN, SHARED]) == Breach(Rule.AO_13, ("dst_shared",))
    missing = replace(FACTS, resources=(OWN, SHARED))
    assert breaches_before_signing(missing, YEARS) == [Breach(Rule.AO_13, ("dst_shared",))]


def test_the_agency_does_not_operate_and_the_operator_is_a_legal_person() -> None:
    assert duties_breach("org_a", "org_b", is_legal_person=True) is None
    assert duties_breach("org_a", "org_a", is_legal_person=True) is not None
    assert duties_breach("org_a", "org_b", is_legal_person=False) is not None


def test_every_state_is_reached_and_every_end_winds_down() -> None:
    reached, edge = {AgreementState.AGREEMENT_DRAFT}, {AgreementState.AGREEMENT_DRAFT}
    while edge:
        edge = {b for a in edge for b in AgreementState if may_move(a, b)} - reached
        reached |= edge

    assert reached == set(AgreementState)
    for end in (AgreementState.EXPIRED, AgreementState.TERMINATED, AgreementState.REVOKED):
        assert [after for after in AgreementState if may_move(end, after)] == [
            AgreementState.WIND_DOWN
        ]
    assert not may_move(AgreementState.AGREEMENT_DRAFT, AgreementState.SIGNED)
    assert not may_move(AgreementState.SUSPENDED, AgreementState.EXPIRING)


def test_a_plan_is_consulted_before_it_is_approved_and_a_major_change_restarts() -> None:
    assert may_move_plan(PlanState.PLAN_DRAFT, PlanState.PLAN_CONSULTED)
    assert not may_move_plan(PlanState.PLAN_DRAFT, PlanState.PLAN_APPROVED)
    assert may_move_plan(PlanState.PLAN_APPROVED, PlanState.PLAN_DRAFT)


def test_the_calendar_alone_starts_warns_and_ends() -> None:
    def moves(state: AgreementState, day: date) -> list[AgreementState]:
        return list(due_moves(state, TERM, day, warn_days=90))

    assert moves(AgreementState.SIGNED, date(2026, 2, 28)) == []
    assert moves(AgreementState.SIGNED, date(2026, 3, 1)) == [AgreementState.ACTIVE]
    assert moves(AgreementState.ACTIVE, date(2028, 11, 30)) == []
    assert moves(AgreementState.ACTIVE, date(2028, 12, 1)) == [AgreementState.EXPIRING]
    assert moves(AgreementState.EXPIRING, date(2029, 2, 28)) == []
    assert moves(AgreementState.EXPIRING, date(2029, 3, 1)) == [AgreementState.EXPIRED]
    assert moves(AgreementState.SUSPENDED, date(2029, 3, 1)) == [AgreementState.EXPIRED]
    assert moves(AgreementState.SIGNED, date(2029, 3, 1)) == [
        AgreementState.ACTIVE,
        AgreementState.EXPIRED,
    ]
    assert moves(AgreementState.CLOSED, date(2030, 1, 1)) == []


@given(st.sampled_from(AgreementState), st.dates(date(2026, 1, 1), date(2030, 1, 1)))
def test_the_calendar_brings_about_allowed_moves_only(state: AgreementState, day: date) -> None:
    for after in due_moves(state, TERM, day, warn_days=90):
        assert may_move(state, after)
        state = after
