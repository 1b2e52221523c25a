"""RG-01 to RG-12 from both sides of each border."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.periods import add_years
from kernel.workdays import add_working_days, is_working_day, state_council_calendar
from market.organizations.rules import OrganizationKind
from market.registrations import rules
from market.registrations.rules import (
    CODED,
    OPEN,
    Duty,
    EndGround,
    FormField,
    MajorFact,
    Material,
    RegistrationState,
    RegistrationType,
)

CALENDAR = state_council_calendar()
DAYS = st.dates(date(2025, 3, 1), date(2035, 12, 31))
WRITTEN = dict.fromkeys(FormField, "已写明")
HANDED_IN = {Material.SOURCE, Material.RISK, Material.COMMITMENT}
S = RegistrationState


def missing(fields=None, papers=HANDED_IN, *, has_evidence=True, is_verified=True):
    fields = WRITTEN if fields is None else fields
    return rules.missing_materials(
        fields, papers, has_evidence=has_evidence, is_verified=is_verified
    )


# --- RG-01, RG-02 ---


@pytest.mark.parametrize(
    ("kind", "is_authorised", "duty"),
    [
        (OrganizationKind.SOURCE_DEPARTMENT, True, Duty.REQUIRED),
        (OrganizationKind.PUBLIC_INSTITUTION, True, Duty.REQUIRED),
        (OrganizationKind.BUREAU, True, Duty.REQUIRED),
        (OrganizationKind.SOURCE_DEPARTMENT, False, Duty.ENCOURAGED),
        (OrganizationKind.ENTERPRISE, True, Duty.ENCOURAGED),
    ],
)
def test_public_bodies_must_register_what_is_in_authorised_operation(kind, is_authorised, duty):
    assert rules.duty_of_resource(kind, is_authorised=is_authorised) is duty


def test_products_must_be_registered_where_the_place_says_so():
    assert rules.duty_of_product(place_requires_it=True) is Duty.REQUIRED
    assert rules.duty_of_product(place_requires_it=False) is Duty.ENCOURAGED


# --- RG-03 ---


def test_the_first_registration_is_due_twenty_working_days_after_supply():
    assert rules.first_due(date(2026, 3, 2), CALENDAR, 20, 30).due_on == date(2026, 3, 30)


@pytest.mark.parametrize(
    ("began_on", "due_on"),
    [
        (date(2025, 2, 28), date(2025, 4, 14)),  # thirty working days after 2025-03-01
        (date(2020, 1, 1), date(2025, 4, 14)),
        (date(2025, 3, 1), date(2025, 3, 28)),  # twenty after the day itself
    ],
)
def test_what_began_before_the_order_has_thirty_days_from_its_first_day(began_on, due_on):
    assert rules.first_due(began_on, CALENDAR, 20, 30).due_on == due_on


@given(DAYS, st.integers(0, 40))
def test_a_deadline_is_a_working_day_and_a_later_start_is_never_due_earlier(day, within):
    due = rules.first_due(day, CALENDAR, within, 30)
    next_due = rules.first_due(day + timedelta(days=1), CALENDAR, within, 30)

    assert is_working_day(due.due_on, CALENDAR)
    assert due.due_on <= next_due.due_on
    assert due.is_provisional == (not CALENDAR.covers(due.due_on))


# --- RG-04, RG-05, RG-06 ---


def test_a_whole_application_lacks_nothing():
    assert missing() == ()


def test_everything_that_is_missing_is_named_at_once_and_in_order():
    lacking = missing({}, set(), has_evidence=False, is_verified=False)

    assert lacking == tuple(m for m in Material if m is not Material.OTHER)


@pytest.mark.parametrize("field", [f for f in FormField if f is not FormField.AGENT])
def test_each_line_of_the_form_counts_for_its_heading(field):
    assert missing(WRITTEN | {field: "  "}) == (field.material,)


def test_an_agent_is_optional():
    assert missing({f: text for f, text in WRITTEN.items() if f is not FormField.AGENT}) == ()


@pytest.mark.parametrize("kind", sorted(HANDED_IN))
def test_each_paper_is_needed(kind):
    assert missing(papers=HANDED_IN - {kind}) == (kind,)


def test_a_body_that_is_not_verified_proves_itself_by_a_paper():
    assert missing(is_verified=False) == (Material.SUBJECT,)
    assert missing(papers=HANDED_IN | {Material.SUBJECT}, is_verified=False) == ()


def test_evidence_comes_first_except_to_end_a_registration():
    assert missing(has_evidence=False) == (Material.EVIDENCE,)
    assert [t for t in RegistrationType if not t.needs_evidence] == [RegistrationType.CANCELLATION]


@given(st.sets(st.sampled_from(Material)), st.sets(st.sampled_from(Material)))
def test_the_first_return_may_name_anything_and_a_later_one_only_what_it_named(now, before):
    late = set(rules.named_late(now, before, set()))

    assert rules.named_late(now, None, set()) == ()
    assert late == now - before
    assert rules.named_late(now, before, now) == ()


# --- RG-07 ---


def test_objections_are_taken_to_the_end_of_the_tenth_working_day():
    ends_on = add_working_days(date(2026, 3, 2), 10, CALENDAR).due_on

    assert ends_on == date(2026, 3, 16)
    assert rules.may_object(ends_on, ends_on)
    assert not rules.is_notice_over(ends_on, ends_on)
    assert not rules.may_object(ends_on, ends_on + timedelta(days=1))
    assert rules.is_notice_over(ends_on, ends_on + timedelta(days=1))


# --- RG-09 ---


@pytest.mark.parametrize(
    ("authorised_end", "last"),
    [
        (None, date(2029, 3, 1)),
        (date(2031, 1, 1), date(2029, 3, 1)),
        (date(2029, 3, 2), date(2029, 3, 1)),  # over together
        (date(2029, 3, 1), date(2029, 2, 28)),  # one day shorter
        (date(2028, 1, 1), date(2027, 12, 31)),
    ],
)
def test_it_counts_three_years_or_as_long_as_the_authorisation(authorised_end, last):
    assert rules.valid_until(date(2026, 3, 1), 3, authorised_end, CALENDAR) == last


@given(DAYS, st.integers(1, 5), st.none() | DAYS)
def test_no_registration_outlives_its_authorisation_or_a_week_beyond_its_years(day, years, end):
    last = rules.valid_until(day, years, end, CALENDAR)

    assert last <= add_years(day, years) + timedelta(days=10)
    assert end is None or last < end
    if end is None:
        assert last >= add_years(day, years)
        assert is_working_day(last, CALENDAR)


@pytest.mark.parametrize(
    ("today", "is_open"),
    [
        (date(2026, 9, 30), False),
        (date(2026, 10, 1), True),
        (date(2026, 10, 15), True),
        (date(2026, 11, 30), True),
        (date(2026, 12, 1), False),
    ],
)
def test_a_renewal_is_asked_for_within_the_last_sixty_days(today, is_open):
    assert rules.may_ask_renewal(date(2026, 11, 30), today, 60) is is_open


def test_it_lapses_on_the_day_after_its_last():
    last = date(2026, 11, 30)

    assert not rules.has_lapsed(last, last)
    assert rules.has_lapsed(last, last + timedelta(days=1))


# --- RG-10, RG-11, RG-12 ---


def test_a_newer_version_is_no_major_change_and_another_dictionary_is():
    before = {"title": "a", "dictionary_sha256": "1", "version_number": 1}

    assert rules.major_changes(before, before | {"version_number": 2}) == ()
    assert rules.major_changes(before, before | {"dictionary_sha256": "2"}) == (
        MajorFact.DICTIONARY,
    )


def test_only_concealment_and_forgery_revoke():
    revoking = {ground for ground in EndGround if ground.revokes}

    assert revoking == {EndGround.CONCEALMENT, EndGround.FORGERY}
    assert {ground.clause for ground in revoking} == {"RG-12"}
    assert {ground.clause for ground in set(EndGround) - revoking} == {"RG-11"}


# --- states ---


def reachable(start):
    found, waiting = set(), [start]
    while waiting:
        state = waiting.pop()
        found.add(state)
        waiting += [after for after in S if rules.may_move(state, after) and after not in found]
    return found


def test_every_state_is_reached_from_a_draft_and_nothing_leaves_an_ended_one():
    assert reachable(S.DRAFT) == set(S)
    for state in (S.REJECTED, S.REPLACED, S.LAPSED, S.CANCELLED, S.REVOKED):
        assert reachable(state) == {state}


def test_a_code_comes_only_out_of_a_notice():
    assert {state for state in S if rules.may_move(state, S.VALID)} == {S.NOTICE}
    assert {state for state in S if rules.may_move(state, S.NOTICE)} == {S.REVIEW, S.OBJECTION}
    assert {state for state in S if rules.may_move(state, S.REJECTED)} == {S.OBJECTION}


def test_open_and_coded_states_do_not_overlap():
    assert OPEN.isdisjoint(CODED)
    assert OPEN | CODED | {S.REJECTED, S.REPLACED} == set(S)
