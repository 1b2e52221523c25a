"""Who answers for a known failing, why, and until when? Waivers: a name, a reason and an end.

A waiver changes no count, no score and no grade. While it lasts, what its rule finds is left out
of the question whether the version may be listed. Personal data in the open is never waived.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from kernel import clock
from kernel.actor import Actor, ActorKind, Permission, PersonNeeded, SecondPersonNeeded
from kernel.errors import Conflict, Invalid, NotFound
from kernel.events import record
from kernel.i18n import N_
from kernel.ids import new_id
from market.datasets import reads as datasets
from market.quality import reads
from market.quality.actions import request_check
from market.quality.events import WaiverEnded, WaiverGranted
from market.quality.models import QualityFinding, QualityRun, QualityWaiver
from market.quality.rules import Indicator, QualityWaiverId, finding_key
from market.quality.schemas import WaiverDraft, said_rule

LONGEST = timedelta(days=90)


@dataclass(eq=False)
class NothingToWaive(Conflict):
    """The rule holds, or nobody may waive it."""

    code = "nothing-to-waive"
    message = N_("这条规则不能豁免：它没有不符，或属于安全规范，或没能运行。请先改正数据。")


@dataclass(eq=False)
class WaiverTooLong(Invalid):
    """A waiver ends, and soon."""

    code = "waiver-too-long"
    message = N_("豁免须在 {earliest} 至 {latest} 之间结束。请改结束日期。")

    earliest: date
    latest: date


def grant_waiver(
    session: Session, actor: Actor, run_id: str, position: int, draft: WaiverDraft
) -> QualityWaiver:
    """Answer for one failing rule of a data set until a day, and have the version judged anew.

    Raises: NotFound, MissingPermission, PersonNeeded, SecondPersonNeeded, NothingToWaive,
        WaiverTooLong.
    """
    dataset, version, run = reads.get_run(session, actor, run_id)
    actor.require(Permission.PUBLISH_PRODUCT, dataset.organization_id)
    if actor.kind is ActorKind.MACHINE:
        raise PersonNeeded
    if actor.id == version.delivered_by:
        raise SecondPersonNeeded
    finding = _waivable(run, position)
    _check_end(draft.ends_on)
    waiver = QualityWaiver(
        id=QualityWaiverId(new_id("qlw")),
        dataset_id=dataset.id,
        rule_key=finding_key(finding.expectation, finding.column, finding.indicator),
        sentence=finding.sentence,
        facts=finding.facts,
        responsible=draft.responsible,
        reason=draft.reason,
        ends_on=draft.ends_on,
        granted_at=clock.now(),
        granted_by=actor.id,
    )
    session.add(waiver)
    session.flush()
    told = WaiverGranted(
        waiver.id, dataset.id, dataset.title, said_rule(finding), draft.reason, draft.ends_on
    )
    record(session, actor, told)
    _judge_again(session, version.id)
    return waiver


def end_waiver(session: Session, actor: Actor, waiver_id: str) -> QualityWaiver:
    """End a waiver before its day, and have the version judged anew.

    Raises: NotFound, MissingPermission.
    """
    waiver = reads.waiver_for_update(session, waiver_id)
    dataset = datasets.get_dataset(session, actor, waiver.dataset_id) if waiver else None
    if waiver is None or dataset is None:
        raise NotFound
    actor.require(Permission.PUBLISH_PRODUCT, dataset.organization_id)
    if waiver.ended_at is None:
        waiver.ended_at = clock.now()
        session.flush()
        record(session, actor, WaiverEnded(waiver.id, dataset.id, dataset.title))
        newest = datasets.latest_version(session, dataset.id)
        if newest is not None:
            _judge_again(session, newest.id)
    return waiver


def _waivable(run: QualityRun, position: int) -> QualityFinding:
    finding = next((one for one in run.findings if one.position == position), None)
    if finding is None:
        raise NotFound
    is_safety = finding.indicator == Indicator.SECURITY_RULE
    if finding.holds or finding.failed_to_run or is_safety:
        raise NothingToWaive
    return finding


def _check_end(ends_on: date) -> None:
    today = clock.today()
    earliest, latest = today + timedelta(days=1), today + LONGEST
    if not earliest <= ends_on <= latest:
        raise WaiverTooLong(earliest, latest)


def _judge_again(session: Session, version_id: str) -> None:
    """The house asks: whoever grants a waiver need not be one who checks."""
    if reads.find_under_way(session, version_id) is None:
        request_check(session, Actor.system("quality.waivers"), version_id)
