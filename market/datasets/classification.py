"""Which level does data have, and who may have it? The rules CL-01 to CL-05, pure.

Source: docs/rules/classification.md.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kernel.i18n import N_, Labelled
from market.datasets.rules import (
    ColumnSpec,
    DataLevel,
    Openness,
    PersonalData,
    SharingAttribute,
)

# Class 1 digit, item 2, sub-item 3, detail of any length, then "/" and a sequence number.
CATALOGUE_CODE = re.compile(r"[123]\d{2}\d{3}\d*(/\d+)?")
LOWEST_SUB_LEVEL, HIGHEST_SUB_LEVEL = 1, 4  # GB/T 43697, annex H


class ImpactObject(Labelled):
    """Who is hurt when the data leaks or is misused."""

    NATIONAL_SECURITY = "national_security", N_("国家安全")
    PUBLIC_INTEREST = "public_interest", N_("经济运行、社会秩序或公共利益")
    RIGHTS = "rights", N_("组织或个人权益")


class ImpactDegree(Labelled):
    """How badly."""

    VERY_SEVERE = "very_severe", N_("特别严重")
    SEVERE = "severe", N_("严重")
    ORDINARY = "ordinary", N_("一般")


def strictest_level(levels: Iterable[DataLevel]) -> DataLevel:
    """CL-01: what is made from several inputs takes the strictest level among them."""
    order = list(DataLevel)
    return min(levels, key=order.index)


def level_of_impact(who: ImpactObject, degree: ImpactDegree) -> DataLevel:
    """The level that an expected harm leads to (GB/T 43697, object by degree)."""
    match who, degree:
        case (ImpactObject.NATIONAL_SECURITY, ImpactDegree.ORDINARY):
            return DataLevel.IMPORTANT
        case (ImpactObject.NATIONAL_SECURITY, _):
            return DataLevel.CORE
        case (ImpactObject.PUBLIC_INTEREST, ImpactDegree.VERY_SEVERE):
            return DataLevel.CORE
        case (ImpactObject.PUBLIC_INTEREST, ImpactDegree.SEVERE):
            return DataLevel.IMPORTANT
        case _:
            return DataLevel.GENERAL


def may_be_listed(level: DataLevel) -> bool:
    """CL-02: core data is never listed."""
    return level is not DataLevel.CORE


def may_leave_as_rows(level: DataLevel) -> bool:
    """CL-03: important data stays in the sandbox; only general data may leave row by row."""
    return level is DataLevel.GENERAL


def needs_risk_assessment(level: DataLevel) -> bool:
    """CL-03: before important data is supplied, its risk is assessed."""
    return level is DataLevel.IMPORTANT


def may_carry_sub_level(level: DataLevel, sub_level: int | None) -> bool:
    """CL-04: general data may carry a sub-level 1 to 4; other levels carry none."""
    if sub_level is None:
        return True
    return level is DataLevel.GENERAL and LOWEST_SUB_LEVEL <= sub_level <= HIGHEST_SUB_LEVEL


def needs_new_grading(source_count: int) -> bool:
    """CL-05: joining two or more sources triggers grading again."""
    return source_count > 1


def may_be_sold(column: ColumnSpec, personal: PersonalData) -> bool:
    """A personal column is never sold as it stands, unless a legal basis is recorded."""
    return not column.sensitivity.is_personal or personal is PersonalData.WITH_BASIS


class ClassificationFault(Labelled):
    """What contradicts itself in a data set's class, sharing and openness."""

    CONDITION_MISSING = "condition_missing", N_("有条件共享必须写明共享条件")
    NO_SHARING_BASIS = "no_sharing_basis", N_("不予共享必须写明法律依据")
    OPEN_BUT_NOT_SHARED = "open_but_not_shared", N_("已开放的数据不能设为不予共享")
    OPENING_CONDITION_MISSING = (
        "opening_condition_missing",
        N_("有条件开放必须写明开放条件"),
    )
    SUB_LEVEL = "sub_level", N_("只有一般数据可以有 1–4 级子级")
    NO_LEGAL_BASIS = "no_legal_basis", N_("含个人信息必须写明合法性基础")
    PERSONAL_COLUMN = (
        "personal_column",
        N_("有字段标为个人信息，数据集须声明含个人信息"),
    )
    OPEN_ABOVE_GENERAL = "open_above_general", N_("核心数据和重要数据不得开放")
    CODE = "code", N_("目录代码须为：1 位类、2 位项、3 位目、细目，可加“/”和顺序号")
    SAMPLE_ORIGIN = "sample_origin", N_("样例数据必须写明来源和许可")


@dataclass(frozen=True)
class Classification:
    """How a data set is classed: its level and who may have it, with the words the law asks for."""

    level: DataLevel
    sub_level: int | None
    personal_data: PersonalData
    legal_basis: str
    sharing: SharingAttribute
    sharing_condition: str
    sharing_basis: str
    openness: Openness
    openness_condition: str


def classification_faults(
    classed: Classification, columns: Sequence[ColumnSpec]
) -> list[ClassificationFault]:
    """Everything in which a data set's classification contradicts itself or its columns."""
    faults = [*_sharing_faults(classed), *_openness_faults(classed)]
    if not may_carry_sub_level(classed.level, classed.sub_level):
        faults.append(ClassificationFault.SUB_LEVEL)
    if classed.personal_data is PersonalData.WITH_BASIS and not classed.legal_basis.strip():
        faults.append(ClassificationFault.NO_LEGAL_BASIS)
    if not all(may_be_sold(column, classed.personal_data) for column in columns):
        faults.append(ClassificationFault.PERSONAL_COLUMN)
    return faults


def _sharing_faults(classed: Classification) -> Iterable[ClassificationFault]:
    if classed.sharing is SharingAttribute.CONDITIONAL and not classed.sharing_condition.strip():
        yield ClassificationFault.CONDITION_MISSING
    if classed.sharing is SharingAttribute.NONE and not classed.sharing_basis.strip():
        yield ClassificationFault.NO_SHARING_BASIS


def _openness_faults(classed: Classification) -> Iterable[ClassificationFault]:
    if classed.openness is Openness.NONE:
        return
    if classed.sharing is SharingAttribute.NONE:
        yield ClassificationFault.OPEN_BUT_NOT_SHARED
    if classed.level is not DataLevel.GENERAL:
        yield ClassificationFault.OPEN_ABOVE_GENERAL
    if classed.openness is Openness.CONDITIONAL and not classed.openness_condition.strip():
        yield ClassificationFault.OPENING_CONDITION_MISSING
