"""How much can one protected unit change an answer? Proof sketch in docs/privacy.md.

An extract holds at most K rows of a unit, and at most L of them in one full cell (one value, or
none, in every grouping column). A question keeps some of these rows and sorts each of them into
at most one group. So a unit touches

    at most  B = min(K, L x cells that fall into one group)  rows of one group, and
    at most  R = min(K, B x groups)                        rows in all.

Counting rows it moves the vector of groups by at most R in sum (L1) and, since every entry is at
most B, by at most sqrt(R x B) in length (L2). A sum moves by the clip's magnitude as much again.
Distinct units are one per group at most, so there B is 1.
"""

from dataclasses import dataclass
from math import prod

from sandbox.plans.rules import (
    Measure,
    MeasureKind,
    Question,
    group_field,
    possible_codes,
)
from sandbox.policies.rules import PrivacyPolicy


@dataclass(frozen=True)
class Bound:
    """What one unit can do to a question. rows: R, in all; rows_in_group: B."""

    rows: int
    rows_in_group: int


@dataclass(frozen=True)
class Sensitivity:
    """How far one unit can move one measure over all groups, in whole units."""

    l1: int
    l2_squared: int


def bound_of(question: Question, policy: PrivacyPolicy) -> Bound:
    """How many rows of one unit a question can touch.

    A coarser GROUP BY lets many cells fall into one group: L rows in each of them, not L in all.
    """
    in_group = min(policy.rows_per_unit, policy.rows_per_cell * _cells_in_group(question, policy))
    rows = min(policy.rows_per_unit, in_group * question.group_count)
    return Bound(rows=rows, rows_in_group=in_group)


def sensitivity_of(measure: Measure, bound: Bound, question: Question) -> Sensitivity:
    """How far one unit can move one measure."""
    if measure.kind is MeasureKind.UNITS:
        groups = min(bound.rows, question.group_count)
        return Sensitivity(l1=groups, l2_squared=groups)
    return Sensitivity(
        l1=bound.rows * measure.magnitude,
        l2_squared=bound.rows * bound.rows_in_group * measure.magnitude**2,
    )


def _cells_in_group(question: Question, policy: PrivacyPolicy) -> int:
    """How many full cells can fall into one group.

    A grouping column that is not asked for adds its "no value" as one more cell, unless the
    condition names the codes that may pass.
    """
    asked = {key.field for key in question.keys}
    sizes = []
    for place, _, domain in policy.grouped():
        field = group_field(place)
        if field not in asked:
            passing = possible_codes(question.where, field, domain.size)
            sizes.append(domain.size + 1 if passing is None else len(passing))
    return prod(sizes)
