"""What must stand before the first page is served? Stand-ins, the database, the demo city."""

import os
from contextlib import ExitStack

from demo import children, loading, neighbours
from demo.children import Child, python
from demo.loading import Report
from demo.people import CAST, FIVE, DemoPerson
from kernel import startup
from kernel.i18n import LANGUAGES, speaking
from kernel.settings import Settings
from kernel.startup import Process
from sandbox.engines import isolation


def prepare(
    settings: Settings, stack: ExitStack, report: Report, port: int, *, with_city: bool
) -> Settings:
    """Start and fill what is missing; the settings that come back find all of it.

    port: of the market. stack: closes what was started.
    """
    settings = neighbours.stand_in(settings, stack, port)
    with loading.alone(settings.data_folder, report):
        process = _open_database(settings, stack, report)
        if with_city:
            loading.bring_in(process, report, lambda: _load_city(settings, stack))
    return settings


def _open_database(settings: Settings, stack: ExitStack, report: Report) -> Process:
    """Start it where it is ours, and bring it to the newest structure."""
    process = startup.open_process(settings)
    stack.callback(process.close)
    if process.cluster and process.cluster.remark:
        report(process.cluster.remark)
    if startup.migrate_if_needed(process):
        report("数据库结构已更新。 The database has the newest structure.")
    return process


def _load_city(settings: Settings, stack: ExitStack) -> None:
    """In a process of its own: what checks quality and draws noise is large, and leaves with it.

    It brings stand-ins of its own, since the market that ours would tell is not serving yet.
    """
    environment = os.environ | {"DATA_FOLDER": str(settings.data_folder)}
    child = Child("demo city", python("-m", "demo.load"), environment)
    stack.callback(children.stop, (child,))
    child.start()
    child.wait()


def introduce(settings: Settings, report: Report) -> None:
    """Say where the market is, and who may enter."""
    report("")
    report(f"公共数据市场  {settings.public_url}")
    report("点“登录”，再点下面的人名。 Choose 登录, then one of these people:")
    for person in FIVE:
        report(_introduced(person))
    report("另有 also:")
    for person in CAST[len(FIVE) :]:
        report(_introduced(person))
    for language in LANGUAGES:
        with speaking(language):
            if remark := isolation.remark():
                report(remark)
    report(f"日志 logs: {settings.data_folder / 'logs'}    按 Ctrl-C 全部停止 stops everything")


def _introduced(person: DemoPerson) -> str:
    return f"  {person.name:　<5}{person.desk}"
