"""Which changes of a dictionary break what was built on the earlier version?"""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from market.comparisons.rules import ChangeKind, compare_dictionaries, is_breaking
from market.datasets.rules import ColumnSpec, Sensitivity, TypeCode

COLUMN = ColumnSpec("score", "得分", TypeCode.INTEGER, unit="分", codes=("1", "2"))
SPECS = st.builds(
    ColumnSpec,
    name=st.sampled_from(["a", "b", "c"]),
    title=st.sampled_from(["甲", "乙"]),
    type=st.sampled_from([TypeCode.INTEGER, TypeCode.TEXT]),
    is_required=st.booleans(),
    codes=st.sampled_from([(), ("1",), ("1", "2")]),
)
DICTIONARIES = st.lists(SPECS, max_size=3, unique_by=lambda spec: spec.name)


@pytest.mark.parametrize(
    ("later", "kinds", "breaks"),
    [
        ([COLUMN], [], False),
        ([], [ChangeKind.REMOVED], True),
        ([COLUMN, replace(COLUMN, name="new")], [ChangeKind.ADDED], False),
        ([replace(COLUMN, type=TypeCode.TEXT)], [ChangeKind.RETYPED], True),
        ([replace(COLUMN, unit="百分")], [ChangeKind.UNIT], True),
        ([replace(COLUMN, is_required=True)], [ChangeKind.TIGHTENED], False),
        ([replace(COLUMN, is_required=True, is_key=True)], None, True),
        ([replace(COLUMN, codes=("1", "2", "3"))], [ChangeKind.NEW_CODES], True),
        ([replace(COLUMN, codes=("1",))], [ChangeKind.DROPPED_CODES], False),
        ([replace(COLUMN, codes=())], [ChangeKind.NEW_CODES], True),
        ([replace(COLUMN, title="分数")], [ChangeKind.MEANING], False),
        (
            [replace(COLUMN, sensitivity=Sensitivity.INTERNAL)],
            [ChangeKind.SENSITIVITY],
            False,
        ),
    ],
)
def test_each_change_is_named_and_said_to_break_or_not(later, kinds, breaks):
    found = compare_dictionaries([COLUMN], later)

    assert kinds is None or [change.kind for change in found] == kinds
    assert is_breaking(found) is breaks


def test_required_that_becomes_optional_breaks():
    assert is_breaking(compare_dictionaries([replace(COLUMN, is_required=True)], [COLUMN]))


@given(DICTIONARIES, DICTIONARIES)
@example([replace(COLUMN, codes=())], [COLUMN])
def test_equal_dictionaries_differ_in_nothing_and_what_came_back_had_gone(earlier, later):
    assert compare_dictionaries(earlier, earlier) == []
    there = compare_dictionaries(earlier, later)
    back = compare_dictionaries(later, earlier)
    gone = {change.column for change in there if change.kind is ChangeKind.REMOVED}
    assert gone == {change.column for change in back if change.kind is ChangeKind.ADDED}
    assert bool(there) == bool(back)
