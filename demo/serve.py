"""What does `make run` do? Starts everything this machine needs to show the market, and ends it.

The database, the demo city where the database is empty, stand-ins for the outside services that
are not configured, the web server and one worker. `--empty` leaves the demo city out.
"""

import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from demo import children, loading, neighbours, ports
from demo.children import Child
from demo.loading import Report
from demo.people import CAST, FIVE, DemoPerson
from kernel import startup
from kernel.i18n import LANGUAGES, speaking
from kernel.settings import Settings
from kernel.startup import Process
from sandbox.engines import isolation

HEALTHY_SECONDS = 60
STOP_ORDERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WEB = ["--workers", "2", "--worker-class", "gthread", "--threads", "4", "--timeout", "120"]


def main(arguments: list[str]) -> int:
    """Serve until Ctrl-C or SIGTERM; 0 if that is how it ended."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace", line_buffering=True)  # type: ignore[union-attr]
    for order in STOP_ORDERS:
        signal.signal(order, _stop_once)
    try:
        with ExitStack() as stack:
            _serve_until_told(stack, with_city="--empty" not in arguments)
    except KeyboardInterrupt:
        print("已全部停止。 Everything has stopped.")
        return 0
    except children.ChildDied as death:
        print(death, file=sys.stderr)
        return 1
    return 0


def _serve_until_told(stack: ExitStack, *, with_city: bool) -> None:
    try:
        serve(Settings.from_environment(), stack, print, with_city=with_city)
    except KeyboardInterrupt:
        print("\n正在停止… Stopping …")
        raise


def serve(settings: Settings, stack: ExitStack, report: Report, *, with_city: bool) -> None:
    """Start everything, say where it is, and stay."""
    port = urlsplit(settings.public_url).port or 80
    listener = stack.enter_context(ports.take(port))
    if (found := listener.getsockname()[1]) != port:
        report(f"端口 {port} 已被占用，改用 {found}。 Port {port} is taken, using {found}.")
    settings = neighbours.stand_in(settings, stack, found)
    environment = os.environ | neighbours.environment(settings)
    with loading.alone(settings.data_folder, report):
        process = _open_database(settings, stack, report)
        if with_city:
            loading.bring_in(process, report, lambda: _load_city(settings, stack))
    web = _web(settings, environment, listener)
    worker = Child("worker", _python("worker.py"), environment, _log(settings, "worker"))
    stack.callback(children.stop, (web, worker))
    web.start()
    _wait_until_healthy(settings.public_url, web)
    worker.start()  # only now: what it loads is large, and the first page need not wait for that
    _introduce(settings, report)
    while True:
        time.sleep(1)
        for child in (web, worker):
            if child.keep_alive():
                report(f"{child.name} 意外结束，已重新启动。 It had ended and was started again.")


def _stop_once(_number: int, _frame: FrameType | None) -> None:
    for order in STOP_ORDERS:
        signal.signal(order, signal.SIG_IGN)  # we are stopping already
    raise KeyboardInterrupt  # nothing is printed here: the order may come in the middle of a print


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
    child = Child("demo city", _python("-m", "demo.load"), environment)
    stack.callback(children.stop, (child,))
    child.start()
    child.wait()


def _web(settings: Settings, environment: dict[str, str], listener: socket.socket) -> Child:
    bind = ["--bind", f"fd://{listener.fileno()}", "--no-control-socket"]
    return Child(
        "web",
        _python("-m", "gunicorn", *bind, *WEB, "wsgi:create_app()"),
        environment,
        _log(settings, "web"),
        (listener.fileno(),),
    )


def _python(*words: str) -> list[str]:
    return [sys.executable, *words]


def _log(settings: Settings, name: str) -> Path:
    return settings.data_folder / "logs" / f"{name}.log"


def _wait_until_healthy(address: str, web: Child) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    while not _is_ready(address):
        web.check()
        if time.monotonic() > deadline:
            raise children.ChildDied(f"{address}/readyz is not well after {HEALTHY_SECONDS} s")
        time.sleep(0.1)


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:  # noqa: S310 - ours
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _introduce(settings: Settings, report: Report) -> None:
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


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
