from decimal import Decimal

import pytest

from sandbox.policies.rules import (
    MAX_DOMAIN,
    Caps,
    Clip,
    ColumnKind,
    ColumnRule,
    ColumnUse,
    Domain,
    PolicyProblem,
    PrivacyPolicy,
    Unit,
    is_plain_name,
    policy_problems,
)
from tests.factories.sandbox import make_columns, make_policy

SHOP = ColumnRule(name="shop", kind=ColumnKind.TEXT)


def with_column(column: ColumnRule) -> PrivacyPolicy:
    return make_policy(columns=(SHOP, column))


def clipped(low: str, high: str, places: int = 0) -> PrivacyPolicy:
    clip = Clip(low=Decimal(low), high=Decimal(high), places=places)
    return with_column(ColumnRule(name="x", kind=ColumnKind.NUMBER, clip=clip))


def grouped(*values: object, kind: ColumnKind = ColumnKind.TEXT) -> PrivacyPolicy:
    return with_column(ColumnRule(name="x", kind=kind, domain=Domain(values=values)))


def test_the_policy_of_the_factory_has_no_problem():
    assert policy_problems(make_policy()) == []


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        (make_policy(table="2023 年"), PolicyProblem.TABLE_NAME),
        (make_policy(unit=None), PolicyProblem.UNIT_MISSING),
        (make_policy(unit=Unit(column="who", label="人")), PolicyProblem.UNIT_UNKNOWN),
        (make_policy(unit=Unit(column="name", label="人")), PolicyProblem.UNIT_USED),
        (make_policy(is_open=True), PolicyProblem.OPEN_WITH_UNIT),
        (make_policy(columns=(*make_columns(), SHOP)), PolicyProblem.COLUMN_TWICE),
        (
            make_policy(columns=(*make_columns(), ColumnRule(name="PHONE", kind=ColumnKind.TEXT))),
            PolicyProblem.COLUMN_TWICE,
        ),
        (with_column(ColumnRule(name="a\x00b", kind=ColumnKind.TEXT)), PolicyProblem.COLUMN_NAME),
        (grouped(), PolicyProblem.DOMAIN_EMPTY),
        (grouped("a", "a"), PolicyProblem.DOMAIN_TWICE),
        (grouped("a", 1), PolicyProblem.DOMAIN_KIND),
        (grouped(True, kind=ColumnKind.INTEGER), PolicyProblem.DOMAIN_KIND),
        (grouped(2**63, kind=ColumnKind.INTEGER), PolicyProblem.DOMAIN_KIND),
        (grouped("2024-01-01", kind=ColumnKind.DATE), PolicyProblem.DOMAIN_KIND),
        (grouped("a\x00"), PolicyProblem.DOMAIN_TEXT),
        (grouped(*range(MAX_DOMAIN + 1), kind=ColumnKind.INTEGER), PolicyProblem.DOMAIN_LARGE),
        (clipped("5", "5"), PolicyProblem.CLIP_ORDER),
        (clipped("9", "1"), PolicyProblem.CLIP_ORDER),
        (clipped("0", "1.005", 2), PolicyProblem.CLIP_PLACES),
        (clipped("0", "1", 7), PolicyProblem.CLIP_PLACES),
        (clipped("0", "1E30", 2), PolicyProblem.CLIP_LARGE),
        (clipped("0", "1E12", 1), PolicyProblem.CLIP_LARGE),
        (make_policy(rows_per_unit=0), PolicyProblem.ROWS_RANGE),
        (make_policy(rows_per_unit=255), PolicyProblem.ROWS_RANGE),
        (make_policy(rows_per_cell=9), PolicyProblem.CELL_RANGE),
        (make_policy(query_epsilon=Decimal(0)), PolicyProblem.EPSILON_RANGE),
        (make_policy(query_epsilon=Decimal("2.000001")), PolicyProblem.EPSILON_RANGE),
        (make_policy(caps=None), PolicyProblem.CAPS_MISSING),
    ],
)
def test_a_policy_that_contradicts_itself_says_how(policy, problem):
    assert problem in policy_problems(policy)


@pytest.mark.parametrize("order", [(2, 1, 8, 10), (0, 4, 8, 10), (2, 4, 11, 10)])
def test_caps_must_be_positive_and_rise_from_licence_to_family(order):
    names = ("licence_epsilon", "buyer_epsilon", "product_epsilon", "family_epsilon")
    caps = Caps(**{name: Decimal(value) for name, value in zip(names, order, strict=True)})

    assert PolicyProblem.CAPS_ORDER in policy_problems(make_policy(caps=caps))


def test_the_borders_of_a_policy_are_inside():
    policy = make_policy(rows_per_unit=254, rows_per_cell=254, query_epsilon=Decimal(2))

    assert policy_problems(policy) == []
    assert policy_problems(clipped("-1E12", "1E12")) == []


def test_open_statistics_need_neither_unit_nor_caps():
    assert policy_problems(make_policy(unit=None, is_open=True, caps=None)) == []


def test_a_column_without_any_use_is_forbidden():
    assert SHOP.uses == (ColumnUse.FORBIDDEN,)


def test_columns_are_found_without_regard_to_ascii_case_only():
    policy = make_policy()

    assert policy.find("SCORE")[1].name == "score"
    assert policy.find("ſcore") is None  # the long s folds to s elsewhere, not here


def test_plain_names_are_letters_chinese_digits_and_underscore():
    assert is_plain_name("餐饮检查_2024")
    assert not any(map(is_plain_name, ["", "2024", "а", "ａ", "a b", "表（一）", "é"]))


def test_a_policy_survives_its_journey_through_json():
    policy = make_policy()

    assert PrivacyPolicy.model_validate_json(policy.model_dump_json()) == policy
