"""Do the classification rules CL-01 to CL-05 and the sharing rules hold, at both sides?"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.datasets.classification import (
    CATALOGUE_CODE,
    Classification,
    ClassificationFault,
    ImpactDegree,
    ImpactObject,
    classification_faults,
    level_of_impact,
    may_be_listed,
    may_carry_sub_level,
    may_leave_as_rows,
    needs_new_grading,
    needs_risk_assessment,
    strictest_level,
)
from market.datasets.rules import (
    ColumnSpec,
    DataLevel,
    Openness,
    PersonalData,
    Sensitivity,
    SharingAttribute,
    TypeCode,
)

PLAIN = Classification(
    level=DataLevel.GENERAL,
    sub_level=None,
    personal_data=PersonalData.NONE,
    legal_basis="",
    sharing=SharingAttribute.UNCONDITIONAL,
    sharing_condition="",
    sharing_basis="",
    openness=Openness.NONE,
    openness_condition="",
)
NAME = ColumnSpec("name", "姓名", TypeCode.TEXT, sensitivity=Sensitivity.PERSONAL)


@given(st.lists(st.sampled_from(list(DataLevel)), min_size=1))
def test_cl_01_the_strictest_input_decides(levels):
    level = strictest_level(levels)

    assert level in levels
    if DataLevel.CORE in levels:
        assert level is DataLevel.CORE
    elif DataLevel.IMPORTANT in levels:
        assert level is DataLevel.IMPORTANT


def test_cl_02_core_data_is_never_listed():
    assert [may_be_listed(level) for level in DataLevel] == [False, True, True]


def test_cl_03_important_data_is_assessed_and_never_leaves_as_rows():
    assert [may_leave_as_rows(level) for level in DataLevel] == [False, False, True]
    assert [needs_risk_assessment(level) for level in DataLevel] == [False, True, False]


@pytest.mark.parametrize(
    ("level", "sub_level", "allowed"),
    [
        (DataLevel.GENERAL, None, True),
        (DataLevel.GENERAL, 0, False),
        (DataLevel.GENERAL, 1, True),
        (DataLevel.GENERAL, 4, True),
        (DataLevel.GENERAL, 5, False),
        (DataLevel.IMPORTANT, 1, False),
        (DataLevel.CORE, None, True),
    ],
)
def test_cl_04_only_general_data_has_sub_levels_one_to_four(level, sub_level, allowed):
    assert may_carry_sub_level(level, sub_level) is allowed


def test_cl_05_joining_two_sources_triggers_grading_again():
    assert not needs_new_grading(1)
    assert needs_new_grading(2)


@pytest.mark.parametrize(
    ("who", "levels"),
    [
        (ImpactObject.NATIONAL_SECURITY, [DataLevel.CORE, DataLevel.CORE, DataLevel.IMPORTANT]),
        (ImpactObject.PUBLIC_INTEREST, [DataLevel.CORE, DataLevel.IMPORTANT, DataLevel.GENERAL]),
        (ImpactObject.RIGHTS, [DataLevel.GENERAL, DataLevel.GENERAL, DataLevel.GENERAL]),
    ],
)
def test_the_level_follows_from_whom_and_how_badly_it_hurts(who, levels):
    assert [level_of_impact(who, degree) for degree in ImpactDegree] == levels


def test_a_plain_classification_has_no_fault():
    assert classification_faults(PLAIN, []) == []


@pytest.mark.parametrize(
    ("change", "fault", "remedy"),
    [
        (
            {"sharing": SharingAttribute.CONDITIONAL},
            ClassificationFault.CONDITION_MISSING,
            {"sharing_condition": "签订协议"},
        ),
        (
            {"sharing": SharingAttribute.NONE},
            ClassificationFault.NO_SHARING_BASIS,
            {"sharing_basis": "统计法第九条"},
        ),
        (
            {"openness": Openness.CONDITIONAL},
            ClassificationFault.OPENING_CONDITION_MISSING,
            {"openness_condition": "实名申请"},
        ),
        (
            {"personal_data": PersonalData.WITH_BASIS},
            ClassificationFault.NO_LEGAL_BASIS,
            {"legal_basis": "个人同意"},
        ),
        (
            {"level": DataLevel.IMPORTANT, "openness": Openness.UNCONDITIONAL},
            ClassificationFault.OPEN_ABOVE_GENERAL,
            {"openness": Openness.NONE},
        ),
        (
            {"level": DataLevel.IMPORTANT, "sub_level": 1},
            ClassificationFault.SUB_LEVEL,
            {"sub_level": None},
        ),
    ],
)
def test_each_missing_word_of_the_law_is_a_fault_until_it_is_written(change, fault, remedy):
    faulty = replace(PLAIN, **change)

    assert classification_faults(faulty, []) == [fault]
    assert classification_faults(replace(faulty, **remedy), []) == []


def test_what_is_open_to_the_public_cannot_be_withheld_from_departments():
    open_only = replace(
        PLAIN,
        sharing=SharingAttribute.NONE,
        sharing_basis="依据",
        openness=Openness.UNCONDITIONAL,
    )

    assert classification_faults(open_only, []) == [ClassificationFault.OPEN_BUT_NOT_SHARED]


def test_a_personal_column_needs_a_data_set_with_a_legal_basis():
    with_basis = replace(PLAIN, personal_data=PersonalData.WITH_BASIS, legal_basis="个人同意")
    anonymised = replace(PLAIN, personal_data=PersonalData.ANONYMISED)

    assert classification_faults(PLAIN, [NAME]) == [ClassificationFault.PERSONAL_COLUMN]
    assert classification_faults(anonymised, [NAME]) == [ClassificationFault.PERSONAL_COLUMN]
    assert classification_faults(with_basis, [NAME]) == []


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        ("101001", True),
        ("201001/12", True),
        ("3990019999/1", True),
        ("401001", False),
        ("10100", False),
        ("101001/", False),
        ("101001-1", False),
    ],
)
def test_catalogue_codes_are_class_item_sub_item_detail_and_number(code, fits):
    assert bool(CATALOGUE_CODE.fullmatch(code)) is fits
