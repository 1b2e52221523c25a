"""Does a policy agree with what was declared about the data, and what would a first one say?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from market.datasets.rules import ColumnSpec, DataLevel, PersonalData, TypeCode
from sandbox.policies.rules import (
    MAX_MAGNITUDE_UNITS,
    Caps,
    Clip,
    ColumnKind,
    ColumnRule,
    ColumnUse,
    Domain,
    DomainValue,
    PolicyProblem,
    PrivacyPolicy,
    Unit,
)

# A first proposal, for the bureau to change: what a small enterprise data set can bear.
PROPOSED_ROWS_PER_UNIT = 20
PROPOSED_ROWS_PER_CELL = 5
PROPOSED_QUERY_EPSILON = Decimal("0.5")
PROPOSED_CAPS = Caps(
    licence_epsilon=Decimal(5),
    buyer_epsilon=Decimal(10),
    product_epsilon=Decimal(20),
    family_epsilon=Decimal(30),
)


@dataclass(frozen=True)
class Declaration:
    """What the data set says of itself. protected_unit: a column, or "" for none."""

    columns: Sequence[ColumnSpec]
    protected_unit: str
    level: DataLevel
    personal_data: PersonalData


def declaration_problems(policy: PrivacyPolicy, declared: Declaration) -> list[PolicyProblem]:
    """Every way in which a policy goes beyond its data's declaration; empty means it may stand."""
    return list(dict.fromkeys([*_unit(policy, declared), *_columns(policy, declared)]))


def proposed_policy(declared: Declaration, table: str) -> PrivacyPolicy:
    """What the dictionary alone suggests: group by codes, sum what has bounds, filter by days.

    Personal columns and the unit's own column stay forbidden.
    """
    columns = tuple(_proposed(column, declared.protected_unit) for column in declared.columns)
    if not declared.protected_unit:
        return PrivacyPolicy(table=table, unit=None, is_open=True, columns=columns)
    titles = {column.name: column.title for column in declared.columns}
    label = titles.get(declared.protected_unit, declared.protected_unit)
    return PrivacyPolicy(
        table=table,
        unit=Unit(column=declared.protected_unit, label=label),
        columns=columns,
        rows_per_unit=PROPOSED_ROWS_PER_UNIT,
        rows_per_cell=PROPOSED_ROWS_PER_CELL,
        query_epsilon=PROPOSED_QUERY_EPSILON,
        caps=PROPOSED_CAPS,
    )


def kind_of(code: TypeCode) -> ColumnKind:
    """How the sandbox treats a type of the catalogue guide."""
    match code:
        case TypeCode.INTEGER:
            return ColumnKind.INTEGER
        case TypeCode.NUMERIC | TypeCode.MONEY | TypeCode.DOUBLE | TypeCode.FLOAT:
            return ColumnKind.NUMBER
        case TypeCode.DATE:
            return ColumnKind.DATE
        case TypeCode.DATETIME:
            return ColumnKind.MOMENT
        case TypeCode.LOGICAL:
            return ColumnKind.TRUTH
        case TypeCode.TEXT | TypeCode.MEMO | TypeCode.GENERAL:
            return ColumnKind.TEXT


def _unit(policy: PrivacyPolicy, declared: Declaration) -> Iterator[PolicyProblem]:
    named = policy.unit.column if policy.unit else ""
    if declared.protected_unit and named != declared.protected_unit:
        yield PolicyProblem.UNIT_OTHER
    is_general = declared.level is DataLevel.GENERAL
    if policy.is_open and not (is_general and declared.personal_data is PersonalData.NONE):
        yield PolicyProblem.OPEN_NOT_GENERAL


def _columns(policy: PrivacyPolicy, declared: Declaration) -> Iterator[PolicyProblem]:
    known = {column.name: column for column in declared.columns}
    for column in policy.columns:
        found = known.get(column.name)
        if found is None:
            yield PolicyProblem.COLUMN_UNDECLARED
        elif column.kind is not kind_of(found.type):
            yield PolicyProblem.KIND_OTHER
        elif found.sensitivity.is_personal and column.uses != (ColumnUse.FORBIDDEN,):
            yield PolicyProblem.PERSONAL_USED


def _proposed(column: ColumnSpec, protected_unit: str) -> ColumnRule:
    kind = kind_of(column.type)
    rule = ColumnRule(name=column.name, kind=kind, description=column.title)
    if column.name == protected_unit or column.sensitivity.is_personal:
        return rule
    changes = {
        "domain": _domain(column, kind),
        "clip": _clip(column, kind),
        "is_filter": kind is not ColumnKind.TEXT,
    }
    return rule.model_copy(update=changes)


def _domain(column: ColumnSpec, kind: ColumnKind) -> Domain | None:
    if kind is ColumnKind.TRUTH:
        return Domain(values=(False, True))
    values: tuple[DomainValue, ...] = column.codes
    if kind is ColumnKind.INTEGER and all(code.lstrip("-").isdecimal() for code in column.codes):
        values = tuple(int(code) for code in column.codes)
    return Domain(values=values) if column.codes else None


def _clip(column: ColumnSpec, kind: ColumnKind) -> Clip | None:
    low, high = column.minimum, column.maximum
    if kind not in (ColumnKind.INTEGER, ColumnKind.NUMBER) or column.codes:
        return None
    if not (isinstance(low, Decimal) and isinstance(high, Decimal) and low < high):
        return None
    places = 2 if column.type is TypeCode.MONEY else 0 if kind is ColumnKind.INTEGER else 1
    is_small = max(abs(low), abs(high)).scaleb(places) <= MAX_MAGNITUDE_UNITS
    return Clip(low=low, high=high, places=places) if is_small else None
