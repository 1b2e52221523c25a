"""How the tests look at a bundled server: its processes, its users, its answers."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine, make_url, text

ROOT = Path(__file__).parents[2]
USER_SCRIPT = Path(__file__).with_name("embedded_user.py")


def ask(url: str, statement: str) -> Any:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            return connection.execute(text(statement)).scalar()
    finally:
        engine.dispose()


def change(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def dsn(url: str) -> str:
    parts = make_url(url)
    return psycopg.conninfo.make_conninfo(
        user=parts.username, dbname=parts.database, **dict(parts.query)
    )


def postmaster(folder: Path) -> int:
    return int((folder / "pg/postmaster.pid").read_text().split()[0])


def guardian(folder: Path) -> int | None:
    """The guardian's number; None if it has gone and the server has another parent."""
    status = Path(f"/proc/{postmaster(folder)}/status").read_text()
    parent = int(status.split("PPid:")[1].split()[0])
    return parent if b"kernel.guardian" in Path(f"/proc/{parent}/cmdline").read_bytes() else None


def is_running(folder: Path) -> bool:
    """Whether any process of the server lives: all of them hold its lock."""
    with (folder / "server.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def wait_until(claim: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def kill_server(folder: Path) -> None:
    """End guardian and server, as kill -9 does; nothing if they have gone."""
    if not (folder / "pg/postmaster.pid").exists() or not is_running(folder):
        return
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        for process in (guardian(folder), postmaster(folder)):
            if process is not None:
                os.kill(process, signal.SIGKILL)
    wait_until(lambda: not is_running(folder))


class User:
    """Another process that uses the server of a folder."""

    def __init__(self, folder: Path, kind: str = "disposable", **options: Any) -> None:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        options = {"env": environment | options.pop("env", {}), "cwd": ROOT} | options
        command = [sys.executable, str(USER_SCRIPT), str(folder), kind]
        command = options.pop("command", command)
        self.process = subprocess.Popen(  # noqa: S603 - our own script
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options
        )

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        return dict(json.loads(line)) if line else {}

    def leave(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()

    def kill(self) -> None:
        self.process.kill()
        self.leave()
