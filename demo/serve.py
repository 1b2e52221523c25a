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
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from demo import children, ports
from demo.children import Child, python
from demo.gate import Gate
from kernel.settings import Settings

Report = Callable[[str], None]
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
    gate = stack.enter_context(Gate())
    web = _web(settings, gate, listener)
    stack.callback(children.stop, (web,))
    web.start()
    # Only now: it is large, and the web server loads its own at the same time.
    from demo import neighbours, readying  # noqa: PLC0415

    settings = readying.prepare(settings, stack, report, found, with_city=with_city)
    environment = os.environ | neighbours.environment(settings)
    worker = Child("worker", python("worker.py"), environment, _log(settings, "worker"))
    stack.callback(children.stop, (web, worker))
    gate.open(neighbours.environment(settings))
    web.environment = environment
    _wait_until_healthy(settings.public_url, web)
    worker.start()  # only now: what it loads is large, and the first page need not wait for that
    readying.introduce(settings, report)
    while True:
        time.sleep(1)
        for child in (web, worker):
            if child.keep_alive():
                report(f"{child.name} 意外结束，已重新启动。 It had ended and was started again.")


def _stop_once(_number: int, _frame: FrameType | None) -> None:
    for order in STOP_ORDERS:
        signal.signal(order, signal.SIG_IGN)  # we are stopping already
    raise KeyboardInterrupt  # nothing is printed here: the order may come in the middle of a print


def _web(settings: Settings, gate: Gate, listener: socket.socket) -> Child:
    bind = ["--bind", f"fd://{listener.fileno()}", "--no-control-socket"]
    return Child(
        "web",
        python("-m", "gunicorn", "-c", "python:demo.web", *bind, *WEB, "wsgi:create_app()"),
        os.environ | gate.environment,
        _log(settings, "web"),
        (listener.fileno(), gate.inherited),
    )


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


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
