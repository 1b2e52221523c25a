"""What does a verdict look like on paper or a terminal? Words and counts, never a value."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from kernel.i18n import N_, Labelled, format_number, render, say, translate
from market.datasets.models import Dataset, DatasetVersion
from market.quality.gaps import EMPTY, GAPS
from market.quality.models import QualityRun
from market.quality.practice import PracticeScore
from market.quality.rules import Failing, Grade, Indicator, QualityDimension, Share
from market.quality.schemas import FindingOut

HUNDREDTHS = 10_000


def percent(share: Decimal | Fraction) -> str:
    """A share in per cent with two decimals, never rounded up to 100: 0.999999 is 99.99 %."""
    hundredths = int(share * HUNDREDTHS)
    return f"{format_number(Decimal(hundredths) / 100, 2)} %"


def gap_of(run: QualityRun, indicator: Indicator) -> str:
    """Why an indicator has no share in a run."""
    asked = any(finding.indicator == indicator.value for finding in run.findings)
    return translate(EMPTY if asked else GAPS[indicator])


def report_lines(
    dataset: Dataset, version: DatasetVersion, run: QualityRun, practice: Sequence[PracticeScore]
) -> Iterator[str]:
    """The whole report, line by line, in the reader's language."""
    grade = render(Grade(run.grade)) if run.grade else "—"
    score = percent(run.score) if run.score is not None else "—"
    passed = translate(N_("通过") if run.has_passed else N_("未通过"))
    yield say(N_("《{title}》第 {number} 版"), title=dataset.title, number=version.number)
    yield f"{grade} · {score} · {passed}"
    for blocker in run.blockers:
        yield f"  ! {render(Failing(blocker))}"
    yield f"SHA-256 {run.version_sha256} · {run.suite_sha256}"
    yield from _indicators(run)
    yield ""
    yield translate(N_("政务实践的五项指标"))
    for one in practice:
        yield _line(one.practice, one.share, translate(one.gap))
    yield from _failures(run)


def _indicators(run: QualityRun) -> Iterator[str]:
    scores, shares = run.dimensions or {}, run.indicators or {}
    for dimension in QualityDimension:
        yield ""
        share = Decimal(scores[dimension]) if dimension in scores else None
        yield _line(dimension, share, "")
        for indicator in Indicator:
            if indicator.dimension is not dimension:
                continue
            found = Share(*shares[indicator]).ratio if indicator in shares else None
            gap = "" if found is not None else gap_of(run, indicator)
            yield f"  {indicator.value} {_line(indicator, found, gap)}"


def _line(name: Labelled, share: Decimal | Fraction | None, gap: str) -> str:
    if share is None:
        return f"{render(name)}  {translate(N_('未测量'))}{'  ' + gap if gap else ''}"
    return f"{render(name)}  {percent(share)}"


def _failures(run: QualityRun) -> Iterator[str]:
    findings = [FindingOut.of(finding) for finding in run.findings]
    failing = [one for one in findings if one.failed_to_run or not one.holds]
    yield ""
    yield say(N_("{count} 条规则，{failing} 条有不符"), count=len(findings), failing=len(failing))
    for one in failing:
        count = "—" if one.unexpected is None else format_number(one.unexpected)
        word = translate(N_("没能运行")) if one.failed_to_run else count
        yield f"  {one.indicator.value} [{render(one.severity)}] {one.rule}  {word}"
