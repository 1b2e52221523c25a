"""How are the processes of `make run` started, watched and ended?"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 10
SHORTEST_LIFE_SECONDS = 10  # one that dies sooner would only die again


class ChildDied(RuntimeError):
    """A process of ours ended by itself; the message holds its last words."""


def python(*words: str) -> list[str]:
    """The command of a program of ours in this Python."""
    return [sys.executable, *words]


@dataclass
class Child:
    """One process on a leash: it ends with us. log: where it writes; None writes where we do."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path | None = None
    inherited: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    began: float = field(default=0, init=False)

    def start(self) -> None:
        leash = [sys.executable, "-m", "demo.leash", str(os.getpid())]
        output = self._open_log()
        self.began = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own programs
            [*leash, *self.command],
            cwd=ROOT,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            pass_fds=self.inherited,
            start_new_session=True,  # Ctrl-C is for us; we end the others in order
        )
        if output:
            output.close()

    def check(self) -> None:
        """Raises: ChildDied, if it has ended."""
        if self.process is not None and self.process.poll() is not None:
            raise ChildDied(f"{self.name} ended with {self.process.returncode}\n{self._tail()}")

    def wait(self) -> None:
        """Until it has done its work. Raises: ChildDied, if it failed."""
        if self.process is not None and self.process.wait():
            self.check()

    def keep_alive(self) -> bool:
        """Start it again if it has ended; True if it had. Raises: ChildDied, if that is useless."""
        if self.process is None or self.process.poll() is None:
            return False
        if time.monotonic() - self.began < SHORTEST_LIFE_SECONDS:
            self.check()
        self.start()
        return True

    def _open_log(self) -> IO[bytes] | None:
        if self.log is None:
            return None
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self.log.open("ab")

    def _tail(self) -> str:
        if self.log is None:
            return ""
        lines = self.log.read_text(errors="replace").splitlines()[-15:]
        return "\n  ".join([f"last lines of {self.log}:", *lines])


def stop(children: Iterable[Child]) -> None:
    """Ask all to end, and end those that do not."""
    running = [
        child.process for child in children if child.process and child.process.poll() is None
    ]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
