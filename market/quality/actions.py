"""How is a version checked, and how does its verdict come to stand?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, Permission
from kernel.errors import Conflict, NotFound
from kernel.events import record
from kernel.i18n import N_, Labelled
from kernel.ids import new_id
from kernel.jobs import enqueue
from market.datasets import reads as datasets
from market.datasets.models import Dataset, DatasetVersion
from market.datasets.rules import UpdateCycle, VersionState
from market.quality import reads
from market.quality.ahp import dimension_weights
from market.quality.events import QualityChecked, SuiteSaved
from market.quality.models import QualityFinding, QualityRun, QualitySuite
from market.quality.rules import (
    Outcome,
    QualityRunId,
    QualitySuiteId,
    QualityVerdict,
    RunState,
    judge,
    listed_until,
    measured_share,
    named_columns,
    rule_key,
)
from market.quality.suites import (
    Declared,
    Suite,
    described_columns,
    digest_of,
    expectation_of,
    suite_for,
)
from market.quality.written import read_saved, read_suite, same_rule

RUN_CHECK = "quality.run_check"
SCORE_PLACES = Decimal(1).scaleb(-12)


@dataclass(eq=False)
class VersionNotReady(Conflict):
    """Only a loaded version can be checked."""

    code = "version-not-ready"
    message = N_("这一版还不能检查（现状态：{state}）。请等它入库后再发起检查。")

    version_id: str
    state: VersionState


@dataclass(eq=False)
class CheckUnderWay(Conflict):
    """A check of this version is queued or running."""

    code = "check-under-way"
    message = N_("这一版正在检查（已完成 {rules_done} / {rules_total} 条规则）。请等它出结论。")

    run_id: QualityRunId
    rules_done: int
    rules_total: int


@dataclass(eq=False)
class SuiteUnchanged(Conflict):
    """The suite says what the newest saved one says already."""

    code = "suite-unchanged"
    message = N_("规则与第 {number} 版相同，没有另存。请先修改，再保存。")

    number: int


@dataclass(frozen=True)
class Check:
    """Everything a worker needs to run one check. versions: all that are promised, newest first."""

    run_id: QualityRunId
    version: DatasetVersion
    suite: Suite
    versions: tuple[DatasetVersion, ...] = ()


def request_check(session: Session, actor: Actor, version_id: str) -> QualityRun:
    """Have a version checked by its declared rules.

    Raises: NotFound, MissingPermission, VersionNotReady, CheckUnderWay.
    """
    version = datasets.version_for_update(session, version_id)
    dataset = datasets.find_dataset(session, version.dataset_id) if version else None
    if version is None or dataset is None or not datasets.may_see(actor):
        raise NotFound
    if not datasets.may_keep(actor, dataset):
        actor.require(Permission.CHECK_QUALITY, dataset.organization_id)
    actor.require(Permission.CHECK_QUALITY)
    if not version.is_ready or version.parquet_sha256 is None:
        raise VersionNotReady(version.id, VersionState(version.state))
    under_way = reads.find_under_way(session, version.id)
    if under_way is not None:
        raise CheckUnderWay(under_way.id, under_way.rules_done, under_way.rules_total)
    run = QualityRun(
        id=QualityRunId(new_id("qlr")),
        dataset_id=dataset.id,
        version_id=version.id,
        version_sha256=version.parquet_sha256,
        state=RunState.QUEUED,
        requested_at=clock.now(),
        requested_by=actor.id,
        rules_total=0,
        rules_done=0,
        blockers=[],
    )
    session.add(run)
    session.flush()
    enqueue(session, RUN_CHECK, run_id=run.id)
    return run


def begin_check(session: Session, run_id: str) -> Check | None:
    """Take a check for running; None when it has its verdict already."""
    run = reads.run_for_update(session, run_id)
    if run is None or not run.is_under_way:
        return None
    version = datasets.find_version(session, run.version_id)
    dataset = datasets.find_dataset(session, run.dataset_id)
    if version is None or dataset is None:
        raise NotFound
    suite = whole_suite(session, dataset, version)
    run.state = RunState.RUNNING
    run.started_at = clock.now()
    run.rules_total, run.rules_done = len(suite.rules), 0
    promised = tuple(one for one in datasets.list_versions(session, dataset.id) if one.is_ready)
    return Check(run.id, version, suite, promised)


def whole_suite(session: Session, dataset: Dataset, version: DatasetVersion) -> Suite:
    """What the dictionary declares, and then what the clerk's newest suite adds to it."""
    suite = suite_for(f"{dataset.id}/{version.number}", declared(dataset, version), clock.now())
    saved = reads.latest_suite(session, dataset.id)
    if saved is None:
        return suite
    known = {same_rule(rule) for rule in suite.rules}
    added = read_saved(saved.rules, datasets.dictionary_of(version))
    return replace(
        suite, rules=(*suite.rules, *(one for one in added if same_rule(one) not in known))
    )


def save_suite(
    session: Session, actor: Actor, dataset_id: str, written: Sequence[Any]
) -> QualitySuite:
    """Keep a new version of a data set's own rules; earlier versions stay as they were.

    Raises: NotFound, MissingPermission, RuleRefused, SuiteUnchanged.
    """
    dataset = datasets.dataset_for_update(session, dataset_id)
    if dataset is None or not datasets.may_see(actor):
        raise NotFound
    if not datasets.may_keep(actor, dataset):
        actor.require(Permission.CHECK_QUALITY, dataset.organization_id)
    actor.require(Permission.CHECK_QUALITY)
    rules = read_suite(written, [column.spec() for column in dataset.columns])
    plain = [plain_fact(expectation_of(rule)) for rule in rules]
    before, digest = reads.latest_suite(session, dataset.id), digest_of(plain)
    if digest == (before.sha256 if before else digest_of([])):
        raise SuiteUnchanged(before.number if before else 0)
    suite = QualitySuite(
        id=QualitySuiteId(new_id("qls")),
        dataset_id=dataset.id,
        number=before.number + 1 if before else 1,
        sha256=digest,
        rules=plain,
        saved_at=clock.now(),
        saved_by=actor.id,
    )
    session.add(suite)
    session.flush()
    record(
        session,
        actor,
        SuiteSaved(suite.id, dataset.id, dataset.title, suite.number, len(rules), digest),
    )
    return suite


def declared(dataset: Dataset, version: DatasetVersion) -> Declared:
    """What was declared about a version, from its data set and its delivery."""
    return Declared(
        columns=datasets.dictionary_of(version),
        cycle=UpdateCycle(dataset.update_cycle),
        time_column=dataset.time_column,
        declared_rows=version.declared_rows,
        records_may_repeat=dataset.records_may_repeat,
    )


def note_progress(session: Session, run_id: str, rules_done: int) -> None:
    """How many rules have been computed so far."""
    session.execute(
        update(QualityRun)
        .where(QualityRun.id == run_id, QualityRun.state == RunState.RUNNING)
        .values(rules_done=rules_done)
    )


def store_result(
    session: Session, actor: Actor, check: Check, found: Sequence[Outcome]
) -> QualityRun | None:
    """Judge what the rules found, keep its numbers and tell. None when a verdict stands already."""
    run = reads.run_for_update(session, check.run_id)
    if run is None or not run.is_under_way:
        return None
    dataset = datasets.find_dataset(session, run.dataset_id)
    if dataset is None:
        raise NotFound
    outcomes = [*found, described_columns(datasets.dictionary_of(check.version))]
    waivers = reads.standing_waivers(session, dataset.id, clock.today())
    waived = {waiver.rule_key: waiver for waiver in waivers}
    verdict = judge(outcomes, dimension_weights(), frozenset(waived))
    used = [
        waived[rule_key(one.rule)]
        for one in outcomes
        if not one.holds and rule_key(one.rule) in waived
    ]
    _settle(run, verdict, check.suite)
    run.rules_total = run.rules_done = len(outcomes)
    run.waivers = [waiver.id for waiver in used]
    ends = [clock.day_start(waiver.ends_on + timedelta(days=1)) for waiver in used]
    fresh = listed_until(UpdateCycle(dataset.update_cycle), check.version.delivered_at)
    run.valid_until = min([*ends, *([fresh] if fresh else [])], default=None)
    session.add_all(_finding(run.id, place, o) for place, o in enumerate(outcomes, start=1))
    session.flush()
    record(session, actor, _checked(run, dataset, check.version))
    return run


def give_up_check(session: Session, actor: Actor, run_id: str) -> QualityRun | None:
    """End a check that could not be run: every rule says so, and the version does not pass."""
    check = begin_check(session, run_id)
    if check is None:
        return None
    unrun = [Outcome(rule, holds=False, failed_to_run=True) for rule in check.suite.rules]
    return store_result(session, actor, check, unrun)


def _settle(run: QualityRun, verdict: QualityVerdict, suite: Suite) -> None:
    run.state = RunState.FINISHED
    run.ended_at = clock.now()
    run.suite, run.suite_sha256 = _plain_suite(suite), suite.digest()
    run.indicators = {i.value: [s.conforming, s.total] for i, s in verdict.indicators.items()}
    run.dimensions = {d.value: str(rounded(share)) for d, share in verdict.dimensions.items()}
    run.score = None if verdict.score is None else rounded(verdict.score)
    run.grade = verdict.grade
    run.has_passed = verdict.has_passed
    run.blockers = [blocker.value for blocker in verdict.blockers]


def rounded(share: Fraction) -> Decimal:
    """A share as it is kept: twelve places. Grades are read before this."""
    exact = Decimal(share.numerator) / Decimal(share.denominator)
    return exact.quantize(SCORE_PLACES)


def _plain_suite(suite: Suite) -> dict[str, object]:
    plain = plain_fact(suite.to_json())
    return dict(plain) if isinstance(plain, Mapping) else {}


def plain_fact(value: object) -> object:
    """A fact of a rule as JSON holds it."""
    match value:
        case Labelled():
            return {"label": value.label}
        case Mapping():
            return {str(name): plain_fact(item) for name, item in value.items()}
        case list() | tuple():
            return [plain_fact(item) for item in value]
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return value


def _finding(run_id: QualityRunId, position: int, outcome: Outcome) -> QualityFinding:
    rule, share = outcome.rule, measured_share(outcome)
    return QualityFinding(
        run_id=run_id,
        position=position,
        expectation=rule.expectation,
        column=named_columns(rule),
        indicator=rule.indicator,
        severity=rule.severity,
        counting=rule.counting,
        sentence=rule.sentence,
        facts=plain_fact(rule.facts),
        holds=outcome.holds,
        failed_to_run=outcome.failed_to_run,
        elements=outcome.elements,
        missing=outcome.missing,
        unexpected=outcome.unexpected,
        rows=outcome.rows,
        conforming=None if share is None else share.conforming,
        total=None if share is None else share.total,
    )


def _checked(run: QualityRun, dataset: Dataset, version: DatasetVersion) -> QualityChecked:
    return QualityChecked(
        run_id=run.id,
        version_id=version.id,
        dataset_id=dataset.id,
        title=dataset.title,
        number=version.number,
        has_passed=bool(run.has_passed),
        grade="" if run.grade is None else str(run.grade),
        score="" if run.score is None else f"{run.score:.4f}",
        valid_until=run.valid_until,
    )
