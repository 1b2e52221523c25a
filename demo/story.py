"""The whole main job once, on real input: python -m demo.story, or the loading of the demo city.

It ends with DEMO OK and var/demo/summary.json. By default it plays in a fresh folder with the
embedded database and one worker child; DATABASE_URL and CELERY_BROKER_URL choose other services.
"""

import json
import os
import shutil
import sys
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

import worker
from demo import children, neighbours, ports
from demo.chapters import (
    assets,
    authorization,
    data,
    licences,
    payments,
    people,
    products,
    queries,
    supervision,
)
from demo.children import Child
from demo.summary import Summary, summarise
from demo.world import (
    Present,
    Report,
    Settle,
    StoryClock,
    World,
    real_time,
    work_here,
    work_there,
)
from kernel import clock, startup
from kernel.db import transaction
from kernel.events import EventLog
from kernel.settings import Settings

FOLDER = Path("var/demo")
BEGINS = timedelta(days=120)  # so that a month of the booked asset is over by now


class DatabaseNotEmpty(RuntimeError):
    """The story needs a database in which nothing has happened."""

    def __init__(self) -> None:
        super().__init__(
            "这个数据库里已有数据，示范流程需要空库。请换一个空的 DATABASE_URL。\n"
            "This database is not empty; the story needs an empty one: set another DATABASE_URL."
        )


def play(
    settings: Settings,
    report: Report,
    *,
    settle: Settle = work_here,
    present: Present = real_time,
) -> Summary:
    """Play every chapter in the open process. settle: has waiting work done, here or by a worker.

    present: another day than today, where the work is done here.
    Raises: DatabaseNotEmpty; AssertionError when the story does not go as it must.
    """
    started = time.monotonic()
    worker.load_tasks()
    _require_empty()
    world = World(settings, report)
    story_clock = StoryClock(present() - BEGINS, present)
    with clock.told_by(story_clock):
        people.play(world)
        data.register(world)
        authorization.play(world, story_clock)
    world.settle = settle
    with clock.told_by(present):
        checked = _play_today(world)
        return summarise(checked, time.monotonic() - started)


def _play_today(world: World) -> supervision.Checked:
    """What happens once the agreement is in force."""
    data.deliver(world)
    products.play(world)
    queries.publish(world)
    licences.play(world)
    payments.play(world)
    queries.play(world)
    assets.play(world)
    return supervision.play(world)


def run(
    settings: Settings, report: Report, *, worker_child: bool, present: Present = real_time
) -> Summary:
    """Open the process with every stand-in it needs, play, and close it all again."""
    with ExitStack() as stack:
        listener = stack.enter_context(ports.take(8000))
        complete = neighbours.stand_in(settings, stack, listener.getsockname()[1])
        process = startup.open_process(complete)
        stack.callback(process.close)
        startup.migrate_if_needed(process)
        stack.enter_context(payments.listening(complete, listener, present))
        if worker_child:
            _start_worker(complete, stack)
        settle = work_there if worker_child else work_here
        return play(complete, report, settle=settle, present=present)


def main() -> int:
    """Play in a fresh folder with a worker child; 0 after DEMO OK."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace", line_buffering=True)  # type: ignore[union-attr]
    summary = run(_settings(), print, worker_child=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "summary.json"
    path.write_text(json.dumps(summary.as_dict(), ensure_ascii=False, indent=2) + "\n")
    print(json.dumps(summary.as_dict(), ensure_ascii=False))
    print(f"DEMO OK  {summary.seconds:.0f} s  {path}")
    return 0


def _settings() -> Settings:
    configured = Settings.from_environment()
    world = FOLDER / "world"
    shutil.rmtree(world, ignore_errors=True)
    return configured.model_copy(update={"data_folder": world.resolve()})


def _start_worker(settings: Settings, stack: ExitStack) -> None:
    environment = os.environ | neighbours.environment(settings)
    child = Child(
        "worker", [sys.executable, "worker.py"], environment, settings.data_folder / "worker.log"
    )
    stack.callback(children.stop, (child,))
    child.start()


def _require_empty() -> None:
    with transaction() as session:
        if session.scalar(select(func.count()).select_from(EventLog)):
            raise DatabaseNotEmpty


if __name__ == "__main__":
    raise SystemExit(main())
