"""The regulator reads what happened and lets a foreign tool judge the proof."""

import json
from dataclasses import dataclass

from demo import proof
from demo.world import World
from kernel.actor import Actor
from kernel.db import transaction
from kernel.i18n import format_moment
from supervision.alerts import reads as alerts
from supervision.alerts.schemas import AlertFilter
from supervision.audit import reads as audit
from supervision.audit.rules import TimelineRow
from supervision.audit.schemas import TimelineFilter
from supervision.transparency import actions as log
from supervision.transparency import reads as log_reads

SHOWN = 6
ABOVE_CAP = "PR-04"
WATCHED = "SU-02"


@dataclass(frozen=True)
class Checked:
    """What came out. is_verified: the foreign tool accepted the true proof and no false one."""

    checkpoint_size: int
    is_verified: bool


def play(world: World) -> Checked:
    """Step 8: timeline, alert, signed checkpoint, proof, and a tool that is not ours."""
    world.report("八  监管：全程记录、预警、透明日志与离线核验")
    world.settle()
    regulator = world.actor("regulator")
    size = _sign(world)
    _read_timeline(world, regulator)
    attempt = _find_attempt(world, regulator)
    _read_alert(world, regulator)
    return Checked(size, _verify(world, regulator, attempt))


def _sign(world: World) -> int:
    key = log.log_key(world.settings)
    with transaction() as session:
        log.extend_log(session, Actor.system("demo"), key)
        size = log_reads.get_latest_checkpoint(session).size
        report = log_reads.check_log(session, key.verification_key)
    if not report.is_sound:
        raise AssertionError(f"the log does not match: {report.faults[:3]}")
    world.report(f"    日志已签名 {size} 条，逐条核对无误")
    return size


def _read_timeline(world: World, regulator: Actor) -> None:
    with transaction() as session:
        rows = audit.list_timeline(session, regulator, TimelineFilter()).items
    for row in rows[:SHOWN]:
        moment = format_moment(row.occurred_at)
        world.report(f"    #{row.log_index} {moment} {row.actor}：{row.sentence}")


def _find_attempt(world: World, regulator: Actor) -> TimelineRow:
    """The refused attempt to price above the cap stands in the timeline."""
    with transaction() as session:
        refusals = audit.list_whole_timeline(session, regulator, TimelineFilter(refusals=True))
    attempt = next(row for row in refusals if row.clause == ABOVE_CAP)
    world.report(f"    被拒绝的尝试 #{attempt.log_index} [{attempt.clause}] {attempt.sentence}")
    return attempt


def _read_alert(world: World, regulator: Actor) -> None:
    with transaction() as session:
        cases = alerts.list_cases(session, regulator, AlertFilter(rule=WATCHED)).items
    case = cases[0]
    due = f"，{case.alert.due_on} 前答复" if case.alert.due_on else ""
    severity = case.rule.severity.label
    world.report(
        f"    {severity}预警 [{WATCHED}] {case.rule.title}：{case.subject} {case.object}{due}"
    )


def _verify(world: World, regulator: Actor, attempt: TimelineRow) -> bool:
    with transaction() as session:
        bundle = audit.get_proof_bundle(session, regulator, attempt.event_id).model_dump_json()
    key = str(log.log_key(world.settings).verification_key)
    moved = json.dumps(json.loads(bundle) | {"index": int(attempt.log_index or 0) + 1})
    try:
        true, false = proof.check(bundle, key), proof.check(moved, key)
    except proof.VerifierMissing as missing:
        world.report(f"    未核验：{missing}")
        return False
    world.report(
        f"    第三方工具 aics-tlog：证明{'成立' if true.is_accepted else '不成立'}"
        f"（第 {true.index} 条，共 {true.size} 条），改动后的证明"
        f"{'被拒绝' if not false.is_accepted else '竟被接受'}"
    )
    return true.is_accepted and not false.is_accepted
