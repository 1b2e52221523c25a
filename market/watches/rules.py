"""Is a figure of the newest version out of its ordinary? Pure; the threshold is always shown.

Source: docs/rules/quality.md, section 5. The ordinary is the median of earlier versions: of the
same month of earlier years where there are three, for public data has its seasons; else of the
last twelve versions. The reach is three robust deviations, and never less than a floor.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from kernel.i18n import N_, Labelled
from kernel.periods import civil_day

LEAST_HISTORY = 4
LEAST_SEASON = 3
RECENT = 12
DEVIATIONS = 3
ROBUST = 1.4826  # median deviation -> standard deviation, for ordinary scatter


class Watched(Labelled):
    """What is watched. The last two are about time, the others about figures."""

    VOLUME = "volume", N_("记录数")
    FILLED = "filled", N_("有值的比例")
    MEAN = "mean", N_("均值")
    DISTINCT = "distinct", N_("不同值的比例")
    STALE = "stale", N_("逾期一次")
    OVERDUE = "overdue", N_("逾期两次")


class Basis(Labelled):
    """What a figure is compared with."""

    SEASON = "season", N_("往年同月")
    RECENT = "recent", N_("最近各版")
    TOO_FEW = "too_few", N_("历史不足 4 版，还不能判断")


# Floors of the reach: a share of the ordinary value, or an amount.
FLOOR_SHARE = {Watched.VOLUME: 0.20, Watched.MEAN: 0.10}
FLOOR_AMOUNT = {Watched.FILLED: 0.05, Watched.DISTINCT: 0.05}


@dataclass(frozen=True)
class Snapshot:
    """One version in figures: (what, column) -> value. The column is "" for the table."""

    number: int
    delivered_at: datetime
    figures: Mapping[tuple[Watched, str], float]


@dataclass(frozen=True)
class Reading:
    """A figure of the newest version beside what is ordinary. None: cannot be said yet."""

    watched: Watched
    column: str
    value: float
    basis: Basis
    expected: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_anomaly(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return not self.low <= self.value <= self.high


def readings(history: Sequence[Snapshot]) -> list[Reading]:
    """Every figure of the newest version, judged by the versions before it; oldest first."""
    if not history:
        return []
    *before, newest = history
    return [_reading(key, newest, before) for key in newest.figures]


def _reading(key: tuple[Watched, str], newest: Snapshot, before: Sequence[Snapshot]) -> Reading:
    watched, column = key
    known = [one for one in before if key in one.figures]
    month = civil_day(newest.delivered_at).month
    same_month = [one for one in known if _is_season(one, newest, month)]
    if len(known) < LEAST_HISTORY:
        return Reading(watched, column, newest.figures[key], Basis.TOO_FEW)
    is_season = len(same_month) >= LEAST_SEASON
    chosen = same_month if is_season else known[-RECENT:]
    values = [one.figures[key] for one in chosen]
    expected = median(values)
    spread = ROBUST * median(abs(value - expected) for value in values)
    floor = FLOOR_AMOUNT.get(watched, FLOOR_SHARE.get(watched, 0) * abs(expected))
    reach = max(DEVIATIONS * spread, floor)
    return Reading(
        watched,
        column,
        newest.figures[key],
        Basis.SEASON if is_season else Basis.RECENT,
        expected,
        expected - reach,
        expected + reach,
    )


def _is_season(one: Snapshot, newest: Snapshot, month: int) -> bool:
    day = civil_day(one.delivered_at)
    return day.month == month and day.year != civil_day(newest.delivered_at).year


def figures_of(
    rows: int, profile: Iterable[Mapping[str, object]]
) -> dict[tuple[Watched, str], float]:
    """The watched figures of a version from its stored profile."""
    found: dict[tuple[Watched, str], float] = {(Watched.VOLUME, ""): float(rows)}
    for column in profile:
        name, sampled = str(column["name"]), _number(column["sampled"])
        if not sampled:
            continue
        filled = _number(column["filled"]) or 0.0
        found[Watched.FILLED, name] = filled / sampled
        if filled:
            found[Watched.DISTINCT, name] = (_number(column["distinct"]) or 0.0) / filled
        mean = _number(column["mean"])
        if mean is not None:
            found[Watched.MEAN, name] = mean
    return found


def _number(value: object) -> float | None:
    return None if value in ("", None) else float(str(value))
