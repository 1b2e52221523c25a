"""Is a credit code right, by GB 32100, and until when does a verification count?"""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import uscc

from market.organizations.rules import (
    CREDIT_CODE_ALPHABET,
    CreditCodeProblem,
    OrganizationKind,
    RegulatorScope,
    check_character,
    compact_credit_code,
    credit_code_problem,
    is_verified_on,
    scopes_open_to,
)

letters = st.sampled_from(CREDIT_CODE_ALPHABET)
digits = st.sampled_from("0123456789")
bodies = st.builds(
    lambda head, tail: "".join(head + tail),
    st.lists(digits, min_size=8, max_size=8),
    st.lists(letters, min_size=9, max_size=9),
)


@given(bodies)
def test_the_check_character_is_what_another_library_computes(body):
    assert check_character(body) == uscc.calc_check_digit(body)
    assert uscc.is_valid(body + check_character(body))
    assert credit_code_problem(body + check_character(body)) is None


@given(bodies, st.integers(0, 17), st.sampled_from(CREDIT_CODE_ALPHABET + "IOSVZ"))
def test_nothing_is_accepted_that_another_library_refuses(body, place, other):
    code = body + check_character(body)
    changed = code[:place] + other + code[place + 1 :]
    # The other library reads digits only in the first two places; the standard allows letters.
    assume(changed[:2].isdigit())

    assert (credit_code_problem(changed) is None) == uscc.is_valid(changed)


@given(bodies, st.integers(0, 16), letters)
def test_one_wrong_character_is_always_noticed(body, place, other):
    code = body + check_character(body)
    wrong = code[:place] + other + code[place + 1 :]
    assume(wrong != code)

    assert credit_code_problem(wrong) is not None


@given(bodies, st.integers(0, 15))
def test_two_neighbours_swapped_are_always_noticed(body, place):
    code = body + check_character(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assume(swapped != code)

    assert credit_code_problem(swapped) is not None


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("91110000600037341L", None),
        ("9111000060003734", CreditCodeProblem.LENGTH),
        ("91110000600037341LL", CreditCodeProblem.LENGTH),
        ("9111000060003734IL", CreditCodeProblem.CHARACTER),
        ("911100A0600037341L", CreditCodeProblem.REGION),
        ("91110000600037341M", CreditCodeProblem.CHECK),
        ("９1110000600037341L", CreditCodeProblem.CHARACTER),
    ],
)
def test_each_problem_has_its_own_word(code, problem):
    assert credit_code_problem(code) is problem


def test_a_code_typed_for_reading_is_compacted():
    assert compact_credit_code(" 9111 0000-6000 37341l\n") == "91110000600037341L"


def test_a_verification_counts_to_the_end_of_its_last_day():
    last = date(2027, 3, 1)

    assert is_verified_on(last, date(2027, 3, 1))
    assert not is_verified_on(last, date(2027, 3, 2))
    assert not is_verified_on(None, date(2027, 3, 1))


def test_only_a_regulator_gives_the_scopes_of_its_own_office():
    own = frozenset({RegulatorScope.FINANCE})

    assert scopes_open_to(OrganizationKind.REGULATOR, own) == own
    assert scopes_open_to(OrganizationKind.BUREAU, own) == {RegulatorScope.DATA}
    assert scopes_open_to(OrganizationKind.PRICE_AUTHORITY, own) == {RegulatorScope.PRICE}
    assert scopes_open_to(OrganizationKind.ENTERPRISE, own) == frozenset()
