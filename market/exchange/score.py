"""How well is a product described, and what would raise that most? Pure.

Source: docs/rules/catalogue.md, section 4.2: five dimensions, as European portals use them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kernel.i18n import N_, Labelled
from market.datasets.rules import UpdateCycle
from market.exchange.rules import update_cycle
from market.storefront.schemas import ColumnLine, RegistrationStanding, Sheet

ENOUGH_TO_READ = 50  # characters of a description
MANY_WORDS = 3  # business settings after which more add nothing


class Side(Labelled):
    """What a description is good for."""

    FINDABLE = "findable", N_("可发现")
    ACCESSIBLE = "accessible", N_("可获取")
    INTEROPERABLE = "interoperable", N_("可互操作")
    REUSABLE = "reusable", N_("可再用")
    CONTEXTUAL = "contextual", N_("有背景")


class Place(Labelled):
    """Where a fault is mended."""

    PRODUCT = "product", N_("产品说明")
    PRICES = "prices", N_("产品价格")
    DATASET = "dataset", N_("数据集")
    REGISTRATION = "registration", N_("登记")
    ORGANIZATION = "organization", N_("单位核验")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. share: how much of it is there, from 0 to 1."""

    side: Side
    advice: str
    place: Place
    points: int
    share: Fraction

    @property
    def reached(self) -> Fraction:
        return self.points * self.share

    @property
    def gain(self) -> Fraction:
        """Points that doing as advised would add."""
        return self.points - self.reached


@dataclass(frozen=True)
class Score:
    """Every check of a product."""

    checks: tuple[Check, ...]

    @property
    def most(self) -> int:
        return sum(check.points for check in self.checks)

    @property
    def reached(self) -> Fraction:
        return sum((check.reached for check in self.checks), Fraction(0))

    @property
    def share(self) -> Fraction:
        return self.reached / self.most

    def share_of(self, side: Side) -> Fraction:
        """How much of one side is there."""
        own = [check for check in self.checks if check.side is side]
        return sum((check.reached for check in own), Fraction(0)) / sum(c.points for c in own)

    @property
    def fixes(self) -> list[Check]:
        """What is missing, the greatest gain first."""
        missing = [check for check in self.checks if check.gain > 0]
        return sorted(missing, key=lambda check: -check.gain)


def score_of(sheet: Sheet) -> Score:
    """The description of one product, measured."""
    sides = (_findable, _accessible, _interoperable, _reusable, _contextual)
    return Score(tuple(check for side in sides for check in side(sheet)))


def _findable(sheet: Sheet) -> Iterator[Check]:
    words = Fraction(min(len(sheet.scenarios), MANY_WORDS), MANY_WORDS)
    length = Fraction(min(len(sheet.description.strip()), ENOUGH_TO_READ), ENOUGH_TO_READ)
    side, place = Side.FINDABLE, Place.PRODUCT
    yield Check(side, N_("写明三个以上应用场景。"), place, 30, words)
    yield Check(side, N_("把产品说明写到 50 字以上。"), place, 30, length)
    yield Check(side, N_("写上英文名称。"), place, 20, _held(bool(sheet.title_en.strip())))
    yield Check(side, N_("用一句话写明用途。"), place, 20, _held(bool(sheet.use_sentence.strip())))


def _accessible(sheet: Sheet) -> Iterator[Check]:
    side = Side.ACCESSIBLE
    served = _part([bool(source.versions) for source in sheet.sources])
    kinds = _held(bool(sheet.delivery_kinds))
    yield Check(side, N_("交付每个来源数据集的数据。"), Place.DATASET, 40, served)
    yield Check(side, N_("写明交付方式。"), Place.PRODUCT, 30, kinds)
    yield Check(side, N_("定出价格；免费的定为零。"), Place.PRICES, 30, _held(bool(sheet.prices)))


def _interoperable(sheet: Sheet) -> Iterator[Check]:
    side, place = Side.INTEROPERABLE, Place.DATASET
    columns = [column for source in sheet.sources for column in source.columns]
    titles = _part([bool(column.title.strip()) for column in columns])
    meanings = _part([_is_explained(column) for column in columns])
    measured = [column for column in columns if column.type.is_number]
    units = _part([bool(column.unit.strip()) for column in measured]) if measured else Fraction(1)
    yield Check(side, N_("给每个字段写中文名。"), place, 40, titles)
    yield Check(side, N_("给每个字段写含义。"), place, 40, meanings)
    yield Check(side, N_("给每个数值字段写单位；没有单位的写“无”。"), place, 20, units)


def _is_explained(column: ColumnLine) -> bool:
    return column.description.strip() not in {"", column.title.strip(), column.name}


def _reusable(sheet: Sheet) -> Iterator[Check]:
    side = Side.REUSABLE
    is_registered = sheet.registration.state is RegistrationStanding.VALID
    basis = _held(bool(sheet.legal_basis.strip()))
    purposes = _held(bool(sheet.purposes))
    yield Check(side, N_("让授权写明可以用于哪些用途。"), Place.DATASET, 30, purposes)
    yield Check(side, N_("写明合法性基础。"), Place.PRODUCT, 15, basis)
    yield Check(side, N_("登记产品。"), Place.REGISTRATION, 15, _held(is_registered))
    verified = _held(sheet.is_operator_verified)
    yield Check(side, N_("完成运营机构的身份核验。"), Place.ORGANIZATION, 15, verified)


def _contextual(sheet: Sheet) -> Iterator[Check]:
    side, place = Side.CONTEXTUAL, Place.DATASET
    checked = _part([source.quality is not None for source in sheet.sources])
    promised = _held(update_cycle(sheet) is not UpdateCycle.OTHER)
    abstracts = _part([bool(source.abstract.strip()) for source in sheet.sources])
    yield Check(side, N_("检查每个来源数据集的质量。"), place, 10, checked)
    yield Check(side, N_("承诺每个来源数据集的更新周期。"), place, 10, promised)
    yield Check(side, N_("给每个来源数据集写摘要。"), place, 5, abstracts)


def _held(is_there: bool) -> Fraction:
    return Fraction(int(is_there))


def _part(found: Sequence[bool]) -> Fraction:
    """Which part of them is there; of nothing, nothing is."""
    return Fraction(sum(found), len(found)) if found else Fraction(0)
